/**
 * Fills that a venue counts and has not told.
 *
 * Every report of an order carries the venue's count of it. Where that is above what is booked,
 * fills are missing: the venue is asked for them at once, and what stays missing for some time is
 * booked provisionally (`provisional_fill.ts`). What then comes takes the place of what is
 * provisional, in the same turn and before it is booked, so that a leg never comes to more than its
 * venue counts.
 *
 *   counted  the venue's highest count of the leg, less what it took back
 *   told     what the venue told as executions, as they count now
 *   missing  counted − told: what is booked provisionally, and what is owed
 *
 * A count is that of its report's own time. Reports of a session come in order, so that one of them
 * is never older than a bust that was heard; what is told from a record may be, so that it says
 * nothing of an order that was amended.
 *
 * Owns: how much is missing of a leg. Never: invents a fill.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { isOver } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg, MissingFills } from "../../protocols/order_leg.ts";
import type { LegExecType, LegReport } from "../../protocols/venue.ts";
import { earlyAmendsOf } from "./early_amend.ts";
import { amendKeyOf, bookedOn, isAmended } from "./exec_key.ts";
import type { BookedExecution } from "./exec_key.ts";
import { queryLeg } from "./leg_request.ts";
import { Course } from "./order_course.ts";
import { headOf } from "./order_decision.ts";
import type { EventHead, EventOf, OrderDecision, ReportCase } from "./order_decision.ts";
import { legOf } from "./order_legs.ts";
import { isBackAfterEnd } from "./order_leaves.ts";
import { isSliced } from "./order_slice.ts";

/** What a venue counts of a leg, as far as it was heard. */
export const counted_lots = ({ cumQty_lots, owedQty_lots = 0 }: Leg): Qty_lots =>
  cumQty_lots + owedQty_lots;

const told_lots = ({ cumQty_lots, provisionalQty_lots = 0 }: Leg): Qty_lots =>
  cumQty_lots - provisionalQty_lots;

/** What a fill means for what is missing of its leg. */
export interface FillOfMissing {
  /** What is owed after it. */
  readonly owedQty_lots: Qty_lots;
  /** How much of what is provisional it takes the place of. */
  readonly taken_lots: Qty_lots;
  /** Its count says that more is missing than was known. */
  readonly isNews: boolean;
}

/** What a fill does to what is missing; undefined in nearly all lives: nothing was, and is. */
export const fillOfMissing = (
  state: OrderState,
  leg: Leg,
  report: LegReport,
  lastQty_lots: Qty_lots,
): FillOfMissing | undefined => {
  const { cumQty_lots, owedQty_lots, provisionalQty_lots = 0 } = leg;
  const isKnown = owedQty_lots !== undefined || provisionalQty_lots > 0;
  const isFromRecord = report.fromRecord === true || state.earlyAmends !== undefined;
  const heard_lots = isFromRecord ? 0 : report.cumQty_lots;
  if (!isKnown && heard_lots <= cumQty_lots + lastQty_lots) return undefined;
  const before_lots = counted_lots(leg);
  const told = told_lots(leg) + standing_lots(state, leg, report, lastQty_lots);
  const missing_lots = Math.max(0, Math.max(before_lots, heard_lots) - told);
  const kept_lots = Math.min(provisionalQty_lots, missing_lots);
  return {
    owedQty_lots: missing_lots - kept_lots,
    taken_lots: provisionalQty_lots - kept_lots,
    isNews: heard_lots > before_lots && missing_lots > kept_lots,
  };
};

/** What will stand of a fill once the busts and corrections are applied that came before it. */
const standing_lots = (
  state: OrderState,
  { no }: Leg,
  report: LegReport,
  lastQty_lots: Qty_lots,
): Qty_lots => {
  const last = earlyAmendsOf(state, report, no).at(-1);
  if (last === undefined) return lastQty_lots;
  return last.execType === "trade_cancel" ? 0 : (last.lastQty_lots ?? lastQty_lots);
};

/** A provisional trade, or a part of it, that is taken back. */
export type TakenBack = EventOf<"trade_cancel"> | EventOf<"trade_correct">;

