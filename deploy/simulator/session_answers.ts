/**
 * Long answers of an order session, cut into lines that are made while they are sent.
 *
 * Owns: the cutting. The content is fixed when the answer is made, not when it is sent.
 */
import { decodeSimVenueLine, encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimOrderView, SimReport } from "../../protocols/sim_wire.ts";
import { Result } from "effect";
import type { ReportLog } from "./report_log.ts";

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

/** The answer to `query_executions`: every kept report after `afterSeq`, whatever its kind. */
export const executionsAnswer = (
  requestId: string,
  log: ReportLog,
  afterSeq: number,
  chunk_max: number,
): Iterable<string> => {
  const asOfSeq = log.lastSeq;
  const firstSeqAvailable = log.firstSeq;
  const lines = repeatedReports(log, afterSeq)[Symbol.iterator]();
  return (function* () {
    for (let last = false; !last;) {
      const reports: SimReport[] = [];
      while (reports.length < chunk_max && !last) {
        const next = lines.next();
        if (next.done === true) last = true;
        else reports.push(readReport(next.value));
      }
      const head = { type: "executions", requestId } as const;
      yield encodeSimLine({ ...head, reports, last, firstSeqAvailable, asOfSeq });
    }
  })();
};
