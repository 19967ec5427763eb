/**
 * The order event as the outside sees it: FIX's ExecutionReport in the contract's words.
 *
 * Owns: the schema of the event and its projection from an internal event and the state after it.
 * Never: decides anything; shows an internal id, a step count or another account's data.
 */
import { Schema } from "effect";
import { divideHalfEven, formatDecimal } from "./kernel/decimal.ts";
import type { Grid } from "./kernel/grid.ts";
import { formatSteps } from "./kernel/grid.ts";
import { rejectCodes } from "./kernel/reject_code.ts";
import type { RejectCode } from "./kernel/reject_code.ts";
import { hasEnded, ordStatusOf } from "./ord_status.ts";
import { SideWord } from "./order_fields.ts";
import { execTypes, ordStatuses, ordTypes, timesInForce } from "./ord_words.ts";
import type { OrderState, OrderTerms, VisibleOrderEvent } from "./order.ts";
import * as scalar from "./scalar.ts";

/** A fee, or where negative a rebate. */
export const FeeBody = Schema.Struct({
  amount: scalar.SignedDecimal,
  currency: scalar.CurrencyCode,
});

/** A child order at a venue, where the legs are asked for. */
export const LegBody = Schema.Struct({
  venue: scalar.VenueToken,
  clOrdId: Schema.String,
  state: Schema.Literals(["pending", "working", "in_doubt", "ended"]),
  orderQty: scalar.UnsignedDecimal,
  price: Schema.optionalKey(scalar.SignedDecimal),
  cumQty: scalar.UnsignedDecimal,
  venueOrderId: Schema.optionalKey(Schema.String),
});

const codes = Object.keys(rejectCodes) as RejectCode[];

/** An order event. A consumer must ignore fields that it does not know. */
export const OrderEventBody = Schema.Struct({
  eventId: Schema.String,
  version: scalar.Version,
  orderId: Schema.String,
  account: scalar.AccountToken,
  strategy: scalar.OwnerToken,
  clOrdId: scalar.ClOrdToken,
  instrument: Schema.optionalKey(scalar.InstrumentToken),
  side: Schema.optionalKey(SideWord),
  ordType: Schema.optionalKey(Schema.Literals(ordTypes)),
  timeInForce: Schema.optionalKey(Schema.Literals(timesInForce)),
  execType: Schema.Literals(execTypes),
  ordStatus: Schema.Literals(ordStatuses),
  orderQty: Schema.optionalKey(scalar.UnsignedDecimal),
  price: Schema.optionalKey(scalar.SignedDecimal),
  stopPx: Schema.optionalKey(scalar.SignedDecimal),
  cumQty: Schema.optionalKey(scalar.UnsignedDecimal),
  leavesQty: Schema.optionalKey(scalar.UnsignedDecimal),
  avgPx: Schema.optionalKey(scalar.SignedDecimal),
  lastQty: Schema.optionalKey(scalar.UnsignedDecimal),
  lastPx: Schema.optionalKey(scalar.SignedDecimal),
  lastMkt: Schema.optionalKey(scalar.VenueToken),
  execId: Schema.optionalKey(Schema.String),
  execRefId: Schema.optionalKey(Schema.String),
  venueOrderId: Schema.optionalKey(Schema.String),
  lastLiquidityInd: Schema.optionalKey(Schema.Literals(["added", "removed"])),
  fee: Schema.optionalKey(FeeBody),
  /**
   * On `trade`: ours, for what the venue counts and has not told. On `trade_cancel` and
   * `trade_correct`: such a trade (or a part of it) is taken back.
   */
  provisional: Schema.optionalKey(Schema.Literal(true)),
  rejectCode: Schema.optionalKey(Schema.Literals(codes)),
  text: Schema.optionalKey(Schema.String),
  legs: Schema.optionalKey(Schema.Array(LegBody)),
  commandId: Schema.String,
  tsEvent: scalar.NanosText,
  tsInit: scalar.NanosText,
});
/** An order event. */
export type OrderEventBody = typeof OrderEventBody.Type;

/**
 * The body of a visible event.
 *
 * @param after the order's state after the event
 * @param eventId the unique id that the runtime gave it
 */
