/**
 * What the venue says: numbered reports, and answers to questions.
 *
 * Owns: the inbound sequence (it advances in the frame that queues the report to its order), and
 * what a report or an answer settles.
 *
 * Invariants
 *  1. Every number is taken once and in order (`venue_sequence.ts`).
 *  2. A report that is none of ours is counted and published, never dropped in silence.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { boundedText, raw_bytes_max } from "./bounded_text.ts";
import { takesReports } from "./session_status.ts";
import { takeProbe } from "./venue_breaker.ts";
import { checkOrder, isChecked, takeOrderAnswer } from "./venue_check.ts";
import { explainAdjustments, keepForeign, publishForeign } from "./venue_foreign.ts";
import { isAmend } from "./recorded_executions.ts";
import { askLater, concludeAbsent, doubt, leaveUnresolved } from "./venue_doubt.ts";
import { strangeness } from "./venue_identity.ts";
import type { UnreadableReport, VenueAnswer, VenueOrderView, VenueReport } from "./venue_link.ts";
import { tellMoot, unprovableChanges } from "./venue_moot.ts";
import type { FilledThere } from "./venue_moot.ts";
import { forgetEnded } from "./venue_retention.ts";
import { isNextReport } from "./venue_sequence.ts";
import { settle } from "./venue_session.ts";
import type { VenueInput } from "./venue_input.ts";
import type { VenueEvent } from "./venue_event.ts";
import type { RequestState, VenueOrderState } from "./venue_state.ts";
import { isCountedByRecord, isTallying, toldByRecord, toldByReport } from "./venue_tally.ts";
import { homeOf, publishIncident, sessionOf, tellOrder } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";
import { onUnreadable } from "./venue_unreadable.ts";
import { endOf, hasEnded, standingOf, statusReport, toldOf } from "./venue_view.ts";

/** Takes one numbered report of the link in use. */
export const onReport = (
  turn: VenueTurn,
  input: Extract<VenueInput, { readonly type: "report" }>,
): void => {
  const { link, seq, report } = input;
  const unreadable = strangeReport(turn, report);
  if (unreadable !== undefined) {
    onUnreadable(turn, { type: "unreadable", link, seq, report: unreadable });
    return;
  }
  if (isNextReport(turn, input)) take(turn, seq, report);
};

/** A report under one of our ids that cannot be of that order: nothing of it is taken. */
const strangeReport = (turn: VenueTurn, report: VenueReport): UnreadableReport | undefined => {
  const { clOrdId } = report;
  const order = turn.space.get("order", rootOf(turn, clOrdId) ?? clOrdId);
  const reason = order && strangeness(order, report);
  if (order === undefined || reason === undefined) return undefined;
  return {
    reason: boundedText(reason),
    raw: boundedText(JSON.stringify(report), raw_bytes_max),
    clOrdId,
  };
};

