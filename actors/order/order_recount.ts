/**
 * A venue's record of an order that is as young as all that was heard of it, held against ours.
 *
 * Its executions, busts and corrections were told before it. So what it counts beyond those is
 * missing, and no more than that; what it says to work works, also where the amendment that brought
 * it back was heard too late for that, or the order has ended since; and its terms are in force.
 *
 * Owns: what an order takes over from such a record. While a change is on its way that is not its
 * terms: the change's answer tells.
 */
import { isClosed, isLive, outlivesDay } from "../../protocols/ord_status.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import type { OrderState } from "../../protocols/order.ts";
import { Course } from "./order_course.ts";
import { headOf } from "./order_decision.ts";
import type { DecisionTime, EventHead, OrderDecision, ReportCase } from "./order_decision.ts";
import { legOf, toldTimeInForceOf } from "./order_legs.ts";
import { settleCount } from "./order_missing.ts";
import { curb } from "./order_move.ts";
import { closeIfDead } from "./order_refusal.ts";
import { currentLegOf } from "./order_request.ts";
import { decideRestated } from "./order_restated.ts";
import { isWorked } from "./order_slice.ts";

/** Words of a record for an order that is there. */
const standing: ReadonlySet<LegReport["execType"]> = new Set(["new", "suspended", "done_for_day"]);

/** The decision about a report, and what the order takes over where it is such a record. */
export const withRecount = (
  { state, report, role: { leg }, time }: ReportCase,
  decision: OrderDecision,
): OrderDecision => {
  if (report.recounted !== true) return decision;
  const { no } = leg;
  const works_lots = worksOf(state, leg, report);
  const course = new Course(state);
  course.follow(decision);
  const head = headOf(report, time.now);
  settleCount(course, no, works_lots, report, head);
  if (works_lots > 0) {
    takeLeg(course, leg, report, head);
    takeTerms(course, legOf(course.state, no), report, time);
  }
  closeIfDead(course, head);
  return course.decision;
};

/** What of a leg works at its venue. One of a day that is done has ended with it. */
const worksOf = (state: OrderState, leg: Leg, report: LegReport): number => {
  const { execType, orderQty_lots = 0, cumQty_lots } = report;
  const isDone = execType === "done_for_day" && !outlivesDay(toldTimeInForceOf(state, leg));
  return standing.has(execType) && !isDone ? Math.max(0, orderQty_lots - cumQty_lots) : 0;
};

/** A leg that had ended works: it is reserved for, and goes where nobody wants it any more. */
const takeLeg = (
  course: Course,
  before: Leg,
  { orderQty_lots = 0, execType }: LegReport,
  head: EventHead,
): void => {
  const { state } = course;
  const leg = legOf(state, before.no);
  if (before.state !== "ended" || leg.cumQty_lots >= orderQty_lots) return;
  // The venue raised the total of an order that had filled: it is open again.
  const isRaised = state.phase === "filled" && leg.no === currentLegOf(state).no;
  if (isRaised && !isWorked(state)) return;
  // What was taken back of its count may have brought it back already.
  if (leg.state === "ended") {
    course.emit({ ...head, execType: "leg_named", leg: leg.no, legQty_lots: orderQty_lots });
  }
  const text = `order=${state.orderId} leg=${leg.no} works, says its record: ${execType}`;
  const isTold = course.decision.incidents.some(({ what }) => what === "end_contradicted");
  if (isClosed(state) && !isTold) course.raise({ what: "end_contradicted", text });
  curb(course, head);
};

/** Terms that were changed there without our hearing of it. */
const takeTerms = (course: Course, leg: Leg, report: LegReport, time: DecisionTime): void => {
  const { state } = course;
  const { orderQty_lots = leg.orderQty_lots, price_ticks = leg.price_ticks } = report;
  const isSame = leg.orderQty_lots === orderQty_lots && leg.price_ticks === price_ticks;
  const isRaised = state.phase === "filled" && !isLive(leg);
  if (isSame || leg.no !== currentLegOf(state).no || leg.leaving !== undefined) return;
  if (state.pendingReplaces !== undefined || (!isLive(leg) && !isRaised)) return;
  const role = { role: "order", leg, clOrdId: leg.clOrdId } as const;
  course.follow(decideRestated(state, report, role, time));
};
