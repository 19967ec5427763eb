/**
 * Reads a simulator's line, and of one that cannot be read saves what the session needs to go on.
 *
 * A report that breaks the contract is sent again at every logon: ending the link over it would
 * close the venue for good. Its number is enough to go on behind it. What has no number, or is not
 * JSON, is a fault of the protocol.
 *
 * Owns: what may be salvaged. Never: takes a figure from a line that breaks the contract.
 */
import { Result } from "effect";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import { decodeSimVenueLine, simVenueTypes } from "../../protocols/sim_wire.ts";
import type { SimLineCodec, SimReport, SimVenueMessage } from "../../protocols/sim_wire.ts";
import { boundedText, raw_bytes_max } from "./bounded_text.ts";
import type { UnreadableReport } from "./venue_link.ts";

/** A numbered report that breaks the contract. */
export interface UnreadableLine extends UnreadableReport {
  readonly type: "unreadable_report";
  readonly seq: number;
}

/** An answer to a question of ours that breaks the contract. */
export interface UnreadableAnswer {
  readonly type: "unreadable_answer";
  readonly requestId: string;
  readonly reason: string;
}

/** A message of a type that we do not know: a newer venue's, which an older client ignores. */
export interface UnknownMessage {
  readonly type: "unknown_message";
  readonly name: string;
}

/** What a line says, as far as it can be read. */
export type SimReading = SimVenueMessage | UnreadableLine | UnreadableAnswer | UnknownMessage;

/** Text of one line → what it says, or why not even its number can be read. */
export const readSimLine: SimLineCodec<SimReading> = (line) => {
  const decoded = decodeSimVenueLine(line);
  if (Result.isSuccess(decoded)) return decoded;
  const salvaged = salvage(line, boundedText(decoded.failure));
  return salvaged === undefined ? decoded : Result.succeed(salvaged);
};

/** A report that the contract allows, but that is off our grid or contradicts itself. */
export const unreadableReport = (report: SimReport, reason: string): UnreadableReport => ({
  reason: boundedText(reason),
  raw: boundedText(JSON.stringify(report), raw_bytes_max),
  clOrdId: report.clOrdId as LegClOrdId,
  ...(report.instrument === undefined ? {} : { instrument: report.instrument as InstrumentId }),
});

const idPattern = /^[A-Za-z0-9_.-]{1,64}$/;

const answerTypes: ReadonlySet<string> = new Set([
  "order_status",
  "executions",
  "open_orders",
  "positions",
]);

const isId = (value: unknown): value is string =>
  typeof value === "string" && idPattern.test(value);

const salvage = (
  line: string,
  reason: string,
): UnreadableLine | UnreadableAnswer | UnknownMessage | undefined => {
  const fields = fieldsOf(line);
  const { type, seq, clOrdId, instrument, requestId } = fields;
  if (type === "report" && typeof seq === "number" && Number.isSafeInteger(seq) && seq > 0) {
    return {
      type: "unreadable_report",
      seq,
      reason,
      raw: boundedText(line, raw_bytes_max),
      ...(isId(clOrdId) ? { clOrdId: clOrdId as LegClOrdId } : {}),
      ...(isId(instrument) ? { instrument: instrument as InstrumentId } : {}),
    };
  }
  if (isId(type) && !simVenueTypes.has(type)) return { type: "unknown_message", name: type };
  return isId(type) && answerTypes.has(type) && isId(requestId)
    ? { type: "unreadable_answer", requestId, reason }
    : undefined;
};

interface Fields {
  readonly type?: unknown;
  readonly seq?: unknown;
  readonly clOrdId?: unknown;
  readonly instrument?: unknown;
  readonly requestId?: unknown;
}

const fieldsOf = (line: string): Fields => {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
};
