/**
 * The wire between the OMS and an exchange simulator: what may be said over TCP, and its bytes.
 *
 * Newline-delimited JSON, one object a line, at most `simLineBytesMax` bytes. Decimals are strings,
 * times are integer nanoseconds as strings, words are FIX's. The first message on a connection
 * decides what it is:
 *
 *   order session   C→V logon        V→C logon_ack, then every report after `lastSeqReceived`
 *                   C→V new_order, cancel, replace      V→C report, numbered 1, 2, 3… per session
 *                   C→V mass_cancel  V→C report…, mass_cancel_report
 *                   C→V query_order, query_open_orders, query_executions, query_positions
 *                                    V→C order_status, open_orders, executions, positions
 *                   any request      V→C refused, unnumbered, in place of its answer
 *                                    V→C limits, where the venue has limits
 *                   C→V heartbeat    V→C heartbeat (an answer with the newest report's number, and
 *                                    by itself when idle)
 *                   C→V logout       V→C closes
 *   feed            C→V subscribe    V→C status, bbo, depth, trade, heartbeat
 *   control         C→V control      V→C control_ack
 *                   C→V dump, stats, set_latency, set_faults, disconnect, amend_execution,
 *                       trade_manually
 *                                    V→C dump_order…, dump_execution…, dump_done; stats; control_ok
 *
 * A report's number belongs to the session, not to the connection: it never resets while the venue
 * process lives. `incarnation` differs after every start of that process.
 *
 * Owns: who may say what, strict decoding, encoding, splitting bytes into lines. The shapes are in
 * `sim_messages.ts` and `sim_control.ts`, what they are made of in `sim_fields.ts`.
 * Never: does arithmetic on a decimal, knows a socket, knows a tick or a lot.
 */
import { Result, Schema } from "effect";
import * as control from "./sim_control.ts";
import * as fault from "./sim_faults.ts";
import type * as field from "./sim_fields.ts";
import * as shape from "./sim_messages.ts";

const ClientToVenue = Schema.Union([
  shape.Logon,
  shape.Heartbeat,
  shape.NewOrder,
  shape.Cancel,
  shape.Replace,
  shape.MassCancel,
  shape.QueryOrder,
  shape.QueryOpenOrders,
  shape.QueryExecutions,
  shape.QueryPositions,
  shape.Logout,
  shape.Subscribe,
  control.Control,
  control.Dump,
  control.SetLatency,
  control.QueryStats,
  fault.SetFaults,
  fault.Disconnect,
  fault.AmendExecution,
  control.TradeManually,
]);

const VenueToClient = Schema.Union([
  shape.LogonAck,
  shape.VenueHeartbeat,
  shape.Report,
  shape.OrderStatusAnswer,
  shape.OpenOrdersAnswer,
  shape.ExecutionsAnswer,
  shape.PositionsAnswer,
  shape.MassCancelReport,
  shape.Refused,
  shape.Limits,
  shape.ProtocolError,
  shape.Bbo,
  shape.Depth,
  shape.Trade,
  shape.Status,
  control.ControlAck,
  control.ControlOk,
  control.DumpOrder,
  control.DumpExecution,
  control.DumpDone,
  control.StatsAnswer,
]);

/** The longest line, newline not counted. A longer one is a fatal protocol error. */
export const simLineBytesMax = 65_536;

/** The last `error` on a connection whose session another logon took over. */
export const takenOverText = "session taken over by another logon";

/** Most orders or reports in one chunk of an answer; keeps a chunk far below `simLineBytesMax`. */
export const simChunkMax = 40;

/** Every type of message that a venue may say. A client ignores those that it does not know. */
export const simVenueTypes: ReadonlySet<string> = new Set(
  VenueToClient.members.map((member) => member.fields.type.literal),
);