const take = (turn: VenueTurn, seq: number, report: VenueReport): void => {
  const { space, now } = turn;
  const { clOrdId, origClOrdId, duplicateId } = report;
  const root =
    rootOf(turn, clOrdId) ??
    (origClOrdId && rootOf(turn, origClOrdId)) ??
    keepForeign(turn, report);
  const order = root === undefined ? undefined : space.get("order", root);
  const facts = { type: "report_received", seq, at: now, answers: [], ended: false } as const;
  const isHomeless = order?.external === undefined && !hasHome(turn, report);
  if (root === undefined || order === undefined || isHomeless) {
    turn.emit({ ...facts, cumQty_lots: 0 });
    publishForeign(turn, seq, report);
    return;
  }
  if (order.external === "unknown") {
    publishForeign(turn, seq, report);
    explainAdjustments(turn, report);
  }
  if (duplicateId === true) {
    // Says only that the venue already has one of that id: what became of that one is asked for.
    turn.emit({ ...facts, root, cumQty_lots: order.cumQty_lots });
    publishIncident(turn, "duplicate_id", report.text ?? "", { seq, clOrdId });
    doubt(turn, clOrdId, "the venue already has a request of that id");
    settle(turn);
    return;
  }
  if (order.neverLeft === true && !isRefusalOfChange(report)) {
    publishIncident(turn, "not_sent_contradicted", "reported after it was proven unsent", {
      seq,
      clOrdId,
      orderId: order.orderId,
    });
  }
  if (!isBlind(report) && space.get("request", root)?.unprovable === true) {
    // What else was reported of it is lost: the report shows that it is there, and no more.
    checkOrder(turn, root, { afterSeq: 0, executionsWanted: true });
  }
  if (!isBlind(report) && isCountedByRecord(order, report)) checkOrder(turn, root, { afterSeq: 0 });
  const { cumQty_lots, execType } = report;
  const current = execType === "replaced" ? { current: clOrdId } : {};
  const answers = answeredBy(turn, report, root);
  const changes = isFill(report) ? unprovableChanges(turn, root) : [];
  // An order that is known by the refused request alone has nothing else to come.
  const ended = report.ended || (isRefusalOfChange(report) && root === clOrdId);
  const blind = isBlind(report) ? { blind: true as const } : {};
  const recounted = isAmend(report) ? { recounted: true as const } : {};
  const told = toldByReport(turn.options, order, report);
  const more = {
    ...current,
    ...blind,
    ...recounted,
    ...askedFacts(turn, root, order, { ...report, ended }),
    ...told,
    ...refusedBy(report),
  };
  turn.emit({ ...facts, root, answers, cumQty_lots, ended, ...more });
  tellOrder(turn, order.orderId, toldOf(report));
  const moot = changes.filter(({ clOrdId: id }) => id !== clOrdId && answers.includes(id));
  tellMoot(turn, moot, report);
  settle(turn);
  if (ended) forgetEnded(turn);
};

/** Reports after which an older record tells the order's terms, or whether it trades, wrongly. */
const changesStanding: ReadonlySet<VenueReport["execType"]> = new Set([
  "new",
  "replaced",
  "restated",
  "suspended",
  "done_for_day",
]);

/** What a report means for questions about its order that are under way, and for their answers. */
const askedFacts = (
  turn: VenueTurn,
  root: LegClOrdId,
  order: VenueOrderState,
  report: VenueReport,
): Pick<
  Extract<VenueEvent, { type: "report_received" }>,
  "booked_lots" | "outdates" | "overtakes"
> => {
  const { execType, lastQty_lots, ended } = report;
  const isBooked = execType === "trade" && lastQty_lots !== undefined && isChecked(turn, root);
  const isChange = isAmend(report) || ended || changesStanding.has(execType);
  const isOutdating = isChange && turn.space.get("checking", root) !== undefined;
  const isAsked = isChecked(turn, root) || order.ids.some((id) => isDoubted(turn, id));
  return {
    ...(isBooked ? { booked_lots: lastQty_lots } : {}),
    ...(isOutdating ? { outdates: true as const } : {}),
    ...(isAsked && !isBlind(report) ? { overtakes: true as const } : {}),
  };
};

const isDoubted = ({ space }: VenueTurn, clOrdId: LegClOrdId): boolean =>
  space.get("doubt", clOrdId) !== undefined;

const rootOf = (turn: VenueTurn, clOrdId: LegClOrdId): LegClOrdId | undefined =>
  turn.space.get("id", clOrdId);

const hasHome = (turn: VenueTurn, { clOrdId, origClOrdId }: VenueReport): boolean =>
  homeOf(turn, clOrdId) !== undefined ||
  (origClOrdId !== undefined && homeOf(turn, origClOrdId) !== undefined);

/** Whether an order or a replace was refused, and on whose account. */
const refusedBy = ({
  execType,
  trouble,
}: VenueReport): { readonly refused?: "refused" | "trouble" } => {
  if (execType !== "rejected" && execType !== "replace_rejected") return {};
  return { refused: trouble === true ? "trouble" : "refused" };
};

const isRefusalOfChange = ({ execType }: VenueReport): boolean =>
  execType === "cancel_rejected" || execType === "replace_rejected";

