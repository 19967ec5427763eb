/**
 * Changes of an order's legs that several events share, above all how a doubt ends.
 *
 * A doubt is about one request. It ends with the answer to that request; a doubt about the leg
 * itself also ends with anything that shows that the venue has it. A leg with several doubts is in
 * doubt until the last of them ends.
 */
import type { LegClOrdId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { isSentAgain, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { TimeInForce } from "../../protocols/ord_words.ts";
import { invariant } from "../../runtime/invariant.ts";
import { newRequestId, openedAtOf } from "./order_request.ts";

/** A leg that is to be placed. */
export interface PlannedLeg {
  readonly venue: VenueId;
  /** What its venue is told, where that is not the order's own. */
  readonly timeInForce?: TimeInForce;
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
}

/** The next leg of an order, as it is before its venue has heard of it. */
export const nextLeg = (state: OrderState, shardIndex: number, planned: PlannedLeg): Leg => {
  const no = state.legs.length;
  const { venue, timeInForce, orderQty_lots, price_ticks } = planned;
  return {
    no,
    venue,
    clOrdId: newRequestId(shardIndex, state.orderId, no, openedAtOf(state)),
    state: "pending",
    ...(timeInForce === undefined ? {} : { timeInForce }),
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    cumQty_lots: 0,
    requestsBefore: state.requests,
  };
};

/** The state with one leg changed. The leg must be there. */
export const withLeg = (state: OrderState, no: number, change: (leg: Leg) => Leg): OrderState => {
  invariant(
    state.legs.some((leg) => leg.no === no),
    `order ${state.orderId} has a leg ${no}`,
  );
  return { ...state, legs: state.legs.map((leg) => (leg.no === no ? change(leg) : leg)) };
};

/** A leg of an order that has it. */
export const legOf = (state: OrderState, no: number): Leg => {
  const leg = state.legs.find((one) => one.no === no);
  invariant(leg !== undefined, `order ${state.orderId} has a leg ${no}`);
  return leg;
};

/** Whether its venue has shown that it has, or had, the leg. */
export const hasArrived = (leg: Leg): boolean =>
  leg.state === "working" || leg.venueOrderId !== undefined || leg.cumQty_lots > 0;

/**
 * Whether no venue has had anything of the order before that leg: its fate is the order's. Besides
 * the first one that is one of an order that is sent again because those before it never left.
 */
export const isOpening = ({ phase, terms, legs }: OrderState, no: number): boolean =>
  no === 0 ||
  (phase === "pending_new" &&
    terms !== undefined &&
    isSentAgain(terms) &&
    legs.every((leg) => leg.no >= no || leg.refused === true));

/** What its venue was told as a leg's time in force: the order's own, or what stands for that. */
export const toldTimeInForceOf = ({ terms }: OrderState, leg: Leg): TimeInForce =>
  leg.timeInForce ?? terms?.timeInForce ?? "day";

/** The leg is over: nothing about it is in doubt or on its way. */
export const over = ({ doubtsOf: _doubts, leaving: _leaving, ...leg }: Leg): Leg => ({
  ...leg,
  state: "ended",
});

/** The venue showed that it has the leg: a doubt about the leg itself is over. */
export const proven = (
  state: OrderState,
  no: number,
  venueOrderId: string | undefined,
): OrderState =>
  withLeg(state, no, ({ doubtsOf, ...leg }) => {
    const named = venueOrderId === undefined ? leg : { ...leg, venueOrderId };
    if (leg.state === "ended") return named;
    const left = doubtsOf?.filter((id) => isPendingRequest(state, leg, id)) ?? [];
    if (left.length > 0) return { ...named, doubtsOf: left };
    return { ...named, state: isFull(leg) ? "ended" : "working" };
  });

/** The leg with one more doubt. */
export const doubted = ({ doubtsOf = [], ...leg }: Leg, clOrdId: LegClOrdId): Leg => ({
  ...leg,
  state: "in_doubt",
  doubtsOf: [...doubtsOf, clOrdId],
});

/** A request was answered: a doubt about it is over, whatever the answer was. */
export const withoutDoubtOf = (state: OrderState, clOrdId: string): OrderState => {
  if (!state.legs.some((leg) => leg.doubtsOf?.some((id) => id === clOrdId) === true)) return state;
  const legs = state.legs.map((leg) => {
    const { doubtsOf, ...sure } = leg;
    if (doubtsOf?.some((id) => id === clOrdId) !== true) return leg;
    const left = doubtsOf.filter((id) => id !== clOrdId);
    if (left.length > 0) return { ...sure, doubtsOf: left };
    if (isFull(leg)) return { ...sure, state: "ended" as const };
    return { ...sure, state: isUnproven(state, leg) ? ("pending" as const) : ("working" as const) };
  });
  return { ...state, legs };
};

/** Whether all of a leg is executed. */
export const isFull = (leg: Leg): boolean => leg.cumQty_lots >= leg.orderQty_lots;

const isUnproven = (state: OrderState, { no }: Leg): boolean =>
  (state.phase === "pending_new" && isOpening(state, no)) ||
  replacesOf(state).some(({ enters }) => enters === no);

const isPendingRequest = (state: OrderState, leg: Leg, clOrdId: LegClOrdId): boolean =>
  leg.leaving === clOrdId ||
  state.pendingCancel?.clOrdId === clOrdId ||
  replacesOf(state).some((replace) => replace.clOrdId === clOrdId);
