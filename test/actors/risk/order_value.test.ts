/**
 * The integer comparisons of value and collar against plain rational arithmetic, small and huge.
 */
import { expect, test } from "vitest";
import { isWithinCollar, isWorthMoreThan, riskPriceOf } from "../../../actors/risk/order_value.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { gridOf } from "../market_data/market_fixture.ts";
import { reference } from "./risk_fixture.ts";

const seeds = Array.from({ length: 30 }, (_, index) => 300 + index);

/** A number of any magnitude up to 2^52, edge values more often than chance would have it. */
const anySize = (next: () => number): number => {
  const bits = next() % 53;
  const edge = next() % 3;
  if (edge === 0) return 2 ** bits;
  if (edge === 1) return Math.max(1, 2 ** bits - 1);
  return 1 + (next() % 2 ** Math.min(bits, 31));
};

test.each(seeds)("values and collars agree with bigints (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const nextUint32 = (): number => prng.nextUint32();
  const grid = gridOf("0.25", "0.003");
  for (let round = 0; round < 300; round += 1) {
    const price_ticks = anySize(nextUint32);
    const qty_lots = anySize(nextUint32);
    const exact = BigInt(price_ticks) * BigInt(qty_lots) * 75n;
    const limit = exact + BigInt((nextUint32() % 3) - 1);
    expect(isWorthMoreThan(limit, price_ticks, qty_lots, grid)).toBe(exact > limit);

    const bid_ticks = anySize(nextUint32);
    const ask_ticks = bid_ticks + (nextUint32() % 10);
    const collar_bps = nextUint32() % 2_000;
    const at = { ...reference, bid_ticks, ask_ticks };
    const mid2 = BigInt(bid_ticks) + BigInt(ask_ticks);
    // The bound itself and its neighbours, where the rounding of a float would show.
    const bound = Number((mid2 * BigInt(10_000 + collar_bps)) / 20_000n);
    for (const probe of [bound - 1, bound, bound + 1]) {
      if (!Number.isSafeInteger(probe)) continue;
      const away = 2n * BigInt(probe) - mid2;
      const within = (away < 0n ? -away : away) * 10_000n <= mid2 * BigInt(collar_bps);
      expect(isWithinCollar(probe, at, collar_bps)).toBe(within);
    }
  }
});

test("a limit order is valued at its price, a market order at its touch plus the collar", () => {
  expect(riskPriceOf("buy", 5, reference, 100)).toBe(5);
  expect(riskPriceOf("buy", undefined, reference, 100)).toBe(6_262_003);
  expect(riskPriceOf("sell", undefined, reference, 100)).toBe(6_262_000);
  expect(riskPriceOf("sell_short", undefined, reference, 0)).toBe(6_200_000);
});

test("a market order's value is rounded up exactly beyond the safe integers too", () => {
  const touch = 4_000_000_000_001;
  const huge = { ...reference, ask_ticks: touch };
  expect(riskPriceOf("buy", undefined, huge, 9_999)).toBe(touch + 3_999_600_000_001);
});
