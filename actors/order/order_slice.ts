/**
 * What of an order is shown at venues: all that is left, or one slice of it after the other.
 *
 * A slice is a leg that asks for less than what is left. While one is live no other is placed; when
 * none is, the rest is with us until the next one is due. The order itself never places it: its
 * account looks (`account_slices.ts`), checks once more and routes afresh, as for a new order.
 *
 * Owns: whether an order is shown in slices, and whether its next one is due.
 */
import { isHeld, isLive, isOver } from "../../protocols/ord_status.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderState, OrderTerms } from "../../protocols/order.ts";
import { nextSlice_lots } from "./iceberg_model.ts";
import { executed_lots } from "./order_reservation.ts";

/** Whether an order is shown in slices. */
export const isSliced = ({ terms }: Pick<OrderState, "terms">): boolean =>
  terms?.held?.slice !== undefined || terms?.algo !== undefined;

/** Whether an algorithm says when the slices of an order are due, and how large they are. */
export const isWorked = ({ terms }: Pick<OrderState, "terms">): boolean =>
  terms?.algo !== undefined;

/** Of so much that is left, what is shown. */
export const shown_lots = ({ held }: Pick<OrderTerms, "held">, left_lots: Qty_lots): Qty_lots =>
  held?.slice === undefined
    ? left_lots
    : nextSlice_lots({ ...held.slice, orderQty_lots: left_lots, cumQty_lots: 0, open_lots: 0 });

/** Whether all that venues had of a sliced order is over, and the rest is with us. */
export const isBetweenSlices = (state: OrderState): boolean =>
  isSliced(state) &&
  !isOver(state) &&
  !isHeld(state) &&
  state.legs.length > 0 &&
  state.legs.every((leg) => leg.state === "ended");

/** What of an order neither was executed nor is counted by a venue. */
export const left_lots = (state: OrderState): Qty_lots =>
  Math.max(0, (state.terms?.orderQty_lots ?? 0) - executed_lots(state));

/**
 * Whether nothing of a sliced order is shown, more is left, and nothing else is to become of it.
 * Of a worked one it then depends on the algorithm.
 */
export const isNextSliceDue = (state: OrderState): boolean =>
  isSliced(state) &&
  !isOver(state) &&
  !isHeld(state) &&
  state.pendingCancel === undefined &&
  state.pendingReplaces === undefined &&
  state.suspended === undefined &&
  (isWorked(state) || state.legs.length > 0) &&
  !state.legs.some(isLive) &&
  left_lots(state) > 0;
