/**
 * Ending an order whose time is over.
 *
 * What waits with us, also between two slices, expires at once. What is at a venue is canceled
 * there, by a request of our own; the venue's proof of that cancel is what makes the order
 * `expired`. Until then it is open, and whatever fills meanwhile is booked.
 *
 * Owns: the end of day and good-till-date orders that no venue ends for us.
 */
import { fromNanos, milliseconds, toNanos } from "../../protocols/kernel/instant.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { hasEnded, isClosed, isHeld } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { ExpiryTry } from "../../protocols/order_leg.ts";
import { isIdle } from "../../protocols/bound_order.ts";
import { sendCancel } from "./order_cancel.ts";
import { Course } from "./order_course.ts";
import { headNow, nothing } from "./order_decision.ts";
import type { OrderDecision } from "./order_decision.ts";
import { expireCommand, expireHere } from "./order_held.ts";
import { curb } from "./order_move.ts";
import { isBetweenSlices } from "./order_slice.ts";

/** What a bust has brought back after the order's end is asked to leave, where it is not yet. */
const leave = (state: OrderState, now: Nanos): OrderDecision => {
  const course = new Course(state);
  curb(course, headNow(state.orderId, expireCommand, now));
  return course.decision;
};

const retry_ms = 1_000;
const doublings_max = 6;

/** The next try, and when the one after it is due: longer and longer while a venue refuses. */
const nextTry = ({ expiry }: OrderState, now: Nanos): ExpiryTry => {
  const { tries: before } = expiry ?? { tries: 0 };
  const wait_ms = retry_ms * 2 ** Math.min(before, doublings_max);
  return { tries: before + 1, again: toNanos(fromNanos(now) + milliseconds(wait_ms)) };
};

/**
 * Decides that an order's time is over. Nothing where it has ended, where a cancel is on its way,
 * or where its venue has refused one and it is too early for the next.
 */
export const decideExpiry = (state: OrderState, now: Nanos): OrderDecision => {
  if (state.phase === "unseen" || hasEnded(state)) return nothing;
  if (isClosed(state)) return leave(state, now);
  if (isHeld(state) || isIdle(state)) return expireHere(state, now);
  if (state.pendingCancel !== undefined) return nothing;
  if (isBetweenSlices(state)) return expireHere(state, now);
  if (state.expiry !== undefined && fromNanos(now) < fromNanos(state.expiry.again)) return nothing;
  const cancelId = `_expire-${state.requests + 1}`;
  return sendCancel(state, { cancelId, expires: true, expiry: nextTry(state, now) }, cancelId, now);
};
