/**
 * What makes a waiting order act, as terms, state and observations share it.
 *
 * Half ticks are the unit of every price that is compared: a mid between two ticks is then a whole
 * number as well, and nothing is rounded.
 */
import type { Price_ticks } from "./kernel/grid.ts";

/**
 * Which price a trigger looks at (FIX TriggerPriceType, 1107).
 *
 * - `bid_ask`: what the order could trade at now: the best ask for a buy, the best bid for a sale
 * - `mid`: (best bid + best ask) / 2
 * - `last`: the last trade
 */
export const triggerPrices = ["last", "bid_ask", "mid"] as const;
/** Which price a trigger looks at. */
export type TriggerPrice = (typeof triggerPrices)[number];

/** How far a trailing stop stays behind the best price seen. */
export type TrailOffset =
  | { readonly unit: "ticks"; readonly amount: Price_ticks }
  /** Basis points of the best price seen; the distance is rounded up to a whole tick. */
  | { readonly unit: "bps"; readonly amount: number };

/** A trigger's terms. */
export interface TriggerTerms {
  /**
   * - `stop`: acts when the price moves against the position it protects: up for a buy.
   * - `touch`: acts when the price comes to meet the order: down for a buy.
   * - `trail`: a stop that follows the price while it moves in the other direction.
   */
  readonly kind: "stop" | "touch" | "trail";
  readonly price: TriggerPrice;
  /** FIX StopPx (99); on a trailing stop where it begins, at the least favourable. */
  readonly stopPx_ticks?: Price_ticks;
  readonly trail?: TrailOffset;
}

/** How far a trigger has come. Immutable. */
export interface TriggerState {
  /** The price at which it acts now; undefined on a trailing stop that has seen no price. */
  readonly stopPx_ticks?: Price_ticks;
  /** Trailing: the most favourable price seen, in half ticks. */
  readonly best_halfTicks?: number;
}

/**
 * The market at one moment, as triggers see it: only what is fresh and not crossed is there. Prices
 * of different venues may cross each other.
 */
export interface PricePoint {
  readonly bid_ticks?: Price_ticks;
  readonly ask_ticks?: Price_ticks;
  readonly last_ticks?: Price_ticks;
}
