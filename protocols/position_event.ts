/**
 * The position event as the outside sees it.
 *
 * Owns: its schema. The projection belongs to the position actor, which knows how to value one.
 */
import { Schema } from "effect";
import * as scalar from "./scalar.ts";

/** A position event. A consumer must ignore fields that it does not know. */
export const PositionEventBody = Schema.Struct({
  eventId: Schema.optionalKey(Schema.String),
  account: scalar.AccountToken,
  instrument: scalar.InstrumentToken,
  /** Above zero long, below zero short. */
  netQty: scalar.SignedDecimal,
  /** Average price of what is open; absent or zero when flat. */
  avgPx: Schema.optionalKey(scalar.SignedDecimal),
  realizedPnl: scalar.SignedDecimal,
  /** Absent where an open position has no price to be valued at. */
  unrealizedPnl: Schema.optionalKey(scalar.SignedDecimal),
  /** Paid (received where negative) by currency: a venue may charge in another than the quote's. */
  fees: Schema.Record(scalar.CurrencyCode, scalar.SignedDecimal),
  /** Received (paid where negative) by adjustments, by currency; absent where there was none. */
  cash: Schema.optionalKey(Schema.Record(scalar.CurrencyCode, scalar.SignedDecimal)),
  /** Currency of the prices and of both kinds of P&L. */
  currency: scalar.CurrencyCode,
  /** The part of netQty that came of trades which belong to no order of ours. */
  external: scalar.SignedDecimal,
  version: scalar.Version,
  tsEvent: scalar.NanosText,
  tsInit: scalar.NanosText,
  /** The event that made the change: an order's, or one of the account's about a position. */
  lastEventId: Schema.String,
});
/** A position event. */
export type PositionEventBody = typeof PositionEventBody.Type;
