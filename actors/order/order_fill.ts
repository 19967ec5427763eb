/**
 * Booking fills: each execution once, in every state, with an alarm where it contradicts the state.
 *
 * Owns: the trade event and the alarms about executions.
 * Never: drops an execution because of the order's state.
 */
import { isOver, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { execKeyOf, isAmended, judgeExecution } from "./exec_key.ts";
import type { Execution } from "./exec_key.ts";
import { withEarlyAmends } from "./order_amend.ts";
import { Course } from "./order_course.ts";
import { alarm, endBefore, headOf, nothing } from "./order_decision.ts";
import type {
  DecisionTime,
  EventHead,
  EventOf,
  Incident,
  OrderDecision,
  RequestRole,
} from "./order_decision.ts";
import { followLegs } from "./order_leaves.ts";
import { legOf } from "./order_legs.ts";
import { awaitFills, fillOfMissing, takeBack } from "./order_missing.ts";
import type { FillOfMissing } from "./order_missing.ts";
import { acknowledgeEntering, curb, entering, goOn, waitingFor } from "./order_move.ts";
import { queryLeg } from "./leg_request.ts";
import { currentLegOf } from "./order_request.ts";
import { isSliced } from "./order_slice.ts";

/** Decides a report of a fill on any of the order's request ids. */
export const decideFill = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  time: DecisionTime,
): OrderDecision => {
  const { leg } = role;
  const { venue, execId, cumQty_lots, lastQty_lots, lastPx_ticks } = report;
  const id = `order=${state.orderId} execId=${execId}`;
  if (lastQty_lots === undefined || lastPx_ticks === undefined || lastQty_lots <= 0) {
    return alarm("report_unreadable", `${id}: a fill without quantity or price`);
  }
  const execution = { venue, leg: leg.no, execId, cumQty_lots, lastQty_lots, lastPx_ticks };
  const numbers = `${lastQty_lots}@${lastPx_ticks} cum=${cumQty_lots}`;
  switch (judgeExecution(state.execKeys, execution, isAmended(state))) {
    case "repeat":
      return nothing;
    case "renamed":
      return alarm("execution_renamed", `${id}: booked under another id, ${numbers}`);
    case "contradiction":
      return alarm("execution_contradiction", `${id}: again with other numbers, ${numbers}`);
    case "fresh":
      break;
  }
  const head = headOf(report, time.now);
  const event = tradeOf(state, report, execution, head);
  const missing = fillOfMissing(state, leg, report, lastQty_lots);
  const fill =
    missing === undefined
      ? book(state, event, alarmsOf(state, leg.no, lastQty_lots, id), time)
      : bookMissing(state, report, event, missing, time);
  const booked = { decision: asking(state, leg, fill), key: event.execKey };
  return withEarlyAmends(state, report, role, booked, time);
};

/** A fill of a leg that never was at its venue, as far as we knew: what of it works is asked. */
const asking = (state: OrderState, leg: Leg, fill: OrderDecision): OrderDecision => {
  const isStrange = leg.refused === true || state.phase === "rejected";
  const isAsked = fill.requests.some(({ command }) => command.kind === "query");
  if (!isStrange || isAsked || leg.state !== "ended") return fill;
  return { ...fill, requests: [...fill.requests, queryLeg(state, leg)] };
};

/** A fill where fills are missing: it takes the place of what was booked provisionally for it. */
const bookMissing = (
  state: OrderState,
  report: LegReport,
  event: EventOf<"trade">,
  { owedQty_lots, taken_lots, isNews }: FillOfMissing,
  time: DecisionTime,
): OrderDecision => {
  const { leg: no, execId, lastQty_lots } = event;
  const head = headOf(report, time.now);
  const course = new Course(state);
  const { owedQty_lots: before_lots = 0 } = legOf(state, no);
  takeBack(course, no, taken_lots, head, { replacedBy: execId });
  const id = `order=${state.orderId} execId=${execId}`;
  const incidents = alarmsOf(course.state, no, lastQty_lots, id, before_lots + taken_lots);
  course.follow(book(course.state, { ...event, owedQty_lots }, incidents, time));
  if (!isNews) return course.decision;
  awaitFills(course, no, owedQty_lots, report, head);
  course.send(queryLeg(course.state, legOf(course.state, no)));
  return course.decision;
};

