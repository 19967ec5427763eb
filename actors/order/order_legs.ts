/**
 * Changes of an order's legs that several events share, above all how a doubt ends.
 *
 * A doubt is about one request. It ends with the answer to that request; a doubt about the order
 * itself also ends with anything that shows that the venue has the order.
 */
import type { Leg, OrderState } from "../../protocols/order.ts";
import { invariant } from "../../runtime/invariant.ts";

/** The state with one leg changed. The leg must be there. */
export const withLeg = (state: OrderState, no: number, change: (leg: Leg) => Leg): OrderState => {
  invariant(
    state.legs.some((leg) => leg.no === no),
    `order ${state.orderId} has a leg ${no}`,
  );
  return { ...state, legs: state.legs.map((leg) => (leg.no === no ? change(leg) : leg)) };
};

/** The venue showed that it has the order: a doubt about the order itself is over. */
export const proven = (
  state: OrderState,
  no: number,
  venueOrderId: string | undefined,
): OrderState =>
  withLeg(state, no, ({ doubtOf, ...leg }) => {
    const named = venueOrderId === undefined ? leg : { ...leg, venueOrderId };
    if (leg.state === "ended") return named;
    if (doubtOf !== undefined && isPendingRequest(state, doubtOf)) return { ...named, doubtOf };
    return { ...named, state: leg.cumQty_lots >= leg.orderQty_lots ? "ended" : "working" };
  });

/** A request was answered: a doubt about it is over, whatever the answer was. */
export const withoutDoubtOf = (state: OrderState, clOrdId: string): OrderState => ({
  ...state,
  legs: state.legs.map(({ doubtOf, ...leg }) => {
    if (doubtOf !== clOrdId) return doubtOf === undefined ? leg : { ...leg, doubtOf };
    if (leg.state === "ended") return leg;
    if (leg.cumQty_lots >= leg.orderQty_lots) return { ...leg, state: "ended" };
    return { ...leg, state: state.phase === "pending_new" ? "pending" : "working" };
  }),
});

const isPendingRequest = (state: OrderState, clOrdId: string): boolean =>
  state.pendingReplace?.clOrdId === clOrdId || state.pendingCancel?.clOrdId === clOrdId;
