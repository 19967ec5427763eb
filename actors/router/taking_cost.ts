/**
 * What taking liquidity at a venue costs, all in: an exact integer that two venues compare by.
 *
 * Owns: the walk over visible levels and the fee on top of it.
 */
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Level } from "../../protocols/market.ts";
import type { Side } from "../../protocols/venue.ts";

/** Fees are counted in 10^-8 of the value: exact for up to four decimals of a basis point. */
const feeUnit = 100_000_000;

/** What an order would find at one venue. */
export interface Taking {
  /** What of the order's quantity is visible at its price or better. */
  readonly taken_lots: Qty_lots;
  /** Everything visible at its price or better. */
  readonly depth_lots: Qty_lots;
  /** Σ taken × price in ticks × lots; a bigint where it leaves the safe integers. */
  readonly value: number | bigint;
}

/** Whether a price is at the limit or better for a side; no limit takes any price. */
export const isWithinLimit = (
  side: Side,
  price_ticks: Price_ticks,
  limit_ticks: Price_ticks | undefined,
): boolean => {
  if (limit_ticks === undefined) return true;
  return side === "buy" ? price_ticks <= limit_ticks : price_ticks >= limit_ticks;
};

/** Walks the far side's levels, best first, up to the limit. */
export const takeFrom = (
  levels: readonly Level[],
  side: Side,
  limit_ticks: Price_ticks | undefined,
  qty_lots: Qty_lots,
): Taking => {
  let depth_lots = 0;
  let taken_lots = 0;
  let value = 0;
  let size = 0;
  for (const level of levels) {
    if (!isWithinLimit(side, level.price_ticks, limit_ticks)) break;
    const take_lots = Math.min(level.qty_lots, qty_lots - taken_lots);
    depth_lots += level.qty_lots;
    taken_lots += take_lots;
    value += level.price_ticks * take_lots;
    size += Math.abs(level.price_ticks) * take_lots;
  }
  const exact = size <= Number.MAX_SAFE_INTEGER ? value : exactValue(levels, taken_lots);
  return { taken_lots, depth_lots, value: exact };
};

/**
 * Value with the fee, as an integer in ticks × lots × 10^-8: what a purchase costs, or the negative
 * of what a sale brings. The lower the better.
 *
 * @param fee_bps taker fee in basis points, negative for a rebate
 */
export const allInCost = (taking: Taking, side: Side, fee_bps: number): bigint => {
  const fee = Math.round(fee_bps * 10_000);
  const value = BigInt(taking.value);
  return side === "buy" ? value * BigInt(feeUnit + fee) : -value * BigInt(feeUnit - fee);
};

const exactValue = (levels: readonly Level[], taken_lots: Qty_lots): bigint => {
  let left_lots = taken_lots;
  let value = 0n;
  for (const level of levels) {
    const take_lots = Math.min(level.qty_lots, left_lots);
    value += BigInt(level.price_ticks) * BigInt(take_lots);
    left_lots -= take_lots;
    if (left_lots === 0) break;
  }
  return value;
};