/** Books a trade, and does what follows from it. */
export const book = (
  state: OrderState,
  event: EventOf<"trade">,
  incidents: readonly Incident[],
  time: DecisionTime,
): OrderDecision =>
  isAlone(state)
    ? { events: [event], requests: [], incidents }
    : bookAndGoOn(state, event, incidents, time);

const tradeOf = (
  state: OrderState,
  report: LegReport,
  execution: Execution,
  head: EventHead,
): EventOf<"trade"> => {
  const { lastLiquidityInd, fee, venueOrderId } = report;
  const { venue, leg, execId, lastQty_lots, lastPx_ticks } = execution;
  return {
    ...head,
    execType: "trade",
    leg,
    venue,
    execId,
    execKey: execKeyOf(execution),
    lastQty_lots,
    lastPx_ticks,
    ...(lastLiquidityInd === undefined ? {} : { lastLiquidityInd }),
    ...(fee === undefined ? {} : { fee }),
    ...(venueOrderId === undefined ? {} : { venueOrderId }),
    ...endBefore(state),
  };
};

/** One leg, and none that is to come: a fill changes nothing but the books. */
const isAlone = (state: OrderState): boolean =>
  state.legs.length === 1 &&
  !isSliced(state) &&
  !replacesOf(state).some(({ leaves }) => leaves !== undefined);

/** A fill proves the leg, may end it, or may take the room of another one. */
const bookAndGoOn = (
  state: OrderState,
  event: EventOf<"trade">,
  incidents: readonly Incident[],
  { deadline }: DecisionTime,
): OrderDecision => {
  const { orderId, commandId, tsEvent, tsInit } = event;
  const head: EventHead = { orderId, commandId, tsEvent, tsInit };
  const course = new Course(state);
  const isCurrent = event.leg === currentLegOf(state).no;
  // An earlier leg may just have given back what this trade takes the place of: that is no less.
  if (isCurrent || entering(state, event.leg).length > 0) {
    acknowledgeEntering(course, event.leg, head, event.venueOrderId);
  }
  course.emit(event);
  course.raise(...incidents);
  followLegs(course, head);
  const leg = legOf(course.state, event.leg);
  if (!isCurrent) {
    curb(course, head);
  } else if (
    leg.cumQty_lots >= leg.orderQty_lots &&
    course.state.pendingCancel === undefined &&
    (leg.leaving !== undefined || waitingFor(course.state, leg.no).length > 0) &&
    (!isOver(course.state) || course.state.phase === "filled")
  ) {
    goOn(course, leg, head, deadline);
  }
  return course.decision;
};

/** `awaited_lots`: what of the leg was counted before, and is owed or was booked provisionally. */
const alarmsOf = (
  state: OrderState,
  no: number,
  lastQty_lots: number,
  id: string,
  awaited_lots = legOf(state, no).owedQty_lots ?? 0,
): Incident[] => {
  const { terms, cumQty_lots, phase } = state;
  invariant(terms !== undefined, `order ${state.orderId} has legs and so has terms`);
  const incidents: Incident[] = [];
  if (isOver(state) && phase !== "filled") {
    incidents.push({ what: "late_fill", text: `${id}: ${lastQty_lots} lots, it was ${phase}` });
  } else if (no !== currentLegOf(state).no && lastQty_lots > awaited_lots) {
    const text = `${id}: ${lastQty_lots} lots, leg ${no} had ended`;
    incidents.push({ what: "late_fill", text });
  }
  // A replace that is on its way may have raised the quantity at the venue already.
  let most = terms.orderQty_lots;
  for (const { orderQty_lots } of replacesOf(state)) most = Math.max(most, orderQty_lots);
  const cum = cumQty_lots + lastQty_lots;
  if (cum > most) incidents.push({ what: "overfill", text: `${id}: ${cum} lots of ${most}` });
  return incidents;
};
