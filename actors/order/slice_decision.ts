/**
 * Placing the next slice of an order, where its account found a venue for it, and taking one back.
 *
 * Owns: the leg and its requests.
 * Never: places a slice while anything of the order is live, or in doubt.
 */
import { isLive, isOver } from "../../protocols/ord_status.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { OrderState } from "../../protocols/order.ts";
import { invariant } from "../../runtime/invariant.ts";
import { placeLeg } from "./order_accept.ts";
import { Course } from "./order_course.ts";
import { decided, headNow } from "./order_decision.ts";
import type { EventHead, OrderDecision } from "./order_decision.ts";
import { nextLeg } from "./order_legs.ts";
import type { PlannedLeg } from "./order_legs.ts";
import { isOvercommitted, takeBack, targetOf } from "./order_move.ts";
import { currentLegOf } from "./order_request.ts";
import { left_lots } from "./order_slice.ts";

/** The command that the time of a slice is: nobody's, so ours. */
export const sliceCommand = "timer:slice";

/** A slice that is to be sent. */
export interface NextSlice extends PlannedLeg {
  readonly shardIndex: number;
  /** The last moment at which it may leave. */
  readonly deadline: Nanos;
  readonly now: Nanos;
}

/** Takes a live slice back that the order's terms no longer allow; one that they allow stays. */
export const withdrawSlice = (course: Course, head: EventHead): void => {
  const { state } = course;
  const leg = state.legs.at(-1);
  if (leg === undefined || !isLive(leg) || leg.leaving !== undefined) return;
  if (state.pendingCancel === undefined && isAgainstTerms(state)) takeBack(course, leg, head);
};

/** Whether a live slice would not be sent now, or its venue made another one of it. */
const isAgainstTerms = (state: OrderState): boolean =>
  state.suspended === true ||
  currentLegOf(state).unwanted === true ||
  isOver(state) ||
  isOvercommitted(state) ||
  isBeyond(state, targetOf(state).price_ticks);

/** Whether the live slice is beyond a limit; that of an iceberg is at it. */
export const isBeyond = (state: OrderState, limit_ticks: Price_ticks | undefined): boolean => {
  const { terms, legs } = state;
  return legs.filter(isLive).some(({ price_ticks }) => {
    if (limit_ticks === undefined || price_ticks === undefined) return false;
    if (terms?.algo?.type === "iceberg") return price_ticks !== limit_ticks;
    return terms?.side === "buy" ? price_ticks > limit_ticks : price_ticks < limit_ticks;
  });
};

/** The same as a decision of its own, for a slice whose cancel was refused when it was asked. */
export const decideAgainstTerms = (state: OrderState, now: Nanos): OrderDecision => {
  const course = new Course(state);
  withdrawSlice(course, headNow(state.orderId, sliceCommand, now));
  return course.decision;
};

/** Takes the live slice back, so that another one goes on, or none. */
export const decideTakeBack = (state: OrderState, now: Nanos): OrderDecision => {
  const course = new Course(state);
  const leg = currentLegOf(state);
  invariant(isLive(leg) && leg.leaving === undefined, `a slice of ${state.orderId} is live`);
  takeBack(course, leg, headNow(state.orderId, sliceCommand, now));
  return course.decision;
};

/** Ends an order of which nothing is at a venue and which may send no more. */
export const endBetween = (state: OrderState, text: string, now: Nanos): OrderDecision =>
  decided({ ...headNow(state.orderId, sliceCommand, now), execType: "canceled", text });

/** Ends one that can have no more slices. */
export const endUsedUp = (state: OrderState, now: Nanos): OrderDecision => {
  const text = `${state.legs.length} slices were sent`;
  const incident = { what: "slices_used_up", text: `order=${state.orderId} ${text}` } as const;
  return { ...endBetween(state, text, now), incidents: [incident] };
};

/** Places a slice. */
export const decideSlice = (state: OrderState, slice: NextSlice): OrderDecision => {
  const { shardIndex, deadline, now, ...planned } = slice;
  const { terms } = state;
  invariant(terms !== undefined, "a sliced order has terms");
  invariant(!state.legs.some(isLive), `one slice of ${state.orderId} is live at a time`);
  invariant(
    planned.orderQty_lots > 0 && planned.orderQty_lots <= left_lots(state),
    `a slice of ${state.orderId} is a part of what is left`,
  );
  const course = new Course(state);
  const leg = nextLeg(state, shardIndex, planned);
  course.emit({ ...headNow(state.orderId, sliceCommand, now), execType: "leg_added", leg });
  course.send({ venue: leg.venue, command: placeLeg(state, terms, leg, deadline) });
  return course.decision;
};
