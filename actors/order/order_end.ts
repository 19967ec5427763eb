/**
 * The ends that a venue (or the gate in front of it) gives an order or one of its legs.
 *
 * An end of the order answers everything that was still on its way: the pending cancel gets
 * `canceled`, or `cancel_rejected` where the order ended otherwise; each pending replace gets
 * `replace_rejected`. Where the venue's count of executions is above ours, fills are missing: what
 * is missing stays reserved and the venue is asked. The end of a leg that makes room for another
 * one is not the order's.
 *
 * Owns: canceled, expired, rejected and done for day. A place request that never left is in
 * `order_unsent.ts`.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { isClosed, isLive, isOver, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import { followsParent } from "../../protocols/order_bond.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { queryLeg } from "./leg_request.ts";
import { isAmended, isLegAmended } from "./exec_key.ts";
import { Course } from "./order_course.ts";
import { cancelCommand, decided, headOf, nothing, replaceCommand } from "./order_decision.ts";
import type {
  DecisionTime,
  EventHead,
  OrderDecision,
  ReportCase,
  RequestRole,
} from "./order_decision.ts";
import { followLegs } from "./order_leaves.ts";
import { hasArrived, isOpening } from "./order_legs.ts";
import { acknowledgeEntering, curb, entering, goOn, waitingFor } from "./order_move.ts";
import { closeIfDead } from "./order_refusal.ts";
import { currentLegOf } from "./order_request.ts";
import { executed_lots } from "./order_reservation.ts";
import { isWorked } from "./order_slice.ts";

/** The ends. */
export type End = "canceled" | "expired" | "rejected" | "done_for_day";

/** Decides a report that a venue ended a leg, and with it, as a rule, the order. */
export const decideEnd = (
  state: OrderState,
  report: LegReport,
  { leg }: RequestRole,
  end: End,
  time: DecisionTime,
): OrderDecision => {
  if (isWorked(state)) return endOfSlice(state, report, leg, end, time);
  if (leg.no !== currentLegOf(state).no) return endOfEarlier(state, report, leg, time);
  const isFilled = state.phase === "filled";
  if (isOver(state) && !isFilled && !isDayDone(state, end))
    return endAgain(state, report, leg, time);
  if (isDoneLeg(state, leg)) return endAgain(state, report, leg, time);
  const isChainedLeg = !isOpening(state, leg.no) || isSpared(state, report);
  if (end === "rejected" && isChainedLeg && !wasThere(leg, report)) {
    return legRefused(state, report, leg, time);
  }
  const isAwaited = leg.leaving !== undefined || waitingFor(state, leg.no).length > 0;
  // Of an order that has ended nothing goes on in another leg.
  const isRoom = isAwaited && end === "canceled" && !isClosed(state);
  if (isRoom && state.pendingCancel === undefined) return roomMade(state, report, leg, time);
  if (end !== "rejected" && entering(state, leg.no).length > 0) {
    const course = new Course(state);
    acknowledgeEntering(course, leg.no, headOf(report, time.now), report.venueOrderId);
    course.follow(endOrder(course.state, report, leg, end, time.now));
    return course.decision;
  }
  return endOrder(state, report, leg, end, time.now);
};

/** Whether the venue had the leg: it has shown that, or counts executions of it. */
const wasThere = (leg: Leg, { cumQty_lots }: LegReport): boolean =>
  hasArrived(leg) || cumQty_lots > 0;

/**
 * A slice of a worked order is over, for whatever reason: the rest is with us. The order goes on,
 * or ends where that was asked for meanwhile.
 */
const endOfSlice = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  end: End,
  time: DecisionTime,
): OrderDecision => {
  const isEnded = leg.state === "ended";
  const isAwaited = state.pendingCancel !== undefined;
  if (isEnded && isOver(state) && !isAwaited) return endAgain(state, report, leg, time);
  const course = new Course(state);
  const head = headOf(report, time.now);
  const isRefused = end === "rejected" && !wasThere(leg, report);
  if (!isEnded || isMissingStill(state, leg, report)) endLeg(course, report, leg, head, isRefused);
  if (isRefused && state.legs.at(-2)?.refused !== true) {
    const why = `${report.code ?? "VENUE_REJECTED"} ${report.text ?? ""}`.trimEnd();
    course.raise({ what: "slice_refused", text: `order=${state.orderId} leg=${leg.no}: ${why}` });
  }
  if (!isAwaited) goOn(course, leg, head, time.deadline);
  if (!isOver(course.state)) curb(course, head);
  const { pendingCancel, legs } = course.state;
  // One that is full may be in doubt about a cancel that came too late: nothing of it works.
  if (pendingCancel === undefined || legs.some(isLive)) return course.decision;
  // Answered with the end, the cancel leaves no doubt: the venue's own answer finds nobody waiting.
  for (const { no, doubtsOf } of legs) {
    if (doubtsOf?.includes(pendingCancel.clOrdId) !== true) continue;
    course.emit({ ...head, execType: "leg_ended", leg: no });
  }
  const answer = headOf(report, time.now, cancelCommand(pendingCancel.cancelId));
  const execType = pendingCancel.expires === true ? "expired" : "canceled";
  const rest = unanswered(course.state, report, "canceled", time.now);
  for (const event of [{ ...answer, execType, leg: leg.no } as const, ...rest]) course.emit(event);
  return course.decision;
};

