/**
 * What operators ask of positions: adjustments and day ends, each answered, each booked once.
 */
import { expect, test } from "vitest";
import { holdingFaults } from "../../../actors/account_holdings.ts";
import { externalBucket } from "../../../actors/account_positions.ts";
import type { AdjustmentRequest } from "../../../actors/position/adjustment_decision.ts";
import type { InstrumentId } from "../../../protocols/kernel/ids.ts";
import { AccountBench, desk, totalAt } from "./account_bench.ts";
import type { Published } from "./account_bench.ts";

const said = (shown: readonly Published[]): readonly string[] => shown.map(({ what }) => what);

/** Two strategies, 4 long and 6 long at 100, and 2 external at 100; no order is open. */
const twoStrategies = (): AccountBench => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 4), 4, 100);
  bench.trade(bench.order("robot", "r1", "buy", 6), 6, 100);
  bench.external({ execKey: "SIMX|e1|trade|2|2@100", lastQty_lots: 2 });
  return bench;
};

test("a split multiplies every holding and leaves cost and profit", () => {
  const bench = twoStrategies();
  const shown = bench.adjust({ kind: "split", numerator: 3, denominator: 2 });
  expect(said(shown)).toEqual(["position_adjusted", "BTC-USDT"]);
  expect(bench.position).toMatchObject({ netQty_lots: 18, externalQty_lots: 3, cost: 1_200n });
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 6, cost: 400n });
  expect(bench.virtual("robot")).toMatchObject({ netQty_lots: 9, cost: 600n });
  expect(bench.virtual(externalBucket)).toMatchObject({ netQty_lots: 3, cost: 200n });
  expect(totalAt(bench.position, 80)).toBe(totalAt(twoStrategies().position, 120));
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("a split that would leave a part of a lot is refused, and so is one with open orders", () => {
  const bench = twoStrategies();
  const before = bench.text();
  const [third] = bench.adjust({ kind: "split", numerator: 4, denominator: 3 });
  expect(third?.body).toMatchObject({ rejectCode: "SPLIT_LEAVES_FRACTION" });
  expect(bench.text()).toBe(before);
  bench.order("hand", "h2", "buy", 5);
  const [open] = bench.adjust({ kind: "split", numerator: 2, denominator: 1 });
  expect(open?.body).toMatchObject({ rejectCode: "SPLIT_WITH_OPEN_ORDERS" });
});

test("cash of any currency is kept beside profit, for one strategy or for nobody", () => {
  const bench = twoStrategies();
  const dividend: AdjustmentRequest = { kind: "cash", amount: "1.50", currency: "EUR" };
  const shown = bench.adjust(dividend, { strategy: "hand" });
  bench.adjust({ kind: "cash", amount: "-0.25", currency: "EUR" });
  expect(shown[1]?.body).toMatchObject({
    cash: { EUR: "1.5" },
    lastEventId: shown[0]?.body["eventId"],
  });
  expect(bench.virtual("hand")?.cash).toEqual({ EUR: { units: 150n, scale: 2 } });
  expect(bench.virtual(externalBucket)?.cash).toEqual({ EUR: { units: -25n, scale: 2 } });
  expect(bench.position).toMatchObject({
    cash: { EUR: { units: 125n, scale: 2 } },
    realized: 0n,
    netQty_lots: 12,
  });
  expect(holdingFaults(bench.space)).toEqual([]);
});

test("cash for a position that never was makes one that holds nothing", () => {
  const bench = new AccountBench();
  bench.adjust({ kind: "cash", amount: "7", currency: "USDT" });
  expect(bench.position).toMatchObject({ netQty_lots: 0, currency: "USDT", version: 1 });
  expect(holdingFaults(bench.space)).toEqual([]);
});

test("a quantity entry for a strategy is the strategy's, and not external", () => {
  const bench = twoStrategies();
  bench.adjust({ kind: "quantity", qty_lots: -1, price_ticks: 110 }, { strategy: "robot" });
  expect(bench.virtual("robot")).toMatchObject({ netQty_lots: 5, realized: 50n });
  expect(bench.position).toMatchObject({ netQty_lots: 11, externalQty_lots: 2 });
  expect(holdingFaults(bench.space)).toEqual([]);
});

