/**
 * What a venue changes by itself: quantity or price, and whether it trades the order for now.
 *
 * The venue's word counts: its terms are in force (FIX ExecType D). A suspended order, and one that
 * is done for the day but outlives it, is still there: its reservation stays. The end of the day is
 * the end of an order of that day.
 *
 * Owns: restated, suspended and done for day.
 */
import { isLive, isOver, outlivesDay } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { otherLegs_lots } from "./evolve_replace.ts";
import { Course } from "./order_course.ts";
import { alarm, headOf, nothing } from "./order_decision.ts";
import type { DecisionTime, OrderDecision, RequestRole } from "./order_decision.ts";
import { decideEnd } from "./order_end.ts";
import { toldTimeInForceOf } from "./order_legs.ts";
import { acknowledgeEntering, entering, takeBack } from "./order_move.ts";
import { currentLegOf } from "./order_request.ts";
import { isSliced, isWorked } from "./order_slice.ts";

/** Decides a report that the venue changed the order, or stopped trading it for now. */
export const decideRestated = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  time: DecisionTime,
): OrderDecision => {
  if (isWorked(state)) return decideSliceRestated(state, report, role, time);
  const { leg } = role;
  const { terms, phase } = state;
  invariant(terms !== undefined, `order ${state.orderId} has legs and so has terms`);
  const isSuspended = report.execType === "suspended";
  const isCurrent = leg.no === currentLegOf(state).no;
  if (!isCurrent || (isOver(state) && (phase !== "filled" || isSuspended))) {
    if (isOver(state) && phase === "filled") return nothing;
    return alarm("end_contradicted", `order=${state.orderId} ${report.execType} after ${phase}`);
  }
  const others_lots = otherLegs_lots(state, leg.no);
  const executed_lots = others_lots + Math.max(report.cumQty_lots, leg.cumQty_lots);
  // Of an iceberg the venue knows a slice: what it changes of that, the order changes by.
  const beside_lots = isSliced(state) ? terms.orderQty_lots - leg.orderQty_lots : others_lots;
  const told_lots = (report.orderQty_lots ?? leg.orderQty_lots) + beside_lots;
  const orderQty_lots = Math.max(told_lots, executed_lots);
  // Nothing works and nothing was executed: that is no fill.
  if (orderQty_lots === 0) return decideEnd(state, report, role, "canceled", time);
  const price_ticks = report.price_ticks ?? leg.price_ticks ?? terms.price_ticks;
  const head = headOf(report, time.now);
  const course = new Course(state);
  const isFirst = entering(state, leg.no).length > 0;
  if (isFirst) acknowledgeEntering(course, leg.no, head, report.venueOrderId);
  const { terms: before } = course.state;
  const isNews =
    orderQty_lots !== before?.orderQty_lots ||
    price_ticks !== before.price_ticks ||
    isSuspended !== (phase === "suspended") ||
    phase === "pending_new" ||
    phase === "done_for_day" ||
    leg.doubtsOf?.includes(leg.clOrdId) === true;
  if (!isNews) return course.decision;
  course.emit({
    ...head,
    execType: "restated",
    leg: leg.no,
    orderQty_lots,
    ...askedLess(before, orderQty_lots),
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(isSuspended ? { suspended: true } : {}),
    ...(report.text === undefined ? {} : { text: report.text }),
  });
  return course.decision;
};

/** A bound order that its venue made smaller is not made larger again by what others execute. */
const askedLess = (before: OrderState["terms"], orderQty_lots: number) => {
  const asked_lots = before?.bond?.askedQty_lots;
  if (before === undefined || asked_lots === undefined) return {};
  const taken_lots = Math.max(0, before.orderQty_lots - orderQty_lots);
  return taken_lots === 0 ? {} : { askedQty_lots: asked_lots - taken_lots };
};

/**
 * What a venue makes of a slice is not what the order asks for: it has that total there, and is
 * taken back until it has gone. One that is as small as what it has filled is over.
 */
const decideSliceRestated = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  time: DecisionTime,
): OrderDecision => {
  const { leg } = role;
  if (!isLive(leg)) {
    // Filled, it may have crossed what filled it; else it had ended by its venue's own word.
    if (leg.cumQty_lots >= leg.orderQty_lots) return nothing;
    const text = `order=${state.orderId} leg=${leg.no} ${report.execType} after its end`;
    return alarm("end_contradicted", text);
  }
  const { venueOrderId, price_ticks = leg.price_ticks, orderQty_lots = leg.orderQty_lots } = report;
  const isFull = orderQty_lots < leg.orderQty_lots && orderQty_lots <= leg.cumQty_lots;
  if (isFull) return decideEnd(state, report, role, "canceled", time);
  const course = new Course(state);
  const head = headOf(report, time.now);
  const isOther = price_ticks !== leg.price_ticks || orderQty_lots !== leg.orderQty_lots;
  if (isOther) {
    const text = `order=${state.orderId} leg=${leg.no}: ${orderQty_lots}@${price_ticks ?? ""}`;
    course.raise({ what: "terms_differ", text });
  }
  const isWanted = report.execType === "restated" && !isOther;
  const named = { ...head, leg: leg.no, ...(venueOrderId === undefined ? {} : { venueOrderId }) };
  const isFirst = state.phase === "pending_new";
  if (isFirst) course.emit({ ...named, execType: "new" });
  const legQty = orderQty_lots === leg.orderQty_lots ? {} : { legQty_lots: orderQty_lots };
  const other = isWanted ? {} : ({ ...legQty, unwanted: true } as const);
  if (!isFirst || !isWanted) course.emit({ ...named, execType: "leg_named", ...other });
  // Also where the order is to be canceled: that may come to nothing.
  if (!isWanted && leg.leaving === undefined) {
    takeBack(course, leg, head);
  }
  return course.decision;
};

/** Decides a report that the order trades no more on this day. */
export const decideDoneForDay = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  time: DecisionTime,
): OrderDecision => {
  const { leg } = role;
  const isThere = outlivesDay(toldTimeInForceOf(state, leg));
  if (isWorked(state)) {
    return isThere
      ? decideSliceRestated(state, report, role, time)
      : decideEnd(state, report, role, "done_for_day", time);
  }
  if (isOver(state) || leg.no !== currentLegOf(state).no) return nothing;
  if (!isThere) return decideEnd(state, report, role, "done_for_day", time);
  if (isOver({ ...state, phase: "done_for_day" })) {
    // Its venue keeps it beyond the day with which we end it: until then it is there.
    return decideRestated(state, { ...report, execType: "suspended" }, role, time);
  }
  const course = new Course(state);
  const head = headOf(report, time.now);
  acknowledgeEntering(course, leg.no, head, report.venueOrderId);
  const isDoubted = leg.doubtsOf?.includes(leg.clOrdId) === true;
  if (isDoubted || course.state.phase !== "done_for_day") {
    course.emit({ ...head, ...doneUntilTomorrow(leg.no, report) });
  }
  return course.decision;
};

const doneUntilTomorrow = (leg: number, { text }: LegReport) => ({
  execType: "done_for_day" as const,
  leg,
  ...(text === undefined ? {} : { text }),
});
