/**
 * Busts and corrections: the venue takes an execution back, or says what it really was.
 *
 * They name the execution by its id. They apply in every state, also after the order's end, since
 * what they change is the books. Leaves follow the venue: a filled order works again only where the
 * report says so. An order that ended otherwise stays ended; a leg of it that works again at its
 * venue is reserved for, and canceled.
 *
 * One that comes before its execution waits for it (`early_amend.ts`).
 *
 * Owns: trade_cancel and trade_correct.
 * Never: guesses which execution is meant.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { isOver } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { EarlyAmend, ExecutionAmend, Leg } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { earlyAmendOf, earlyAmendsOf, isRemembered, reportOf } from "./early_amend.ts";
import { amendKeyOf, bookedOn } from "./exec_key.ts";
import type { BookedExecution } from "./exec_key.ts";
import { Course } from "./order_course.ts";
import { alarm, endBefore, headOf, nothing } from "./order_decision.ts";
import type {
  DecisionTime,
  EventHead,
  EventOf,
  OrderDecision,
  RequestRole,
} from "./order_decision.ts";
import { followLeaves, followLegs, isBackAfterEnd } from "./order_leaves.ts";
import { legOf } from "./order_legs.ts";
import { followCount } from "./order_missing.ts";
import { curb, goOn, isRoomMade } from "./order_move.ts";
import { closeIfDead } from "./order_refusal.ts";
import { currentLegOf } from "./order_request.ts";
import { isSliced } from "./order_slice.ts";

type Amend = "trade_cancel" | "trade_correct";

/** What an amendment is, and the key of the trade that it is about, where that is known. */
interface AmendOf {
  readonly execType: Amend;
  readonly of?: string;
}

/** Decides a bust or a correction of an execution. */
export const decideAmend = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  { execType, of }: AmendOf,
  time: DecisionTime,
): OrderDecision => {
  const { leg } = role;
  const { venue, execId, refExecId, cumQty_lots, lastQty_lots, lastPx_ticks } = report;
  const id = `order=${state.orderId} ${execType}=${execId} of=${refExecId ?? ""}`;
  if (refExecId === undefined) return alarm("report_unreadable", `${id}: of no execution`);
  const numbers = { lastQty_lots, lastPx_ticks };
  const isCorrection = execType === "trade_correct";
  if (isCorrection && !isReadable(numbers)) {
    return alarm("report_unreadable", `${id}: without quantity or price`);
  }
  const execKey = amendKeyOf({ venue, leg: leg.no, execId, execType, cumQty_lots, refExecId });
  const { amends = [] } = state;
  if (amends.some((amend) => amend.execKey === execKey)) return nothing;
  const named = bookedOn(state.execKeys, amends, venue, leg.no).filter(
    ({ execIds, isProvisional }) => !isProvisional && execIds.includes(refExecId),
  );
  if (named.length === 0) {
    if (isRemembered(state, execKey)) return nothing;
    const amend = earlyAmendOf(report, leg.no, execType, refExecId, execKey);
    return amendedEarly(state, report, leg, amend, time);
  }
  const theirs = of === undefined ? named : named.filter(({ key }) => key === of);
  const standing = theirs.filter((booked) => booked.lastQty_lots > 0);
  const meant = isCorrection ? standing : meantBy(standing, numbers);
  const [booked] = meant;
  // Taken back before, under another id.
  if (standing.length === 0 || booked === undefined) return nothing;
  if (meant.length > 1) {
    return alarm("execution_contradiction", `${id}: ${meant.length} executions have that id`);
  }
  const isOneOfMany = named.length > theirs.length;
  const read = { state, report, leg, execType, execKey, refExecId, isOneOfMany };
  const event = isOvertaken(state, report, booked) ? undefined : amendEvent(read, booked, time.now);
  const course = new Course(state);
  if (event === undefined) {
    course.emit({
      ...headOf(report, time.now),
      execType: "amend_noted",
      amend: notedOf(read, booked),
    });
    const noted = { decision: course.decision, key: booked.key };
    return withEarlyAmends(state, report, role, noted, time);
  }
  const isBack = isBackAfterEnd(state, event, leg);
  const told = isBack ? ({ ...event, legWorks: true } as const) : event;
  const isEarlier = leg.no !== currentLegOf(state).no;
  course.emit(isSliced(state) || isBack || isEarlier ? withLegQty(told, read) : told);
  // What names this correction may have come before it.
  const amended = { decision: afterAmend(course, report, leg, told, time), key: booked.key };
  return withEarlyAmends(state, report, role, amended, time);
};

