/**
 * What a trade costs: notional × basis points, exact.
 *
 * Owns: the fee formula and its scale.
 * Never: rounds. A negative rate is a rebate.
 */
import { formatOnGrid } from "./decimal_grid.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";

/** Rates in 10^-4 basis points: 12500 is 1.25 bp. */
export interface FeeSchedule {
  readonly maker_e4bps: number;
  readonly taker_e4bps: number;
}

/** Digits of a rate: 4 of a basis point (10^-4) and 4 of our own. */
const rateDecimals = 8;

/** "1.25" → 12500. Undefined when it is no number of basis points with at most 4 decimals. */
export const parseBasisPoints = (text: string): number | undefined => {
  if (!/^-?\d{1,4}(\.\d{1,4})?$/.test(text)) return undefined;
  return Math.round(Number(text) * 10_000);
};

/** The fee of one fill, as the wire spells it. */
export const feeOf = (
  spec: InstrumentSpec,
  fees: FeeSchedule,
  fill: { price_ticks: number; qty_lots: number; liquidity: "added" | "removed" },
): { amount: string; currency: string } => {
  const rate = fill.liquidity === "added" ? fees.maker_e4bps : fees.taker_e4bps;
  const amount = BigInt(fill.price_ticks) * BigInt(fill.qty_lots) * BigInt(rate);
  const scale = spec.priceDecimals + spec.qtyDecimals + rateDecimals;
  return { amount: formatOnGrid(amount, scale), currency: spec.quoteCurrency };
};
