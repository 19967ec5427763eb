/**
 * The words of a simulator's control connection: the venue's own record, its counters, its faults.
 *
 * Owns: their shapes. Never: anything that an order session says.
 */
import { Schema } from "effect";
import { Decimal, Fee, Id, Instant_ns, LiquidityInd, Seq, Side } from "./sim_fields.ts";
import { LatencyModel } from "./sim_faults.ts";
import { OrderView } from "./sim_messages.ts";

/** Opens a control connection. */
export const Control = Schema.Struct({ type: Schema.Literal("control") });
/** Asks for the venue's own record. */
export const Dump = Schema.Struct({ type: Schema.Literal("dump"), requestId: Id });
/** Sets how long messages take from now on. */
export const SetLatency = Schema.Struct({
  type: Schema.Literal("set_latency"),
  requestId: Id,
  inbound: Schema.optionalKey(LatencyModel),
  outbound: Schema.optionalKey(LatencyModel),
});
/** Asks for the venue's counters. */
export const QueryStats = Schema.Struct({ type: Schema.Literal("stats"), requestId: Id });

/** Trades in a session's name, outside of any request of it. */
export const TradeManually = Schema.Struct({
  type: Schema.Literal("trade_manually"),
  requestId: Id,
  session: Id,
  instrument: Id,
  side: Side,
  qty: Decimal,
  px: Decimal,
  /** When the session is told; absent: never. Its positions have it at once. */
  reportAfter_ms: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400_000 })),
  ),
});

/** Answers `control`. */
export const ControlAck = Schema.Struct({
  type: Schema.Literal("control_ack"),
  venue: Id,
  incarnation: Id,
});
/** The request was carried out. */
export const ControlOk = Schema.Struct({ type: Schema.Literal("control_ok"), requestId: Id });
/** One order of a dump. */
export const DumpOrder = Schema.Struct({
  type: Schema.Literal("dump_order"),
  requestId: Id,
  session: Id,
  order: OrderView,
});
/** A bust, or a correction with what counts since. */
export const DumpAmendment = Schema.Struct({
  execId: Id,
  execType: Schema.Literals(["trade_cancel", "trade_correct"]),
  lastQty: Decimal,
  lastPx: Decimal,
  fee: Fee,
  tsEvent: Instant_ns,
});
/** One execution in a dump, as it was first reported: the venue's own record. */
export const DumpExecution = Schema.Struct({
  type: Schema.Literal("dump_execution"),
  requestId: Id,
  session: Id,
  execId: Id,
  venueOrderId: Id,
  /** The id that the order went by when it traded. */
  clOrdId: Id,
  instrument: Id,
  side: Side,
  lastQty: Decimal,
  lastPx: Decimal,
  lastLiquidityInd: LiquidityInd,
  fee: Fee,
  tsEvent: Instant_ns,
  /** What was said of it later, oldest first: the last one is what counts. Absent: nothing. */
  amendments: Schema.optionalKey(Schema.Array(DumpAmendment)),
});
/** The end of a dump, with its counts. */
export const DumpDone = Schema.Struct({
  type: Schema.Literal("dump_done"),
  requestId: Id,
  orders: Schema.Natural,
  executions: Schema.Natural,
});
/** The venue's own counters. */
export const StatsAnswer = Schema.Struct({
  type: Schema.Literal("stats"),
  requestId: Id,
  venue: Id,
  incarnation: Id,
  uptime_ns: Instant_ns,
  rss_bytes: Schema.Natural,
  cpu_us: Schema.Natural,
  orders: Schema.Natural,
  openOrders: Schema.Natural,
  executions: Schema.Natural,
  requests: Schema.Natural,
  sessions: Schema.Array(
    Schema.Struct({ session: Id, connected: Schema.Boolean, lastSeq: Seq, firstSeqAvailable: Seq }),
  ),
  feeds: Schema.Natural,
  /** How often each fault has happened. */
  faults: Schema.Record(Schema.String, Schema.Natural),
  /** How often a connection ended, by reason. */
  disconnects: Schema.Record(Schema.String, Schema.Natural),
  markets: Schema.Array(
    Schema.Struct({ instrument: Id, eventsPlayed: Schema.Natural, loops: Schema.Natural }),
  ),
});
