/**
 * What the venue says: numbered reports, and answers to questions.
 *
 * Owns: the inbound sequence (it advances in the frame that queues the report to its order), and
 * what a report or an answer settles.
 *
 * Invariants
 *  1. Every number is taken once and in order; a gap restarts the link so that the venue re-sends.
 *  2. A report that is none of ours is counted and published, never dropped in silence.
 */
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { takesReports } from "./session_status.ts";
import { concludeAbsent, doubt } from "./venue_doubt.ts";
import type { VenueAnswer, VenueOrderView, VenueReport } from "./venue_link.ts";
import { forgetEnded } from "./venue_retention.ts";
import { restartLink, settle } from "./venue_session.ts";
import type { RequestState, VenueInput } from "./venue_state.ts";
import { homeOf, publishIncident, sessionOf, span_ns, tellOrder } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Takes one numbered report of the link in use. */
export const onReport = (
  turn: VenueTurn,
  { link, seq, report }: Extract<VenueInput, { readonly type: "report" }>,
): void => {
  const session = sessionOf(turn.space, turn.options);
  if (link !== session.link || !takesReports(session.status)) return;
  if (seq <= session.inboundSeq) return;
  if (seq > session.inboundSeq + 1) {
    const reason = `report ${seq} came after ${session.inboundSeq}`;
    publishIncident(turn, "sequence_gap", reason);
    restartLink(turn, reason);
    return;
  }
  take(turn, seq, report);
};

const take = (turn: VenueTurn, seq: number, report: VenueReport): void => {
  const { space, now } = turn;
  const { clOrdId, origClOrdId, ended, duplicateId, ...told } = report;
  const root = rootOf(turn, clOrdId) ?? (origClOrdId && rootOf(turn, origClOrdId));
  const order = root === undefined ? undefined : space.get("order", root);
  const facts = { type: "report_received", seq, at: now, answers: [], ended: false } as const;
  if (root === undefined || order === undefined || !hasHome(turn, report)) {
    turn.emit({ ...facts, cumQty_lots: 0 });
    publishIncident(turn, "unknown_order", `${report.execType} for no order of ours`, {
      seq,
      clOrdId,
      execId: report.execId,
      ...(report.venueOrderId === undefined ? {} : { venueOrderId: report.venueOrderId }),
      ...figuresOf(report),
    });
    return;
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
  const { cumQty_lots, execType } = report;
  const current = execType === "replaced" ? { current: clOrdId } : {};
  const answers = answeredBy(turn, report, root);
  turn.emit({ ...facts, root, answers, ...current, cumQty_lots, ended });
  const orig = origClOrdId === undefined ? {} : { origClOrdId };
  tellOrder(turn, order.orderId, { clOrdId, ...orig, ...told });
  settle(turn);
  if (ended) forgetEnded(turn);
};

const rootOf = (turn: VenueTurn, clOrdId: LegClOrdId): LegClOrdId | undefined =>
  turn.space.get("id", clOrdId);

const hasHome = (turn: VenueTurn, { clOrdId, origClOrdId }: VenueReport): boolean =>
  homeOf(turn, clOrdId) !== undefined ||
  (origClOrdId !== undefined && homeOf(turn, origClOrdId) !== undefined);

const figuresOf = (report: VenueReport): Readonly<Record<string, number>> => ({
  cumQty_lots: report.cumQty_lots,
  ...(report.lastQty_lots === undefined ? {} : { lastQty_lots: report.lastQty_lots }),
  ...(report.lastPx_ticks === undefined ? {} : { lastPx_ticks: report.lastPx_ticks }),
});

const isRefusalOfChange = ({ execType }: VenueReport): boolean =>
  execType === "cancel_rejected" || execType === "replace_rejected";

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
  if (answer.purpose === "order") {
    tellView(turn, answer);
    return;
  }
  const request = space.get("request", answer.asker);
  if (request?.stage !== "in_doubt") return;
  const { command } = request;
  if (answer.asOfSeq > session.inboundSeq) {
    // The reports that the answer speaks of are on their way: they decide.
    const askAgainAt = toNanos(turn.now_ns + span_ns(options.queryTimeout_ms));
    const { clOrdId } = command;
    turn.emit({ type: "request_undecided", clOrdId, askAgainAt, at: turn.now });
  } else if (answer.order !== undefined && command.kind !== "cancel") {
    adopt(turn, request, answer.order);
  } else {
    concludeAbsent(turn, request, answer.askedAt);
  }
  settle(turn);
};

/** The venue has a request whose report is lost: its record stands for the report. */
const adopt = (turn: VenueTurn, request: RequestState, view: VenueOrderView): void => {
  const { clOrdId, orderId, kind } = request.command;
  const { cumQty_lots, clOrdId: current } = view;
  const known = turn.space.get("order", request.root)?.cumQty_lots ?? 0;
  const ended = hasEnded(view);
  turn.emit({ type: "request_found", clOrdId, current, cumQty_lots, ended, at: turn.now });
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
  const end = endOf(view);
  if (end !== undefined) tellOrder(turn, orderId, { ...statusReport(turn, view, end), clOrdId });
  if (ended) forgetEnded(turn);
};

/** Tells an order what the venue says of it, on its own demand. */
const tellView = (turn: VenueTurn, { clOrdId, order: view }: VenueAnswer): void => {
  const root = rootOf(turn, clOrdId);
  const order = root === undefined ? undefined : turn.space.get("order", root);
  if (order === undefined || view === undefined) {
    publishIncident(turn, "order_absent", "asked for, and the venue or we know nothing of it", {
      clOrdId,
    });
    return;
  }
  const execType = endOf(view) ?? "new";
  tellOrder(turn, order.orderId, { ...statusReport(turn, view, execType), clOrdId });
};

const hasEnded = ({ ordStatus }: VenueOrderView): boolean =>
  ordStatus !== "new" && ordStatus !== "partially_filled";

const endOf = (view: VenueOrderView): "canceled" | "expired" | "rejected" | undefined => {
  const { ordStatus } = view;
  return ordStatus === "canceled" || ordStatus === "expired" || ordStatus === "rejected"
    ? ordStatus
    : undefined;
};

/** A report made of the venue's record. Its id is made of the record, so that a repeat is one. */
const statusReport = (
  turn: VenueTurn,
  view: VenueOrderView,
  execType: "new" | "replaced" | "canceled" | "expired" | "rejected",
): Omit<LegReport, "kind" | "venue" | "orderId" | "clOrdId"> => ({
  execType,
  venueOrderId: view.venueOrderId,
  execId: `status-${view.venueOrderId}-${view.clOrdId}-${view.ordStatus}-${view.cumQty_lots}`,
  cumQty_lots: view.cumQty_lots,
  orderQty_lots: view.orderQty_lots,
  ...(view.price_ticks === undefined ? {} : { price_ticks: view.price_ticks }),
  ...(execType === "rejected" ? { code: "VENUE_REJECTED" as const } : {}),
  text: "from the venue's record",
  tsEvent: turn.now,
});
