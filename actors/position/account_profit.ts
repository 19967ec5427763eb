/**
 * What an account has earned: by currency, exactly, and in one currency where every rate is known.
 *
 * By currency, profit is realised + unrealised (in each position's quote), less fees, plus the cash
 * of adjustments (each in its own). In the account's currency it is Σ amount × rate as one exact
 * fraction, rounded once at the end, half to even, at the digits that are asked for. If a needed
 * rate or mark is missing or stale there is no such number, and what is missing is listed.
 *
 * Owns: the sums and the one rounding. Never: guesses a rate or a mark.
 */
import type { InstrumentId } from "../../protocols/kernel/ids.ts";
import { addDecimals, divideHalfEven, zero } from "../../protocols/kernel/decimal.ts";
import type { Decimal } from "../../protocols/kernel/decimal.ts";
import { moneyScale } from "../../protocols/kernel/grid.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import { negated } from "../../protocols/currency.ts";
import { isRate } from "./exchange_rates.ts";
import type { MissingRate, RatesView } from "./exchange_rates.ts";
import { unrealized } from "./position_model.ts";
import type { PositionState } from "./position_model.ts";

/** Profit in one currency. */
export interface CurrencyProfit {
  readonly realized: Decimal;
  /** Of positions that have a mark. */
  readonly unrealized: Decimal;
  /** Paid: above zero. */
  readonly fees: Decimal;
  /** Received by adjustments: above zero. */
  readonly cash: Decimal;
}

/** Profit of some positions. */
export interface AccountProfit {
  readonly byCurrency: ReadonlyMap<string, CurrencyProfit>;
  /** Open positions without a mark: their unrealised profit is in no sum. */
  readonly unmarked: readonly InstrumentId[];
}

/** Profit in one currency, or why there is no such number. */
export type ConvertedProfit =
  | { readonly status: "known"; readonly currency: string; readonly total: Decimal }
  | {
      readonly status: "incomplete";
      readonly missing: readonly MissingRate[];
      readonly unmarked: readonly InstrumentId[];
    };

const nothing: CurrencyProfit = { realized: zero, unrealized: zero, fees: zero, cash: zero };

/**
 * Profit by currency.
 *
 * @param markOf a mark that may be used now; undefined where there is none
 */
export const profitOf = (
  positions: Iterable<PositionState>,
  markOf: (instrument: InstrumentId) => Price_ticks | undefined,
): AccountProfit => {
  const byCurrency = new Map<string, CurrencyProfit>();
  const unmarked: InstrumentId[] = [];
  const add = (currency: string, field: keyof CurrencyProfit, amount: Decimal): void => {
    const before = byCurrency.get(currency) ?? nothing;
    byCurrency.set(currency, { ...before, [field]: addDecimals(before[field], amount) });
  };
  for (const position of positions) {
    const { currency, instrument, grid, netQty_lots } = position;
    const scale = moneyScale(grid);
    const mark = netQty_lots === 0 ? 0 : markOf(instrument);
    add(currency, "realized", { units: position.realized, scale });
    if (mark === undefined) unmarked.push(instrument);
    else add(currency, "unrealized", { units: unrealized(position, mark), scale });
    for (const [paidIn, amount] of Object.entries(position.fees)) add(paidIn, "fees", amount);
    for (const [paidIn, amount] of Object.entries(position.cash)) add(paidIn, "cash", amount);
  }
  return { byCurrency, unmarked };
};

/** Realised + unrealised − fees + cash. */
export const totalOf = ({ realized, unrealized: open, fees, cash }: CurrencyProfit): Decimal =>
  [open, negated(fees), cash].reduce(addDecimals, realized);

/**
 * Profit in one currency, rounded half to even at `digits` after the point, once. An amount of zero
 * needs no rate.
 */
export const convertHalfEven = (
  profit: AccountProfit,
  currency: string,
  rates: RatesView,
  digits: number,
): ConvertedProfit => {
  const missing: MissingRate[] = [];
  let sum = { numerator: 0n, denominator: 1n };
  for (const [from, amounts] of profit.byCurrency) {
    const total = totalOf(amounts);
    if (total.units === 0n) continue;
    const rate = rates.rate(from, currency);
    if (!isRate(rate)) {
      missing.push(rate);
      continue;
    }
    const denominator = 10n ** BigInt(total.scale) * rate.denominator;
    sum = {
      numerator: sum.numerator * denominator + total.units * rate.numerator * sum.denominator,
      denominator: sum.denominator * denominator,
    };
  }
  const { unmarked } = profit;
  if (missing.length > 0 || unmarked.length > 0) return { status: "incomplete", missing, unmarked };
  const units = divideHalfEven(sum.numerator * 10n ** BigInt(digits), sum.denominator);
  return { status: "known", currency, total: { units, scale: digits } };
};
