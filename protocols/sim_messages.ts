/**
 * The messages between the OMS and an exchange simulator, as schemas: names, shapes, bounds.
 *
 * Decimals are strings, times are integer nanoseconds as strings, words are FIX's. The dialogue
 * that these messages form, and the types to program against, are in `sim_wire.ts`.
 *
 * Owns: the message shapes.
 * Never: does arithmetic on a decimal, knows bytes, knows a tick or a lot.
 */
import { Schema } from "effect";

const Id = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/));
const Decimal = Schema.String.check(Schema.isPattern(/^\d{1,15}(\.\d{1,18})?$/));
const SignedDecimal = Schema.String.check(Schema.isPattern(/^-?\d{1,21}(\.\d{1,18})?$/));
const Instant_ns = Schema.String.check(Schema.isPattern(/^\d{1,20}$/));
const Seq = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const Text = Schema.String.check(Schema.isMaxLength(512));

/** FIX Side. */
export const Side = Schema.Literals(["buy", "sell"]);
/** FIX OrdType. */
export const OrdType = Schema.Literals(["market", "limit"]);
/** FIX TimeInForce. */
export const TimeInForce = Schema.Literals(["day", "gtc", "ioc", "fok"]);
/** FIX OrdStatus. */
export const OrdStatus = Schema.Literals([
  "new",
  "partially_filled",
  "filled",
  "canceled",
  "rejected",
  "expired",
]);
/** FIX ExecType, with the two refusals of a cancel and a replace. */
export const ExecType = Schema.Literals([
  "new",
  "trade",
  "canceled",
  "replaced",
  "rejected",
  "expired",
  "cancel_rejected",
  "replace_rejected",
]);
/** Why a venue refused a request. Closed set. */
export const RejectCode = Schema.Literals([
  "duplicate_cl_ord_id",
  "unknown_instrument",
  "unknown_order",
  "too_late",
  "invalid_quantity",
  "quantity_off_grid",
  "price_required",
  "price_not_allowed",
  "invalid_price",
  "price_off_grid",
  "post_only_not_allowed",
  "post_only_would_cross",
  "venue_full",
]);

const Heartbeat = Schema.Struct({ type: Schema.Literal("heartbeat") });

/** Opens an order session. */
export const Logon = Schema.Struct({
  type: Schema.Literal("logon"),
  session: Id,
  /** The number of the last report that the client has made durable; 0 at first. */
  lastSeqReceived: Seq,
  /** When true, losing this connection in any way cancels the session's open orders. */
  cancelOnDisconnect: Schema.optionalKey(Schema.Boolean),
});

/** FIX NewOrderSingle. */
export const NewOrder = Schema.Struct({
  type: Schema.Literal("new_order"),
  clOrdId: Id,
  instrument: Id,
  side: Side,
  ordType: OrdType,
  timeInForce: TimeInForce,
  orderQty: Decimal,
  price: Schema.optionalKey(Decimal),
  postOnly: Schema.optionalKey(Schema.Boolean),
});

/** FIX OrderCancelRequest. */
export const Cancel = Schema.Struct({
  type: Schema.Literal("cancel"),
  /** A new id, of the cancel request itself. */
  clOrdId: Id,
  origClOrdId: Id,
});

/** FIX OrderCancelReplaceRequest, quantity as a total. */
export const Replace = Schema.Struct({
  type: Schema.Literal("replace"),
  /** A new id, by which the order goes once the replace is accepted. */
  clOrdId: Id,
  origClOrdId: Id,
  /** The new total, filled part included. */
  orderQty: Decimal,
  price: Decimal,
});

const QueryOrder = Schema.Struct({
  type: Schema.Literal("query_order"),
  requestId: Id,
  clOrdId: Id,
});
const QueryOpenOrders = Schema.Struct({
  type: Schema.Literal("query_open_orders"),
  requestId: Id,
});
const QueryExecutions = Schema.Struct({
  type: Schema.Literal("query_executions"),
  requestId: Id,
  /** Answers with every report whose number is above this one. */
  afterSeq: Seq,
});
const Logout = Schema.Struct({ type: Schema.Literal("logout") });

const Subscribe = Schema.Struct({
  type: Schema.Literal("subscribe"),
  instruments: Schema.Array(Id).check(Schema.isMaxLength(256)),
});

/** How long a request or a report takes. Durations in ns; sampled anew for each message. */
export const LatencyModel = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("none") }),
  Schema.Struct({ kind: Schema.Literal("constant"), delay_ns: Instant_ns }),
  Schema.Struct({ kind: Schema.Literal("uniform"), min_ns: Instant_ns, max_ns: Instant_ns }),
  Schema.Struct({ kind: Schema.Literal("lognormal"), median_ns: Instant_ns, sigma: Decimal }),
]);

const Control = Schema.Struct({ type: Schema.Literal("control") });
const Dump = Schema.Struct({ type: Schema.Literal("dump"), requestId: Id });
const SetLatency = Schema.Struct({
  type: Schema.Literal("set_latency"),
  requestId: Id,
  inbound: Schema.optionalKey(LatencyModel),
  outbound: Schema.optionalKey(LatencyModel),
});
const QueryStats = Schema.Struct({ type: Schema.Literal("stats"), requestId: Id });

const Fee = Schema.Struct({ amount: SignedDecimal, currency: Id });

