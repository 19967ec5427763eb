/**
 * What an order may still come to: the quantity and price that its account must keep reserved.
 *
 * Owns: the worst case of one order. Valuing and summing them is the risk book's.
 *
 * Invariants
 *  1. While anything is unanswered or unknown, the larger of the old and the new terms counts.
 *  2. Only proof from a venue that the order ended releases it, and then not for fills which the
 *     venue has counted and we have not seen.
 */
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderState } from "../../protocols/order.ts";
import { hasEnded } from "../../protocols/ord_status.ts";

/** New terms that a replace would bring. */
export interface ReplaceTerms {
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
}

/**
 * Most lots that may still be executed.
 *
 * @param replace the replace to count with: the pending one, or one that is being considered
 */
export const worstOpen_lots = (
  state: OrderState,
  replace: ReplaceTerms | undefined = state.pendingReplace,
): Qty_lots => {
  const { terms, cumQty_lots, owedQty_lots = 0 } = state;
  if (terms === undefined || state.phase === "denied") return 0;
  if (hasEnded(state)) return owedQty_lots;
  const most = Math.max(terms.orderQty_lots, replace?.orderQty_lots ?? 0);
  return Math.max(owedQty_lots, most - cumQty_lots, 0);
};

/**
 * The price that those lots are valued at: the limit (the higher of two while a replace is
 * considered or pending), or for a market order the price that risk valued it at. Undefined where
 * neither is known.
 */
export const worstPrice_ticks = (
  state: OrderState,
  replace: ReplaceTerms | undefined = state.pendingReplace,
): Price_ticks | undefined => {
  const price = state.terms?.price_ticks ?? state.riskPrice_ticks;
  const next = replace?.price_ticks;
  if (price === undefined || next === undefined) return price ?? next;
  return Math.max(price, next);
};
