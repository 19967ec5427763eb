/**
 * The order's state after an event: what recovery replays and every decision builds on.
 *
 * Owns: the one place where an order's state is made.
 * Never: decides; looks at anything but the state and the event.
 *
 * Invariants
 *  1. Every visible event raises the version by one, the others leave it.
 *  2. cumQty is the sum of the booked trades as they count now, over the order and over each leg;
 *     it falls only by a bust or a correction.
 *  3. A pending replace or cancel ends with its answer or with the order, never with a fill. What
 *     the end of an order leaves unanswered is answered by the events that follow it at once.
 */
import type { OrderId } from "../../protocols/kernel/ids.ts";
import { isOver } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState, OrderTerms } from "../../protocols/order.ts";
import { isVisible } from "../../protocols/order.ts";
import { withAsked } from "../../protocols/bound_order.ts";
import { invariant } from "../../runtime/invariant.ts";
import { applied, remembering } from "./early_amend.ts";
import { amended } from "./evolve_amend.ts";
import { traded } from "./evolve_fill.ts";
import {
  awaiting,
  legAdded,
  legEnded,
  legKept,
  legLeaving,
  legNamed,
  oweing,
} from "./evolve_leg.ts";
import {
  otherLegs_lots,
  replaced,
  replaceRejected,
  replacing,
  suspending,
  withoutReplaces,
} from "./evolve_replace.ts";
import { answersCommand, cancelCommand, orderIdsOf } from "./order_decision.ts";
import type { EventOf } from "./order_decision.ts";
import { doubted, legOf, over, proven, withLeg, withoutDoubtOf } from "./order_legs.ts";
import { refusedCommand, remembered } from "./order_memory.ts";
import { isSliced } from "./order_slice.ts";
import { phaseAfter } from "./order_status.ts";

/** An order of which nothing is known yet. */
export const unseenOrder = (orderId: OrderId): OrderState => ({
  ...orderIdsOf(orderId),
  version: 0,
  phase: "unseen",
  legs: [],
  cumQty_lots: 0,
  cumValue: 0n,
  requests: 0,
  execKeys: [],
  commands: [],
});

/**
 * The state after an event.
 *
 * Throws InvariantViolation where the event is impossible in that state: decisions never make one.
 */
export const evolve = (before: OrderState | undefined, event: OrderEvent): OrderState => {
  const state = before ?? unseenOrder(event.orderId);
  invariant(state.orderId === event.orderId, `${event.orderId}'s events go to its own state`);
  const phase = phaseAfter(state, event);
  const { closedAt, ...changed } = afterEnd(apply(state, event), event);
  const next = {
    ...changed,
    phase,
    version: isVisible(event) ? state.version + 1 : state.version,
  };
  return isOver(next) ? { ...next, closedAt: closedAt ?? event.tsInit } : next;
};

/** A full fill of an order that had ended outranks its end, which is remembered. */
const afterEnd = (state: OrderState, event: OrderEvent): OrderState =>
  "endedAs" in event && event.endedAs !== undefined ? { ...state, endedAs: event.endedAs } : state;

const apply = (state: OrderState, event: OrderEvent): OrderState => {
  switch (event.execType) {
    case "pending_new":
      return accepted(state, event);
    case "denied":
      return event.leavesOrder === true ? state : denied(state, event);
    case "new":
      return proven(state, event.leg, event.venueOrderId);
    case "trade":
      return traded(state, event);
    case "pending_cancel": {
      const { cancel } = event;
      const tried = cancel.expiry === undefined ? {} : { expiry: cancel.expiry };
      const next = { ...remembered(state, event), ...tried, pendingCancel: cancel };
      return { ...next, requests: state.requests + 1 };
    }
    case "canceled":
      return ended(state, event);
    case "cancel_rejected":
      return cancelRejected(state, event);
    case "pending_replace":
      return replacing(state, event);
    case "replaced":
      return event.leg === undefined ? replacedHere(state, event) : replaced(state, event);
    case "replace_rejected":
      return replaceRejected(state, event);
    case "rejected":
      return ended(state, event);
    case "expired":
      return event.leg === undefined ? denied(state, event) : ended(state, event);
    case "in_doubt":
      return withLeg(state, event.leg, (leg) => doubted(leg, event.clOrdId));
    case "triggered":
      return triggered(state, event);
    case "order_status":
      return state;
    case "early_cancel": {
      const { cancelId, until } = event;
      return { ...remembered(state, event), earlyCancel: { cancelId, until } };
    }
    case "trade_cancel":
    case "trade_correct":
      return applied(amended(state, event), event.execKey);
    case "restated":
      return event.leg === undefined ? restatedHere(state, event) : restated(state, event);
    case "done_for_day":
      return doneForDay(state, event);
    case "leg_named":
      return legNamed(state, event);
    case "leg_leaving":
      return legLeaving(state, event);
    case "leg_kept":
      return legKept(state, event);
    case "leg_ended":
      return legEnded(state, event);
    case "leg_added":
      return legAdded(state, event);
    case "amend_early":
      return remembering(state, event);
    case "amend_noted":
      return { ...state, amends: [...(state.amends ?? []), event.amend] };
    case "fills_awaited":
      return awaiting(state, event);
  }
};

