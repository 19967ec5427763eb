/**
 * What an order is worth and how far its price is from the reference: exact integer comparisons.
 *
 * Plain numbers wherever every product is proven to fit 2^53, bigint otherwise: the same answer,
 * and the common case allocates nothing. A number compares with a bigint exactly.
 */
import type { Grid, Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Side } from "../../protocols/venue.ts";
import { notional } from "../../protocols/kernel/grid.ts";
import type { KnownPrice } from "./reference_price.ts";

/** Basis points in one. */
const bps = 10_000;

/** The far side's best price: what a market order takes first. */
export const touchOf = (side: Side, reference: KnownPrice): Price_ticks =>
  side === "buy" ? reference.ask_ticks : reference.bid_ticks;

/**
 * The price that an order is valued at, for its notional and for its reservation: a limit order's
 * own; a market order's is the touch that it would take plus the collar, rounded up to a tick. For
 * a sale too: it may bring that much, so this is the larger value.
 */
export const riskPriceOf = (
  side: Side,
  price_ticks: Price_ticks | undefined,
  reference: KnownPrice,
  collar_bps: number,
): Price_ticks => {
  if (price_ticks !== undefined) return price_ticks;
  const touch = touchOf(side, reference);
  const allowance = Math.abs(touch) * collar_bps;
  if (allowance <= Number.MAX_SAFE_INTEGER) return touch + Math.ceil(allowance / bps);
  const exact = magnitude(BigInt(touch)) * BigInt(collar_bps);
  return touch + Number((exact + BigInt(bps - 1)) / BigInt(bps));
};

/**
 * |price − mid| ≤ collar × |mid|, by cross multiplication: with m = bid + ask = 2 mid,
 * |2 price − m| × 10000 ≤ collar_bps × |m|. Exactly at the bound is within.
 */
export const isWithinCollar = (
  price_ticks: Price_ticks,
  reference: KnownPrice,
  collar_bps: number,
): boolean => {
  const mid2 = reference.bid_ticks + reference.ask_ticks;
  const away = Math.abs(2 * price_ticks - mid2) * bps;
  const allowed = Math.abs(mid2) * collar_bps;
  if (Number.isSafeInteger(mid2) && Number.isSafeInteger(away) && Number.isSafeInteger(allowed)) {
    return away <= allowed;
  }
  const exactMid2 = BigInt(reference.bid_ticks) + BigInt(reference.ask_ticks);
  const exactAway = magnitude(2n * BigInt(price_ticks) - exactMid2) * BigInt(bps);
  return exactAway <= magnitude(exactMid2) * BigInt(collar_bps);
};

/** Whether |price × quantity| is above a limit in units of 10^-moneyScale. */
export const isWorthMoreThan = (
  limit: bigint,
  price_ticks: Price_ticks,
  qty_lots: Qty_lots,
  grid: Grid,
): boolean => {
  const value = Math.abs(price_ticks) * qty_lots * (grid.tick.units * grid.lot.units);
  if (value <= Number.MAX_SAFE_INTEGER) return value > limit;
  return valueOf(price_ticks, qty_lots, grid) > limit;
};

/** |price × quantity| in units of 10^-moneyScale. */
export const valueOf = (price_ticks: Price_ticks, qty_lots: Qty_lots, grid: Grid): bigint =>
  magnitude(notional(price_ticks, qty_lots, grid));

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