/** FIX ExecutionReport, and OrderCancelReject as `cancel_rejected`, `replace_rejected`. */
export const Report = Schema.Struct({
  type: Schema.Literal("report"),
  seq: Seq,
  execId: Id,
  /** `NONE` when the venue knows no such order. */
  venueOrderId: Id,
  clOrdId: Id,
  origClOrdId: Schema.optionalKey(Id),
  execType: ExecType,
  ordStatus: OrdStatus,
  /** Absent only on a cancel or replace of an unknown order. */
  instrument: Schema.optionalKey(Id),
  /** Absent only on a cancel or replace of an unknown order. */
  side: Schema.optionalKey(Side),
  orderQty: Decimal,
  price: Schema.optionalKey(Decimal),
  cumQty: Decimal,
  leavesQty: Decimal,
  avgPx: Decimal,
  lastQty: Schema.optionalKey(Decimal),
  lastPx: Schema.optionalKey(Decimal),
  lastLiquidityInd: Schema.optionalKey(Schema.Literals(["added", "removed"])),
  fee: Schema.optionalKey(Fee),
  rejectCode: Schema.optionalKey(RejectCode),
  text: Schema.optionalKey(Text),
  tsEvent: Instant_ns,
  /** True when this report may have been sent before. */
  possDup: Schema.optionalKey(Schema.Boolean),
});

/** An order as the venue sees it, in the answer to a query or in a dump. */
export const OrderView = Schema.Struct({
  venueOrderId: Id,
  clOrdId: Id,
  origClOrdId: Schema.optionalKey(Id),
  instrument: Id,
  side: Side,
  ordType: OrdType,
  timeInForce: TimeInForce,
  postOnly: Schema.Boolean,
  ordStatus: OrdStatus,
  orderQty: Decimal,
  price: Schema.optionalKey(Decimal),
  cumQty: Decimal,
  leavesQty: Decimal,
  avgPx: Decimal,
});

const LogonAck = Schema.Struct({
  type: Schema.Literal("logon_ack"),
  session: Id,
  venue: Id,
  incarnation: Id,
  lastSeqSent: Seq,
  /** The oldest report number that the venue still has; above `lastSeqReceived + 1` means a gap. */
  firstSeqAvailable: Seq,
});
const OrderStatusAnswer = Schema.Struct({
  type: Schema.Literal("order_status"),
  requestId: Id,
  found: Schema.Boolean,
  order: Schema.optionalKey(OrderView),
  /** The answer is the state after this report of the session. */
  asOfSeq: Seq,
});
const OpenOrdersAnswer = Schema.Struct({
  type: Schema.Literal("open_orders"),
  requestId: Id,
  orders: Schema.Array(OrderView),
  last: Schema.Boolean,
  asOfSeq: Seq,
});
const ExecutionsAnswer = Schema.Struct({
  type: Schema.Literal("executions"),
  requestId: Id,
  reports: Schema.Array(Report),
  last: Schema.Boolean,
  firstSeqAvailable: Seq,
  asOfSeq: Seq,
});
const ProtocolError = Schema.Struct({ type: Schema.Literal("error"), text: Text });

const Bbo = Schema.Struct({
  type: Schema.Literal("bbo"),
  instrument: Id,
  /** Absent, with its quantity, when that side is empty. */
  bidPx: Schema.optionalKey(Decimal),
  bidQty: Schema.optionalKey(Decimal),
  askPx: Schema.optionalKey(Decimal),
  askQty: Schema.optionalKey(Decimal),
  tsEvent: Instant_ns,
});
const Levels = Schema.Array(Schema.Tuple([Decimal, Decimal])).check(Schema.isMaxLength(10));
const Depth = Schema.Struct({
  type: Schema.Literal("depth"),
  instrument: Id,
  /** Best first, at most ten `[price, quantity]`. */
  bids: Levels,
  asks: Levels,
  tsEvent: Instant_ns,
});
const Trade = Schema.Struct({
  type: Schema.Literal("trade"),
  instrument: Id,
  px: Decimal,
  qty: Decimal,
  aggressor: Side,
  tsEvent: Instant_ns,
});
const Status = Schema.Struct({
  type: Schema.Literal("status"),
  instrument: Id,
  state: Schema.Literals(["open", "halted", "unknown"]),
});

const ControlAck = Schema.Struct({
  type: Schema.Literal("control_ack"),
  venue: Id,
  incarnation: Id,
});
const ControlOk = Schema.Struct({ type: Schema.Literal("control_ok"), requestId: Id });
const DumpOrder = Schema.Struct({
  type: Schema.Literal("dump_order"),
  requestId: Id,
  session: Id,
  order: OrderView,
});
/** One execution in a dump: the venue's own record. */
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
  lastLiquidityInd: Schema.Literals(["added", "removed"]),
  fee: Fee,
  tsEvent: Instant_ns,
});
const DumpDone = Schema.Struct({
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
  /** How often a connection ended, by reason. */
  disconnects: Schema.Record(Schema.String, Schema.Natural),
  markets: Schema.Array(
    Schema.Struct({ instrument: Id, eventsPlayed: Schema.Natural, loops: Schema.Natural }),
  ),
});

/** Everything a client may say, on any kind of connection. */
export const ClientToVenue = Schema.Union([
  Logon,
  Heartbeat,
  NewOrder,
  Cancel,
  Replace,
  QueryOrder,
  QueryOpenOrders,
  QueryExecutions,
  Logout,
  Subscribe,
  Control,
  Dump,
  SetLatency,
  QueryStats,
]);
/** Everything a venue may say, on any kind of connection. */
export const VenueToClient = Schema.Union([
  LogonAck,
  Heartbeat,
  Report,
  OrderStatusAnswer,
  OpenOrdersAnswer,
  ExecutionsAnswer,
  ProtocolError,
  Bbo,
  Depth,
  Trade,
  Status,
  ControlAck,
  ControlOk,
  DumpOrder,
  DumpExecution,
  DumpDone,
  StatsAnswer,
]);
