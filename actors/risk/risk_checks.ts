/**
 * The pre-trade check of a new order or a replace: a straight column of guards, in the order of
 * `reject_code.ts`. The first that fails answers; an order that passes all may be reserved.
 *
 * A replace is judged on what it increases: quantity, value and worst case are only checked where
 * they grow over what the order had, and its own reservation is not counted a second time. A pure
 * decrease (a lower quantity at no more aggressive a price) passes every guard after the trading
 * state's. A cancel never comes here.
 *
 * The collar works on both sides of the reference price: too aggressive is a fat finger that
 * trades, too passive one that rests where nobody meant it. A market order has no price; it is
 * judged at the touch that it would take.
 *
 * Owns: the order of the guards and the meaning of every limit.
 * Never: reserves anything, reads a book or a clock, or sees another account.
 */
import type { Refusal, RejectCode } from "../../protocols/kernel/reject_code.ts";
import type { InstrumentLimits } from "../../protocols/instrument.ts";
import { formatScaled } from "../../protocols/kernel/decimal.ts";
import { formatSteps, moneyScale } from "../../protocols/kernel/grid.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { TradingState } from "../../protocols/trading_state.ts";
import { isWithinCollar, isWorthMoreThan, riskPriceOf, touchOf, valueOf } from "./order_value.ts";
import type { KnownPrice, ReferencePrice } from "./reference_price.ts";
import type { RiskInput } from "./risk_input.ts";
import { permissions } from "./trading_state.ts";
import type { Permission } from "./trading_state.ts";
import { isPureDecrease, leavesGrow, lowersPosition, worstCase } from "./worst_case.ts";

/** The first guard that fails, or undefined where the order may be accepted and reserved. */
export const checkOrder = (input: RiskInput): Refusal | undefined => {
  const { limits, order, replaces, reference, side, grid } = input;
  if (limits === undefined) return refuse("ACCOUNT_UNKNOWN", { account: input.account });
  const closed = tradingStateGuard(input);
  if (closed !== undefined) return closed;
  if (isPureDecrease(input)) return undefined;

  if (!isLimit(limits.maxOpenOrders)) return limitMissing("maxOpenOrders");
  const limit = limits.instruments.get(input.instrument);
  if (limit === undefined) return notEligible(input);
  const hole = holeIn(limit);
  if (hole !== undefined) return limitMissing(hole);

  const qtyGrows = replaces === undefined || order.orderQty_lots > replaces.orderQty_lots;
  if (order.orderQty_lots > limit.maxOrderQty_lots && qtyGrows) return overQty(input, limit);

  if (reference.status !== "fresh") return noPrice(input, reference);
  const judged_ticks = order.price_ticks ?? touchOf(side, reference);
  if (!isWithinCollar(judged_ticks, reference, limit.collar_bps)) {
    return outOfCollar(input, judged_ticks, reference, limit);
  }

  const value_ticks = riskPriceOf(side, order.price_ticks, reference, limit.collar_bps);
  if (isWorthMoreThan(limit.maxOrderNotional, value_ticks, order.orderQty_lots, grid)) {
    const value = valueOf(value_ticks, order.orderQty_lots, grid);
    if (value > valueBefore(input)) return overNotional(input, limit, value);
  }

  if (replaces === undefined && input.openOrders >= limits.maxOpenOrders) {
    return tooManyOrders(input, limits.maxOpenOrders);
  }
  return leavesGrow(input) && worstCase(input) > limit.maxPosition_lots
    ? overPosition(input, limit)
    : undefined;
};

/** What of a check's input the judgement of a price alone reads. */
export type PriceInput = Pick<
  RiskInput,
  "account" | "instrument" | "side" | "grid" | "limits" | "reference"
>;

/**
 * The guards of the price alone, for a slice of an order whose quantity was checked when it came.
 *
 * @param price_ticks undefined where it takes what the market has
 */
export const checkPrice = (
  input: PriceInput,
  price_ticks: Price_ticks | undefined,
): Refusal | undefined => {
  const { limits, instrument, reference, side } = input;
  if (limits === undefined) return refuse("ACCOUNT_UNKNOWN", { account: input.account });
  const limit = limits.instruments.get(instrument);
  if (limit === undefined) return notEligible(input);
  const hole = holeIn(limit);
  if (hole !== undefined) return limitMissing(hole);
  if (reference.status !== "fresh") return noPrice(input, reference);
  const judged_ticks = price_ticks ?? touchOf(side, reference);
  return isWithinCollar(judged_ticks, reference, limit.collar_bps)
    ? undefined
    : outOfCollar(input, judged_ticks, reference, limit);
};

