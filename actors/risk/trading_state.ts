/**
 * An account's trading state: what it lets through.
 *
 * Owns: the table. A cancel passes in every state, so it has a column only to say so.
 * Never: knows a limit; what "lowers the position" means is `risk_checks.ts`.
 */
import type { TradingState } from "../../protocols/trading_state.ts";

/**
 * What may pass.
 * - `all`: everything that the limits allow.
 * - `reducing`: what lowers |position| even when everything open on its side fills, and pure
 *   decreases.
 * - `decrease`: pure decreases only: a lower quantity at no more aggressive a price.
 * - `none`: nothing. A replace can be a new order at its venue, so `halted` stops even a decrease.
 */
export type Permission = "all" | "reducing" | "decrease" | "none";

/** What a state lets through, by what is asked. */
export const permissions: Readonly<
  Record<TradingState, Readonly<Record<"submit" | "replace" | "cancel", Permission>>>
> = {
  active: { submit: "all", replace: "all", cancel: "all" },
  reducing: { submit: "reducing", replace: "reducing", cancel: "all" },
  cancel_only: { submit: "none", replace: "decrease", cancel: "all" },
  halted: { submit: "none", replace: "none", cancel: "all" },
};
