/**
 * The life of an order on one page: which phase follows which on what event.
 *
 * A phase is the base life. What overlays it (a cancel or a replace on its way, doubt about an
 * outcome) is kept beside it, so that a fill during a pending cancel loses neither; the one status
 * that outsiders see is computed from all of them in `protocols/ord_status.ts`.
 *
 * A step is an event's execType; two of them are told apart further:
 *  - `trade_all`, `replaced_all`: after it the cumulative quantity has reached the order's.
 *  - `denied_kept`: a refusal that leaves the order as it is.
 *
 * Owns: the table. What is not in it is impossible, and an attempt is a defect of ours: decisions
 * never emit it, whatever a venue says.
 */
import { invariant } from "../../runtime/invariant.ts";
import type { OrderEvent, OrderPhase, OrderState } from "../../protocols/order.ts";

/** An event as the table tells them apart. */
export type OrderStep = OrderEvent["execType"] | "trade_all" | "replaced_all" | "denied_kept";

/** One row: in this phase, on this step, to that phase; and why, where it is not obvious. */
export type Transition = readonly [from: OrderPhase, on: OrderStep, to: OrderPhase, why?: string];

/** The table. */
export const transitions: readonly Transition[] = [
  ["unseen", "pending_new", "pending_new"],
  ["unseen", "denied", "denied"],
  ["unseen", "denied_kept", "unseen", "an unreadable cancel or replace must not use the id up"],
  ["unseen", "expired", "expired", "validUntil had passed on arrival"],
  ["unseen", "early_cancel", "unseen", "the cancel overtook its submit and waits for it"],
  ["unseen", "cancel_rejected", "unseen", "no submit came; versions go on if one does"],
  ["unseen", "replace_rejected", "unseen", "no submit came; versions go on if one does"],
  ["unseen", "order_status", "unseen"],

  ["pending_new", "new", "new"],
  ["pending_new", "trade", "new", "a fill before the acknowledgement proves acceptance"],
  ["pending_new", "trade_all", "filled", "likewise, in full"],
  ["pending_new", "pending_cancel", "pending_new"],
  ["pending_new", "canceled", "canceled", "also: its cancel came first, or it was never sent"],
  ["pending_new", "cancel_rejected", "pending_new"],
  ["pending_new", "pending_replace", "pending_new"],
  ["pending_new", "replaced", "new", "a replace before the acknowledgement proves acceptance"],
  ["pending_new", "replaced_all", "filled", "likewise, down to what is filled"],
  ["pending_new", "replace_rejected", "pending_new"],
  ["pending_new", "rejected", "rejected"],
  ["pending_new", "expired", "expired"],
  ["pending_new", "in_doubt", "pending_new"],
  ["pending_new", "order_status", "pending_new"],
  ["pending_new", "denied_kept", "pending_new"],

  ["new", "new", "new", "the proof that ends a doubt"],
  ["new", "trade", "new"],
  ["new", "trade_all", "filled"],
  ["new", "pending_cancel", "new"],
  ["new", "canceled", "canceled"],
  ["new", "cancel_rejected", "new"],
  ["new", "pending_replace", "new"],
  ["new", "replaced", "new"],
  ["new", "replaced_all", "filled", "a total at or below the filled quantity (FIX D11, D12)"],
  ["new", "replace_rejected", "new"],
  ["new", "rejected", "rejected", "real venues reject what they had acknowledged"],
  ["new", "expired", "expired"],
  ["new", "in_doubt", "new"],
  ["new", "order_status", "new"],
  ["new", "denied_kept", "new"],
  ["new", "leg_named", "new", "a fill came before the acknowledgement"],

  ["filled", "trade_all", "filled", "an overfill is booked: it happened"],
  ["filled", "new", "filled", "the proof that ends a doubt about a replace"],
  ["filled", "pending_cancel", "filled", "a replace on its way may have reopened it"],
  ["filled", "canceled", "filled", "filled outranks canceled; it answers the pending cancel"],
  ["filled", "rejected", "filled", "only where it tells of fills still to come"],
  ["filled", "expired", "filled", "only where it tells of fills still to come"],
  ["filled", "cancel_rejected", "filled", "too late to cancel (FIX D9)"],
  ["filled", "replaced", "new", "the quantity was raised before the last fill (FIX D14)"],
  ["filled", "replaced_all", "filled"],
  ["filled", "replace_rejected", "filled", "too late to replace"],
  ["filled", "in_doubt", "filled", "about a replace still on its way"],
  ["filled", "order_status", "filled"],
  ["filled", "denied_kept", "filled"],
  ["filled", "leg_named", "filled", "the acknowledgement came last"],

  ["canceled", "trade", "canceled", "a late fill is booked; an incident says so"],
  ["canceled", "trade_all", "filled", "filled outranks canceled"],
  ["canceled", "cancel_rejected", "canceled"],
  ["canceled", "replace_rejected", "canceled"],
  ["canceled", "order_status", "canceled"],
  ["canceled", "denied_kept", "canceled"],
  ["canceled", "leg_named", "canceled"],

  ["rejected", "trade", "rejected", "a late fill is booked; an incident says so"],
  ["rejected", "trade_all", "filled", "a full fill is what happened, whatever was said before"],
  ["rejected", "cancel_rejected", "rejected"],
  ["rejected", "replace_rejected", "rejected"],
  ["rejected", "order_status", "rejected"],
  ["rejected", "denied_kept", "rejected"],
  ["rejected", "leg_named", "rejected"],

  ["expired", "trade", "expired", "a late fill is booked; an incident says so"],
  ["expired", "trade_all", "filled", "a full fill is what happened, whatever was said before"],
  ["expired", "cancel_rejected", "expired"],
  ["expired", "replace_rejected", "expired"],
  ["expired", "order_status", "expired"],
  ["expired", "denied_kept", "expired"],
  ["expired", "leg_named", "expired"],

  ["denied", "cancel_rejected", "denied"],
  ["denied", "replace_rejected", "denied"],
  ["denied", "order_status", "denied"],
  ["denied", "denied_kept", "denied"],
];

const byPhaseAndStep = new Map<OrderPhase, Map<OrderStep, OrderPhase>>();
for (const [from, on, to] of transitions) {
  const steps = byPhaseAndStep.get(from) ?? new Map<OrderStep, OrderPhase>();
  invariant(!steps.has(on), `the transition table has one row for ${from} × ${on}`);
  byPhaseAndStep.set(from, steps.set(on, to));
}

/** The phase that the table gives; undefined where it has no row. */
export const transitionOf = (from: OrderPhase, on: OrderStep): OrderPhase | undefined =>
  byPhaseAndStep.get(from)?.get(on);

/** The step that an event is in that state. */
export const stepOf = (state: OrderState, event: OrderEvent): OrderStep => {
  if (event.execType === "trade") {
    const { terms } = state;
    invariant(terms !== undefined, "an order that trades has terms");
    const all = state.cumQty_lots + event.lastQty_lots >= terms.orderQty_lots;
    return all ? "trade_all" : "trade";
  }
  if (event.execType === "replaced") {
    return state.cumQty_lots >= event.orderQty_lots ? "replaced_all" : "replaced";
  }
  if (event.execType === "denied") return event.leavesOrder === true ? "denied_kept" : "denied";
  return event.execType;
};

/** The phase after an event. Throws InvariantViolation where the table has no row. */
export const phaseAfter = (state: OrderState, event: OrderEvent): OrderPhase => {
  const step = stepOf(state, event);
  const to = transitionOf(state.phase, step);
  invariant(to !== undefined, `the transition table has a row for ${state.phase} × ${step}`);
  return to;
};
