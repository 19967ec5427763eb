/**
 * The life of an order on one page: which phase follows which on what event.
 *
 * A phase is the base life. What overlays it (a cancel or a replace on its way, doubt about an
 * outcome) is kept beside it, so that a fill during a pending cancel loses neither; the one status
 * that outsiders see is computed from all of them in `protocols/ord_status.ts`.
 *
 * A step is an event's execType; some of them are told apart further:
 *  - `…_all`: after it the cumulative quantity has reached the order's.
 *  - `…_open` of a bust or a correction: it has not, and the venue says that the order works, or
 *    a replace or a cancel is on its way whose answer will tell.
 *  - `restated_suspended`: the venue has stopped trading the order.
 *  - `replaced_here`, `restated_here`: of an order that waits with us, or is worked in slices,
 *    which is changed at once.
 *  - `denied_kept`: a refusal that leaves the order as it is.
 *
 * Owns: the table. What is not in it is impossible, and an attempt is a defect of ours: decisions
 * never emit it, whatever a venue says.
 */
import { invariant } from "../../runtime/invariant.ts";
import { isHeld, replacesOf } from "../../protocols/ord_status.ts";
import { isComplete } from "../../protocols/order_bond.ts";
import type { OrderEvent, OrderPhase, OrderState } from "../../protocols/order.ts";

