/**
 * The ids of an order's requests to venues, and recognising them when a report names one.
 *
 * An id is a hash of the order and the request's number, so that nothing needs to be remembered of
 * a request that is answered: a report's id is compared with those the order must have used.
 *
 * Owns: how requests are numbered: `new:<leg>`, then `replace:<n>` or `cancel:<n>` from 1.
 */
import type { LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import { legClOrdIdOf, shardIndexOfLeg } from "../../protocols/kernel/ids.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { Leg, OrderState } from "../../protocols/order.ts";
import type { RequestRole } from "./order_decision.ts";

/** The id of a leg's first request. */
export const newRequestId = (shardIndex: number, orderId: OrderId, leg: number): LegClOrdId =>
  legClOrdIdOf(shardIndex, orderId, `new:${leg}`);

/** The id of the next replace or cancel of an order that has legs. */
export const nextRequestId = (state: OrderState, kind: "replace" | "cancel"): LegClOrdId =>
  legClOrdIdOf(homeOf(state), state.orderId, `${kind}:${state.requests + 1}`);

/** The leg that replaces and cancels go to. An order has one leg so far. */
export const requestLegOf = (state: OrderState): Leg => {
  const leg = state.legs[0];
  invariant(leg !== undefined, `order ${state.orderId} was accepted with a leg`);
  return leg;
};

/** What a request id is to the order; undefined where it is none of its own. */
export const roleOf = (state: OrderState, clOrdId: LegClOrdId): RequestRole | undefined => {
  for (const leg of state.legs) {
    if (leg.clOrdId === clOrdId) return { role: "order", leg, clOrdId };
  }
  const leg = state.legs[0];
  if (leg === undefined) return undefined;
  if (state.pendingReplace?.clOrdId === clOrdId) return { role: "replace", leg, clOrdId };
  if (state.pendingCancel?.clOrdId === clOrdId) return { role: "cancel", leg, clOrdId };
  const home = homeOf(state);
  for (const past of state.legs) {
    if (newRequestId(home, state.orderId, past.no) === clOrdId) {
      return { role: "past", leg: past, clOrdId };
    }
  }
  for (let n = state.requests; n > 0; n -= 1) {
    if (
      legClOrdIdOf(home, state.orderId, `replace:${n}`) === clOrdId ||
      legClOrdIdOf(home, state.orderId, `cancel:${n}`) === clOrdId
    ) {
      return { role: "past", leg, clOrdId };
    }
  }
  return undefined;
};

const homeOf = (state: OrderState): number => {
  const home = shardIndexOfLeg(requestLegOf(state).clOrdId);
  invariant(home !== undefined, `the leg ids of ${state.orderId} name their account shard`);
  return home;
};