const tradingStateGuard = (input: RiskInput): Refusal | undefined => {
  const { tradingState } = input;
  if (tradingState === "active") return undefined;
  const asked = input.replaces === undefined ? "submit" : "replace";
  if (passes(permissions[tradingState][asked], input)) return undefined;
  return refuse(stateCodes[tradingState], {
    position: formatSteps(input.netQty_lots, input.grid.lot),
    observed: formatSteps(worstCase(input), input.grid.lot),
  });
};

const passes = (permission: Permission, input: RiskInput): boolean => {
  switch (permission) {
    case "all":
      return true;
    case "reducing":
      return isPureDecrease(input) || lowersPosition(input);
    case "decrease":
      return isPureDecrease(input);
    case "none":
      return false;
    default:
      return permission satisfies never;
  }
};

const stateCodes = {
  reducing: "TRADING_REDUCING",
  cancel_only: "TRADING_CANCEL_ONLY",
  halted: "TRADING_HALTED",
} as const satisfies Record<Exclude<TradingState, "active">, RejectCode>;

/** A usable limit: configuration should never let another come so far, and if it does, we deny. */
const isLimit = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const holeIn = (limit: InstrumentLimits): string | undefined => {
  if (!isLimit(limit.maxOrderQty_lots)) return "maxOrderQty";
  if (!isLimit(limit.collar_bps)) return "collar_bps";
  if (typeof limit.maxOrderNotional !== "bigint") return "maxOrderNotional";
  return isLimit(limit.maxPosition_lots) ? undefined : "maxPosition";
};

/** What the order was worth before a replace; −1 where that is unknown or there was none. */
const valueBefore = ({ replaces, grid }: RiskInput): bigint =>
  replaces?.price_ticks === undefined
    ? -1n
    : valueOf(replaces.price_ticks, replaces.orderQty_lots, grid);

const limitMissing = (limit: string): Refusal => refuse("RISK_LIMIT_MISSING", { limit });

const notEligible = ({ account, instrument }: PriceInput): Refusal =>
  refuse("RISK_INSTRUMENT_NOT_ELIGIBLE", { account, instrument });

const overQty = ({ grid, order }: RiskInput, limit: InstrumentLimits): Refusal =>
  refuse("RISK_MAX_ORDER_QTY", {
    limit: formatSteps(limit.maxOrderQty_lots, grid.lot),
    observed: formatSteps(order.orderQty_lots, grid.lot),
  });

const noPrice = (
  { instrument }: PriceInput,
  reference: Exclude<ReferencePrice, { readonly status: "fresh" }>,
): Refusal =>
  reference.status === "missing"
    ? refuse("RISK_PRICE_MISSING", { instrument })
    : refuse("RISK_PRICE_STALE", {
        limit_ms: reference.age_ms_max,
        observed_ms: reference.age_ms,
      });

const outOfCollar = (
  { grid }: PriceInput,
  judged_ticks: Price_ticks,
  reference: KnownPrice,
  limit: InstrumentLimits,
): Refusal => {
  const { tick } = grid;
  const mid2 = BigInt(reference.bid_ticks) + BigInt(reference.ask_ticks);
  return refuse("RISK_PRICE_COLLAR", {
    limit_bps: limit.collar_bps,
    observed: formatSteps(judged_ticks, tick),
    // Half a tick is five units one digit further.
    reference: formatScaled(mid2 * BigInt(tick.units) * 5n, tick.scale + 1),
  });
};

const overNotional = ({ grid }: RiskInput, limit: InstrumentLimits, value: bigint): Refusal =>
  refuse("RISK_MAX_NOTIONAL", {
    limit: formatScaled(limit.maxOrderNotional, moneyScale(grid)),
    observed: formatScaled(value, moneyScale(grid)),
  });

const tooManyOrders = ({ openOrders }: RiskInput, limit: number): Refusal =>
  refuse("RISK_OPEN_ORDERS", { limit, observed: openOrders + 1 });

const overPosition = (input: RiskInput, limit: InstrumentLimits): Refusal =>
  refuse("RISK_POSITION_LIMIT", {
    limit: formatSteps(limit.maxPosition_lots, input.grid.lot),
    observed: formatSteps(worstCase(input), input.grid.lot),
  });