/** An event as the table tells them apart. */
export type OrderStep =
  | OrderEvent["execType"]
  | "trade_all"
  | "replaced_all"
  | "replaced_here"
  | "replaced_here_all"
  | "restated_here"
  | "restated_all"
  | "restated_suspended"
  | "trade_cancel_all"
  | "trade_cancel_open"
  | "trade_correct_all"
  | "trade_correct_open"
  | "denied_kept";

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
  ["pending_new", "done_for_day", "done_for_day"],
  ["pending_new", "restated", "new", "the venue changes what it has"],
  ["pending_new", "restated_suspended", "suspended"],
  ["pending_new", "in_doubt", "pending_new"],
  ["pending_new", "order_status", "pending_new"],
  ["pending_new", "denied_kept", "pending_new"],
  ["pending_new", "leg_named", "pending_new", "the acknowledgement of a leg that made room"],
  ["pending_new", "leg_leaving", "pending_new"],
  ["pending_new", "leg_kept", "pending_new"],
  ["pending_new", "leg_ended", "pending_new", "it makes room for another leg"],
  ["pending_new", "amend_early", "pending_new"],
  ["pending_new", "fills_awaited", "pending_new"],
  ["pending_new", "leg_added", "pending_new", "also: the first one of an order that waited"],
  ["pending_new", "triggered", "pending_new", "its wait is over; a venue is yet to have it"],
  ["pending_new", "replaced_here", "pending_new", "it waits with us"],
  ["pending_new", "restated_here", "pending_new", "it waits with us"],

  ["new", "new", "new", "the proof that ends a doubt"],
  ["new", "trade", "new"],
  ["new", "trade_all", "filled"],
  ["new", "pending_cancel", "new"],
  ["new", "canceled", "canceled"],
  ["new", "cancel_rejected", "new"],
  ["new", "pending_replace", "new"],
  ["new", "replaced", "new"],
  ["new", "replaced_here", "new", "it is worked in slices, or between two"],
  ["new", "replaced_here_all", "filled", "likewise, down to what is filled"],
  ["new", "replaced_all", "filled", "a total at or below the filled quantity (FIX D11, D12)"],
  ["new", "replace_rejected", "new"],
  ["new", "rejected", "rejected", "real venues reject what they had acknowledged"],
  ["new", "expired", "expired"],
  ["new", "done_for_day", "done_for_day"],
  ["new", "restated", "new"],
  ["new", "restated_all", "filled", "down to what is filled"],
  ["new", "restated_suspended", "suspended"],
  ["new", "trade_cancel", "new", "cumQty falls"],
  ["new", "trade_cancel_open", "new"],
  ["new", "trade_correct", "new"],
  ["new", "trade_correct_open", "new"],
  ["new", "trade_correct_all", "filled"],
  ["new", "in_doubt", "new"],
  ["new", "order_status", "new"],
  ["new", "denied_kept", "new"],
  ["new", "leg_named", "new", "a fill came before the acknowledgement"],
  ["new", "leg_leaving", "new", "a late fill of another leg took its room"],
  ["new", "leg_kept", "new"],
  ["new", "leg_ended", "new", "it makes room for another leg"],
  ["new", "amend_early", "new"],
  ["new", "amend_noted", "new"],
  ["new", "fills_awaited", "new"],
  ["new", "leg_added", "new"],

  ["suspended", "new", "new", "it is traded again"],
  ["suspended", "trade", "suspended", "it was on its way"],
  ["suspended", "trade_all", "filled"],
  ["suspended", "pending_cancel", "suspended"],
  ["suspended", "canceled", "canceled"],
  ["suspended", "cancel_rejected", "suspended"],
  ["suspended", "pending_replace", "suspended"],
  ["suspended", "replaced", "suspended"],
  ["suspended", "replaced_all", "filled"],
  ["suspended", "replaced_here", "suspended", "it is between two slices"],
  ["suspended", "replaced_here_all", "filled", "likewise, down to what is filled"],
  ["suspended", "replace_rejected", "suspended"],
  ["suspended", "rejected", "rejected"],
  ["suspended", "expired", "expired"],
  ["suspended", "done_for_day", "done_for_day"],
  ["suspended", "restated", "new", "it is traded again"],
  ["suspended", "restated_all", "filled", "down to what is filled"],
  ["suspended", "restated_suspended", "suspended"],
  ["suspended", "trade_cancel", "suspended"],
  ["suspended", "trade_cancel_open", "suspended"],
  ["suspended", "trade_correct", "suspended"],
  ["suspended", "trade_correct_open", "suspended"],
  ["suspended", "trade_correct_all", "filled"],
  ["suspended", "in_doubt", "suspended"],
  ["suspended", "order_status", "suspended"],
  ["suspended", "denied_kept", "suspended"],
  ["suspended", "leg_named", "suspended"],
  ["suspended", "leg_leaving", "suspended"],
  ["suspended", "leg_kept", "suspended"],
  ["suspended", "leg_ended", "suspended"],
  ["suspended", "amend_early", "suspended"],
  ["suspended", "amend_noted", "suspended"],
  ["suspended", "fills_awaited", "suspended"],
  ["suspended", "leg_added", "suspended"],

  ["done_for_day", "new", "new", "the next day has begun"],
  ["done_for_day", "trade", "done_for_day", "it was on its way"],
  ["done_for_day", "trade_all", "filled"],
  ["done_for_day", "pending_cancel", "done_for_day"],
  ["done_for_day", "canceled", "canceled"],
  ["done_for_day", "cancel_rejected", "done_for_day"],
  ["done_for_day", "pending_replace", "done_for_day"],
  ["done_for_day", "replaced", "done_for_day"],
  ["done_for_day", "replaced_all", "filled"],
  ["done_for_day", "replaced_here", "done_for_day", "it is between two slices"],
  ["done_for_day", "replaced_here_all", "filled", "likewise, down to what is filled"],
  ["done_for_day", "replace_rejected", "done_for_day"],
  ["done_for_day", "rejected", "rejected"],
  ["done_for_day", "expired", "expired"],
  ["done_for_day", "done_for_day", "done_for_day", "the proof that ends a doubt"],
  ["done_for_day", "restated", "new", "it is traded again"],
  ["done_for_day", "restated_all", "filled", "down to what is filled"],
  ["done_for_day", "restated_suspended", "suspended"],
  ["done_for_day", "trade_cancel", "done_for_day"],
  ["done_for_day", "trade_cancel_open", "done_for_day"],
  ["done_for_day", "trade_correct", "done_for_day"],
  ["done_for_day", "trade_correct_open", "done_for_day"],
  ["done_for_day", "trade_correct_all", "filled"],
  ["done_for_day", "in_doubt", "done_for_day"],
  ["done_for_day", "order_status", "done_for_day"],
  ["done_for_day", "denied_kept", "done_for_day"],
  ["done_for_day", "leg_named", "done_for_day"],
  ["done_for_day", "leg_leaving", "done_for_day"],
  ["done_for_day", "leg_kept", "done_for_day"],
  ["done_for_day", "leg_ended", "done_for_day"],
  ["done_for_day", "amend_early", "done_for_day"],
  ["done_for_day", "amend_noted", "done_for_day"],
  ["done_for_day", "fills_awaited", "done_for_day"],
  ["done_for_day", "leg_added", "done_for_day"],

  ["filled", "trade_all", "filled", "an overfill is booked: it happened"],
  ["filled", "new", "filled", "the proof that ends a doubt about a replace"],
  ["filled", "pending_cancel", "filled", "a replace on its way may have reopened it"],
  ["filled", "canceled", "filled", "filled outranks canceled; it answers the pending cancel"],
  ["filled", "rejected", "filled", "only where it tells of fills still to come"],
  ["filled", "expired", "filled", "only where it tells of fills still to come"],
  ["filled", "cancel_rejected", "filled", "too late to cancel (FIX D9)"],
  ["filled", "pending_replace", "filled", "one more, while one is on its way"],
  ["filled", "replaced", "new", "the quantity was raised before the last fill (FIX D14)"],
  ["filled", "replaced_all", "filled"],
  ["filled", "replace_rejected", "filled", "too late to replace"],
  ["filled", "restated", "new", "the venue raised the quantity"],
  ["filled", "restated_all", "filled"],
  ["filled", "trade_cancel", "canceled", "what was busted does not work again"],
  ["filled", "trade_cancel_open", "new", "it works again, says the venue"],
  ["filled", "trade_cancel_all", "filled", "it was overfilled"],
  ["filled", "trade_correct", "canceled", "what was taken off does not work again"],
  ["filled", "trade_correct_open", "new", "it works again, says the venue"],
  ["filled", "trade_correct_all", "filled"],
  ["filled", "in_doubt", "filled", "about a replace still on its way"],
  ["filled", "order_status", "filled"],
  ["filled", "denied_kept", "filled"],
  ["filled", "leg_named", "filled", "the acknowledgement came last"],
  ["filled", "leg_leaving", "filled", "it filled by a late fill of another leg"],
  ["filled", "leg_kept", "filled"],
  ["filled", "leg_ended", "filled"],
  ["filled", "amend_early", "filled"],
  ["filled", "amend_noted", "filled"],
  ["filled", "fills_awaited", "filled"],
  ["filled", "leg_added", "filled", "the quantity was raised; the old leg filled first"],

  ["canceled", "trade", "canceled", "a late fill is booked; an incident says so"],
  ["canceled", "trade_all", "filled", "filled outranks canceled"],
  ["canceled", "trade_cancel", "canceled"],
  ["canceled", "trade_cancel_open", "canceled", "an end stands; an incident says so"],
  ["canceled", "trade_correct", "canceled"],
  ["canceled", "trade_correct_open", "canceled", "an end stands; an incident says so"],
  ["canceled", "trade_correct_all", "filled"],
  ["canceled", "cancel_rejected", "canceled"],
  ["canceled", "replace_rejected", "canceled"],
  ["canceled", "order_status", "canceled"],
  ["canceled", "denied_kept", "canceled"],
  ["canceled", "leg_named", "canceled"],
  ["canceled", "in_doubt", "canceled", "about an earlier leg that a bust had brought back"],
  ["canceled", "amend_early", "canceled"],
  ["canceled", "amend_noted", "canceled"],
  ["canceled", "fills_awaited", "canceled"],
  ["canceled", "leg_leaving", "canceled", "a bust had brought it back"],
  ["canceled", "leg_kept", "canceled"],
  ["canceled", "leg_ended", "canceled", "an earlier leg, or fills still to come from it"],

  ["rejected", "trade", "rejected", "a late fill is booked; an incident says so"],
  ["rejected", "trade_all", "filled", "a full fill is what happened, whatever was said before"],
  ["rejected", "trade_cancel", "rejected"],
  ["rejected", "trade_cancel_open", "rejected", "an end stands; an incident says so"],
  ["rejected", "trade_correct", "rejected"],
  ["rejected", "trade_correct_open", "rejected", "an end stands; an incident says so"],
  ["rejected", "trade_correct_all", "filled"],
  ["rejected", "cancel_rejected", "rejected"],
  ["rejected", "replace_rejected", "rejected"],
  ["rejected", "order_status", "rejected"],
  ["rejected", "denied_kept", "rejected"],
  ["rejected", "leg_named", "rejected"],
  ["rejected", "in_doubt", "rejected", "about an earlier leg that a bust had brought back"],
  ["rejected", "amend_early", "rejected"],
  ["rejected", "amend_noted", "rejected"],
  ["rejected", "fills_awaited", "rejected"],
  ["rejected", "leg_leaving", "rejected", "a bust had brought it back"],
  ["rejected", "leg_kept", "rejected"],
  ["rejected", "leg_ended", "rejected", "an earlier leg, or fills still to come from it"],

  ["expired", "trade", "expired", "a late fill is booked; an incident says so"],
  ["expired", "trade_all", "filled", "a full fill is what happened, whatever was said before"],
  ["expired", "trade_cancel", "expired"],
  ["expired", "trade_cancel_open", "expired", "an end stands; an incident says so"],
  ["expired", "trade_correct", "expired"],
  ["expired", "trade_correct_open", "expired", "an end stands; an incident says so"],
  ["expired", "trade_correct_all", "filled"],
  ["expired", "cancel_rejected", "expired"],
  ["expired", "replace_rejected", "expired"],
  ["expired", "order_status", "expired"],
  ["expired", "denied_kept", "expired"],
  ["expired", "leg_named", "expired"],
  ["expired", "in_doubt", "expired", "about an earlier leg that a bust had brought back"],
  ["expired", "amend_early", "expired"],
  ["expired", "amend_noted", "expired"],
  ["expired", "fills_awaited", "expired"],
  ["expired", "leg_leaving", "expired", "a bust had brought it back"],
  ["expired", "leg_kept", "expired"],
  ["expired", "leg_ended", "expired", "an earlier leg, or fills still to come from it"],

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
    return reaches(state, state.cumQty_lots + event.lastQty_lots) ? "trade_all" : "trade";
  }
  if (event.execType === "trade_cancel" || event.execType === "trade_correct") {
    return stepOfAmend(state, event);
  }
  if (event.execType === "replaced" && event.leg === undefined) {
    if (isHeld(state)) return "replaced_here";
    return isAllOf(state, event, event.askedQty_lots) ? "replaced_here_all" : "replaced_here";
  }
  if (event.execType === "restated" && event.leg === undefined) return "restated_here";
  if (event.execType === "replaced") {
    return isAllOf(state, event, askedBy(state, event.commandId)) ? "replaced_all" : "replaced";
  }
  if (event.execType === "restated") {
    if (isAllOf(state, event, event.askedQty_lots)) return "restated_all";
    return event.suspended === true ? "restated_suspended" : "restated";
  }
  if (event.execType === "denied") return event.leavesOrder === true ? "denied_kept" : "denied";
  return event.execType;
};

