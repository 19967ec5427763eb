/**
 * How a replace changes an order's state from its sending to its answer.
 *
 * Several may be on their way, and answers may come in any order. A venue takes them in the order
 * in which they were sent, so one that was accepted before an earlier one is answered has already
 * overtaken it: the earlier one's answer changes no terms any more.
 *
 * Owns: the list of pending replaces in a state.
 */
import { replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../../protocols/order.ts";
import type { PendingReplace } from "../../protocols/order_leg.ts";
import { withAsked } from "../../protocols/bound_order.ts";
import { invariant } from "../../runtime/invariant.ts";
import { answersCommand, replaceCommand } from "./order_decision.ts";
import type { EventOf } from "./order_decision.ts";
import { proven, withLeg, withoutDoubtOf } from "./order_legs.ts";
import { refusedCommand, remembered } from "./order_memory.ts";

/** Nothing is being replaced (any more). */
export const withoutReplaces = ({ pendingReplaces: _gone, ...state }: OrderState): OrderState =>
  state;

const withReplaces = (state: OrderState, pending: readonly PendingReplace[]): OrderState =>
  pending.length === 0 ? withoutReplaces(state) : { ...state, pendingReplaces: pending };

/** A replace is on its way; where it needs room for a new leg, the old one is leaving. */
export const replacing = (state: OrderState, event: EventOf<"pending_replace">): OrderState => {
  const { riskPrice_ticks: risk, replace } = event;
  const { clOrdId, leaves } = replace;
  const sent: OrderState = {
    ...remembered(state, event),
    pendingReplaces: [...replacesOf(state), replace],
    requests: state.requests + 1,
  };
  const isLeaving = state.legs.some((leg) => leg.no === leaves && leg.state !== "ended");
  const next =
    leaves === undefined || !isLeaving
      ? sent
      : withLeg(sent, leaves, (leg) => ({ ...leg, leaving: clOrdId }));
  if (risk === undefined) return next;
  return { ...next, riskPrice_ticks: Math.max(risk, state.riskPrice_ticks ?? risk) };
};

/** The state suspended, released, or where that is undefined as it is. */
export const suspending = (state: OrderState, suspended: boolean | undefined): OrderState => {
  if (suspended === undefined) return state;
  const { suspended: _before, ...rest } = state;
  return suspended ? { ...rest, suspended } : rest;
};

/** A replace is accepted: its terms are in force, unless a later one's already are. */
export const replaced = (
  state: OrderState,
  event: Extract<EventOf<"replaced">, { readonly leg: number }>,
): OrderState => {
  const { terms } = state;
  invariant(terms !== undefined, "an order that is replaced has terms");
  const pending = replacesOf(state);
  const index = pending.findIndex(({ replaceId }) => replaceCommand(replaceId) === event.commandId);
  const accepted = pending[index];
  invariant(accepted !== undefined, "only a pending replace is accepted");
  const { orderQty_lots, price_ticks } = event;
  const price = price_ticks === undefined ? {} : { price_ticks };
  const left = pending.flatMap((replace, at) => {
    if (at === index) return [];
    return [at < index ? { ...replace, overtaken: true as const } : replace];
  });
  const { stopPx_ticks } = accepted;
  const trigger =
    stopPx_ticks === undefined || terms.trigger === undefined || accepted.overtaken === true
      ? {}
      : { trigger: { ...terms.trigger, stopPx_ticks } };
  const inForce: OrderTerms = {
    ...withAsked(terms, askedAfter(terms, accepted, orderQty_lots)),
    orderQty_lots,
    ...price,
    ...trigger,
  };
  const suspended = accepted.overtaken === true ? undefined : accepted.suspended;
  const next = withReplaces(suspending({ ...state, terms: inForce }, suspended), left);
  if (accepted.overtaken === true || accepted.leaves !== undefined) {
    return proven(withoutDoubtOf(next, accepted.clOrdId), event.leg, event.venueOrderId);
  }
  const others_lots = otherLegs_lots(state, event.leg);
  return proven(
    withLeg(next, event.leg, (leg) => ({
      ...leg,
      clOrdId: accepted.clOrdId,
      orderQty_lots: orderQty_lots - others_lots,
      ...price,
      // Reopened where it had filled before its quantity was raised.
      state: leg.state === "ended" ? "working" : leg.state,
    })),
    event.leg,
    event.venueOrderId,
  );
};

/** The total asked for; where a venue brought less into force than it was asked, less by that. */
const askedAfter = (
  { bond }: OrderTerms,
  { overtaken, askedQty_lots = bond?.askedQty_lots, orderQty_lots: wanted_lots }: PendingReplace,
  orderQty_lots: number,
): number | undefined => {
  if (overtaken === true || askedQty_lots === undefined) return undefined;
  return askedQty_lots - Math.max(0, wanted_lots - orderQty_lots);
};

/** What the other legs have executed: a leg's own total is the order's without it. */
export const otherLegs_lots = (state: OrderState, no: number): number => {
  let others = 0;
  for (const leg of state.legs) {
    if (leg.no !== no) others += leg.cumQty_lots + (leg.owedQty_lots ?? 0);
  }
  return others;
};

/** A replace came to nothing; the leg that was to make room for it stays if nothing else waits. */
export const replaceRejected = (
  state: OrderState,
  event: EventOf<"replace_rejected">,
): OrderState => {
  const rest = refusedCommand(state, event);
  const pending = replacesOf(rest);
  const refused = pending.find(({ replaceId }) => answersCommand(event, replaceCommand(replaceId)));
  if (refused === undefined) return rest;
  const left = pending.filter((replace) => replace !== refused);
  const next = withReplaces(rest, left);
  const { clOrdId, leaves, enters } = refused;
  if (leaves === undefined) return withoutDoubtOf(next, clOrdId);
  const isAwaited = left.some((one) => one.leaves === leaves && one.enters === undefined);
  if (enters !== undefined || isAwaited) return next;
  return withoutDoubtOf(
    withLeg(next, leaves, ({ leaving: _stays, ...leg }) => leg),
    clOrdId,
  );
};
