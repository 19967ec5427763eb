/**
 * A leg that is filled by its venue's figures and not by ours: the venue made it smaller, and the
 * report of that is lost or was about a slice.
 *
 * Figures count where they are of the same executions as ours: in the venue's record, and in the
 * refusal of a change that came too late.
 *
 * Owns: noticing it. What the end of a leg means is `order_end.ts`.
 */
import { isLive } from "../../protocols/ord_status.ts";
import { Course } from "./order_course.ts";
import type { OrderDecision, ReportCase } from "./order_decision.ts";
import { decideEnd } from "./order_end.ts";
import { legOf } from "./order_legs.ts";
import { currentLegOf } from "./order_request.ts";
import { decideRestated } from "./order_restated.ts";
import { isWorked } from "./order_slice.ts";

/** The decision about a report, and the end of its leg where the figures in it say so. */
export const withDone = (
  { state, report, role, time }: ReportCase,
  decision: OrderDecision,
): OrderDecision => {
  const { no } = role.leg;
  const { execType, fromRecord, orderQty_lots, cumQty_lots } = report;
  const isRefusal = execType === "cancel_rejected" || execType === "replace_rejected";
  if (!isRefusal && !(execType === "new" && fromRecord === true)) return decision;
  if (orderQty_lots === undefined || orderQty_lots !== cumQty_lots) return decision;
  const course = new Course(state);
  course.follow(decision);
  const leg = legOf(course.state, no);
  if (!isLive(leg) || leg.cumQty_lots !== cumQty_lots) return decision;
  const itself = { role: "order", leg, clOrdId: leg.clOrdId } as const;
  const isAll = no === currentLegOf(course.state).no && !isWorked(state);
  course.follow(
    isAll
      ? decideRestated(course.state, report, itself, time)
      : decideEnd(course.state, report, itself, "expired", time),
  );
  return course.decision;
};