const accepted = (state: OrderState, event: EventOf<"pending_new">): OrderState => {
  const { terms, legs, riskPrice_ticks, home } = event;
  const openedAt = event.tsInit;
  const known = home === undefined ? {} : { home };
  const next: OrderState = { ...remembered(state, event), terms, legs, openedAt, ...known };
  return riskPrice_ticks === undefined ? next : { ...next, riskPrice_ticks };
};

const denied = (state: OrderState, event: EventOf<"denied"> | EventOf<"expired">): OrderState => {
  const { earlyCancel: _answeredNext, ...next } = remembered(state, event);
  return {
    ...next,
    ...("terms" in event && event.terms !== undefined ? { terms: event.terms } : {}),
    ...(event.asked === undefined ? {} : { asked: event.asked }),
  };
};

const ended = (
  state: OrderState,
  event: EventOf<"canceled"> | EventOf<"rejected"> | EventOf<"expired"> | EventOf<"done_for_day">,
): OrderState => {
  const { leg: no, owedQty_lots } = event;
  const { pendingCancel: _cancel, earlyCancel: _early, ...rest } = withoutReplaces(state);
  if (no === undefined) return remembered(rest, event);
  const next = withLeg(rest, no, over);
  return owedQty_lots === undefined ? next : oweing(next, no, owedQty_lots);
};

const cancelRejected = (state: OrderState, event: EventOf<"cancel_rejected">): OrderState => {
  const { pendingCancel, earlyCancel, ...rest } = refusedCommand(state, event);
  if (pendingCancel !== undefined && answersCommand(event, cancelCommand(pendingCancel.cancelId))) {
    return withoutDoubtOf(rest, pendingCancel.clOrdId);
  }
  if (earlyCancel !== undefined && answersCommand(event, cancelCommand(earlyCancel.cancelId))) {
    return rest;
  }
  return {
    ...rest,
    ...(pendingCancel === undefined ? {} : { pendingCancel }),
    ...(earlyCancel === undefined ? {} : { earlyCancel }),
  };
};

/** The terms of an order that waits with us are changed at once. */
const replacedHere = (
  state: OrderState,
  event: Extract<EventOf<"replaced">, { readonly leg?: undefined }>,
): OrderState => {
  const { terms } = state;
  invariant(terms !== undefined, "an order that is replaced has terms");
  const { orderQty_lots, askedQty_lots, price_ticks, stopPx_ticks, riskPrice_ticks } = event;
  return {
    ...withStop(suspending(remembered(state, event), event.suspended), stopPx_ticks, {
      ...withAsked(terms, askedQty_lots),
      orderQty_lots,
      ...(price_ticks === undefined ? {} : { price_ticks }),
    }),
    ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
  };
};

const withStop = (
  state: OrderState,
  stopPx_ticks: number | undefined,
  terms: OrderTerms,
): OrderState =>
  stopPx_ticks === undefined || terms.trigger === undefined
    ? { ...state, terms }
    : { ...state, terms: { ...terms, trigger: { ...terms.trigger, stopPx_ticks } } };

const triggered = (state: OrderState, { stopPx_ticks }: EventOf<"triggered">): OrderState => {
  invariant(state.terms !== undefined, "an order that waits has terms");
  return withStop(state, stopPx_ticks, state.terms);
};

/** We changed the quantity of an order that waits with us. */
const restatedHere = (state: OrderState, { orderQty_lots }: EventOf<"restated">): OrderState => {
  invariant(state.terms !== undefined, "an order that waits has terms");
  return { ...state, terms: { ...state.terms, orderQty_lots } };
};

type ByVenue<Event> = Extract<Event, { readonly leg: number }>;

const restated = (state: OrderState, event: ByVenue<EventOf<"restated">>): OrderState => {
  const { terms } = state;
  invariant(terms !== undefined, "an order that is restated has terms");
  const { orderQty_lots, price_ticks } = event;
  const price = price_ticks === undefined ? {} : { price_ticks };
  const moved_lots = orderQty_lots - terms.orderQty_lots;
  const legQty_lots = isSliced(state)
    ? legOf(state, event.leg).orderQty_lots + moved_lots
    : orderQty_lots - otherLegs_lots(state, event.leg);
  const inForce = { ...withAsked(terms, event.askedQty_lots), orderQty_lots, ...price };
  const next: OrderState = { ...state, terms: inForce };
  return proven(
    withLeg(next, event.leg, (leg) => ({
      ...leg,
      orderQty_lots: legQty_lots,
      ...price,
      state: leg.state === "ended" && leg.cumQty_lots < legQty_lots ? "working" : leg.state,
    })),
    event.leg,
    undefined,
  );
};

/** It ends an order of that day; another one goes on the next day, with what is on its way. */
const doneForDay = (state: OrderState, event: EventOf<"done_for_day">): OrderState =>
  isOver({ phase: "done_for_day", ...(state.terms === undefined ? {} : { terms: state.terms }) })
    ? ended(state, event)
    : proven(state, event.leg, undefined);
