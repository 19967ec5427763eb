/**
 * An average price as venues give it: exact decimal text that need not be on the tick grid.
 *
 * Owns: how finely one is kept. Never: used to book a fill that was told.
 */
import { divideHalfEven, parseDecimal } from "./kernel/decimal.ts";
import type { Price_ticks, Step } from "./kernel/grid.ts";

/** An average price: whole ticks (rounded down) and millionths of one more. */
export interface AveragePrice {
  readonly ticks: Price_ticks;
  readonly millionths: number;
}

const millionths_max = 1_000_000n;

/**
 * Reads an average price, to a millionth of a tick (half to even); undefined where the text is no
 * decimal, or the price is no safe number of ticks.
 */
export const averagePriceOf = (text: string, tick: Step): AveragePrice | undefined => {
  const price = parseDecimal(text);
  if (price === undefined) return undefined;
  const all = divideHalfEven(
    price.units * 10n ** BigInt(tick.scale) * millionths_max,
    BigInt(tick.units) * 10n ** BigInt(price.scale),
  );
  const millionths = ((all % millionths_max) + millionths_max) % millionths_max;
  const ticks = Number((all - millionths) / millionths_max);
  return Number.isSafeInteger(ticks) ? { ticks, millionths: Number(millionths) } : undefined;
};
