/**
 * Deciding a cancel. It is never held back: not by doubt, not by a replace on its way, not by risk.
 *
 * A cancel travels on the urgent lane and may overtake its submit. Then it is remembered until the
 * submit comes, which ends that order before anything is sent, or until its time is over.
 *
 * A cancel without an id of its own gets one that is ours, `_1`, `_2`, …: asked again while the
 * last one is at work or succeeded it is a repeat, after a refusal it is a new attempt.
 *
 * Owns: what becomes of a cancel until it is sent, and the wait of an early one.
 */
import type { CancelCommand } from "../../protocols/command.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { hasEnded, isClosed, isHeld } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import { isIdle } from "../../protocols/bound_order.ts";
import type { PendingCancel } from "../../protocols/order_leg.ts";
import { cancelLeg } from "./leg_request.ts";
import { Course } from "./order_course.ts";
import {
  answerStatus,
  cancelCommand,
  decided,
  headNow,
  nothing,
  replaceCommand,
  seenCommand,
} from "./order_decision.ts";
import type { EventHead, OrderDecision, OrderIds } from "./order_decision.ts";
import { curb } from "./order_move.ts";
import { currentLegOf, nextRequestId } from "./order_request.ts";
import { isBetweenSlices } from "./order_slice.ts";

/** A cancel of an order of which nothing is at a venue succeeds at once. */
const cancelHere = (
  { orderId, pendingReplaces = [] }: OrderState,
  cancelId: string,
  digest: string,
  text: string,
  now: Nanos,
): OrderDecision =>
  decided(
    { ...headNow(orderId, cancelCommand(cancelId), now), execType: "canceled", digest, text },
    ...pendingReplaces.map(({ replaceId }): OrderEvent => ({
      ...headNow(orderId, replaceCommand(replaceId), now),
      execType: "replace_rejected",
      ...refuse("ORDER_CLOSED"),
    })),
  );

const whyHere = (state: OrderState): string => {
  if (isHeld(state)) return "canceled before it was sent";
  return isIdle(state) ? "nothing of it is at a venue" : "canceled between two slices";
};

/**
 * Decides a cancel of one order.
 *
 * @param until how long it waits for its submit where the order is not known
 */
export const decideCancel = (
  ids: OrderIds,
  state: OrderState | undefined,
  command: CancelCommand,
  until: Nanos,
  now: Nanos,
): OrderDecision => {
  const cancelId = command.cancelId ?? ownCancelId(state);
  const commandId = cancelCommand(cancelId);
  if (state !== undefined && seenCommand(state, commandId) !== undefined) {
    return answerStatus(state, commandId, now);
  }
  const no = (refusal: Refusal): OrderDecision =>
    decided({
      ...headNow(ids.orderId, commandId, now),
      execType: "cancel_rejected",
      digest: command.digest,
      ...refusal,
    });
  const before = state?.earlyCancel ?? state?.pendingCancel;
  if (before !== undefined) {
    return no(refuse("ORDER_PENDING_CANCEL", { cancelId: before.cancelId }));
  }
  if (state === undefined || state.phase === "unseen") {
    const early: OrderEvent = {
      ...headNow(ids.orderId, commandId, now),
      execType: "early_cancel",
      cancelId,
      digest: command.digest,
      until,
    };
    return { ...decided(early), earlyCancelTimer: { at: until } };
  }
  if (hasEnded(state)) return no(refuse("ORDER_CLOSED", { phase: state.phase }));
  if (isClosed(state)) {
    const refusal = no(refuse("ORDER_CLOSED", { phase: state.phase }));
    return cancelStray(state, refusal, headNow(ids.orderId, commandId, now));
  }
  if (isHeld(state) || isIdle(state) || isBetweenSlices(state)) {
    return cancelHere(state, cancelId, command.digest, whyHere(state), now);
  }
  return sendCancel(state, { cancelId }, command.digest, now);
};

/** Of an order that has ended a leg that works again is asked to leave, where it is not yet. */
const cancelStray = (state: OrderState, refusal: OrderDecision, head: EventHead): OrderDecision => {
  const course = new Course(state);
  course.follow(refusal);
  curb(course, head);
  return course.decision;
};

/**
 * The time of an early cancel is over: no submit came, so it is answered `ORDER_UNKNOWN`. Does
 * nothing where its submit came meanwhile.
 */
export const decideEarlyCancelTimeout = (
  state: OrderState | undefined,
  now: Nanos,
): OrderDecision => {
  if (state?.earlyCancel === undefined) return nothing;
  return decided({
    ...headNow(state.orderId, cancelCommand(state.earlyCancel.cancelId), now),
    execType: "cancel_rejected",
    ...refuse("ORDER_UNKNOWN"),
  });
};

/**
 * Asks the venue of an order's last leg to cancel it, and where an earlier one works (a bust had
 * brought it back, and it was not given up) that one too.
 */
export const sendCancel = (
  state: OrderState,
  cancel: Omit<PendingCancel, "clOrdId">,
  digest: string,
  now: Nanos,
): OrderDecision => {
  const { orderId } = state;
  const leg = currentLegOf(state);
  const clOrdId = nextRequestId(state, "cancel");
  const head = headNow(orderId, cancelCommand(cancel.cancelId), now);
  const event: OrderEvent = {
    ...head,
    execType: "pending_cancel",
    digest,
    cancel: { ...cancel, clOrdId },
  };
  const request = cancelLeg(state, leg, clOrdId);
  if (state.legs.length === 1) return { events: [event], requests: [request], incidents: [] };
  const course = new Course(state);
  course.emit(event);
  course.send(request);
  curb(course, head);
  return course.decision;
};

/** `_1`, `_2`, …; not the ids of other cancels of ours, such as one at the end of a day. */
const ownCancel = /^cancel:_([1-9]\d*)$/;

const ownCancelId = (state: OrderState | undefined): string => {
  const last = state?.commands.findLast((seen) => ownCancel.test(seen.commandId));
  const number = Number(ownCancel.exec(last?.commandId ?? "")?.[1] ?? 0);
  return `_${last === undefined || last.refused === true ? number + 1 : number}`;
};
