/**
 * What of an order is shown at its venue: all that is left, or of an iceberg one slice.
 *
 * A slice is a leg that asks for less than what is left; when it has filled the next one is placed,
 * at the same venue. A replace takes the way of a leg that makes room for another one.
 *
 * Owns: when the next slice is placed.
 */
import { isLive, isOver } from "../../protocols/ord_status.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderState, OrderTerms } from "../../protocols/order.ts";
import { nextSlice_lots } from "./iceberg_model.ts";

/** Whether an order is shown in slices. */
export const isSliced = ({ terms }: Pick<OrderState, "terms">): boolean =>
  terms?.held?.slice !== undefined;

/** Of so much that is left, what is shown. */
export const shown_lots = ({ held }: Pick<OrderTerms, "held">, left_lots: Qty_lots): Qty_lots =>
  held?.slice === undefined
    ? left_lots
    : nextSlice_lots({ ...held.slice, orderQty_lots: left_lots, cumQty_lots: 0, open_lots: 0 });

/** Whether nothing of an iceberg is shown, more is left, and nothing else is to become of it. */
export const isNextSliceDue = (state: OrderState): boolean =>
  isSliced(state) &&
  !isOver(state) &&
  state.pendingCancel === undefined &&
  state.pendingReplaces === undefined &&
  state.legs.length > 0 &&
  !state.legs.some(isLive);
