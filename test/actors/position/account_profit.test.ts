/**
 * Profit over several currencies: exact by currency, one number only where every rate is known.
 */
import { expect, test } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { InstrumentId } from "../../../protocols/kernel/ids.ts";
import { formatDecimal } from "../../../protocols/kernel/decimal.ts";
import type { Fee, Side } from "../../../protocols/venue.ts";
import { convertHalfEven, profitOf, totalOf } from "../../../actors/position/account_profit.ts";
import { chain_max, isRate, midRate, ratesOf } from "../../../actors/position/exchange_rates.ts";
import type { QuotedPair } from "../../../actors/position/exchange_rates.ts";
import { adjustPosition } from "../../../actors/position/position_adjustment.ts";
import { applyFill } from "../../../actors/position/position_model.ts";
import type { PositionState } from "../../../actors/position/position_model.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { account, gridOf } from "../market_data/market_fixture.ts";

const grid = gridOf("0.01", "0.001");
const ts = "1" as Nanos;

const pair = (base: string, quote: string, mid: string, fresh = true): QuotedPair => {
  const [whole = "", fraction = ""] = mid.split(".");
  const rate = { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
  return { base, quote, mid: rate, fresh };
};

const held = (
  instrument: string,
  currency: string,
  trades: readonly (readonly [Side, number, number, Fee?])[],
): PositionState => {
  let state: PositionState | undefined;
  for (const [side, qty_lots, price_ticks, fee] of trades) {
    const what = { account, instrument: instrument as InstrumentId, grid, currency, tsEvent: ts };
    const paid = fee === undefined ? {} : { fee };
    state = applyFill(state, { ...what, side, qty_lots, price_ticks, ...paid });
  }
  if (state === undefined) throw new Error("a position needs a fill");
  return state;
};

const bnb: Fee = { amount: "0.002", currency: "BNB" };
const btc = held("BTC-USDT", "USDT", [
  ["buy", 2_000, 10_000, bnb],
  ["sell", 1_000, 11_000, bnb],
]);
const eth = held("ETH-BTC", "BTC", [["sell", 1_000, 700]]);
const marks = new Map([
  ["BTC-USDT", 12_000],
  ["ETH-BTC", 650],
]);
const markOf = (instrument: InstrumentId): number | undefined => marks.get(instrument);
const text = (value: { readonly units: bigint; readonly scale: number }): string =>
  formatDecimal(value);

test("profit is kept by currency: realised, unrealised, fees and cash apart", () => {
  const paid = adjustPosition(btc, { kind: "cash", amount: "0.5", currency: "EUR" }, ts);
  const { byCurrency, unmarked } = profitOf([paid, eth], markOf);
  const shown = [...byCurrency].map(([currency, { realized, unrealized, fees, cash }]) => [
    currency,
    ...[realized, unrealized, fees, cash].map(text),
  ]);
  expect(shown).toEqual([
    ["USDT", "10", "20", "0", "0"],
    ["BNB", "0", "0", "0.004", "0"],
    ["EUR", "0", "0", "0", "0.5"],
    ["BTC", "0", "0.5", "0", "0"],
  ]);
  expect(unmarked).toEqual([]);
});

const rates = [
  pair("BTC", "USDT", "120"),
  pair("BNB", "USDT", "500"),
  pair("EUR", "USDT", "1.25"),
] as const;

test("in one currency it is the exact sum, rounded once at the end", () => {
  const profit = profitOf([btc, eth], markOf);
  // 30 USDT − 0.004 BNB × 500 + 0.5 BTC × 120 = 88 USDT = 70.4 EUR.
  const converted = convertHalfEven(profit, "USDT", ratesOf(rates), 2);
  expect(converted).toEqual({
    status: "known",
    currency: "USDT",
    total: { units: 8_800n, scale: 2 },
  });
  const euro = convertHalfEven(profit, "EUR", ratesOf(rates), 4);
  expect(euro).toMatchObject({ status: "known", total: { units: 704_000n } });
});

test("halves go to the even digit, and only the sum is rounded", () => {
  // 0.5 cent from each of two currencies: rounded one by one it would be 0.
  const half = (currency: string) =>
    held(`X-${currency}`, currency, [
      ["buy", 1, 500],
      ["sell", 1, 1_000],
    ]);
  const view = ratesOf([pair("USD", "AAA", "1"), pair("USD", "BBB", "1")]);
  const one = convertHalfEven(
    profitOf([half("AAA")], () => undefined),
    "USD",
    view,
    2,
  );
  const both = convertHalfEven(
    profitOf([half("AAA"), half("BBB")], () => undefined),
    "USD",
    view,
    2,
  );
  expect(one).toMatchObject({ total: { units: 0n } });
  expect(both).toMatchObject({ total: { units: 1n } });
});

test("a rate that is unknown or stale leaves no number, and is named", () => {
  const profit = profitOf([btc, eth], markOf);
  const known = [pair("BTC", "USDT", "120", false), pair("EUR", "USDT", "1.25")];
  expect(convertHalfEven(profit, "USDT", ratesOf(known), 2)).toEqual({
    status: "incomplete",
    missing: [
      { from: "BNB", to: "USDT", reason: "unknown" },
      { from: "BTC", to: "USDT", reason: "stale" },
    ],
    unmarked: [],
  });
});

test("a position without a mark leaves no number, and is named", () => {
  const profit = profitOf([btc, eth], (instrument) =>
    instrument === "ETH-BTC" ? undefined : markOf(instrument),
  );
  expect(convertHalfEven(profit, "USDT", ratesOf(rates), 2)).toEqual({
    status: "incomplete",
    missing: [],
    unmarked: ["ETH-BTC"],
  });
});

test("a currency that comes to nothing needs no rate", () => {
  const even = held("XAU-GBP", "GBP", [
    ["buy", 1, 100],
    ["sell", 1, 100],
  ]);
  const converted = convertHalfEven(profitOf([even], markOf), "USDT", ratesOf([]), 2);
  expect(converted).toMatchObject({ status: "known", total: { units: 0n } });
});

test("a rate is a mid, its inverse, or the shortest chain of them", () => {
  const view = ratesOf([...rates, pair("ETH", "BTC", "0.05"), pair("EUR", "JPY", "160")]);
  const value = (from: string, to: string): number => {
    const rate = view.rate(from, to);
    if (!isRate(rate)) throw new Error(`${from}/${to} is ${rate.reason}`);
    return Number(rate.numerator) / Number(rate.denominator);
  };
  expect(value("USDT", "USDT")).toBe(1);
  expect(value("BTC", "USDT")).toBe(120);
  expect(value("USDT", "EUR")).toBe(0.8);
  expect(value("BNB", "EUR")).toBe(400);
  expect(value("ETH", "EUR")).toBe(4.8);
  expect(chain_max).toBe(3);
  expect(view.rate("ETH", "JPY")).toEqual({ from: "ETH", to: "JPY", reason: "unknown" });
});

test("a mid at or below zero is no rate", () => {
  const view = ratesOf([pair("A", "B", "0"), { base: "B", quote: "C", fresh: true }]);
  expect(view.rate("A", "B")).toMatchObject({ reason: "unknown" });
  expect(view.rate("B", "C")).toMatchObject({ reason: "unknown" });
  expect(
    ratesOf([{ base: "A", quote: "B", fresh: true, mid: midRate(-3, 1, grid.tick) }]).rate(
      "A",
      "B",
    ),
  ).toMatchObject({ reason: "unknown" });
});

test("a mid between ticks is exact", () => {
  expect(midRate(100, 101, grid.tick)).toEqual({ numerator: 201n, denominator: 200n });
});

const seeds = Array.from({ length: 40 }, (_, index) => 9_000 + index);
const currencies = ["USDT", "BTC", "BNB", "EUR"] as const;

test.each(seeds)(
  "the converted sum is at most half a digit from the exact one (seed %i)",
  (seed) => {
    const prng = createPrng(seed);
    const pick = (below: number): number => prng.nextUint32() % below;
    const positions = Array.from({ length: 5 }, (_, index) => {
      const currency = currencies[pick(4)] ?? "USDT";
      const fee = { amount: `0.0${pick(100)}1`, currency: currencies[pick(4)] ?? "BNB" };
      return held(`I${index}-${currency}`, currency, [
        ["buy", 1 + pick(900), 500 + pick(900), fee],
        ["sell", 1 + pick(900), 500 + pick(900)],
      ]);
    });
    const view = ratesOf(rates.map((one) => ({ ...one, fresh: one.fresh && pick(5) > 0 })));
    const profit = profitOf(positions, () => 700);
    const digits = pick(5);
    const converted = convertHalfEven(profit, "EUR", view, digits);
    let [n, d] = [0n, 1n];
    const missing: string[] = [];
    for (const [currency, amounts] of profit.byCurrency) {
      const { units, scale } = totalOf(amounts);
      const rate = view.rate(currency, "EUR");
      if (units === 0n) continue;
      if (!isRate(rate)) {
        missing.push(currency);
        continue;
      }
      const e = 10n ** BigInt(scale) * rate.denominator;
      [n, d] = [n * e + units * rate.numerator * d, d * e];
    }
    if (converted.status === "incomplete") {
      expect(converted.missing.map(({ from }) => from)).toEqual(missing);
      return;
    }
    expect(missing).toEqual([]);
    const off = 2n * (converted.total.units * d - n * 10n ** BigInt(digits));
    expect(-d <= off && off <= d).toBe(true);
  },
);
