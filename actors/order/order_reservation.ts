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
import { hasEnded, isLive, isOver, replacesOf } from "../../protocols/ord_status.ts";

/** Terms that a replace asks for. */
export interface ReplaceTerms {
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  /** Of an order that has not been triggered. */
  readonly stopPx_ticks?: Price_ticks;
  /** Of an order whose total follows others: the total asked for, which may be above it. */
  readonly askedQty_lots?: Qty_lots;
  /** Of an order that we work in slices; absent: as it is. */
  readonly suspended?: boolean;
}

/**
 * Most lots that may still be executed: of the largest total that may be in force, or of all legs
 * that may be live where that is more.
 */
export const worstOpen_lots = (state: OrderState): Qty_lots => {
  const { terms, cumQty_lots, owedQty_lots = 0 } = state;
  if (terms === undefined || state.phase === "denied") return 0;
  if (hasEnded(state)) return owedQty_lots;
  let most = isOver(state) ? 0 : terms.orderQty_lots;
  for (const { orderQty_lots } of replacesOf(state)) most = Math.max(most, orderQty_lots);
  return Math.max(most - cumQty_lots, liveQty_lots(state) + owedQty_lots);
};

/** Lots that the legs may still execute beyond what is owed, as far as each has its own terms. */
export const liveQty_lots = (state: OrderState): Qty_lots => {
  let live = 0;
  for (const leg of state.legs) {
    const { orderQty_lots, cumQty_lots, owedQty_lots = 0 } = leg;
    if (isLive(leg)) live += Math.max(0, orderQty_lots - cumQty_lots - owedQty_lots);
  }
  return live;
};

/** Lots that were executed, also those that venues counted and we have not seen. */
export const executed_lots = (state: OrderState): Qty_lots =>
  state.cumQty_lots + (state.owedQty_lots ?? 0);

/**
 * The price that those lots are valued at: the limit (the highest of all that may be in force), or
 * for a market order the price that risk valued it at. Undefined where neither is known. A slice
 * of a worked order has a price of its own.
 */
export const worstPrice_ticks = (state: OrderState): Price_ticks | undefined => {
  let worst = state.terms?.price_ticks ?? state.riskPrice_ticks;
  if (state.terms?.algo !== undefined) {
    for (const leg of state.legs) {
      if (isLive(leg)) worst = Math.max(worst ?? 0, leg.price_ticks ?? worst ?? 0);
    }
  }
  for (const { price_ticks } of replacesOf(state)) {
    if (price_ticks !== undefined) worst = Math.max(worst ?? price_ticks, price_ticks);
  }
  return worst;
};