/** A record may tell an amendment after one that was made later: that one stands. */
const isOvertaken = (
  { amends = [] }: OrderState,
  { fromRecord, tsEvent }: LegReport,
  { key }: BookedExecution,
): boolean =>
  fromRecord === true &&
  amends.some(({ of, at }) => of === key && at !== undefined && fromNanos(at) > fromNanos(tsEvent));

/** What is remembered of an amendment that changes nothing: others may name it. */
const notedOf = (
  { report: { execId, tsEvent: at }, execKey }: ReadAmend,
  { key: of, lastQty_lots, lastPx_ticks, fee }: BookedExecution,
): ExecutionAmend => ({
  execKey,
  of,
  execId,
  lastQty_lots,
  lastPx_ticks,
  ...feeOf(fee),
  at,
  noted: true,
});

/** An amendment before its execution: kept, and what was missing may be missing no more. */
const amendedEarly = (
  state: OrderState,
  report: LegReport,
  leg: Leg,
  amend: EarlyAmend,
  time: DecisionTime,
): OrderDecision => {
  const head = headOf(report, time.now);
  const course = new Course(state);
  course.emit({ ...head, execType: "amend_early", amend });
  const { orderId } = state;
  const text = `order=${orderId} ${amend.execType}=${amend.execId} of=${amend.refExecId}`;
  course.raise({ what: "execution_unknown", text });
  const taken = followCount(course, leg.no, report, head);
  if (taken !== undefined) return afterAmend(course, report, leg, taken, time);
  // What is told from a record says what worked at its own time.
  if (report.fromRecord === true) return course.decision;
  takeLeaves(course, report, leg, head, time);
  settle(course, head, false);
  return course.decision;
};

/** What was decided about an execution, or a correction of it, and the execution's key. */
interface Booked {
  readonly decision: OrderDecision;
  readonly key: string;
}

/** A booked fill, or a correction, with the amendments of it that came before. */
export const withEarlyAmends = (
  state: OrderState,
  report: LegReport,
  { leg }: RequestRole,
  { decision, key: of }: Booked,
  time: DecisionTime,
): OrderDecision => {
  const early = earlyAmendsOf(state, report, leg.no);
  if (early.length === 0) return decision;
  const course = new Course(state);
  course.follow(decision);
  for (const amend of early) {
    const told = isOver(state) ? withoutLeaves(reportOf(state, amend)) : reportOf(state, amend);
    const role = { role: "past", leg: legOf(course.state, leg.no), clOrdId: told.clOrdId } as const;
    const { execType } = amend;
    course.follow(decideAmend(course.state, told, role, { execType, of }, time));
  }
  return course.decision;
};

/** What worked when it happened says nothing of an order that has ended since. */
const withoutLeaves = ({ leavesQty_lots: _then, ...report }: LegReport): LegReport => report;

interface Numbers {
  readonly lastQty_lots: number | undefined;
  readonly lastPx_ticks: number | undefined;
}

const isReadable = ({ lastQty_lots, lastPx_ticks }: Numbers): boolean =>
  lastQty_lots !== undefined && lastQty_lots >= 0 && lastPx_ticks !== undefined;

/** Where one id stands for several executions, the numbers of the report tell them apart. */
const meantBy = (
  standing: readonly BookedExecution[],
  { lastQty_lots, lastPx_ticks }: Numbers,
): readonly BookedExecution[] => {
  if (standing.length < 2) return standing;
  return standing.filter(
    (booked) =>
      (lastQty_lots === undefined || booked.lastQty_lots === lastQty_lots) &&
      (lastPx_ticks === undefined || booked.lastPx_ticks === lastPx_ticks),
  );
};

interface ReadAmend {
  readonly state: OrderState;
  readonly report: LegReport;
  readonly leg: Leg;
  readonly execType: Amend;
  readonly execKey: string;
  readonly refExecId: string;
  /** Others have that id, too. */
  readonly isOneOfMany: boolean;
}

