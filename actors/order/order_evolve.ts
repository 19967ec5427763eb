/**
 * The order's state after an event: what recovery replays and every decision builds on.
 *
 * Owns: the one place where an order's state is made.
 * Never: decides; looks at anything but the state and the event.
 *
 * Invariants
 *  1. Every visible event raises the version by one, the others leave it.
 *  2. cumQty is the sum of the booked trades.
 *  3. A pending replace or cancel ends with its answer or with the order, never with a fill. What
 *     the end of an order leaves unanswered is answered by the events that follow it at once.
 */
import type { OrderId } from "../../protocols/kernel/ids.ts";
import { isFinal } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import { isVisible } from "../../protocols/order.ts";
import { invariant } from "../../runtime/invariant.ts";
import { cancelCommand, orderIdsOf, replaceCommand } from "./order_decision.ts";
import { proven, withLeg, withoutDoubtOf } from "./order_legs.ts";
import { refusedCommand, remembered } from "./order_memory.ts";
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
  const { closedAt, ...changed } = apply(state, event);
  return {
    ...changed,
    phase,
    version: isVisible(event) ? state.version + 1 : state.version,
    ...(isFinal(phase) ? { closedAt: closedAt ?? event.tsInit } : {}),
  };
};

type EventOf<T extends OrderEvent["execType"]> = Extract<OrderEvent, { execType: T }>;

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
      const requests = state.requests + 1;
      return { ...remembered(state, event), pendingCancel: event.cancel, requests };
    }
    case "canceled":
      return ended(state, event);
    case "cancel_rejected":
      return cancelRejected(state, event);
    case "pending_replace":
      return replacing(state, event);
    case "replaced":
      return replaced(state, event);
    case "replace_rejected":
      return replaceRejected(state, event);
    case "rejected":
      return ended(state, event);
    case "expired":
      return event.leg === undefined ? denied(state, event) : ended(state, event);
    case "in_doubt":
      return withLeg(state, event.leg, (leg) => ({
        ...leg,
        state: "in_doubt",
        doubtOf: event.clOrdId,
      }));
    case "order_status":
      return state;
    case "early_cancel": {
      const { cancelId, until } = event;
      return { ...remembered(state, event), earlyCancel: { cancelId, until } };
    }
    case "leg_named":
      return withLeg(state, event.leg, (leg) => ({ ...leg, venueOrderId: event.venueOrderId }));
  }
};

const accepted = (state: OrderState, event: EventOf<"pending_new">): OrderState => {
  const { terms, legs, riskPrice_ticks } = event;
  const next: OrderState = { ...remembered(state, event), terms, legs };
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

const traded = (state: OrderState, event: EventOf<"trade">): OrderState => {
  const { lastQty_lots, lastPx_ticks, venueOrderId } = event;
  const booked = withLeg(state, event.leg, (leg) => ({
    ...leg,
    cumQty_lots: leg.cumQty_lots + lastQty_lots,
  }));
  const { owedQty_lots, ...next } = proven(booked, event.leg, venueOrderId);
  const owed = Math.max(0, (owedQty_lots ?? 0) - lastQty_lots);
  return {
    ...next,
    cumQty_lots: state.cumQty_lots + lastQty_lots,
    cumValue: state.cumValue + BigInt(lastQty_lots) * BigInt(lastPx_ticks),
    execKeys: [...state.execKeys, event.execKey],
    ...(owed === 0 ? {} : { owedQty_lots: owed }),
  };
};

const ended = (
  state: OrderState,
  event: EventOf<"canceled"> | EventOf<"rejected"> | EventOf<"expired">,
): OrderState => {
  const { leg: no, owedQty_lots } = event;
  const { pendingCancel: _cancel, pendingReplace: _replace, earlyCancel: _early, ...rest } = state;
  const next: OrderState =
    no === undefined
      ? rest
      : withLeg(rest, no, ({ doubtOf: _over, ...leg }) => ({ ...leg, state: "ended" }));
  return owedQty_lots === undefined ? next : { ...next, owedQty_lots };
};

const cancelRejected = (state: OrderState, event: EventOf<"cancel_rejected">): OrderState => {
  const { pendingCancel, earlyCancel, ...rest } = refusedCommand(state, event);
  if (pendingCancel !== undefined && answers(event, cancelCommand(pendingCancel.cancelId))) {
    return withoutDoubtOf(rest, pendingCancel.clOrdId);
  }
  if (earlyCancel !== undefined && answers(event, cancelCommand(earlyCancel.cancelId))) {
    return rest;
  }
  return {
    ...rest,
    ...(pendingCancel === undefined ? {} : { pendingCancel }),
    ...(earlyCancel === undefined ? {} : { earlyCancel }),
  };
};

const replacing = (state: OrderState, event: EventOf<"pending_replace">): OrderState => {
  const { riskPrice_ticks: risk, replace: pendingReplace } = event;
  const next = { ...remembered(state, event), pendingReplace, requests: state.requests + 1 };
  if (risk === undefined) return next;
  return { ...next, riskPrice_ticks: Math.max(risk, state.riskPrice_ticks ?? risk) };
};

const replaced = (state: OrderState, event: EventOf<"replaced">): OrderState => {
  const { pendingReplace, terms, ...rest } = state;
  invariant(pendingReplace !== undefined, "only a pending replace is accepted");
  invariant(terms !== undefined, "an order that is replaced has terms");
  const { orderQty_lots, price_ticks } = event;
  const price = price_ticks === undefined ? {} : { price_ticks };
  const { clOrdId } = pendingReplace;
  const next: OrderState = { ...rest, terms: { ...terms, orderQty_lots, ...price } };
  return proven(
    withLeg(next, event.leg, (leg) => ({
      ...leg,
      clOrdId,
      orderQty_lots,
      ...price,
      // Reopened where it had filled before its quantity was raised.
      state: leg.state === "ended" ? "working" : leg.state,
    })),
    event.leg,
    event.venueOrderId,
  );
};

const replaceRejected = (state: OrderState, event: EventOf<"replace_rejected">): OrderState => {
  const { pendingReplace, ...rest } = refusedCommand(state, event);
  if (pendingReplace === undefined) return rest;
  if (!answers(event, replaceCommand(pendingReplace.replaceId))) return { ...rest, pendingReplace };
  return withoutDoubtOf(rest, pendingReplace.clOrdId);
};

/**
 * Whether a refusal answers what is on its way. One with a digest refuses a command on arrival: it
 * may carry the very id of the one on its way (an id conflict) and yet be no answer to it.
 */
const answers = (
  event: EventOf<"cancel_rejected"> | EventOf<"replace_rejected">,
  commandId: string,
): boolean => event.digest === undefined && event.commandId === commandId;
