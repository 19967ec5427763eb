/**
 * Refused requests and doubtful ones.
 *
 * A refused cancel or replace ends that request and nothing else: it never takes a state back. A
 * venue that says it does not know the order contradicts us, and is asked; so is one for which a
 * cancel came too late of what works for us.
 *
 * Owns: cancel_rejected, replace_rejected and in_doubt as venues bring them about.
 * Never: takes "unknown order" for an end.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { RejectCode } from "../../protocols/kernel/reject_code.ts";
import { isClosed, isHeld, isLive, isOver, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import { isIdle } from "../../protocols/bound_order.ts";
import type { Leg, PendingReplace } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { queryLeg } from "./leg_request.ts";
import { Course } from "./order_course.ts";
import { cancelCommand, decided, headOf, nothing, replaceCommand } from "./order_decision.ts";
import type { DecisionTime, EventHead, OrderDecision, RequestRole } from "./order_decision.ts";
import { followLegs } from "./order_leaves.ts";
import { legOf } from "./order_legs.ts";
import { curb, goOn, isOvercommitted, isRoomMade, waitingFor } from "./order_move.ts";
import { currentLegOf } from "./order_request.ts";
import { isBetweenSlices, isSliced, isWorked, left_lots } from "./order_slice.ts";

/** Decides the refusal of a replace or a cancel, or the proof that it never left. */
export const decideRequestRefused = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  { now, deadline }: DecisionTime,
): OrderDecision => {
  if (role.role === "cancel" && isBetweenLegs(state)) return cancelBetweenLegs(state, report, now);
  const refusals = refusalEvents(state, report, role, now);
  if (refusals.length === 0) return nothing;
  const course = new Course(state);
  for (const refusal of refusals) course.emit(refusal);
  const { leg } = role;
  const isUnknown = report.code === "ORDER_UNKNOWN";
  if (isUnknown && !isOver(state) && isLive(leg)) {
    if (leg.doubtsOf?.includes(leg.clOrdId) !== true) course.emit(unknownThere(report, leg, now));
    course.send(queryLeg(state, leg));
    if (role.role === "leave") tellOvercommitted(course, report, leg);
  } else if (role.role === "leave") {
    leaveRefused(course, report, leg, now);
  } else if (role.role === "cancel" && isTooLate(course.state, report, leg)) {
    course.send(queryLeg(state, leg));
  }
  const head = headOf(report, now);
  // What waited for a slice that ended while a cancel was on its way is in force; it sends none.
  if (isWorked(state) && isRoomMade(course.state)) {
    goOn(course, currentLegOf(course.state), head, deadline);
  }
  // A bust meanwhile may have left less at the venue than the order asks for.
  followLegs(course, head);
  closeIfDead(course, head);
  return course.decision;
};

/**
 * Whether a leg that is over, says its venue, works for us though all is booked that it counts:
 * its end was not heard.
 */
const isTooLate = (state: OrderState, { code, cumQty_lots }: LegReport, { no }: Leg): boolean => {
  const leg = legOf(state, no);
  return code === "ORDER_CLOSED" && isLive(leg) && cumQty_lots <= leg.cumQty_lots;
};

/**
 * A leg that is too much, or whose order has ended, does not go: its venue is asked what it is, or
 * where the cancel never left, is asked for that again.
 */
const leaveRefused = (course: Course, report: LegReport, leg: Leg, now: Nanos): void => {
  const { state } = course;
  if (report.execType === "not_sent") {
    curb(course, headOf(report, now));
    return;
  }
  if (isStray(state, leg) || isTooLate(state, report, leg)) course.send(queryLeg(state, leg));
  tellOvercommitted(course, report, leg);
};

/** Whether a leg works that its order has no use for: it has ended, or has another one. */
const isStray = (state: OrderState, { no }: Leg): boolean =>
  (isClosed(state) || no !== currentLegOf(state).no) && isLive(legOf(state, no));

/** Operators hear of a leg that is too much and does not go. */
const tellOvercommitted = (course: Course, report: LegReport, leg: Leg): void => {
  const { state } = course;
  if (!isStray(state, leg) && !isOvercommitted(state)) return;
  const text = `order=${state.orderId} leg=${leg.no}: ${report.code ?? ""} ${report.text ?? ""}`;
  course.raise({ what: "overcommitted", text: text.trimEnd() });
};

/**
 * Whether all that the venue had of an iceberg is over and the rest is with us, or a child waits
 * for its parent: a cancel that came too late for the leg is in time for the order. A leg that is
 * full may be in doubt about our own cancel of it: nothing of it works.
 */
