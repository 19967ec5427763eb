/**
 * The ids of an order's requests to venues, and recognising them when a report names one.
 *
 * An id is a hash of the order and the request's number, so that nothing needs to be remembered of
 * a request that is answered: a report's id is compared with those the order must have used.
 *
 * Owns: how requests are numbered: `new:<leg>`, then `replace:<n>` or `cancel:<n>` from 1, each
 * with the moment of acceptance.
 */
import type { LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { legClOrdIdOf, shardIndexOfLeg } from "../../protocols/kernel/ids.ts";
import { replacesOf } from "../../protocols/ord_status.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { RequestRole } from "./order_decision.ts";

/** The id of a leg's first request; `openedAt` is when the order was accepted. */
export const newRequestId = (
  shardIndex: number,
  orderId: OrderId,
  leg: number,
  openedAt: Nanos,
): LegClOrdId => legClOrdIdOf(shardIndex, orderId, `new:${leg}@${openedAt}`);

/**
 * When the order was accepted. A clOrdId that is used again after its order was forgotten is
 * another order, and its requests must not have the ids of the first one's.
 */
export const openedAtOf = ({ orderId, openedAt }: OrderState): Nanos => {
  invariant(openedAt !== undefined, `order ${orderId} was accepted before it asked a venue`);
  return openedAt;
};

/** The id of the next replace or cancel of an order that has legs. */
export const nextRequestId = (state: OrderState, kind: "replace" | "cancel"): LegClOrdId =>
  requestId(state, kind, state.requests + 1);

const requestId = (state: OrderState, kind: "replace" | "cancel", n: number): LegClOrdId =>
  legClOrdIdOf(homeOf(state), state.orderId, `${kind}:${n}@${openedAtOf(state)}`);

/** The leg that replaces and cancels go to: the last one, since a leg makes room for the next. */
export const currentLegOf = (state: OrderState): Leg => {
  const leg = state.legs.at(-1);
  invariant(leg !== undefined, `order ${state.orderId} was accepted with a leg`);
  return leg;
};

/** What a request id is to the order; undefined where it is none of its own. */
export const roleOf = (state: OrderState, clOrdId: LegClOrdId): RequestRole | undefined => {
  const { legs } = state;
  for (const leg of legs) {
    if (leg.clOrdId === clOrdId) return { role: "order", leg, clOrdId };
    if (leg.leaving === clOrdId) return { role: "leave", leg, clOrdId };
  }
  const leg = legs.at(-1);
  if (leg === undefined) return undefined;
  for (const replace of replacesOf(state)) {
    if (replace.clOrdId !== clOrdId || replace.enters !== undefined) continue;
    // The current leg is the one that makes room until another one is entered.
    if (replace.leaves !== undefined) return { role: "leave", leg, clOrdId };
    return { role: "replace", leg, clOrdId, replace };
  }
  if (state.pendingCancel?.clOrdId === clOrdId) return { role: "cancel", leg, clOrdId };
  const past = pastLegOf(state, clOrdId);
  return past === undefined ? undefined : { role: "past", leg: past, clOrdId };
};

/** The leg that an answered request was about. */
const pastLegOf = (state: OrderState, clOrdId: LegClOrdId): Leg | undefined => {
  const home = homeOf(state);
  const { orderId, legs } = state;
  const openedAt = openedAtOf(state);
  const first = legs.find(({ no }) => newRequestId(home, orderId, no, openedAt) === clOrdId);
  if (first !== undefined) return first;
  for (let n = state.requests; n > 0; n -= 1) {
    if (requestId(state, "replace", n) === clOrdId || requestId(state, "cancel", n) === clOrdId) {
      const late = legs.find(({ lateRequests }) => lateRequests?.includes(n) === true);
      return late ?? legs.findLast(({ requestsBefore = 0 }) => requestsBefore < n) ?? legs[0];
    }
  }
  return undefined;
};

/** The account shard's index, which every request's id carries. */
export const homeOf = (state: OrderState): number => {
  const home = state.home ?? shardIndexOfLeg(currentLegOf(state).clOrdId);
  invariant(home !== undefined, `the leg ids of ${state.orderId} name their account shard`);
  return home;
};