/** Reports of an order that has ended which tell it no end, and so answer nothing else. */
const endless: ReadonlySet<VenueReport["execType"]> = new Set([
  "trade",
  "trade_cancel",
  "trade_correct",
  "replaced",
]);

/** The order ended by trading: that answers nothing else that was on its way to it. */
const isFill = ({ ended, execType }: VenueReport): boolean => ended && endless.has(execType);

/** A refused change of an order that the venue does not know: it shows nothing of the order. */
const isBlind = (report: VenueReport): boolean =>
  isRefusalOfChange(report) && report.venueOrderId === undefined;

/**
 * The requests that a report answers: the one it names, and, as anything but a refusal of a change
 * proves that the order is (or was) there, the one that placed the order and the one it names as
 * changed. With the order's end goes what could not be resolved about it.
 */
const answeredBy = (turn: VenueTurn, report: VenueReport, root: LegClOrdId): LegClOrdId[] => {
  const { clOrdId, origClOrdId } = report;
  const named = isRefusalOfChange(report)
    ? [clOrdId]
    : [clOrdId, root, ...(origClOrdId === undefined ? [] : [origClOrdId])];
  const answered = named.filter((id) => turn.space.get("request", id) !== undefined);
  const moot = report.ended ? (turn.space.get("order", root)?.ids ?? []) : [];
  const unresolved = moot.filter((id) => turn.space.get("request", id)?.stage === "unresolved");
  return [...new Set([...answered, ...unresolved])];
};

/** Takes the venue's answer to a question. */
export const onAnswer = (
  turn: VenueTurn,
  { link, answer }: Extract<VenueInput, { readonly type: "answer" }>,
): void => {
  const { space, options } = turn;
  const session = sessionOf(space, options);
  if (link !== session.link || !takesReports(session.status)) return;
  takeAnswer(turn, answer);
  settle(turn);
};

/** Takes what an answer says; what follows from it is to be settled. */
export const takeAnswer = (turn: VenueTurn, said: VenueAnswer): void => {
  const answer = { ...said, ...unreadableAs(turn, said) };
  if (answer.purpose === "probe") takeProbe(turn);
  else if (answer.purpose === "doubt") takeDoubtAnswer(turn, answer);
  else takeOrderAnswer(turn, answer);
};

/** A record that cannot be of the order that was asked for is as good as one that is unreadable. */
const unreadableAs = (
  { space }: VenueTurn,
  { asker, order: view }: VenueAnswer,
): Pick<VenueAnswer, "unreadable"> => {
  const root = space.get("id", asker) ?? asker;
  const order = space.get("order", root);
  if (order === undefined || view === undefined) return {};
  const other = space.get("id", view.clOrdId) ?? root;
  const unreadable =
    other === root ? strangeness(order, view) : `asked for ${root}, told of ${other}`;
  return unreadable === undefined ? {} : { unreadable };
};

const takeDoubtAnswer = (turn: VenueTurn, answer: VenueAnswer): void => {
  const request = turn.space.get("request", answer.asker);
  if (request?.stage !== "in_doubt") return;
  const { command, root } = request;
  const { order: view, askedAt } = answer;
  if (answer.unreadable !== undefined) {
    leaveUnresolved(turn, request, `the venue's answer is unreadable: ${answer.unreadable}`);
  } else if (
    answer.asOfSeq > sessionOf(turn.space, turn.options).inboundSeq ||
    answer.asOfSeq < (turn.space.get("doubt", command.clOrdId)?.notBefore_seq ?? 0)
  ) {
    // The reports that it speaks of are on their way, or it is older than what was heard.
    askLater(turn, command.clOrdId);
  } else if (view !== undefined && command.kind !== "cancel") {
    adopt(turn, request, view);
  } else if (view !== undefined && hasEnded(view) && !isEndTold(turn, root)) {
    // By the cancel or without it: the order's end is told first, and answers what it can.
    if (!isChecked(turn, root)) checkOrder(turn, root, { afterSeq: 0 });
    askLater(turn, command.clOrdId);
  } else {
    if (view === undefined && command.kind === "cancel") lookUpMissing(turn, root);
    if (view === undefined && command.kind === "replace") lookUpOver(turn, request);
    const orderWorks = view !== undefined && !hasEnded(view);
    const orderIsAsked = isChecked(turn, root);
    const over = overOf(turn, request, view);
    concludeAbsent(turn, request, { askedAt, orderWorks, orderIsAsked, over });
  }
};