export const orderEventBody = (
  event: VisibleOrderEvent,
  after: OrderState,
  eventId: string,
): OrderEventBody => ({
  eventId,
  version: after.version,
  orderId: after.orderId,
  account: after.account,
  strategy: after.strategy,
  clOrdId: after.clOrdId,
  ...identityOf(after),
  execType: event.execType,
  ordStatus: ordStatusOf(after),
  ...(after.terms === undefined ? {} : quantitiesOf(after, after.terms)),
  ...(isExecution(event) ? tradeOf(event, after) : {}),
  ...("code" in event && event.code !== undefined ? { rejectCode: event.code } : {}),
  ...("text" in event && event.text !== undefined && event.text !== "" ? { text: event.text } : {}),
  commandId: event.commandId,
  tsEvent: event.tsEvent,
  tsInit: event.tsInit,
});

type Fields = Partial<OrderEventBody>;

const identityOf = (after: OrderState): Fields => {
  const identity = after.terms ?? after.asked;
  if (identity === undefined) return {};
  const { instrument, side, ordType, timeInForce } = identity;
  return { instrument, side, ordType, timeInForce };
};

const quantitiesOf = (after: OrderState, terms: OrderTerms): Fields => {
  const { lot, tick } = terms.grid;
  const rests = hasEnded(after) || after.phase === "done_for_day";
  const leaves = rests ? 0 : Math.max(0, terms.orderQty_lots - after.cumQty_lots);
  // Of an order that waits for its parent nothing is in force: it shows what was asked for.
  const asked_lots = terms.orderQty_lots === 0 ? terms.bond?.askedQty_lots : undefined;
  return {
    orderQty: formatSteps(asked_lots ?? terms.orderQty_lots, lot),
    ...(terms.price_ticks === undefined ? {} : { price: formatSteps(terms.price_ticks, tick) }),
    ...(terms.trigger?.stopPx_ticks === undefined
      ? {}
      : { stopPx: formatSteps(terms.trigger.stopPx_ticks, tick) }),
    cumQty: formatSteps(after.cumQty_lots, lot),
    leavesQty: formatSteps(leaves, lot),
    ...(after.cumQty_lots === 0 ? {} : { avgPx: averagePx(after, terms.grid) }),
  };
};

/** Digits of an average price beyond those of the tick. */
const averageDigits = 8;

const averagePx = ({ cumValue, cumQty_lots }: OrderState, { tick }: Grid): string => {
  const scaled = cumValue * BigInt(tick.units) * 10n ** BigInt(averageDigits);
  const units = divideHalfEven(scaled, BigInt(cumQty_lots));
  return formatDecimal({ units, scale: tick.scale + averageDigits });
};

type ExecutionEvent = Extract<
  VisibleOrderEvent,
  { execType: "trade" | "trade_cancel" | "trade_correct" }
>;

const isExecution = (event: VisibleOrderEvent): event is ExecutionEvent =>
  event.execType === "trade" ||
  event.execType === "trade_cancel" ||
  event.execType === "trade_correct";

/** A trade; or of one that was taken back or corrected, its numbers and its id. */
const tradeOf = (event: ExecutionEvent, { terms, legs }: OrderState): Fields => ({
  ...(terms === undefined
    ? {}
    : {
        lastQty: formatSteps(event.lastQty_lots, terms.grid.lot),
        lastPx: formatSteps(event.lastPx_ticks, terms.grid.tick),
      }),
  lastMkt: event.venue,
  execId: event.execId,
  ...(event.execType === "trade" ? ofTradeAlone(event) : ofAmendAlone(event, legs)),
  ...(event.fee === undefined ? {} : { fee: event.fee }),
  ...(event.provisional === undefined ? {} : { provisional: true as const }),
});

const ofTradeAlone = (event: Extract<ExecutionEvent, { execType: "trade" }>): Fields => ({
  ...(event.venueOrderId === undefined ? {} : { venueOrderId: event.venueOrderId }),
  ...(event.lastLiquidityInd === undefined ? {} : { lastLiquidityInd: event.lastLiquidityInd }),
});

const ofAmendAlone = (
  { refExecId, leg }: Exclude<ExecutionEvent, { execType: "trade" }>,
  legs: OrderState["legs"],
): Fields => {
  const venueOrderId = legs.find(({ no }) => no === leg)?.venueOrderId;
  return { execRefId: refExecId, ...(venueOrderId === undefined ? {} : { venueOrderId }) };
};