/** What took so much of a leg's provisional trades back. */
export type TakenBackBy = Pick<EventOf<"trade_cancel">, "replacedBy" | "leavesQty_lots">;

/** Takes so many provisional lots of a leg back, the oldest first; gives the last event. */
export const takeBack = (
  course: Course,
  no: number,
  taken_lots: Qty_lots,
  head: EventHead,
  by: TakenBackBy,
): TakenBack | undefined => {
  if (taken_lots <= 0) return undefined;
  const { venue } = legOf(course.state, no);
  const { execKeys, amends = [] } = course.state;
  let left = taken_lots;
  let last: TakenBack | undefined;
  for (const booked of bookedOn(execKeys, amends, venue, no)) {
    if (!booked.isProvisional || booked.lastQty_lots === 0 || left === 0) continue;
    const lots = Math.min(left, booked.lastQty_lots);
    left -= lots;
    last = followingLeaves(
      course.state,
      takenBack(legOf(course.state, no), booked, lots, head, by),
    );
    course.emit(last);
  }
  const { provisionalQty_lots: rest = 0 } = legOf(course.state, no);
  if (rest === 0) {
    const text = `order=${head.orderId} leg=${no} ${taken_lots} lots by ${head.commandId}`;
    course.raise({ what: "provisional_resolved", text });
  }
  return last;
};

const takenBack = (
  { no, venue, cumQty_lots }: Leg,
  booked: BookedExecution,
  lots: Qty_lots,
  head: EventHead,
  by: TakenBackBy,
): TakenBack => {
  const { execIds, lastQty_lots: qty_lots, lastPx_ticks } = booked;
  const [refExecId = ""] = execIds;
  const execType = lots === qty_lots ? "trade_cancel" : "trade_correct";
  const execId = `${refExecId}-${execIds.length}`;
  const of = { venue, leg: no, execId, refExecId };
  const key = amendKeyOf({ ...of, execType, cumQty_lots: cumQty_lots - lots });
  const common = { ...head, ...of, ...by, execKey: key, lastPx_ticks, provisional: true } as const;
  if (execType === "trade_cancel") return { ...common, execType, lastQty_lots: qty_lots };
  const from = { qty_lots, px_ticks: lastPx_ticks };
  return { ...common, execType, from, lastQty_lots: qty_lots - lots };
};

/** With what works of the leg afterwards, where its venue says so (as after any bust). */
const followingLeaves = (state: OrderState, event: TakenBack): TakenBack => {
  const { leg: no, leavesQty_lots = 0 } = event;
  const leg = legOf(state, no);
  const isBack = isBackAfterEnd(state, event, leg);
  if (leavesQty_lots === 0 || (!isBack && !isSliced(state))) return event;
  const moved_lots =
    event.execType === "trade_cancel"
      ? event.lastQty_lots
      : event.from.qty_lots - event.lastQty_lots;
  const legQty_lots = leg.cumQty_lots - moved_lots + leavesQty_lots;
  return { ...event, legQty_lots, ...(isBack ? { legWorks: true } : {}) };
};

/** Notes that so much is owed of a leg, and asks its venue for it unless that is done already. */
export const awaitFills = (
  course: Course,
  no: number,
  owedQty_lots: Qty_lots,
  report: LegReport,
  head: EventHead,
): void => {
  const leg = legOf(course.state, no);
  const missing = missingOf(leg, leg.cumQty_lots + owedQty_lots, report, head.tsInit);
  course.emit({ ...head, execType: "fills_awaited", leg: no, owedQty_lots, missing });
};

const missingOf = (
  { missing, owedQty_lots = 0 }: Leg,
  counted: Qty_lots,
  { cumQty_lots, avgPx }: LegReport,
  now: Nanos,
): MissingFills => {
  const isSame = missing?.counted_lots === counted;
  const told = cumQty_lots === counted ? avgPx : undefined;
  const average = told ?? (isSame ? missing.avgPx : undefined);
  return {
    since: missing === undefined || owedQty_lots === 0 ? now : missing.since,
    counted_lots: counted,
    ...(average === undefined ? {} : { avgPx: average }),
  };
};

