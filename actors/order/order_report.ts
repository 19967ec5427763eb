/**
 * Deciding what a venue's report means for an order.
 *
 * Reports may come twice, late, or in another order than they were made. The rules:
 *  - A fill is always booked, once, whatever the order's state; an incident says when it
 *    contradicts that state.
 *  - An answer counts for the request that it names. A second answer to it changes nothing.
 *  - Doubt ends with proof only: the answer to the doubtful request, or for the order itself
 *    anything that shows what the venue has of it.
 *  - The end of an order answers what is still unanswered of it.
 *  - A count above what is booked means that fills are missing: they are asked for.
 *
 * Owns: the dispatch by kind of report; fills are in `order_fill.ts`, busts and corrections in
 * `order_amend.ts`, ends in `order_end.ts`, refusals and doubts in `order_refusal.ts`, what a venue
 * changes by itself in `order_restated.ts`.
 * Never: invents an end, or lets a report of less knowledge undo one of more.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { hasEnded, isClosed, isOver } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { otherLegs_lots } from "./evolve_replace.ts";
import { decideAmend } from "./order_amend.ts";
import { Course } from "./order_course.ts";
import { alarm, decided, headOf, nothing, replaceCommand } from "./order_decision.ts";
import type { DecisionTime, OrderDecision, ReportCase, RequestRole } from "./order_decision.ts";
import { withDone } from "./order_done.ts";
import { decideEnd, withEndAgain } from "./order_end.ts";
import { decideFill } from "./order_fill.ts";
import { withCount } from "./order_missing.ts";
import { followLegs } from "./order_leaves.ts";
import { isOpening } from "./order_legs.ts";
import { acknowledgeEntering, curb, entering } from "./order_move.ts";
import { withRecount } from "./order_recount.ts";
import { decideDoubt, decideRequestRefused } from "./order_refusal.ts";
import { currentLegOf, roleOf } from "./order_request.ts";
import { isWorked } from "./order_slice.ts";
import { decideNotSent } from "./order_unsent.ts";
import { decideDoneForDay, decideRestated } from "./order_restated.ts";

/**
 * Decides a report. The order may be unknown: then it is an incident and nothing else.
 *
 * @param time until when a leg may leave that is placed because of the report, and when it is now
 */
export const decideReport = (
  state: OrderState | undefined,
  report: LegReport,
  time: DecisionTime,
): OrderDecision => {
  const role = roleIn(state, report);
  if (state === undefined || role === undefined) return alarm("request_unknown", describe(report));
  if (role.role === "replace" && provesReplace.has(report.execType)) {
    return decideAfterReplace(state, report, role, time);
  }
  const about = { state, report, role, time };
  return besides.reduce((decision, also) => also(about, decision), decideOf(about));
};

/** What a report says besides its word, each with what was decided before it. */
const besides = [withDone, withCount, withRecount, withEndAgain] as const;

const decideOf = ({ state, report, role, time }: ReportCase): OrderDecision => {
  const { now } = time;
  switch (report.execType) {
    case "new":
      return decideAcknowledged(state, report, role, now);
    case "trade":
      return decideFill(state, report, role, time);
    case "trade_cancel":
    case "trade_correct":
      return decideAmend(state, report, role, { execType: report.execType }, time);
    case "replaced":
      return decideReplaced(state, report, role, now);
    case "canceled":
    case "expired":
      return decideEnd(state, report, role, report.execType, time);
    case "done_for_day":
      return decideDoneForDay(state, report, role, time);
    case "restated":
    case "suspended":
      return decideRestated(state, report, role, time);
    case "rejected":
      // Some venues refuse a cancel or a replace with the words for a refused order.
      return role.role === "order"
        ? decideEnd(state, report, role, "rejected", time)
        : decideRequestRefused(state, report, role, time);
    case "cancel_rejected":
    case "replace_rejected":
      return decideRequestRefused(state, report, role, time);
    case "not_sent":
      return role.role === "order"
        ? decideNotSent(state, report, role, time)
        : decideRequestRefused(state, report, role, time);
    case "in_doubt":
      return decideDoubt(state, report, role, now);
  }
};

/** What a venue says of an order by the id of a replace shows that the replace is in force. */
const provesReplace: ReadonlySet<LegReport["execType"]> = new Set([
  "new",
  "trade",
  "trade_cancel",
  "trade_correct",
  "restated",
  "suspended",
  "done_for_day",
]);

/** The replace is accepted first: its own report is lost, could not be read, or comes late. */
const decideAfterReplace = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  time: DecisionTime,
): OrderDecision => {
  const course = new Course(state);
  course.follow(decideReplaced(state, report, role, time.now));
  course.follow(decideReport(course.state, report, time));
  return course.decision;
};

