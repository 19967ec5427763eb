/**
 * What questions are answered with: those of strategies, `oms.v1.query.…`, and what operators are
 * told of what they have asked for, `oms.v1.admin.…`.
 *
 * Owns: the answers' shapes. A consumer must ignore fields that it does not know.
 */
import { Schema } from "effect";
import { LegBody, OrderEventBody } from "./order_event.ts";
import * as scalar from "./scalar.ts";

const {
  eventId: _eventId,
  execType: _execType,
  commandId: _commandId,
  tsEvent: _tsEvent,
  tsInit: _tsInit,
  ...shown
} = OrderEventBody.fields;

/** An order as its latest event would show it, with its legs. */
const OrderShown = Schema.Struct({ ...shown, legs: Schema.optionalKey(Schema.Array(LegBody)) });

/** The answer to a query of one order. */
const QueryOrderAnswer = Schema.Struct({ order: OrderShown });

/** The answer to a query of a strategy's open orders. */
const QueryOrdersAnswer = Schema.Struct({
  orders: Schema.Array(OrderShown),
  /** Orders that are open and not in the list: it is bounded. */
  omitted: Schema.Natural,
});

const Amounts = Schema.Record(scalar.CurrencyCode, scalar.SignedDecimal);

const position = {
  instrument: scalar.InstrumentToken,
  netQty: scalar.SignedDecimal,
  avgPx: scalar.SignedDecimal,
  realizedPnl: scalar.SignedDecimal,
  fees: Amounts,
  cash: Schema.optionalKey(Amounts),
  currency: scalar.CurrencyCode,
  version: Schema.Natural,
} as const;

const Profit = Schema.Struct({
  byCurrency: Schema.Record(
    scalar.CurrencyCode,
    Schema.Struct({
      realizedPnl: scalar.SignedDecimal,
      unrealizedPnl: scalar.SignedDecimal,
      fees: scalar.SignedDecimal,
      cash: scalar.SignedDecimal,
    }),
  ),
  /** The currency that was asked for. */
  currency: scalar.CurrencyCode,
  /** Absent where a rate or a mark is missing. */
  total: Schema.optionalKey(scalar.SignedDecimal),
  /** Rates that are wanted and not fresh, and instruments without a fresh price. */
  missing: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ from: scalar.CurrencyCode, to: scalar.CurrencyCode, reason: Schema.String }),
    ),
  ),
  unmarked: Schema.optionalKey(Schema.Array(Schema.String)),
});

/** The answer to a query of positions. */
const QueryPositionsAnswer = Schema.Struct({
  /** The account's, and flat ones where something is reserved. */
  positions: Schema.Array(
    Schema.Struct({
      ...position,
      external: scalar.SignedDecimal,
      /** Reserved by open orders: what may still be bought and sold. */
      openBuyQty: scalar.UnsignedDecimal,
      openSellQty: scalar.UnsignedDecimal,
    }),
  ),
  /** Those of the strategy that asks. */
  strategyPositions: Schema.Array(Schema.Struct(position)),
  /** Where the question names a currency. */
  profit: Schema.optionalKey(Profit),
});

/** The answer to a query that cannot be answered. */
const QueryError = Schema.Struct({
  error: Schema.Literals(["MALFORMED", "ORDER_UNKNOWN", "BUSY"]),
  text: Schema.optionalKey(Schema.String),
});

/** The answer to an operator's request. */
const AdminAnswer = Schema.Struct({
  requestId: Schema.String,
  /** Shards that have it durably. */
  received: Schema.Array(Schema.String),
  means: Schema.String,
  /** Subjects on which what comes of it is told. */
  events: Schema.Array(Schema.String),
  /** Set where shards may not have it: the same request may be sent again under its id. */
  error: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String),
  failed: Schema.optionalKey(Schema.Array(Schema.String)),
});

/** The answer to an operator's request that came to nothing. */
const AdminRefusal = Schema.Struct({ error: Schema.String, text: Schema.String });

/** The answers, by the name of their schema. */
export const answerBodies = {
  query_order_answer: QueryOrderAnswer,
  query_orders_answer: QueryOrdersAnswer,
  query_positions_answer: QueryPositionsAnswer,
  query_error: QueryError,
  admin_answer: AdminAnswer,
  admin_refusal: AdminRefusal,
} as const;