test("a cost entry moves the cost basis, or is realised where nothing is open", () => {
  const bench = twoStrategies();
  const shown = bench.adjust({ kind: "cost", value: "40" }, { strategy: "hand" });
  expect(shown[0]?.body).toMatchObject({ entry: { kind: "cost", amount: "2" } });
  expect(bench.virtual("hand")).toMatchObject({ cost: 440n, realized: 0n });
  expect(bench.position).toMatchObject({ cost: 1_240n, realized: 0n });
  bench.adjust({ kind: "cost", value: "10" }, { strategy: "nobody" });
  expect(bench.virtual("nobody")).toMatchObject({ cost: 0n, realized: -50n });
  expect(holdingFaults(bench.space)).toEqual([]);
});

test("an adjustment is booked once: its id again is a repeat or a conflict", () => {
  const bench = twoStrategies();
  const once = { adjustmentId: "div-1" };
  bench.adjust({ kind: "cash", amount: "1", currency: "EUR" }, once);
  const before = bench.text();
  const repeat = bench.adjust({ kind: "cash", amount: "1", currency: "EUR" }, once);
  expect(said(repeat)).toEqual(["adjustment_repeated"]);
  const [conflict] = bench.adjust({ kind: "cash", amount: "2", currency: "EUR" }, once);
  expect(conflict).toMatchObject({
    what: "adjustment_refused",
    body: { adjustmentId: "div-1", rejectCode: "ID_CONFLICT" },
  });
  expect(bench.text()).toBe(before);
  expect(bench.replayed().text()).toBe(bench.text());
});

const cash = { kind: "cash", amount: "1", currency: "EUR" } as const;

test.each<[string, AdjustmentRequest, object, string]>([
  ["an id that is no token", cash, { adjustmentId: "a b" }, "MALFORMED"],
  ["no reason", cash, { reason: "" }, "MALFORMED"],
  ["a control character", cash, { reason: "a\u0001b" }, "MALFORMED"],
  ["a strategy that is ours", cash, { strategy: externalBucket }, "MALFORMED"],
  ["an amount that is none", { ...cash, amount: "1e3" }, {}, "MALFORMED"],
  ["a currency that is none", { ...cash, currency: "€" }, {}, "MALFORMED"],
  ["half a lot", { kind: "quantity", qty_lots: 0.5, price_ticks: 1 }, {}, "MALFORMED"],
  ["no quantity", { kind: "quantity", qty_lots: 0, price_ticks: 1 }, {}, "MALFORMED"],
  ["no price", { kind: "net", netQty_lots: 1, price_ticks: Number.NaN }, {}, "MALFORMED"],
  ["a split by nothing", { kind: "split", numerator: 1, denominator: 0 }, {}, "MALFORMED"],
  [
    "a split for one strategy",
    { kind: "split", numerator: 2, denominator: 1 },
    { strategy: "hand" },
    "MALFORMED",
  ],
  ["a cost that is none", { kind: "cost", value: "1.5" }, {}, "MALFORMED"],
  ["a kind that is none", { kind: "gift" } as never, {}, "MALFORMED"],
  ["an unknown account", cash, { account: "OTHER" }, "ACCOUNT_UNKNOWN"],
  ["an unknown instrument", cash, { instrument: "X-Y" }, "INSTRUMENT_UNKNOWN"],
  [
    "a split of nothing",
    { kind: "split", numerator: 2, denominator: 1 },
    { instrument: "EUR-USDT" as InstrumentId },
    "POSITION_UNKNOWN",
  ],
  [
    "a cost of nothing",
    { kind: "cost", value: "1" },
    { instrument: "EUR-USDT" },
    "POSITION_UNKNOWN",
  ],
  [
    "too much",
    { kind: "quantity", qty_lots: Number.MAX_SAFE_INTEGER, price_ticks: 1 },
    {},
    "OUT_OF_RANGE",
  ],
])("an adjustment with %s is refused and changes nothing", (_, request, more, code) => {
  const bench = twoStrategies();
  const before = bench.text();
  const shown = bench.adjust(request, more);
  expect(shown).toMatchObject([{ what: "adjustment_refused", body: { rejectCode: code } }]);
  expect(bench.text()).toBe(before);
});

