/**
 * What is said of an account on the event feed, `oms.v1.evt.account.<account>.<what>`, by `what`.
 *
 * Owns: the bodies' shapes. A consumer must ignore fields that it does not know.
 */
import { Schema } from "effect";
import { FeeBody } from "./order_event.ts";
import { SideWord } from "./order_fields.ts";
import * as scalar from "./scalar.ts";
import { tradingStates } from "./trading_state.ts";

const head = { eventId: Schema.String, account: Schema.String } as const;
const times = { tsEvent: scalar.NanosText, tsInit: scalar.NanosText } as const;
const refused = {
  /** Set where it was refused, or could not be carried out. */
  rejectCode: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String),
} as const;
const askedBy = {
  requestId: Schema.String,
  operator: Schema.String,
  reason: Schema.String,
} as const;
const Amounts = Schema.Record(scalar.CurrencyCode, scalar.SignedDecimal);

/** Something about an order that a person should look at. */
const Incident = Schema.Struct({
  ...head,
  orderId: Schema.String,
  /** Its kind, by which an alarm is keyed. */
  what: Schema.String,
  text: Schema.String,
  tsInit: scalar.NanosText,
});

/** What an operator has set for the account, one strategy of it, or all of its shard. */
const TradingStateSet = Schema.Struct({
  ...head,
  strategy: Schema.optionalKey(Schema.String),
  scope: Schema.Literals(["all", "account", "strategy"]),
  shard: Schema.String,
  tradingState: Schema.Literals(tradingStates),
  ...askedBy,
  ...times,
});

const scope = {
  strategy: Schema.optionalKey(Schema.String),
  venue: Schema.optionalKey(Schema.String),
  instrument: Schema.optionalKey(Schema.String),
  side: Schema.optionalKey(Schema.String),
} as const;

const operatorCancel = {
  shard: Schema.String,
  ...askedBy,
  /** `failed`: one order's cancel could not be made, `orderId`; the run goes on. */
  phase: Schema.Literals(["began", "failed", "done", "asked", "released"]),
  orderId: Schema.optionalKey(Schema.String),
} as const;

/** How far an operator's kill has come in one shard. */
const Kill = Schema.Struct({
  ...head,
  ...scope,
  ...operatorCancel,
  cancelId: Schema.String,
  /** Cancels that were asked for so far. */
  orders: Schema.Natural,
  ...times,
});

/** A strategy's mass cancel was carried out; or, with `phase`, how far an operator's has come. */
const MassCancel = Schema.Struct({
  ...head,
  ...scope,
  shard: Schema.optionalKey(operatorCancel.shard),
  requestId: Schema.optionalKey(askedBy.requestId),
  operator: Schema.optionalKey(askedBy.operator),
  reason: Schema.optionalKey(askedBy.reason),
  phase: Schema.optionalKey(operatorCancel.phase),
  orderId: operatorCancel.orderId,
  cancelId: Schema.String,
  /** Cancels that were asked for. */
  orders: Schema.Natural,
  ...refused,
  ...times,
});

const externalTrade = {
  ...head,
  instrument: Schema.String,
  side: SideWord,
  lastQty: scalar.UnsignedDecimal,
  lastPx: scalar.SignedDecimal,
  lastMkt: Schema.String,
  execId: Schema.String,
  fee: Schema.optionalKey(FeeBody),
  /** The request that the venue names. */
  clOrdId: Schema.optionalKey(Schema.String),
  ...times,
} as const;

/** A trade of no order that is known: in the external bucket. */
const ExternalTrade = Schema.Struct(externalTrade);

/** It was an order's after all: it left the bucket. */
const ExternalAttributed = Schema.Struct({ ...externalTrade, orderId: Schema.String });

/** The venue says that it counts otherwise: what it counts for from now on. */
const ExternalAmended = Schema.Struct({
  ...externalTrade,
  toQty: scalar.UnsignedDecimal,
  toPx: scalar.SignedDecimal,
  toFee: Schema.optionalKey(FeeBody),
});

const AdjustmentEntry = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("split"),
    numerator: Schema.Int,
    denominator: Schema.Int,
  }),
  Schema.Struct({
    kind: Schema.Literal("cash"),
    amount: scalar.SignedDecimal,
    currency: scalar.CurrencyCode,
  }),
  Schema.Struct({
    kind: Schema.Literal("quantity"),
    qty: scalar.SignedDecimal,
    price: scalar.SignedDecimal,
  }),
  Schema.Struct({ kind: Schema.Literal("cost"), amount: scalar.SignedDecimal }),
]);

const adjustment = { ...head, instrument: Schema.String, adjustmentId: Schema.String } as const;

/** A position was adjusted, outside of any trade. */
const PositionAdjusted = Schema.Struct({
  ...adjustment,
  reason: Schema.String,
  entry: AdjustmentEntry,
  strategy: Schema.optionalKey(Schema.String),
  /** Which part, of an adjustment through zero: its close, its open. */
  part: Schema.optionalKey(Schema.String),
  ...times,
});

/** An adjustment was refused. */
const AdjustmentRefused = Schema.Struct({
  ...adjustment,
  rejectCode: Schema.String,
  text: Schema.String,
  ...times,
});

/** An adjustment of that id was booked before. */
const AdjustmentRepeated = Schema.Struct({ ...adjustment, ...times });

/** A position's value at the end of a day. */
const PositionMarked = Schema.Struct({
  ...head,
  instrument: Schema.String,
  date: Schema.String,
  /** Absent where it is flat. */
  markPx: Schema.optionalKey(scalar.SignedDecimal),
  netQty: scalar.SignedDecimal,
  unrealizedPnl: scalar.SignedDecimal,
  dayPnl: scalar.SignedDecimal,
  dayRealizedPnl: scalar.SignedDecimal,
  dayFees: Amounts,
  dayCash: Amounts,
  currency: scalar.CurrencyCode,
  ...times,
});

/** A day's end is done: how many positions were marked, which had no price. */
const PositionsMarked = Schema.Struct({
  ...head,
  date: Schema.String,
  positions: Schema.Natural,
  unmarked: Schema.Array(Schema.String),
  ...refused,
  ...times,
});

/** The bodies of an account's events, by the last token of the subject. */
export const accountEventBodies = {
  incident: Incident,
  trading_state: TradingStateSet,
  kill: Kill,
  mass_cancel: MassCancel,
  external_trade: ExternalTrade,
  external_attributed: ExternalAttributed,
  external_amended: ExternalAmended,
  position_adjusted: PositionAdjusted,
  adjustment_refused: AdjustmentRefused,
  adjustment_repeated: AdjustmentRepeated,
  position_marked: PositionMarked,
  positions_marked: PositionsMarked,
} as const;
/** The kinds of an account's events. */
export type AccountEventName = keyof typeof accountEventBodies;
