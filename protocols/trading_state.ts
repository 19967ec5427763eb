/**
 * The words for what an account may do, from open to shut.
 *
 * Owns: the words and their order. What each lets through is `actors/risk/trading_state.ts`.
 */

/** Trading states from open to shut. */
export const tradingStates = ["active", "reducing", "cancel_only", "halted"] as const;
/** A trading state. */
export type TradingState = (typeof tradingStates)[number];

/** The stricter of two states. */
export const strictest = (a: TradingState, b: TradingState): TradingState =>
  tradingStates.indexOf(a) < tradingStates.indexOf(b) ? b : a;