test("a day's end values what is open, and the next day begins there", () => {
  const bench = twoStrategies();
  bench.quote("BTC-USDT", 104, 108);
  const [first, summary] = bench.mark("2026-03-30");
  expect(first).toMatchObject({
    what: "position_marked",
    body: { markPx: "53.0", netQty: "1.2", unrealizedPnl: "3.6", dayPnl: "3.6", currency: "USDT" },
  });
  expect(summary).toMatchObject({ what: "positions_marked", body: { positions: 1, unmarked: [] } });
  const fee = { amount: "0.1", currency: "USDT" };
  bench.trade(bench.order("hand", "h2", "sell", 4), 4, 110, fee);
  const [second] = bench.mark("2026-03-31", { "BTC-USDT": 105 });
  // Realised 4 × 10; open went from 12 × 6 to 8 × 5: 40 − 32 ticks × lots of 0.05.
  expect(second?.body).toMatchObject({
    dayPnl: "0.4",
    dayRealizedPnl: "2",
    dayFees: { USDT: "0.1" },
    unrealizedPnl: "2",
  });
  expect(bench.virtual("hand")?.marked).toMatchObject({ date: "2026-03-31", unrealized: 0n });
  expect(bench.virtual("robot")?.marked).toMatchObject({ mark_ticks: 105, unrealized: 150n });
  expect(bench.position.version).toBe(4);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("a date is marked once, and never an earlier one after it", () => {
  const bench = twoStrategies();
  bench.mark("2026-03-31", { "BTC-USDT": 105 });
  const before = bench.text();
  for (const date of ["2026-03-31", "2026-03-30"]) {
    const shown = bench.mark(date, { "BTC-USDT": 999 });
    expect(shown).toMatchObject([{ what: "positions_marked", body: { positions: 0 } }]);
  }
  expect(bench.text()).toBe(before);
});

test("an open position without a fresh price is named, not marked", () => {
  const bench = twoStrategies();
  bench.quote("BTC-USDT", 104, 108);
  bench.now_ns += 2_000_000_000n;
  expect(bench.mark("2026-03-31")).toMatchObject([
    { what: "positions_marked", body: { positions: 0, unmarked: ["BTC-USDT"] } },
  ]);
  expect(bench.position.marked).toBeUndefined();
});

test("a flat account whose strategies hold against each other needs a price", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 4), 4, 100);
  bench.trade(bench.order("robot", "r1", "sell", 4), 4, 102);
  expect(bench.mark("2026-03-31")[0]?.body).toMatchObject({ unmarked: ["BTC-USDT"] });
  bench.mark("2026-03-31", { "BTC-USDT": 101 });
  expect(bench.virtual("hand")?.marked).toMatchObject({ unrealized: 20n });
  expect(bench.position.marked).toMatchObject({ unrealized: 0n, realized: 40n });
});

test("a flat position is marked without a price", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 4), 4, 100);
  bench.trade(bench.order("hand", "h2", "sell", 4), 4, 102);
  const [marked] = bench.mark("2026-03-31");
  expect(marked?.body).toMatchObject({ dayPnl: "0.4", unrealizedPnl: "0" });
  expect(marked?.body).not.toHaveProperty("markPx");
});

test.each([
  ["2026-3-1", {}],
  ["2026-03-31", { "BTC-USDT": 1.5 }],
])("a day's end that cannot be read is answered (%s)", (date, marks) => {
  const bench = twoStrategies();
  const before = bench.text();
  const [answer] = bench.mark(date, marks);
  expect(answer?.body).toMatchObject({ positions: 0, rejectCode: "MALFORMED" });
  expect(bench.text()).toBe(before);
});

test("many positions are marked over several turns, each once", () => {
  const bench = new AccountBench();
  const total = 230;
  for (let index = 0; index < total; index += 1) {
    const instrument = `I${index}` as InstrumentId;
    bench.external({ execKey: `SIMX|e${index}|trade|1|1@100`, instrument });
  }
  const marks = Object.fromEntries(Array.from({ length: total }, (_, at) => [`I${at}`, 101]));
  let shown = [...bench.mark("2026-03-31", marks)];
  while (bench.sent.length > 0) {
    const next = bench.sent.shift();
    if (next?.kind !== "mark_positions") throw new Error("a shard tells itself to go on");
    shown = [...shown, ...bench.deliver(next)];
  }
  expect(said(shown).filter((what) => what === "position_marked")).toHaveLength(total);
  expect(shown.at(-1)).toMatchObject({ body: { positions: total, unmarked: [] } });
  expect(bench.space.get("position", `${desk}.I229`)?.marked?.date).toBe("2026-03-31");
});

test("external trades of long ago are forgotten with a day's end, their position stays", () => {
  const bench = twoStrategies();
  bench.now_ns += 5_000_000_000n;
  bench.external({ execKey: "SIMX|e2|trade|2|2@100", lastQty_lots: 2 });
  bench.mark("2026-03-31", { "BTC-USDT": 101 });
  expect([...bench.space.entries("external")].map(([key]) => key)).toEqual([
    "DESK.SIMX|e2|trade|2|2@100",
  ]);
  expect(bench.position).toMatchObject({ netQty_lots: 14, externalQty_lots: 4 });
  expect(bench.replayed().text()).toBe(bench.text());
});
