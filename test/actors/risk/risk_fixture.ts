/**
 * A risk input that passes every guard, to be broken one way at a time.
 *
 * The market is 62000.00 / 62000.02, so the mid is 62000.01; the collar is 100 bps of it.
 */
import type { AccountLimits, InstrumentLimits } from "../../../protocols/instrument.ts";
import type { KnownPrice } from "../../../actors/risk/reference_price.ts";
import type { OrderSize, RiskInput } from "../../../actors/risk/risk_input.ts";
import type { ExposureState } from "../../../actors/risk/exposure_model.ts";
import { noExposure } from "../../../actors/risk/exposure_model.ts";
import { account, btc, grid, venueId } from "../market_data/market_fixture.ts";

export const instrumentLimits: InstrumentLimits = {
  maxOrderQty_lots: 1_000,
  maxOrderNotional: 10_000_000_000n,
  maxPosition_lots: 2_000,
  collar_bps: 100,
};

export const limitsWith = (
  limit: Partial<InstrumentLimits> = {},
  maxOpenOrders = 10,
): AccountLimits => ({
  account,
  maxOpenOrders,
  instruments: new Map([[btc, { ...instrumentLimits, ...limit }]]),
});

export const reference: KnownPrice & { readonly status: "fresh" } = {
  status: "fresh",
  venue: venueId("SIMX"),
  bid_ticks: 6_200_000,
  ask_ticks: 6_200_002,
  age_ms: 0,
  age_ms_max: 500,
};

/** A new order's, or a replaced one's, size with nothing filled yet. */
export const sizeOf = (
  qty_lots: number,
  price_ticks: number | undefined = 6_200_000,
): OrderSize => ({
  orderQty_lots: qty_lots,
  leavesQty_lots: qty_lots,
  price_ticks,
});

export const marketSize = (qty_lots: number): OrderSize => ({
  orderQty_lots: qty_lots,
  leavesQty_lots: qty_lots,
  price_ticks: undefined,
});

export const exposureWith = (sums: Partial<ExposureState>): ExposureState => ({
  ...noExposure(account, btc),
  ...sums,
});

export const inputWith = (more: Partial<RiskInput> = {}): RiskInput => ({
  account,
  instrument: btc,
  grid,
  side: "buy",
  order: sizeOf(100),
  replaces: undefined,
  limits: limitsWith(),
  tradingState: "active",
  openOrders: 0,
  netQty_lots: 0,
  exposure: undefined,
  reference,
  ...more,
});