/** The fact; undefined where a correction changes nothing. One to nothing is a bust. */
const amendEvent = (
  { state, report, leg, execType, execKey, refExecId, isOneOfMany }: ReadAmend,
  booked: BookedExecution,
  now: Nanos,
): EventOf<Amend> | undefined => {
  const { venue, execId, leavesQty_lots, lastQty_lots, lastPx_ticks } = report;
  const { lastQty_lots: qty_lots, lastPx_ticks: px_ticks, fee } = booked;
  const amended = {
    ...headOf(report, now),
    amendedAt: report.tsEvent,
    leg: leg.no,
    venue,
    execId,
    execKey,
    refExecId,
    ...(isOneOfMany ? { of: booked.key } : {}),
    ...(leavesQty_lots === undefined ? {} : { leavesQty_lots }),
    ...endBefore(state),
  };
  const isBust = execType === "trade_cancel" || lastQty_lots === 0;
  if (isBust || lastQty_lots === undefined || lastPx_ticks === undefined) {
    const was = { lastQty_lots: qty_lots, lastPx_ticks: px_ticks };
    return { ...amended, execType: "trade_cancel", ...was, ...feeOf(fee) };
  }
  const feeNow = report.fee ?? fee;
  const isSame =
    lastQty_lots === qty_lots &&
    lastPx_ticks === px_ticks &&
    feeNow?.amount === fee?.amount &&
    feeNow?.currency === fee?.currency;
  if (isSame) return undefined;
  const from = { qty_lots, px_ticks, ...feeOf(fee) };
  return {
    ...amended,
    execType: "trade_correct",
    from,
    lastQty_lots,
    lastPx_ticks,
    ...feeOf(feeNow),
  };
};

/** What works of a leg follows its venue, where the report has our count of it. */
const withLegQty = (event: EventOf<Amend>, { report, leg }: ReadAmend): EventOf<Amend> => {
  const { leavesQty_lots = 0, cumQty_lots } = report;
  const moved_lots =
    event.execType === "trade_cancel"
      ? -event.lastQty_lots
      : event.lastQty_lots - event.from.qty_lots;
  const isOurCount = cumQty_lots === leg.cumQty_lots + moved_lots;
  const legQty_lots = cumQty_lots + leavesQty_lots;
  if (!isOurCount || leavesQty_lots === 0 || legQty_lots === leg.orderQty_lots) return event;
  return { ...event, legQty_lots };
};

const feeOf = (fee: LegReport["fee"]): Pick<LegReport, "fee"> => (fee === undefined ? {} : { fee });

/** What the books' change means for what is live, and what contradicts it. */
const afterAmend = (
  course: Course,
  report: LegReport,
  leg: Leg,
  event: EventOf<Amend>,
  time: DecisionTime,
): OrderDecision => {
  const { commandId, orderId, tsEvent, tsInit } = event;
  const head = { commandId, orderId, tsEvent, tsInit };
  if (event.provisional !== true) followCount(course, leg.no, report, head);
  takeLeaves(course, report, leg, head, time);
  const { state } = course;
  const id = `order=${orderId} ${event.execType}=${event.execId} of=${event.refExecId}`;
  if (isOver(state) && state.phase !== "filled" && (event.leavesQty_lots ?? 0) > 0) {
    const text = `${id}: ${event.leavesQty_lots} lots work again, it was ${state.phase}`;
    course.raise({ what: "end_contradicted", text });
  }
  const most = state.terms?.orderQty_lots ?? 0;
  if (event.execType === "trade_correct" && state.cumQty_lots > most) {
    course.raise({ what: "overfill", text: `${id}: ${state.cumQty_lots} lots of ${most}` });
  }
  settle(course, head, event.legWorks === true);
  return course.decision;
};

/** What works of the leg now, says the report; what waited for its room goes on. */
const takeLeaves = (
  course: Course,
  report: LegReport,
  leg: Leg,
  head: EventHead,
  { deadline }: DecisionTime,
): void => {
  followLeaves(course, leg.no, report, head);
  if (isRoomMade(course.state)) goOn(course, currentLegOf(course.state), head, deadline);
};

/** What is live is what there should be, or the order has ended. */
const settle = (course: Course, head: EventHead, legWorks: boolean): void => {
  followLegs(course, head);
  if (course.state.legs.length > 1 || legWorks) curb(course, head);
  closeIfDead(course, head);
};
