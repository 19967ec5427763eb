/**
 * Answers of an order session; long ones are cut into lines that are made while they are sent.
 *
 * Owns: the cutting, and up to where the past is known. The content is fixed when the answer is
 * made, not when it is sent.
 */
import { Result } from "effect";
import { decodeSimVenueLine, encodeSimLine, simChunkMax } from "../../protocols/sim_wire.ts";
import type {
  SimClientMessage,
  SimFaultSettings,
  SimOrderView,
  SimReport,
} from "../../protocols/sim_wire.ts";
import type { VenueConditions } from "./conditions.ts";
import type { ReportLog } from "./report_log.ts";
import type { Venue } from "./venue.ts";
import { viewOf } from "./venue_order.ts";
import type { VenueSession } from "./venue_session.ts";

type SimQuestion = Extract<
  SimClientMessage,
  { readonly type: `query_${"order" | "open_orders" | "executions" | "positions"}` }
>;

/** Every kept report after `afterSeq` up to the newest one now, as possible duplicates. */
export const repeatedReports = (log: ReportLog, afterSeq: number): Iterable<string> => {
  const { lastSeq } = log;
  return (function* () {
    for (let seq = Math.max(afterSeq + 1, log.firstSeq); seq <= lastSeq; seq += 1) {
      const line = log.repeat(seq);
      // Gone while the client was slow; the gap in the numbers tells it.
      if (line !== undefined) yield line;
    }
  })();
};

/** The answer to `query_open_orders`; one empty chunk when there is none. */
export const openOrdersAnswer = (
  requestId: string,
  orders: readonly SimOrderView[],
  asOfSeq: number,
  chunk_max: number,
): Iterable<string> =>
  (function* () {
    for (let start = 0; start === 0 || start < orders.length; start += chunk_max) {
      const chunk = orders.slice(start, start + chunk_max);
      const last = start + chunk_max >= orders.length;
      yield encodeSimLine({ type: "open_orders", requestId, orders: chunk, last, asOfSeq });
    }
  })();

const readReport = (line: string): SimReport => {
  const decoded = decodeSimVenueLine(line);
  if (Result.isFailure(decoded) || decoded.success.type !== "report") {
    throw new Error("the report log holds reports");
  }
  return decoded.success;
};

/** Those of earlier numberings come first, and only to one who asks from the beginning. */
const knownReports = function* (
  log: ReportLog,
  afterSeq: number,
  firstSeqAvailable: number,
): Iterable<SimReport> {
  if (afterSeq === 0 && firstSeqAvailable <= 1) yield* log.past;
  const from = Math.max(afterSeq, firstSeqAvailable - 1);
  for (const line of repeatedReports(log, from)) yield readReport(line);
};

/**
 * The answer to `query_executions`: every report after `afterSeq` that is still available, whatever
 * its kind.
 */
export const executionsAnswer = (
  requestId: string,
  log: ReportLog,
  afterSeq: number,
  firstSeqAvailable: number,
  chunk_max: number,
): Iterable<string> => {
  const asOfSeq = log.lastSeq;
  const lines = knownReports(log, afterSeq, firstSeqAvailable)[Symbol.iterator]();
  return (function* () {
    for (let last = false; !last;) {
      const reports: SimReport[] = [];
      while (reports.length < chunk_max && !last) {
        const next = lines.next();
        if (next.done === true) last = true;
        else reports.push(next.value);
      }
      const head = { type: "executions", requestId } as const;
      yield encodeSimLine({ ...head, reports, last, firstSeqAvailable, asOfSeq });
    }
  })();
};

/** Number of the oldest report that is sent again when the newest `count` are kept for that. */
export const firstResent = (log: ReportLog, count: number | undefined): number =>
  count === undefined ? log.firstSeq : Math.max(log.firstSeq, log.lastSeq - count + 1);

/** The answer to a question of a session. */
export const answerQuestion = (
  venue: Venue,
  { name, log }: VenueSession,
  question: SimQuestion,
): string | Iterable<string> => {
  const { desk, conditions, clock } = venue;
  const { requestId } = question;
  const asOfSeq = log.lastSeq;
  const { history } = conditions.faults;
  switch (question.type) {
    case "query_order": {
      const { clOrdId } = question;
      const order = desk.registry.find(name, clOrdId, windowOf(history, clock.wall_ns()));
      if (order !== undefined) {
        return encodeSimLine({ type: "order_status", requestId, found: true, order, asOfSeq });
      }
      if (desk.registry.find(name, clOrdId) !== undefined) conditions.count("history_missing");
      return encodeSimLine({ type: "order_status", requestId, found: false, asOfSeq });
    }
    case "query_open_orders": {
      const orders = desk.registry
        .openOrders(name)
        .flatMap((order) => listed(viewOf(order), conditions));
      return openOrdersAnswer(requestId, orders, asOfSeq, simChunkMax);
    }
    case "query_executions": {
      const first = firstResent(log, history?.reports);
      if (first > Math.max(question.afterSeq + 1, log.firstSeq))
        conditions.count("history_missing");
      return executionsAnswer(requestId, log, question.afterSeq, first, simChunkMax);
    }
    case "query_positions":
      return encodeSimLine({
        type: "positions",
        requestId,
        positions: desk.positions.of(name),
        asOfSeq,
      });
    default:
      return question satisfies never;
  }
};

/** An order as the list of open orders has it: once, not at all, or twice. */
const listed = (order: SimOrderView, conditions: VenueConditions): SimOrderView[] => {
  const { listing } = conditions.faults;
  if (conditions.happens("listing_omitted", listing?.omit)) return [];
  if (!conditions.happens("listing_doubled", listing?.twice)) return [order];
  return [order, { ...order, venueOrderId: `${order.venueOrderId}-again` }];
};

const windowOf = (
  history: SimFaultSettings["history"],
  wall_ns: string,
): { since_ns?: bigint; orders?: number } => ({
  ...(history?.age_ms === undefined
    ? {}
    : { since_ns: BigInt(wall_ns) - BigInt(history.age_ms) * 1_000_000n }),
  ...(history?.orders === undefined ? {} : { orders: history.orders }),
});