/**
 * An order that goes on has done all that is in force, and its leg is over: it waits for fills that
 * are counted, or as a child for its parent. What is said of that leg again is not its end.
 */
const isDoneLeg = (state: OrderState, { state: is }: Leg): boolean =>
  is === "ended" &&
  !isOver(state) &&
  state.pendingCancel === undefined &&
  state.pendingReplaces === undefined &&
  state.terms !== undefined &&
  executed_lots(state) >= state.terms.orderQty_lots;

/** The end of a day's order at the end of its day is told once more by its venue. */
const isDayDone = ({ phase }: OrderState, end: End): boolean =>
  phase === "done_for_day" && end !== "done_for_day";

/**
 * The end of an ended order told once more says something where the leg works again, else only
 * where fills are missing; after an amendment an older report's count does not prove that.
 */
const endAgain = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  { now }: DecisionTime,
): OrderDecision => {
  const isKnown = isAmended(state) || !isMissing(leg, report);
  if (isKnown && !isLive(leg)) return nothing;
  const course = new Course(state);
  endLeg(course, report, leg, headOf(report, now));
  return course.decision;
};

/** A child whose leg never left goes on: what its parent executed has still to be followed. */
const isSpared = ({ terms, pendingCancel }: OrderState, { execType }: LegReport): boolean =>
  execType === "not_sent" && pendingCancel === undefined && followsParent(terms?.bond);

/** The end of the whole order. */
export const endOrder = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  end: End,
  now: Nanos,
): OrderDecision => {
  const isFilled = state.phase === "filled";
  const hasMissing = isMissing(leg, report);
  const answersCancel = end === "canceled" && state.pendingCancel !== undefined;
  const rest = unanswered(state, report, end, now);
  // Filled outranks every other end: it is said only where it says something.
  if (isFilled && !hasMissing && !answersCancel) {
    if (leg.state === "ended") return decided(...rest);
    // A late fill of another leg had filled the order while this one was live.
    return decided({ ...headOf(report, now), execType: "leg_ended", leg: leg.no }, ...rest);
  }
  const events = [endEvent(state, report, leg, end, now), ...rest];
  return hasMissing ? withMissing(state, report, leg, events) : decided(...events);
};

/** States the end of a leg that is not the order's, with the fills that are still to come. */
const endLeg = (
  course: Course,
  report: LegReport,
  leg: Leg,
  head: EventHead,
  isRefused = false,
): void => {
  const hasMissing = isMissing(leg, report);
  const how = {
    ...(hasMissing ? { owedQty_lots: missingOf(leg, report) } : {}),
    ...(isRefused ? { refused: true as const } : {}),
  };
  const event: OrderEvent = { ...head, execType: "leg_ended", leg: leg.no, ...how };
  course.follow(hasMissing ? withMissing(course.state, report, leg, [event]) : decided(event));
};

/** Whether the venue counts more than is booked and already waited for. */
const isMissing = (leg: Leg, report: LegReport): boolean =>
  missingOf(leg, report) > (leg.owedQty_lots ?? 0);

/**
 * The same of a leg that has ended: its venue's record may be older than what was taken back of the
 * leg since, and then its count says nothing.
 */
const isMissingStill = (state: OrderState, leg: Leg, report: LegReport): boolean =>
  isMissing(leg, report) && !(report.fromRecord === true && isLegAmended(state, leg));

const missingOf = (leg: Leg, report: LegReport): number =>
  Math.max(0, report.cumQty_lots - leg.cumQty_lots);

const withMissing = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  events: readonly OrderEvent[],
): OrderDecision => {
  const counted = `${report.execType} at ${report.cumQty_lots} lots`;
  const text = `order=${state.orderId} leg=${leg.no} ${counted}, booked ${leg.cumQty_lots}`;
  const incidents = [{ what: "fills_missing", text }] as const;
  return { events, requests: [queryLeg(state, leg)], incidents };
};

const endEvent = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  end: End,
  now: Nanos,
): OrderEvent => {
  const owed = missingOf(leg, report);
  const ending = owed > 0 ? { leg: leg.no, owedQty_lots: owed } : { leg: leg.no };
  const text = report.text === undefined ? {} : { text: report.text };
  switch (end) {
    case "canceled": {
      const answers = state.pendingCancel && cancelCommand(state.pendingCancel.cancelId);
      if (state.pendingCancel?.expires === true) {
        return { ...headOf(report, now, answers), execType: "expired", ...ending, ...text };
      }
      return { ...headOf(report, now, answers), execType: "canceled", ...ending, ...text };
    }
    case "expired":
      return { ...headOf(report, now), execType: "expired", ...ending, ...text };
    case "done_for_day":
      return { ...headOf(report, now), execType: "done_for_day", ...ending, ...text };
    case "rejected": {
      const refusal = { code: report.code ?? "VENUE_REJECTED", text: report.text ?? "" } as const;
      return { ...headOf(report, now), execType: "rejected", ...ending, ...refusal };
    }
  }
};

