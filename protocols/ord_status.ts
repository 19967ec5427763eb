/**
 * The one status that outsiders see of an order which may be in several states at once.
 *
 * FIX ranks the values of OrdStatus (39) and reports the highest that applies. Ours, highest first:
 *
 *  1. `in_doubt`          ours: while an outcome is unknown nothing below can be relied on
 *  2. `pending_cancel`    also on an order that filled meanwhile: the venue's answer is still due
 *  3. `pending_replace`   likewise; a raised quantity may yet reopen what is filled
 *  4. `filled`            outranks canceled and replaced
 *  5. `canceled`, `expired`, `rejected`, `denied`: the ends
 *  6. `partially_filled`  outranks new and replaced
 *  7. `new`
 *  8. `pending_new`
 *
 * One departure: FIX ranks `rejected` below `partially_filled`. A fill that contradicts a rejection
 * is booked here and leaves the order `rejected` with a cumQty, so that an ended order never looks
 * open again.
 *
 * Owns: that ranking, and when an order counts as ended.
 */
import type { OrderPhase, OrderState, OrdStatus } from "./order.ts";

const finalPhases: ReadonlySet<OrderPhase> = new Set([
  "filled",
  "canceled",
  "denied",
  "rejected",
  "expired",
]);

/** Whether a phase is an end of the base life. */
export const isFinal = (phase: OrderPhase): boolean => finalPhases.has(phase);

/**
 * Whether an order has ended: nothing of it is open or on its way at a venue. A filled order with a
 * replace on its way has not, because the replace may have raised its quantity in time.
 */
export const hasEnded = (state: OrderState): boolean =>
  isFinal(state.phase) && state.pendingReplace === undefined;

/** Whether an order was accepted and has not ended: what a mass cancel means by open. */
export const isOpen = (state: OrderState): boolean => state.phase !== "unseen" && !hasEnded(state);

/** FIX OrdStatus (39) of an order's state, by the ranking above. */
export const ordStatusOf = (state: OrderState): OrdStatus => {
  if (state.legs.some((leg) => leg.state === "in_doubt")) return "in_doubt";
  if (state.pendingCancel !== undefined || state.earlyCancel !== undefined) return "pending_cancel";
  if (state.pendingReplace !== undefined) return "pending_replace";
  // FIX gives `rejected` in the refusal of a request for an unknown order.
  if (state.phase === "unseen") return "rejected";
  if (isFinal(state.phase)) return state.phase;
  return state.cumQty_lots > 0 ? "partially_filled" : state.phase;
};
