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
import { isHeld, isOver, replacesOf } from "../../protocols/ord_status.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import type { TimeInForce } from "../../protocols/ord_words.ts";
import { invariant } from "../../runtime/invariant.ts";
import { placeLeg } from "./order_accept.ts";
import { Course } from "./order_course.ts";
import { decided, headNow, replaceCommand } from "./order_decision.ts";
import type { OrderDecision } from "./order_decision.ts";
import { nextLeg } from "./order_legs.ts";
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
    course.follow(decideReduced(state, qty_lots, now));
  }
  const left_lots = Math.min(qty_lots ?? terms.orderQty_lots, terms.orderQty_lots);
  const { price_ticks } = terms;
  const leg = nextLeg(state, shardIndex, {
    venue,
    ...(timeInForce === undefined ? {} : { timeInForce }),
    orderQty_lots: shown_lots(terms, left_lots),
    ...(price_ticks === undefined ? {} : { price_ticks }),
  });
  course.emit({ ...head, execType: "leg_added", leg });
  course.send({ venue, command: placeLeg(state, terms, leg, deadline) });
  return course.decision;
};

/** A waiting order that may only reduce a position becomes what that position leaves. */
export const decideReduced = (state: OrderState, qty_lots: Qty_lots, now: Nanos): OrderDecision =>
  decided({
    ...headNow(state.orderId, triggerCommand, now),
    execType: "restated",
    orderQty_lots: qty_lots,
    text: "reduced to what the position leaves",
  });

/** We end a waiting order ourselves: it may not be sent any more. */
export const endHeld = (state: OrderState, text: string, now: Nanos): OrderDecision =>
  decided({ ...headNow(state.orderId, triggerCommand, now), execType: "canceled", text });

/** The time of an order is over of which nothing is at a venue. */
export const expireHere = (state: OrderState, now: Nanos): OrderDecision => {
  const { orderId } = state;
  invariant(!isOver(state), `order ${orderId} still waits`);
  const head = headNow(orderId, expireCommand, now);
  const leg = state.legs.at(-1);
  const last = leg === undefined ? {} : { leg: leg.no };
  const expired: OrderEvent = { ...head, execType: "expired", ...last };
  return decided(
    expired,
    ...replacesOf(state).map(({ replaceId }): OrderEvent => ({
      ...headNow(orderId, replaceCommand(replaceId), now),
      execType: "replace_rejected",
      ...refuse("ORDER_CLOSED"),
    })),
  );
};