/** The venue does not know an order whose end was not told: that is a question of its own. */
const lookUpMissing = (turn: VenueTurn, root: LegClOrdId): void => {
  const order = turn.space.get("order", root);
  const isSettled = order === undefined || order.endedAt !== undefined || order.absent === true;
  const isAsked = isChecked(turn, root) || turn.space.get("request", root) !== undefined;
  if (!isSettled && !isAsked) checkOrder(turn, root, { afterSeq: 0 });
};

/**
 * Whether a replace is in force says its order's record, also where nothing of its own can come any
 * more and the order is over: that is asked for, once.
 */
const lookUpOver = (turn: VenueTurn, { root, unprovable }: RequestState): void => {
  if (unprovable !== true || !isTallying(turn.options) || !isEndTold(turn, root)) return;
  if (turn.space.get("order", root)?.absent !== true) checkOrder(turn, root, { afterSeq: 0 });
};

/** An order whose end was told: as the venue has it, or where it has none any more, as we do. */
const overOf = (
  turn: VenueTurn,
  { root, command }: RequestState,
  view: VenueOrderView | undefined,
): FilledThere | undefined => {
  if (!isEndTold(turn, root) || (view !== undefined && !hasEnded(view))) return undefined;
  if (view !== undefined) return view;
  const order = turn.space.get("order", root);
  if (order === undefined || (command.kind === "replace" && order.absent !== true))
    return undefined;
  return { clOrdId: order.current, cumQty_lots: order.cumQty_lots };
};

/** A refused change shows us that an order has ended, and the order not how. */
const isEndTold = (turn: VenueTurn, root: LegClOrdId): boolean => {
  const order = turn.space.get("order", root);
  return (order === undefined || order.endedAt !== undefined) && !isChecked(turn, root);
};

/** The venue has a request whose report is lost: its record stands for the report. */
const adopt = (turn: VenueTurn, request: RequestState, view: VenueOrderView): void => {
  const { clOrdId, orderId, kind } = request.command;
  const { cumQty_lots, clOrdId: current } = view;
  const order = turn.space.get("order", request.root);
  const known = order?.cumQty_lots ?? 0;
  const ended = hasEnded(view);
  const told = order === undefined ? {} : toldByRecord(turn.options, order, view);
  const found = { clOrdId, current, cumQty_lots, ended, ...told };
  turn.emit({ type: "request_found", ...found, at: turn.now });
  publishIncident(turn, "report_missing", "found at the venue without a report", {
    clOrdId,
    orderId,
    known_lots: known,
    cumQty_lots,
  });
  const orig = request.command.kind === "place" ? {} : { origClOrdId: request.command.origClOrdId };
  if (view.ordStatus !== "rejected") {
    const execType = kind === "replace" ? "replaced" : "new";
    tellOrder(turn, orderId, { ...statusReport(turn, view, execType), clOrdId, ...orig });
  }
  // A report that halts what is there already would have come as such, or is asked for.
  const standing = ended || kind === "replace" ? "new" : standingOf(view);
  if (standing !== "new") {
    tellOrder(turn, orderId, { ...statusReport(turn, view, standing), clOrdId });
  }
  const end = endOf(view);
  if (end !== undefined) tellOrder(turn, orderId, { ...statusReport(turn, view, end), clOrdId });
  // Executions, or busts of them, were reported with it, if at all: they are asked for.
  if (cumQty_lots !== known) {
    checkOrder(turn, request.root, { afterSeq: 0, known_lots: known, executionsWanted: true });
  }
  if (ended) forgetEnded(turn);
};
