/**
 * Keeping an order's total to what its legs come to: leaves follow the venue.
 *
 * A bust may give quantity back to a leg that works, or to one that is over; only the venue knows.
 * Where less works than the order's total leaves room for, the order is restated to what is true.
 *
 * Owns: the restatements that a bust or a correction brings about.
 */
import { isLive, isOver } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { otherLegs_lots } from "./evolve_replace.ts";
import type { Course } from "./order_course.ts";
import type { EventHead, EventOf } from "./order_decision.ts";
import { hasArrived, legOf } from "./order_legs.ts";
import { currentLegOf } from "./order_request.ts";
import { isSliced } from "./order_slice.ts";
import { phaseAfter } from "./order_status.ts";

/**
 * Takes over what a report says still works of a leg. It must be of the same count of
 * executions as ours: an older report's leaves say nothing. Where nothing works, the leg is over.
 */
export const followLeaves = (
  course: Course,
  no: number,
  { leavesQty_lots, cumQty_lots }: LegReport,
  head: EventHead,
): void => {
  const leg = legOf(course.state, no);
  if (!isLive(leg) || leavesQty_lots === undefined || cumQty_lots !== leg.cumQty_lots) return;
  const isCurrent = no === currentLegOf(course.state).no;
  if (leavesQty_lots === 0) course.emit({ ...head, execType: "leg_ended", leg: no });
  else if (isCurrent) restateLeg(course, leg.cumQty_lots + leavesQty_lots, head);
};

/**
 * Takes over what the legs come to where it is less than the order's total, or has another price:
 * a replace was in force without a leg of its own, and a bust has brought the old one back. A leg
 * that its venue has not shown yet may never have left: of that one nothing is said.
 */
export const followLegs = (course: Course, head: EventHead): void => {
  const { state } = course;
  const leg = currentLegOf(state);
  if (!isLive(leg) || !hasArrived(leg) || leg.leaving !== undefined) return;
  if (state.pendingReplaces !== undefined) return;
  // Of an iceberg what works is a part by intent.
  if (isSliced(state)) return;
  if (state.legs.some((other) => other !== leg && isLive(other))) return;
  const { orderQty_lots = 0, price_ticks } = state.terms ?? {};
  const total_lots = leg.orderQty_lots + otherLegs_lots(state, leg.no);
  const isLess = total_lots < orderQty_lots;
  if (isLess || leg.price_ticks !== price_ticks) restateLeg(course, leg.orderQty_lots, head);
};

/** The order is what its current leg is, and what the others have executed. */
const restateLeg = (course: Course, legQty_lots: number, head: EventHead): void => {
  const { state } = course;
  const { terms, phase } = state;
  if (terms === undefined || isOver(state) || isSliced(state)) return;
  const { no, price_ticks } = currentLegOf(state);
  const orderQty_lots = legQty_lots + otherLegs_lots(state, no);
  if (orderQty_lots === terms.orderQty_lots && price_ticks === terms.price_ticks) return;
  course.emit({
    ...head,
    execType: "restated",
    leg: no,
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(phase === "suspended" ? { suspended: true } : {}),
    text: "what works at the venue",
  });
};

/** Whether a leg that had ended works again, says its venue, and its order stays ended. */
export const isBackAfterEnd = (
  state: OrderState,
  event: EventOf<"trade_cancel"> | EventOf<"trade_correct">,
  leg: Leg,
): boolean =>
  leg.state === "ended" &&
  (event.leavesQty_lots ?? 0) > 0 &&
  isOver({ ...state, phase: phaseAfter(state, event) });
