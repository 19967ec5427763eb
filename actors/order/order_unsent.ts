/**
 * Proof that a place request never left, or never arrived: the venue holds nothing of the leg.
 *
 * Owns: what then becomes of the order: rejected, canceled as asked, sent again, or gone on with in
 * another leg.
 */
import { isOver, isSentAgain, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { Course } from "./order_course.ts";
import { alarm, headOf, nothing, replaceCommand } from "./order_decision.ts";
import type { DecisionTime, OrderDecision, RequestRole } from "./order_decision.ts";
import { decideEnd, endOrder, roomMade } from "./order_end.ts";
import { hasArrived, isOpening } from "./order_legs.ts";
import { waitingFor } from "./order_move.ts";
import { isWorked } from "./order_slice.ts";

/** An order that we keep back, of which no venue has had anything and nobody wants a cancel. */
const isKeptForAgain = (state: OrderState, leg: Leg): boolean =>
  state.terms !== undefined &&
  isSentAgain(state.terms) &&
  state.phase === "pending_new" &&
  state.pendingCancel === undefined &&
  state.legs.every((other) => other.no === leg.no || other.refused === true);

/** The order waits with us again, until it can be sent; what was to change the leg is refused. */
const sentBack = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  { now }: DecisionTime,
): OrderDecision => {
  const course = new Course(state);
  const head = headOf(report, now);
  course.emit({ ...head, execType: "leg_ended", leg: leg.no, refused: true });
  const why = { code: report.code ?? "VENUE_NOT_SENT", text: report.text ?? "" } as const;
  for (const { replaceId } of replacesOf(state)) {
    const answer = headOf(report, now, replaceCommand(replaceId));
    course.emit({ ...answer, execType: "replace_rejected", ...why });
  }
  if (state.legs.length === 1) {
    const text = `order=${state.orderId} ${why.code} ${why.text}`.trimEnd();
    course.raise({ what: "trigger_unrouted", text });
  }
  return course.decision;
};

/**
 * Decides the proof that a leg's place request never left: it is `rejected`, or, where a cancel was
 * on its way, `canceled` as asked; one that we keep back is sent again. Proof against what the
 * venue had said before is an alarm.
 */
export const decideNotSent = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  time: DecisionTime,
): OrderDecision => {
  const { leg } = role;
  const isFilledLater = state.phase === "filled" && leg.no > 0;
  if (leg.state === "ended" || (isOver(state) && !isFilledLater)) return nothing;
  const isOnly = isOpening(state, leg.no) && !isWorked(state);
  const isUnsent = isOnly ? state.phase === "pending_new" : !hasArrived(leg);
  if (!isUnsent) {
    const text = `order=${state.orderId} leg=${leg.no}: said to be unsent, but it was there`;
    return alarm("end_contradicted", text);
  }
  // Taken back before it left, by our own cancel for a replace: the order goes on in another leg.
  const isWithdrawn = report.code === "VENUE_WITHDRAWN" && state.pendingCancel === undefined;
  if (isWithdrawn && leg.no === 0 && waitingFor(state, leg.no).length > 0) {
    return roomMade(state, report, leg, time);
  }
  if (isKeptForAgain(state, leg)) return sentBack(state, report, leg, time);
  const unsent: LegReport = { ...report, code: report.code ?? "VENUE_NOT_SENT", cumQty_lots: 0 };
  if (!isOnly || state.pendingCancel === undefined) {
    return decideEnd(state, unsent, role, "rejected", time);
  }
  return endOrder(state, unsent, leg, "canceled", time.now);
};