const reaches = ({ orderId, terms }: OrderState, cumQty_lots: number): boolean => {
  invariant(terms !== undefined, `order ${orderId} trades and so has terms`);
  return isComplete(terms.bond, terms.orderQty_lots, cumQty_lots);
};

/** Whether what is executed is all, with the quantities that an event brings into force. */
const isAllOf = (
  { terms, cumQty_lots }: OrderState,
  { orderQty_lots }: { readonly orderQty_lots: number },
  asked_lots: number | undefined,
): boolean => isComplete(terms?.bond, orderQty_lots, cumQty_lots, asked_lots);

/** What a replace asks of an order whose total follows others. */
const askedBy = (state: OrderState, commandId: string): number | undefined =>
  state.terms?.bond === undefined
    ? undefined
    : replacesOf(state).find(({ replaceId }) => commandId === `replace:${replaceId}`)
        ?.askedQty_lots;

const stepOfAmend = (
  state: OrderState,
  event: Extract<OrderEvent, { execType: "trade_cancel" | "trade_correct" }>,
): OrderStep => {
  const moved_lots =
    event.execType === "trade_cancel"
      ? -event.lastQty_lots
      : event.lastQty_lots - event.from.qty_lots;
  if (reaches(state, state.cumQty_lots + moved_lots)) return `${event.execType}_all`;
  const isAwaited = state.pendingReplaces !== undefined || state.pendingCancel !== undefined;
  // A provisional trade gives its room to the execution that is booked next.
  const isReplaced = event.replacedBy !== undefined;
  const works = (event.leavesQty_lots ?? 0) > 0 || isAwaited || isReplaced;
  return works ? `${event.execType}_open` : event.execType;
};

/** The phase after an event. Throws InvariantViolation where the table has no row. */
export const phaseAfter = (state: OrderState, event: OrderEvent): OrderPhase => {
  const step = stepOf(state, event);
  const to = transitionOf(state.phase, step);
  invariant(to !== undefined, `the transition table has a row for ${state.phase} × ${step}`);
  // It was filled after another end: with less it is what it was.
  return state.phase === "filled" && to !== "filled" ? (state.endedAs ?? to) : to;
};
