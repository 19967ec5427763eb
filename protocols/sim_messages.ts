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
import {
  Decimal,
  ExecType,
  Fee,
  Id,
  Instant_ns,
  LiquidityInd,
  OrdStatus,
  OrdType,
  RejectCode,
  Seq,
  Side,
  SignedDecimal,
  Text,
  TimeInForce,
} from "./sim_fields.ts";

/** Says that the connection lives. */
export const Heartbeat = Schema.Struct({ type: Schema.Literal("heartbeat") });

/** Says that the connection lives; in an order session also how far the reports have come. */
export const VenueHeartbeat = Schema.Struct({
  type: Schema.Literal("heartbeat"),
  /** The session's newest report, sent before this: one that is not heard by now is lost. */
  lastSeq: Schema.optionalKey(Seq),
});

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

/** Asks for one order by any id of its replace chain, open or ended. */
export const QueryOrder = Schema.Struct({
  type: Schema.Literal("query_order"),
  requestId: Id,
  clOrdId: Id,
});
/** Asks for every open order of the session. */
export const QueryOpenOrders = Schema.Struct({
  type: Schema.Literal("query_open_orders"),
  requestId: Id,
});
/** Asks for the session's reports again. */
export const QueryExecutions = Schema.Struct({
  type: Schema.Literal("query_executions"),
  requestId: Id,
  /** Answers with every report whose number is above this one. */
  afterSeq: Seq,
});
/** Asks for the session's positions. */
export const QueryPositions = Schema.Struct({
  type: Schema.Literal("query_positions"),
  requestId: Id,
});
/** FIX OrderMassCancelRequest: every open order of the session, or those that both fields name. */
export const MassCancel = Schema.Struct({
  type: Schema.Literal("mass_cancel"),
  /** A new id, of this request itself. */
  clOrdId: Id,
  instrument: Schema.optionalKey(Id),
  side: Schema.optionalKey(Side),
});
/** Ends the session in order. */
export const Logout = Schema.Struct({ type: Schema.Literal("logout") });

/** Opens a feed of market data. */
export const Subscribe = Schema.Struct({
  type: Schema.Literal("subscribe"),
  instruments: Schema.Array(Id).check(Schema.isMaxLength(256)),
});

/** FIX ExecutionReport, and OrderCancelReject as `cancel_rejected`, `replace_rejected`. */
export const Report = Schema.Struct({
  type: Schema.Literal("report"),
  seq: Seq,
  execId: Id,
  /** `NONE` when the venue knows no such order. */
  venueOrderId: Id,
  clOrdId: Id,
  origClOrdId: Schema.optionalKey(Id),
  /** FIX ExecRefID, on `trade_cancel` and `trade_correct`: the execution that they are about. */
  execRefId: Schema.optionalKey(Id),
  /** On `canceled`: the mass cancel that did it. */
  massCancelId: Schema.optionalKey(Id),
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
  lastLiquidityInd: Schema.optionalKey(LiquidityInd),
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

/** Answers a logon; every report after `lastSeqReceived` follows. */
export const LogonAck = Schema.Struct({
  type: Schema.Literal("logon_ack"),
  session: Id,
  venue: Id,
  incarnation: Id,
  lastSeqSent: Seq,
  /** The oldest report number that the venue still has; above `lastSeqReceived + 1` means a gap. */
  firstSeqAvailable: Seq,
});
/** Answers `query_order`. */
export const OrderStatusAnswer = Schema.Struct({
  type: Schema.Literal("order_status"),
  requestId: Id,
  found: Schema.Boolean,
  order: Schema.optionalKey(OrderView),
  /** The answer is the state after this report of the session. */
  asOfSeq: Seq,
});
/** Answers `query_open_orders`, in chunks. */
export const OpenOrdersAnswer = Schema.Struct({
  type: Schema.Literal("open_orders"),
  requestId: Id,
  orders: Schema.Array(OrderView),
  last: Schema.Boolean,
  asOfSeq: Seq,
});
/** Answers `query_executions`, in chunks. */
export const ExecutionsAnswer = Schema.Struct({
  type: Schema.Literal("executions"),
  requestId: Id,
  reports: Schema.Array(Report),
  last: Schema.Boolean,
  firstSeqAvailable: Seq,
  asOfSeq: Seq,
});
/** Answers `query_positions`: what the session's executions sum up to, flat ones left out. */
export const PositionsAnswer = Schema.Struct({
  type: Schema.Literal("positions"),
  requestId: Id,
  positions: Schema.Array(Schema.Struct({ instrument: Id, netQty: SignedDecimal })),
  /** The answer is the state after this report of the session. */
  asOfSeq: Seq,
});
/** FIX OrderMassCancelReport: unnumbered, behind the `canceled` reports of the orders. */
export const MassCancelReport = Schema.Struct({
  type: Schema.Literal("mass_cancel_report"),
  /** The request's own id. */
  clOrdId: Id,
  /** How many orders it canceled. */
  affected: Schema.Natural,
  /** Number of the last of their reports. */
  asOfSeq: Seq,
});
/**
 * Unnumbered: the request did not reach the book and never will, or (`internal_error`) nobody says
 * whether it did. Also instead of `logon_ack`; then the connection ends.
 */
export const Refused = Schema.Struct({
  type: Schema.Literal("refused"),
  /** Of the refused order, cancel, replace or mass cancel. */
  clOrdId: Schema.optionalKey(Id),
  /** Of the refused question. */
  requestId: Schema.optionalKey(Id),
  code: Schema.Literals([
    "rate_limited",
    "banned",
    "not_supported",
    "unavailable",
    "session_in_use",
    "internal_error",
  ]),
  /** When to ask again at the earliest, where the venue says so. */
  retryAfter_ms: Schema.optionalKey(Schema.Natural),
  /** Name of the limit that it does not fit into. */
  limit: Schema.optionalKey(Id),
  text: Schema.optionalKey(Text),
});
/** What the venue has counted against its limits in the windows of now: unsolicited. */
export const Limits = Schema.Struct({
  type: Schema.Literal("limits"),
  limits: Schema.Array(
    Schema.Struct({
      name: Id,
      window_ms: Schema.Natural,
      limit: Schema.Natural,
      used: Schema.Natural,
    }),
  ),
});
/** What was said makes no sense here. */
export const ProtocolError = Schema.Struct({ type: Schema.Literal("error"), text: Text });

/** The best prices. */
export const Bbo = Schema.Struct({
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
/** The visible book. */
export const Depth = Schema.Struct({
  type: Schema.Literal("depth"),
  instrument: Id,
  /** Best first, at most ten `[price, quantity]`. */
  bids: Levels,
  asks: Levels,
  tsEvent: Instant_ns,
});
/** A trade of anybody. */
export const Trade = Schema.Struct({
  type: Schema.Literal("trade"),
  instrument: Id,
  px: Decimal,
  qty: Decimal,
  aggressor: Side,
  tsEvent: Instant_ns,
});
/** Whether an instrument trades. */
export const Status = Schema.Struct({
  type: Schema.Literal("status"),
  instrument: Id,
  state: Schema.Literals(["open", "halted", "unknown"]),
});