/** Reports, besides those of executions, whose count is the venue's own. */
const counting: ReadonlySet<LegExecType> = new Set([
  "new",
  "canceled",
  "replaced",
  "rejected",
  "expired",
  "restated",
  "done_for_day",
  "suspended",
  "cancel_rejected",
  "replace_rejected",
]);

/** What was decided about a report, and what its count says beyond it. */
export const withCount = (
  { state, report, role: { leg }, time: { now } }: ReportCase,
  decision: OrderDecision,
): OrderDecision => {
  const before_lots = counted_lots(leg);
  const isMore = report.cumQty_lots > before_lots;
  const isPrice = isPriceOfMissing(leg, report, before_lots);
  if ((!isMore && !isPrice) || !counting.has(report.execType)) return decision;
  // After a bust an older count says nothing.
  const isOld = report.fromRecord === true || isOver(state);
  if (isOld && isAmended(state)) return decision;
  const course = new Course(state);
  course.follow(decision);
  const after = legOf(course.state, leg.no);
  const missing_lots = Math.max(counted_lots(after), report.cumQty_lots) - after.cumQty_lots;
  if (missing_lots <= 0) return decision;
  awaitFills(course, leg.no, missing_lots, report, headOf(report, now));
  const isAsked = decision.requests.some(({ command }) => command.kind === "query");
  if (isMore && !isAsked) course.send(queryLeg(course.state, after));
  return course.decision;
};

/** Whether a report brings the average price of a count that is known. */
const isPriceOfMissing = (
  { missing }: Leg,
  { avgPx, cumQty_lots }: LegReport,
  counted: Qty_lots,
): boolean =>
  missing !== undefined &&
  missing.avgPx === undefined &&
  avgPx !== undefined &&
  cumQty_lots === counted;

/**
 * After a bust or a correction what is missing is at most what its count leaves: it may have been
 * about an execution that is missing itself. Gives what took provisional lots back.
 */
export const followCount = (
  course: Course,
  no: number,
  report: LegReport,
  head: EventHead,
): TakenBack | undefined => {
  const leg = legOf(course.state, no);
  const { owedQty_lots = 0, provisionalQty_lots = 0, missing } = leg;
  const before_lots = owedQty_lots + provisionalQty_lots;
  if (before_lots === 0 || report.fromRecord === true) return undefined;
  const missing_lots = Math.min(before_lots, Math.max(0, report.cumQty_lots - told_lots(leg)));
  const kept_lots = Math.min(provisionalQty_lots, missing_lots);
  const { leavesQty_lots } = report;
  const by = leavesQty_lots === undefined ? {} : { leavesQty_lots };
  const last = takeBack(course, no, provisionalQty_lots - kept_lots, head, by);
  const owed = missing_lots - kept_lots;
  if (owed !== owedQty_lots) {
    const still = missing === undefined || owed === 0 ? {} : { missing };
    course.emit({ ...head, execType: "fills_awaited", leg: no, owedQty_lots: owed, ...still });
  }
  return last;
};

/**
 * What is missing of a leg is what its venue counts now beyond what it told: no more, and no less.
 *
 * @param works_lots what of the leg still works there
 */
export const settleCount = (
  course: Course,
  no: number,
  works_lots: Qty_lots,
  report: LegReport,
  head: EventHead,
): void => {
  const leg = legOf(course.state, no);
  const { owedQty_lots = 0, provisionalQty_lots = 0 } = leg;
  const missing_lots = Math.max(0, report.cumQty_lots - told_lots(leg));
  const kept_lots = Math.min(provisionalQty_lots, missing_lots);
  const by = works_lots === 0 ? {} : { leavesQty_lots: works_lots };
  takeBack(course, no, provisionalQty_lots - kept_lots, head, by);
  const owed_lots = missing_lots - kept_lots;
  // An end that was told before owes it, where it was not sure of the count: now it is waited for.
  const isAwaited = owed_lots === 0 || leg.missing !== undefined;
  if (owed_lots === owedQty_lots && isAwaited) return;
  if (owed_lots > 0) awaitFills(course, no, owed_lots, report, head);
  else course.emit({ ...head, execType: "fills_awaited", leg: no, owedQty_lots: 0 });
};
