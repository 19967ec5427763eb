/**
 * The fields that the simulator's messages are made of: ids, decimals, times, FIX words.
 *
 * Owns: their bounds. Decimals are strings, times are integer nanoseconds as strings.
 * Never: does arithmetic on a decimal.
 */
import { Schema } from "effect";

/** Any id: of an order, a session, an instrument, a request. */
export const Id = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/));
/** A price or a quantity. */
export const Decimal = Schema.String.check(Schema.isPattern(/^\d{1,15}(\.\d{1,18})?$/));
/** A fee, or a position. */
export const SignedDecimal = Schema.String.check(Schema.isPattern(/^-?\d{1,21}(\.\d{1,18})?$/));
/** A time or a duration in ns. */
export const Instant_ns = Schema.String.check(Schema.isPattern(/^\d{1,20}$/));
/** A number of a session's reports. */
export const Seq = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
);
/** Words for a person. */
export const Text = Schema.String.check(Schema.isMaxLength(512));
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
  "trade_cancel",
  "trade_correct",
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
  "insufficient_funds",
  "price_out_of_band",
  "halted",
]);
/** Who gave liquidity. */
export const LiquidityInd = Schema.Literals(["added", "removed"]);
/** A fee charged; negative is a rebate. */
export const Fee = Schema.Struct({ amount: SignedDecimal, currency: Id });
