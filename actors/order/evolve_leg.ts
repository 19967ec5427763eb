/**
 * How the events of legs alone change an order's state, and what legs are owed.
 *
 * Owns: the end of a leg that is not the end of the order, and the leg that comes after it.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import { replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { EventOf } from "./order_decision.ts";
import { over, proven, withLeg, withoutDoubtOf } from "./order_legs.ts";

/** The state in which a leg is owed so many lots; the order is owed their sum. */
export const oweing = (state: OrderState, no: number, owed_lots: Qty_lots): OrderState => {
  const before = state.legs.find((leg) => leg.no === no)?.owedQty_lots ?? 0;
  if (before === owed_lots) return state;
  const legs = withLeg(state, no, ({ owedQty_lots: _before, missing, ...leg }) => {
    const isNothing = owed_lots === 0 && leg.provisionalQty_lots === undefined;
    const waits = isNothing || missing === undefined ? leg : { ...leg, missing };
    return owed_lots === 0 ? waits : { ...waits, owedQty_lots: owed_lots };
  });
  const { owedQty_lots = 0, ...next } = legs;
  const sum_lots = owedQty_lots - before + owed_lots;
  return sum_lots === 0 ? next : { ...next, owedQty_lots: sum_lots };
};

/** The venue's count of a leg is known, or fell: what is missing of it. */
export const awaiting = (state: OrderState, event: EventOf<"fills_awaited">): OrderState => {
  const { leg: no, owedQty_lots, missing } = event;
  const next = oweing(state, no, owedQty_lots);
  return missing === undefined ? next : withLeg(next, no, (leg) => ({ ...leg, missing }));
};

/** The leg is over, the order is not. */
export const legEnded = (state: OrderState, event: EventOf<"leg_ended">): OrderState => {
  const { leg: no, owedQty_lots, refused } = event;
  const next = withLeg(state, no, (leg) => ({
    ...over(leg),
    ...(refused === undefined ? {} : { refused }),
  }));
  return owedQty_lots === undefined ? next : oweing(next, no, owedQty_lots);
};

/** The leg is there, and is what the replaces wait for that waited for room. */
export const legAdded = (state: OrderState, { leg }: EventOf<"leg_added">): OrderState => {
  const next: OrderState = { ...state, legs: [...state.legs, leg] };
  if (state.pendingReplaces === undefined) return next;
  const pendingReplaces = replacesOf(state).map((replace) =>
    replace.leaves !== undefined && replace.enters === undefined
      ? { ...replace, enters: leg.no }
      : replace,
  );
  return { ...next, pendingReplaces };
};

/** The leg stays: our own cancel of it was refused. */
export const legKept = (state: OrderState, event: EventOf<"leg_kept">): OrderState => {
  const leaving = state.legs.find((leg) => leg.no === event.leg)?.leaving;
  const next = withLeg(state, event.leg, ({ leaving: _refused, ...leg }) => leg);
  return leaving === undefined ? next : withoutDoubtOf(next, leaving);
};

/** Its venue has the leg, and perhaps works it though it had ended here. */
export const legNamed = (state: OrderState, event: EventOf<"leg_named">): OrderState => {
  const { leg: no, venueOrderId, legQty_lots: orderQty_lots, unwanted } = event;
  const named = proven(state, no, venueOrderId);
  if (orderQty_lots === undefined && unwanted === undefined) return named;
  return withLeg(named, no, (leg) => ({
    ...leg,
    ...(unwanted === undefined ? {} : { unwanted }),
    ...(orderQty_lots === undefined ? {} : worksWith(leg, orderQty_lots)),
  }));
};

/** A leg works with that total, also where it had ended; one in doubt about a request stays so. */
const worksWith = ({ state }: Leg, orderQty_lots: Qty_lots): Pick<Leg, "orderQty_lots" | "state"> =>
  state === "ended" ? { orderQty_lots, state: "working" } : { orderQty_lots, state };

/** Our own cancel of the leg is on its way. */
export const legLeaving = (state: OrderState, event: EventOf<"leg_leaving">): OrderState => {
  const { request, clOrdId: leaving } = event;
  const next = withLeg(state, event.leg, ({ lateRequests = [], ...leg }) => ({
    ...leg,
    leaving,
    ...(request === undefined ? {} : { lateRequests: [...lateRequests, request] }),
  }));
  return { ...next, requests: state.requests + 1 };
};
