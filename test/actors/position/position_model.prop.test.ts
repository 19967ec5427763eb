/**
 * Positions against a naive exact model: random fills, each seed printed where it fails.
 */
import { expect, test } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { divideHalfEven, formatDecimal } from "../../../protocols/kernel/decimal.ts";
import { denominator_max } from "../../../actors/position/open_cost.ts";
import {
  applyFill,
  averagePrice,
  averagePriceDigits_extra,
  unrealized,
} from "../../../actors/position/position_model.ts";
import type { Fill, PositionState } from "../../../actors/position/position_model.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { account, btc, gridOf } from "../market_data/market_fixture.ts";

const grid = gridOf("0.25", "0.003");
const unitsPerTickLot = 25n * 3n;

const pick = (next: () => number, below: number): number => next() % below;

const randomFill = (next: () => number, qty_max: number): Fill => ({
  account,
  instrument: btc,
  grid,
  currency: "USDT",
  side: (["buy", "sell", "sell_short"] as const)[pick(next, 3)] ?? "buy",
  qty_lots: 1 + pick(next, qty_max),
  price_ticks: 1_000 + pick(next, 97),
  tsEvent: "1" as Nanos,
});

/** What is open as single lots is too slow; an exact fraction of the whole is as naive. */
interface Naive {
  net: bigint;
  /** Exact cost of what is open: numerator over denominator, never reduced or rounded. */
  cost: readonly [bigint, bigint];
  cash: bigint;
}

const applyNaive = (naive: Naive, fill: Fill): Naive => {
  const qty = BigInt(fill.side === "buy" ? fill.qty_lots : -fill.qty_lots);
  const price = BigInt(fill.price_ticks);
  const net = naive.net + qty;
  const cash = naive.cash - qty * price;
  const [n, d] = naive.cost;
  if (naive.net * qty >= 0n) return { net, cash, cost: [n + qty * price * d, d] };
  if (net * naive.net > 0n) return { net, cash, cost: [n * net, d * naive.net] };
  return { net, cash, cost: [net * price, 1n] };
};

const averageText = ({ net, cost: [n, d] }: Naive): string => {
  if (net === 0n) return "0";
  const scale = grid.tick.scale + averagePriceDigits_extra;
  const digits = 10n ** BigInt(averagePriceDigits_extra);
  return formatDecimal({ units: divideHalfEven(n * 25n * digits, d * net), scale });
};

const seeds = Array.from({ length: 60 }, (_, index) => 1_000 + index);

test.each(seeds)("cash, profit and average price agree with exact fractions (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const nextUint32 = (): number => prng.nextUint32();
  let state: PositionState | undefined;
  let naive: Naive = { net: 0n, cost: [0n, 1n], cash: 0n };
  for (let step = 0; step < 60; step += 1) {
    const realizedBefore = state?.realized ?? 0n;
    const fill = randomFill(nextUint32, seed % 2 === 0 ? 9 : 1_000_000);
    const before = naive;
    state = applyFill(state, fill);
    naive = applyNaive(naive, fill);
    const mark = pick(nextUint32, 3_000);
    const worth = (naive.cash + naive.net * BigInt(mark)) * unitsPerTickLot;
    expect(state.realized + unrealized(state, mark)).toBe(worth);
    expect(BigInt(state.netQty_lots)).toBe(naive.net);
    expect(averagePrice(state)).toBe(averageText(naive));
    const added = before.net * (naive.net - before.net) >= 0n;
    expect(added && state.realized !== realizedBefore).toBe(false);
    const rests = state.cost !== 0n || state.costRest.numerator !== 0n;
    expect(naive.net === 0n && rests).toBe(false);
    const { numerator, denominator } = state.costRest;
    expect(-denominator <= 2n * numerator && 2n * numerator < denominator).toBe(true);
  }
});

test("ten thousand partial closes stay bounded, conserved and at the average price", () => {
  const prng = createPrng(42);
  const nextUint32 = (): number => prng.nextUint32();
  let state: PositionState | undefined;
  let naive: Naive = { net: 0n, cost: [0n, 1n], cash: 0n };
  // Never flat: buys and sales of about the same size around a large holding.
  const steps = Array.from({ length: 10_000 }, (_, index): Fill => ({
    ...randomFill(nextUint32, 1_000),
    side: index < 20 || nextUint32() % 2 === 0 ? "buy" : "sell",
    ...(index < 20 ? { qty_lots: 1_000_003 } : {}),
  }));
  // A fixed grid of 2^-256 stands in for the fraction, whose digits would grow without end.
  const fine = 1n << 256n;
  for (const fill of steps) {
    state = applyFill(state, fill);
    naive = applyNaive(naive, fill);
    const [n, d] = naive.cost;
    naive = { ...naive, cost: [(n * fine) / d, fine] };
  }
  if (state === undefined) throw new Error("there were fills");
  expect(state.costRest.denominator <= denominator_max).toBe(true);
  expect(averagePrice(state)).toBe(averageText(naive));
  const worth = (naive.cash + naive.net * 777n) * unitsPerTickLot;
  expect(state.realized + unrealized(state, 777)).toBe(worth);
});