/** Everything a client may say, on any kind of connection. */
export type SimClientMessage = typeof ClientToVenue.Type;
/** Everything a venue may say, on any kind of connection. */
export type SimVenueMessage = typeof VenueToClient.Type;
/** `logon`: opens an order session. */
export type SimLogon = typeof shape.Logon.Type;
/** `new_order`: FIX NewOrderSingle. */
export type SimNewOrder = typeof shape.NewOrder.Type;
/** `cancel`: FIX OrderCancelRequest. */
export type SimCancel = typeof shape.Cancel.Type;
/** `replace`: FIX OrderCancelReplaceRequest, quantity as a total. */
export type SimReplace = typeof shape.Replace.Type;
/** `mass_cancel`: FIX OrderMassCancelRequest. */
export type SimMassCancel = typeof shape.MassCancel.Type;
/** `refused`: a request that did not reach the book, or nobody says whether it did. */
export type SimRefused = typeof shape.Refused.Type;
/** `limits`: what the venue has counted. */
export type SimLimits = typeof shape.Limits.Type;
/** `positions`: the session's positions. */
export type SimPositions = typeof shape.PositionsAnswer.Type;
/** `mass_cancel_report`: FIX OrderMassCancelReport. */
export type SimMassCancelReport = typeof shape.MassCancelReport.Type;
/** `report`: FIX ExecutionReport; OrderCancelReject is `cancel_rejected`, `replace_rejected`. */
export type SimReport = typeof shape.Report.Type;
/** An order as the venue sees it, in the answer to a query or in a dump. */
export type SimOrderView = typeof shape.OrderView.Type;
/** One execution in a dump: the venue's own record. */
export type SimDumpExecution = typeof control.DumpExecution.Type;
/** A bust or a correction in a dump. */
export type SimDumpAmendment = typeof control.DumpAmendment.Type;
/** `stats`: the venue's own counters. */
export type SimStats = typeof control.StatsAnswer.Type;
/** How a venue misbehaves; a family that is absent is off. */
export type SimFaultSettings = typeof fault.FaultSettings.Type;
/** `set_faults`: sets families of faults. */
export type SimSetFaults = typeof fault.SetFaults.Type;
/** `disconnect`: ends a session's connection. */
export type SimDisconnect = typeof fault.Disconnect.Type;
/** `amend_execution`: takes an execution back, or corrects it. */
export type SimAmendExecution = typeof fault.AmendExecution.Type;
/** `trade_manually`: trades in a session's name. */
export type SimTradeManually = typeof control.TradeManually.Type;
/** What can be asked of an order session. */
export type SimRequestKind = typeof fault.RequestKind.Type;
/** One limit of a venue. */
export type SimRateRule = typeof fault.RateRule.Type;
/** A scenario file: faults by time since the venue's start. */
export type SimFaultScenario = typeof fault.FaultScenario.Type;
/** A latency model as it travels in `set_latency`. */
export type SimLatencyModel = typeof fault.LatencyModel.Type;
/** Why a venue refused a request. Closed set. */
export type SimRejectCode = typeof field.RejectCode.Type;
/** `buy` or `sell`. */
export type SimSide = typeof field.Side.Type;
/** FIX OrdType, as far as the simulator knows it. */
export type SimOrdType = typeof field.OrdType.Type;
/** FIX TimeInForce, as far as the simulator knows it. */
export type SimTimeInForce = typeof field.TimeInForce.Type;
/** FIX OrdStatus. */
export type SimOrdStatus = typeof field.OrdStatus.Type;
/** FIX ExecType, with the two refusals of a cancel and a replace. */
export type SimExecType = typeof field.ExecType.Type;

/** One line as it came: a message, or why it is none. After a `fatal` one nothing is read. */
export type SimLine<Message> =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "fault"; readonly text: string; readonly fatal: boolean };

/** Text of one line → message, or the reason in words. */
export type SimLineCodec<Message> = (line: string) => Result.Result<Message, string>;

const codecOf = <Message>(
  decode: (input: unknown) => Result.Result<Message, Schema.SchemaError>,
): SimLineCodec<Message> => {
  return (line) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      return Result.fail("not JSON");
    }
    return Result.mapError(decode(parsed), (error) => error.message.slice(0, 400));
  };
};

const strict = { onExcessProperty: "error" } as const;

/** Decodes one line said by a client; unknown fields are refused. */
export const decodeSimClientLine: SimLineCodec<SimClientMessage> = codecOf(
  Schema.decodeUnknownResult(ClientToVenue, strict),
);

/** Decodes one line said by a venue; unknown fields are refused. */
export const decodeSimVenueLine: SimLineCodec<SimVenueMessage> = codecOf(
  Schema.decodeUnknownResult(VenueToClient, strict),
);

/**
 * Message → line with its newline. Defect (RangeError) when the line is too long: whoever
 * builds a list must cut it at `simChunkMax`.
 */
export const encodeSimLine = (message: SimClientMessage | SimVenueMessage): string => {
  const line = JSON.stringify(message);
  if (Buffer.byteLength(line) > simLineBytesMax) {
    throw new RangeError(`a ${message.type} line is longer than ${simLineBytesMax} bytes`);
  }
  return `${line}\n`;
};

const newline = 0x0a;

/**
 * Splits a byte stream into lines and decodes them, whatever the chunks. Holds at most
 * `simLineBytesMax` bytes of an unfinished line; one that grows longer gives a fatal fault, once.
 */
export class SimLineDecoder<Message> {
  readonly #codec: SimLineCodec<Message>;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #broken = false;

  constructor(codec: SimLineCodec<Message>) {
    this.#codec = codec;
  }

  /** Feeds bytes; gives the lines that they complete, in order. */
  push(chunk: Uint8Array): SimLine<Message>[] {
    const lines: SimLine<Message>[] = [];
    let start = 0;
    while (!this.#broken && start < chunk.length) {
      const found = chunk.indexOf(newline, start);
      const end = found === -1 ? chunk.length : found;
      if (this.#pendingBytes + (end - start) > simLineBytesMax) {
        this.#broken = true;
        this.#pending = [];
        const text = `line longer than ${simLineBytesMax} bytes`;
        lines.push({ kind: "fault", text, fatal: true });
        return lines;
      }
      const part = chunk.subarray(start, end);
      start = end + 1;
      if (found === -1) {
        // A copy: the caller may reuse its buffer before the line is complete.
        this.#pending.push(new Uint8Array(part));
        this.#pendingBytes += part.length;
      } else {
        lines.push(this.#line(part));
      }
    }
    return lines;
  }

  #line(tail: Uint8Array): SimLine<Message> {
    const bytes = this.#pendingBytes === 0 ? tail : Buffer.concat([...this.#pending, tail]);
    this.#pending = [];
    this.#pendingBytes = 0;
    let text: string;
    try {
      text = this.#utf8.decode(bytes);
    } catch {
      return { kind: "fault", text: "not UTF-8", fatal: false };
    }
    const decoded = this.#codec(text);
    return Result.isSuccess(decoded)
      ? { kind: "message", message: decoded.success }
      : { kind: "fault", text: decoded.failure, fatal: false };
  }
}
