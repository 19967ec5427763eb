/**
 * Orders that are bound to each other and come in one submit: FIX ContingencyType (1385).
 *
 *  - `oco`: the submitted order and these are siblings. With `cancel` (FIX 1) the first that
 *    trades, or whose trigger is met, ends the others; with `reduce` (FIX 4, one updates the other)
 *    what one trades is taken from the others.
 *  - `oto` (FIX 2): these wait until the submitted order trades, and follow what it has executed.
 *  - `bracket`: the submitted order is the entry; a profit target and a stop loss follow what it
 *    has executed, and reduce each other.
 *
 * Owns: the form of such a group.
 */
import { Effect, Schema } from "effect";
import * as orderFields from "./order_fields.ts";
import { SideWord } from "./order_fields.ts";
import * as scalar from "./scalar.ts";

/** Most orders bound to a submitted one. */
export const boundOrders_max = 8;

const boundFields = {
  ordType: orderFields.ordType,
  /** Default: the submitted order's. */
  orderQty: Schema.optionalKey(scalar.PositiveDecimal),
  ...orderFields.terms,
  text: orderFields.text,
} as const;

/** An order of an `oco` or an `oto`; its instrument is the submitted one's. */
export const BoundOrder = Schema.Struct({
  clOrdId: scalar.ClOrdToken,
  side: SideWord,
  ...boundFields,
}).check(orderFields.expiry());

/** An exit of a bracket; its side is the other one than the entry's. */
export const BracketExit = Schema.Struct({
  clOrdId: scalar.ClOrdToken,
  /** Default: the side that closes the entry. */
  side: Schema.optionalKey(SideWord),
  ...boundFields,
}).check(orderFields.expiry());

const boundOrders = Schema.NonEmptyArray(BoundOrder).check(
  Schema.isMaxLength(boundOrders_max),
  Schema.makeFilter((orders) =>
    new Set(orders.map(({ clOrdId }) => clOrdId)).size === orders.length
      ? undefined
      : "two orders have one clOrdId",
  ),
);

/** The orders bound to a submitted one, and how. */
export const Contingency = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("oco"),
    onFill: Schema.Literals(["cancel", "reduce"]).pipe(
      Schema.withDecodingDefaultKey(Effect.succeed("cancel" as const)),
    ),
    orders: boundOrders,
  }),
  Schema.Struct({ type: Schema.Literal("oto"), orders: boundOrders }),
  Schema.Struct({
    type: Schema.Literal("bracket"),
    takeProfit: BracketExit,
    stopLoss: BracketExit,
  }).check(
    Schema.makeFilter(({ takeProfit, stopLoss }) =>
      takeProfit.clOrdId === stopLoss.clOrdId ? "two orders have one clOrdId" : undefined,
    ),
  ),
]);
/** The orders bound to a submitted one, and how. */
export type Contingency = typeof Contingency.Type;
