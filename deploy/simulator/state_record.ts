/**
 * What a durable venue writes down: one line for each report, with all that changed with it.
 *
 * Since every change of an order is reported, a file of these lines is the venue's whole state, and
 * a line that a kill has cut off is a change that nobody was told of.
 *
 * Owns: the shape of a line. Never: touches a file.
 */
import { Schema } from "effect";
import * as field from "../../protocols/sim_fields.ts";
import { OrderView, Report } from "../../protocols/sim_messages.ts";

const Lots = Schema.Int;
const Ticks = Schema.Int;

const Amendment = Schema.Struct({
  execId: field.Id,
  execType: Schema.Literals(["trade_cancel", "trade_correct"]),
  price_ticks: Ticks,
  qty_lots: Lots,
  tsEvent: field.Instant_ns,
});
const Execution = Schema.Struct({
  execId: field.Id,
  clOrdId: field.Id,
  price_ticks: Ticks,
  qty_lots: Lots,
  liquidity: field.LiquidityInd,
  tsEvent: field.Instant_ns,
});
/** An order without its executions. */
const Order = Schema.Struct({
  orderId: Schema.Natural,
  venueOrderId: field.Id,
  instrument: field.Id,
  side: field.Side,
  ordType: field.OrdType,
  timeInForce: field.TimeInForce,
  postOnly: Schema.Boolean,
  clOrdId: field.Id,
  origClOrdId: Schema.optionalKey(field.Id),
  price_ticks: Schema.optionalKey(Ticks),
  order_lots: Lots,
  cum_lots: Lots,
  lost_lots: Lots,
  notional: Schema.String.check(Schema.isPattern(/^-?\d+$/)),
  status: field.OrdStatus,
  endedAt_ns: Schema.optionalKey(field.Instant_ns),
});

/** A report, and what changed with it. */
const Reported = Schema.Struct({
  kind: Schema.Literal("reported"),
  session: field.Id,
  report: Report,
  /** The order as it is after it. */
  order: Schema.optionalKey(Order),
  /** Of a trade. */
  execution: Schema.optionalKey(Execution),
  /** Of a bust or a correction, and the place of the execution in its order. */
  amendment: Schema.optionalKey(Amendment),
  executionNo: Schema.optionalKey(Schema.Natural),
  /** A refused order that a query finds. */
  refused: Schema.optionalKey(OrderView),
  /** Ids made so far: of orders, of executions. */
  made: Schema.Tuple([Schema.Natural, Schema.Natural]),
});
/** The venue started. */
const Started = Schema.Struct({ kind: Schema.Literal("started"), incarnation: field.Id });
/** Whether losing the session's connection from now on cancels its orders. */
const Watched = Schema.Struct({
  kind: Schema.Literal("watched"),
  session: field.Id,
  cancelOnDisconnect: Schema.Boolean,
});

/** One line of a state file. */
export const StateRecord = Schema.Union([Reported, Started, Watched]);
/** One line of a state file. */
export type StateRecord = typeof StateRecord.Type;
/** A report, and what changed with it. */
export type ReportedRecord = typeof Reported.Type;
/** An order without its executions. */
export type OrderRecord = typeof Order.Type;
/** An execution without its amendments. */
export type ExecutionRecord = typeof Execution.Type;
