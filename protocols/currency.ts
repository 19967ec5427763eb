/**
 * Amounts of money by currency, each exact: what a position owes and owns beyond its own quote.
 *
 * Owns: adding amounts of one currency. Never: adds two currencies, rounds or converts (that is
 * `actors/position/exchange_rates.ts`).
 */
import { addDecimals, formatDecimal, zero } from "./kernel/decimal.ts";
import type { Decimal } from "./kernel/decimal.ts";

/** Exact amounts by currency code. A currency that was never named is absent, and is zero. */
export type Amounts = Readonly<Record<string, Decimal>>;

/** No amount of anything. */
export const noAmounts: Amounts = {};

/** What is held of one currency; zero where it was never named. */
export const amountOf = (amounts: Amounts, currency: string): Decimal =>
  Object.hasOwn(amounts, currency) ? (amounts[currency] ?? zero) : zero;

/** The amounts with one more in one currency. */
export const addAmount = (amounts: Amounts, currency: string, amount: Decimal): Amounts => {
  const before = amountOf(amounts, currency);
  const { scale } = amount;
  // Nearly always: a venue writes its amounts with the same number of digits.
  const sum =
    before.scale === scale
      ? { units: before.units + amount.units, scale }
      : addDecimals(before, amount);
  return { ...amounts, [currency]: sum };
};

/** The same amount with the other sign. */
export const negated = ({ units, scale }: Decimal): Decimal => ({ units: -units, scale });

/** `a − b` in every currency that either names; one that is zero stays named. */
export const subtractAmounts = (a: Amounts, b: Amounts): Amounts => {
  let difference = a;
  for (const [currency, amount] of Object.entries(b)) {
    difference = addAmount(difference, currency, negated(amount));
  }
  return difference;
};

/** Amounts as decimal text by currency: their form on the wire. */
export const formatAmounts = (amounts: Amounts): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(amounts).map(([currency, amount]) => [currency, formatDecimal(amount)]),
  );
