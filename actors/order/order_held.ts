/**
 * Deciding about an order that waits with us: nothing of it is at a venue, so we say what becomes
 * of it ourselves and at once.
 *
 * Its phase stays `pending_new` until a venue has it: `triggered` says that its wait is over, the
 * first leg's acknowledgement brings `new`.
 *
 * Owns: trigger, end and first leg of such an order. Its cancel and its replace succeed at once, in
 * `order_cancel.ts` and `order_replace.ts`.
 * Never: is asked about an order that has a leg.
 */
import { isHeld, isOver } from "../../protocols/ord_status.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { TimeInForce } from "../../protocols/ord_words.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import { invariant } from "../../runtime/invariant.ts";
import { placeLeg } from "./order_accept.ts";
import { Course } from "./order_course.ts";
import { decided, headNow } from "./order_decision.ts";
import type { OrderDecision } from "./order_decision.ts";
import { newRequestId, openedAtOf } from "./order_request.ts";
import { shown_lots } from "./order_slice.ts";

/** The command that a trigger or an auction is: nobody's, so ours. */
export const triggerCommand = "timer:trigger";
/** The command that the end of an order's time is. */
export const expireCommand = "timer:expire";

/**
 * Its wait is over.
 *
 * @param stopPx_ticks the stop as it was when it was met
 */
export const decideTriggered = (
  state: OrderState,
  stopPx_ticks: Price_ticks | undefined,
  text: string,
  now: Nanos,
): OrderDecision =>
  decided({
    ...headNow(state.orderId, triggerCommand, now),
    execType: "triggered",
    ...(stopPx_ticks === undefined ? {} : { stopPx_ticks }),
    text,
  });

/** Where and how a waiting order is sent. */
export interface FirstLeg {
  readonly venue: VenueId;
  /** What its venue is told, where that is not the order's own. */
  readonly timeInForce?: TimeInForce;
  /** Most that may be sent, where it is less than the order: the order is restated to it. */
  readonly qty_lots?: Qty_lots;
  readonly shardIndex: number;
  readonly deadline: Nanos;
  readonly now: Nanos;
}

/** Places its first leg. */
export const decideFirstLeg = (state: OrderState, first: FirstLeg): OrderDecision => {
  const { venue, timeInForce, qty_lots, shardIndex, deadline, now } = first;
  invariant(isHeld(state), `order ${state.orderId} waits with us`);
  const course = new Course(state);
  const head = headNow(state.orderId, triggerCommand, now);
  const { terms } = state;
  invariant(terms !== undefined, "a waiting order has terms");
  if (qty_lots !== undefined && qty_lots < terms.orderQty_lots) {
    const text = "reduced to what the position leaves";
    course.emit({ ...head, execType: "restated", orderQty_lots: qty_lots, text });
  }
  const left_lots = Math.min(qty_lots ?? terms.orderQty_lots, terms.orderQty_lots);
  const { price_ticks } = terms;
  const leg: Leg = {
    no: 0,
    venue,
    clOrdId: newRequestId(shardIndex, state.orderId, 0, openedAtOf(state)),
    state: "pending",
    ...(timeInForce === undefined ? {} : { timeInForce }),
    orderQty_lots: shown_lots(terms, left_lots),
    ...(price_ticks === undefined ? {} : { price_ticks }),
    cumQty_lots: 0,
    requestsBefore: state.requests,
  };
  course.emit({ ...head, execType: "leg_added", leg });
  course.send({ venue, command: placeLeg(state, terms, leg, deadline) });
  return course.decision;
};

/** We end a waiting order ourselves: it may not be sent any more. */
export const endHeld = (state: OrderState, text: string, now: Nanos): OrderDecision =>
  decided({ ...headNow(state.orderId, triggerCommand, now), execType: "canceled", text });

/** The time of a waiting order is over. */
export const expireHeld = (state: OrderState, now: Nanos): OrderDecision => {
  invariant(!isOver(state), `order ${state.orderId} still waits`);
  return decided({ ...headNow(state.orderId, expireCommand, now), execType: "expired" });
};