const isBetweenLegs = (state: OrderState): boolean =>
  (isSliced(state) || isIdle(state)) &&
  state.pendingCancel !== undefined &&
  !isOver(state) &&
  !state.legs.some(isLive);

const cancelBetweenLegs = (state: OrderState, report: LegReport, now: Nanos): OrderDecision => {
  const { pendingCancel } = state;
  const head = headOf(report, now, cancelCommand(pendingCancel?.cancelId ?? ""));
  const text = isSliced(state) ? "canceled between two slices" : "nothing of it is at a venue";
  const events: OrderEvent[] =
    pendingCancel?.expires === true
      ? [{ ...head, execType: "expired", leg: currentLegOf(state).no, text }]
      : [{ ...head, execType: "canceled", leg: currentLegOf(state).no, text }];
  for (const { replaceId } of replacesOf(state)) {
    const answer = headOf(report, now, replaceCommand(replaceId));
    events.push({ ...answer, execType: "replace_rejected", ...refuse("ORDER_CLOSED") });
  }
  return decided(...events);
};

/**
 * Ends an order of which nothing works any more and nothing is to come: a bust took quantity back
 * that does not work again, and what might have made it work was refused.
 */
export const closeIfDead = (course: Course, head: EventHead): void => {
  const { state } = course;
  const isWaiting =
    state.pendingReplaces !== undefined ||
    state.pendingCancel !== undefined ||
    state.owedQty_lots !== undefined;
  if (
    isWaiting ||
    isOver(state) ||
    isHeld(state) ||
    isIdle(state) ||
    (isBetweenSlices(state) && left_lots(state) > 0) ||
    state.legs.some((leg) => leg.state !== "ended")
  )
    return;
  course.emit({ ...head, execType: "canceled", text: "nothing of it works any more" });
};

const refusalEvents = (
  state: OrderState,
  report: LegReport,
  { role, leg, replace }: RequestRole,
  now: Nanos,
): OrderEvent[] => {
  const unsent = report.execType === "not_sent";
  const code: RejectCode = report.code ?? (unsent ? "VENUE_NOT_SENT" : "VENUE_REJECTED");
  const refusal = { code, text: report.text ?? "" };
  const rejected = ({ replaceId }: PendingReplace): OrderEvent => ({
    ...headOf(report, now, replaceCommand(replaceId)),
    execType: "replace_rejected",
    ...refusal,
  });
  switch (role) {
    case "cancel": {
      const { pendingCancel } = state;
      if (pendingCancel === undefined) return [];
      const head = headOf(report, now, cancelCommand(pendingCancel.cancelId));
      const isAgain = (pendingCancel.expiry?.tries ?? 1) > 1;
      const again = isAgain ? ({ again: true } as const) : {};
      return [{ ...head, execType: "cancel_rejected", ...refusal, ...again }];
    }
    case "replace":
      return replace === undefined ? [] : [rejected(replace)];
    case "leave": {
      const waiting = waitingFor(state, leg.no);
      if (waiting.length > 0) return waiting.map(rejected);
      if (leg.state === "ended") return [];
      return [{ ...headOf(report, now), execType: "leg_kept", leg: leg.no }];
    }
    case "order":
    case "past":
      return [];
  }
};

const unknownThere = (report: LegReport, leg: Leg, now: Nanos): OrderEvent => ({
  ...headOf(report, now),
  execType: "in_doubt",
  leg: leg.no,
  clOrdId: leg.clOrdId,
  text: "the venue says that it does not know the order",
});

/**
 * Decides the news that a request may or may not have reached the venue, which is being asked. Says
 * so once, and not of a request that was answered.
 */
export const decideDoubt = (
  state: OrderState,
  report: LegReport,
  { role, leg, clOrdId }: RequestRole,
  now: Nanos,
): OrderDecision => {
  if (role === "past" || leg.doubtsOf?.includes(clOrdId) === true) return nothing;
  if (role === "order" && (isOver(state) || leg.state === "ended")) return nothing;
  if (role === "leave" && leg.state === "ended") return nothing;
  // Whatever became of the request: what a bust took back of the leg does not work again.
  if (leg.state === "ended" && leg.cumQty_lots < leg.orderQty_lots) return nothing;
  return decided({
    ...headOf(report, now),
    execType: "in_doubt",
    leg: leg.no,
    clOrdId,
    ...(report.text === undefined ? {} : { text: report.text }),
  });
};
