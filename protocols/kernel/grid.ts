/**
 * Prices in ticks and quantities in lots: whole multiples of an instrument's steps.
 *
 * Owns: the conversion between decimal text and a count of steps, and the money that ticks × lots
 * is. Everything past the ingress counts in these safe integers; nothing is ever moved onto the
 * grid: a value off it has no count at all.
 */
import { formatScaled, parseDecimal } from "./decimal.ts";
import type { Decimal } from "./decimal.ts";

/** A price as a whole number of ticks (safe integer, may be negative for spreads). */
export type Price_ticks = number;
/** A quantity as a whole number of lots (safe integer). */
export type Qty_lots = number;

/** One step size, taken apart once: the tick of a price or the lot of a quantity. */
export interface Step {
  /** The step as it was written, for example `0.01`. */
  readonly text: string;
  /** Digits after the point. */
  readonly scale: number;
  /** The step in units of 10^-scale. */
  readonly units: number;
}

/** The two steps of an instrument: it travels with orders so that a journal reads on its own. */
export interface Grid {
  readonly tick: Step;
  readonly lot: Step;
}

/** Takes a step's text apart; undefined unless it is a decimal above zero of at most 15 digits. */
export const stepOf = (text: string): Step | undefined => {
  const decimal = parseDecimal(text);
  if (decimal === undefined || decimal.units <= 0n) return undefined;
  const units = Number(decimal.units);
  return Number.isSafeInteger(units) ? { text, scale: decimal.scale, units } : undefined;
};

/**
 * The number of steps in a decimal text; undefined where it is malformed, off the grid or unsafe.
 */
export const toSteps = (text: string, step: Step): number | undefined => {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  return decimalToSteps(decimal, step);
};

/** The number of steps in a decimal; undefined where it is off the grid or unsafe. */
export const decimalToSteps = (decimal: Decimal, step: Step): number | undefined => {
  let { units, scale } = decimal;
  while (scale > step.scale) {
    if (units % 10n !== 0n) return undefined;
    units /= 10n;
    scale -= 1;
  }
  units *= 10n ** BigInt(step.scale - scale);
  const divisor = BigInt(step.units);
  if (units % divisor !== 0n) return undefined;
  const steps = Number(units / divisor);
  return Number.isSafeInteger(steps) ? steps : undefined;
};

/** A count of steps as decimal text with the step's own number of digits (`62000.00`). */
export const formatSteps = (steps: number, step: Step): string =>
  formatScaled(BigInt(steps) * BigInt(step.units), step.scale);

/** Digits after the point of money on this grid: price × quantity is exact at that scale. */
export const moneyScale = (grid: Grid): number => grid.tick.scale + grid.lot.scale;

/** price × quantity as money in units of 10^-moneyScale, exactly. */
export const notional = (price: Price_ticks, qty: Qty_lots, grid: Grid): bigint =>
  BigInt(price) * BigInt(grid.tick.units) * BigInt(qty) * BigInt(grid.lot.units);