/** Whether a report is about a request of that order; an id that is used again is another order. */
export const isAbout = (state: OrderState | undefined, report: LegReport): boolean =>
  roleIn(state, report) !== undefined;

const roleIn = (state: OrderState | undefined, report: LegReport): RequestRole | undefined => {
  const role = state === undefined ? undefined : roleOf(state, report.clOrdId);
  if (role?.leg.venue !== report.venue) return undefined;
  // Which leg an answered request was about is best known by the id that it named.
  const named = state?.legs.find(({ clOrdId }) => clOrdId === report.origClOrdId);
  return role.role === "past" && named !== undefined ? { ...role, leg: named } : role;
};

const describe = (report: LegReport): string =>
  `${report.execType} of ${report.clOrdId} execId=${report.execId} order=${report.orderId}`;

const decideAcknowledged = (
  state: OrderState,
  report: LegReport,
  { leg }: RequestRole,
  now: Nanos,
): OrderDecision => {
  const isRefused = leg.refused === true || state.phase === "rejected";
  const { venueOrderId } = report;
  const head = headOf(report, now);
  const named = venueOrderId === undefined ? {} : { venueOrderId };
  const { orderQty_lots: legQty_lots = leg.orderQty_lots } = report;
  if (isRefused && leg.venueOrderId === undefined && legQty_lots > leg.cumQty_lots) {
    // It works there all the same: an order that waits to be sent again has it, and goes on with
    // it; where the order has ended, or has another leg by now, it is reserved for and taken back.
    const course = new Course(state);
    course.emit({ ...head, execType: "leg_named", leg: leg.no, legQty_lots, ...named });
    const isFirst = state.phase === "pending_new" && leg.no === currentLegOf(state).no;
    if (isFirst) course.emit({ ...head, execType: "new", leg: leg.no, ...named });
    course.raise({ what: "end_contradicted", text: describe(report) });
    curb(course, head);
    return course.decision;
  }
  if (entering(state, leg.no).length > 0) {
    const course = new Course(state);
    acknowledgeEntering(course, leg.no, head, venueOrderId);
    // What made room was halted; this one is traded.
    if (isHalted(course.state)) course.emit({ ...head, execType: "new", leg: leg.no, ...named });
    return course.decision;
  }
  const isDoubted = leg.doubtsOf?.includes(leg.clOrdId) === true;
  const opens = isOpening(state, leg.no) || isWorked(state);
  const isFirst = state.phase === "pending_new" && opens && leg.state !== "ended";
  const isBack = isHalted(state);
  const isVisible = !isOver(state) || (state.phase === "filled" && !hasEnded(state));
  const isSaid = isVisible && (isFirst || isDoubted || isBack);
  const isNews = venueOrderId !== undefined && leg.venueOrderId === undefined;
  if (!isSaid && !isNews && leg.state !== "pending" && !isDoubted) return nothing;
  const course = new Course(state);
  course.emit({ ...head, execType: isSaid ? "new" : "leg_named", leg: leg.no, ...named });
  // A bust meanwhile may have taken back what the leg was measured with.
  if (leg.no > 0) followLegs(course, head);
  return course.decision;
};

const isHalted = (state: OrderState): boolean =>
  !isClosed(state) && (state.phase === "suspended" || state.phase === "done_for_day");

const decideReplaced = (
  state: OrderState,
  report: LegReport,
  { role, leg, replace }: RequestRole,
  now: Nanos,
): OrderDecision => {
  // Answered before: a repeat, or what the end of the order overtook.
  if (role !== "replace" || replace === undefined) return nothing;
  const { terms } = state;
  invariant(terms !== undefined, `order ${state.orderId} has legs and so has terms`);
  const isOvertaken = replace.overtaken === true;
  const asked = isOvertaken ? terms : replace;
  const others_lots = otherLegs_lots(state, leg.no);
  // A total below what was executed is that (FIX D11, D12).
  const executed_lots = others_lots + Math.max(report.cumQty_lots, leg.cumQty_lots);
  const asked_lots = Math.max(asked.orderQty_lots, executed_lots);
  const told_lots =
    report.orderQty_lots === undefined ? asked_lots : report.orderQty_lots + others_lots;
  const orderQty_lots = isOvertaken ? asked_lots : Math.max(told_lots, executed_lots);
  const price_ticks = isOvertaken ? asked.price_ticks : (report.price_ticks ?? asked.price_ticks);
  const decision = decided({
    ...headOf(report, now, replaceCommand(replace.replaceId)),
    execType: "replaced",
    leg: leg.no,
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(report.venueOrderId === undefined ? {} : { venueOrderId: report.venueOrderId }),
  });
  const asAsked = orderQty_lots === asked_lots && price_ticks === asked.price_ticks;
  if (asAsked) return decision;
  return { ...decision, incidents: [{ what: "terms_differ", text: describe(report) }] };
};