/** The answers to what was on its way when the order ended; a cancel's own is `canceled`. */
const unanswered = (
  state: OrderState,
  report: LegReport,
  end: End,
  now: Nanos,
  refusal: Refusal = refuse("ORDER_CLOSED", { end }),
): OrderEvent[] => {
  if (end !== "canceled") return refusals(state, report, refusal, now);
  const { pendingCancel: _answered, ...rest } = state;
  return refusals(rest, report, refusal, now);
};

/** Refuses all that is on its way. */
const refusals = (
  state: OrderState,
  report: LegReport,
  refusal: Refusal,
  now: Nanos,
): OrderEvent[] => {
  const { pendingCancel } = state;
  const events: OrderEvent[] = [];
  if (pendingCancel !== undefined) {
    const head = headOf(report, now, cancelCommand(pendingCancel.cancelId));
    events.push({ ...head, execType: "cancel_rejected", ...refusal });
  }
  for (const { replaceId } of replacesOf(state)) {
    const head = headOf(report, now, replaceCommand(replaceId));
    events.push({ ...head, execType: "replace_rejected", ...refusal });
  }
  return events;
};

/**
 * The decision about a report, and what follows where an order that late fills had filled is back
 * at the end that it had before: what was asked of it meanwhile is refused, what works of it goes.
 */
export const withEndAgain = (
  { state, report, time: { now } }: ReportCase,
  decision: OrderDecision,
): OrderDecision => {
  if (state.phase !== "filled" || state.endedAs === undefined) return decision;
  const course = new Course(state);
  course.follow(decision);
  const { phase } = course.state;
  if (phase === "filled") return decision;
  const refusal = refuse("ORDER_CLOSED", { phase });
  for (const event of refusals(course.state, report, refusal, now)) course.emit(event);
  curb(course, headOf(report, now));
  return course.decision;
};

/**
 * An earlier leg is over: told once more, which says something only where fills are missing; or one
 * that a bust had brought back.
 */
const endOfEarlier = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  { now }: DecisionTime,
): OrderDecision => {
  if (leg.state === "ended" && !isMissingStill(state, leg, report)) return nothing;
  const course = new Course(state);
  const head = headOf(report, now);
  endLeg(course, report, leg, head);
  if (!isOver(course.state)) {
    followLegs(course, head);
    curb(course, head);
    closeIfDead(course, head);
  }
  return course.decision;
};

/** The current leg made room, as we asked: what is left goes on in another one. */
export const roomMade = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  { now, deadline }: DecisionTime,
): OrderDecision => {
  const course = new Course(state);
  const head = headOf(report, now);
  // Whatever it was placed for came into force before it was canceled.
  acknowledgeEntering(course, leg.no, head, report.venueOrderId);
  endLeg(course, report, leg, head);
  goOn(course, leg, head, deadline);
  return course.decision;
};

/**
 * The leg that was to go on with the order was refused, or never left. With a later replace the
 * order still goes on; else nothing of it works any more.
 */
const legRefused = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  { now, deadline }: DecisionTime,
): OrderDecision => {
  const course = new Course(state);
  const head = headOf(report, now);
  const refusal: Refusal = { code: report.code ?? "VENUE_REJECTED", text: report.text ?? "" };
  course.emit({ ...head, execType: "leg_ended", leg: leg.no, refused: true });
  const isGoingOn = waitingFor(state, leg.no).length > 0 && state.pendingCancel === undefined;
  const { state: after } = course;
  if (
    isGoingOn ||
    isSpared(state, report) ||
    (isOver(after) && state.pendingCancel === undefined)
  ) {
    for (const { replaceId } of entering(after, leg.no)) {
      const answer = headOf(report, now, replaceCommand(replaceId));
      course.emit({ ...answer, execType: "replace_rejected", ...refusal });
    }
    if (isGoingOn) goOn(course, leg, head, deadline);
    return course.decision;
  }
  const answers = state.pendingCancel && cancelCommand(state.pendingCancel.cancelId);
  const text = `leg ${leg.no}: ${refusal.code} ${refusal.text}`.trimEnd();
  course.emit({ ...headOf(report, now, answers), execType: "canceled", text });
  for (const event of unanswered(after, report, "canceled", now, refusal)) course.emit(event);
  if (answers === undefined) {
    course.raise({ what: "leg_refused", text: `order=${state.orderId} ${text}` });
  }
  return course.decision;
};
