/**
 * The events of the wire contract as a consumer reads them: what it needs is checked, what it does
 * not know is ignored, so that an older client understands a newer OMS.
 *
 * Owns: the tolerant reading of order, position and market-data messages.
 * Never: throws on bad input: the reason comes back as text.
 */
import { Result, Schema } from "effect";

const Decimal = Schema.String.check(Schema.isPattern(/^-?(0|[1-9]\d*)(\.\d+)?$/));
const Nanos = Schema.String.check(Schema.isPattern(/^\d{1,20}$/));
const Version = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 53 - 1 }));
const text = Schema.String;
const maybeText = Schema.optionalKey(text);
const maybeDecimal = Schema.optionalKey(Decimal);

/** An order event: FIX's ExecutionReport in the words of the wire contract. */
export const OrderEventMessage = Schema.Struct({
  eventId: text,
  version: Version,
  orderId: text,
  account: text,
  strategy: text,
  clOrdId: text,
  /** Absent, as the three after it, on an order that was refused before it could be read. */
  instrument: maybeText,
  side: maybeText,
  ordType: maybeText,
  timeInForce: maybeText,
  /** A new word here is passed on as it is. */
  execType: text,
  ordStatus: text,
  orderQty: maybeDecimal,
  price: maybeDecimal,
  cumQty: maybeDecimal,
  leavesQty: maybeDecimal,
  avgPx: maybeDecimal,
  lastQty: maybeDecimal,
  lastPx: maybeDecimal,
  lastMkt: maybeText,
  execId: maybeText,
  venueOrderId: maybeText,
  lastLiquidityInd: maybeText,
  fee: Schema.optionalKey(Schema.Struct({ amount: Decimal, currency: text })),
  rejectCode: maybeText,
  text: maybeText,
  commandId: text,
  tsEvent: Nanos,
  tsInit: Nanos,
});
/** An order event as a consumer sees it. */
export type OrderEventMessage = typeof OrderEventMessage.Type;

/** A position event. */
export const PositionEventMessage = Schema.Struct({
  account: text,
  instrument: text,
  netQty: Decimal,
  avgPx: maybeDecimal,
  realizedPnl: maybeDecimal,
  unrealizedPnl: maybeDecimal,
  /** By currency. */
  fees: Schema.optionalKey(Schema.Record(text, Decimal)),
  currency: maybeText,
  external: maybeDecimal,
  version: Version,
  tsEvent: Nanos,
  tsInit: Nanos,
  lastEventId: maybeText,
});
/** A position event as a consumer sees it. */
export type PositionEventMessage = typeof PositionEventMessage.Type;

const BboBody = Schema.Struct({
  bidPx: maybeDecimal,
  bidQty: maybeDecimal,
  askPx: maybeDecimal,
  askQty: maybeDecimal,
  tsEvent: Nanos,
});
/** Best bid and offer of one venue, which its subject names; a side that is empty is absent. */
export type BboMessage = typeof BboBody.Type & {
  readonly venue: string;
  readonly instrument: string;
};

/** What was read, or why it could not be. */
export type Read<A> = Result.Result<A, string>;

/** The reader of one message type: bytes in, message or reason out. */
const readerOf = <A>(
  decode: (input: unknown) => Result.Result<A, Schema.SchemaError>,
): ((data: Uint8Array) => Read<A>) => {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  return (data) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(utf8.decode(data));
    } catch {
      return Result.fail("not JSON");
    }
    return Result.mapError(decode(parsed), (error) => error.message.slice(0, 400));
  };
};

/** Reads an order event. */
export const readOrderEvent = readerOf(Schema.decodeUnknownResult(OrderEventMessage));
/** Reads a position event. */
export const readPositionEvent = readerOf(Schema.decodeUnknownResult(PositionEventMessage));
const readBboBody = readerOf(Schema.decodeUnknownResult(BboBody));

/** Reads a best bid and offer; venue and instrument are the subject's. */
export const readBbo = (subject: string, data: Uint8Array): Read<BboMessage> => {
  const [, , , venue = "", instrument = ""] = subject.split(".");
  return Result.map(readBboBody(data), (body) => ({ ...body, venue, instrument }));
};
