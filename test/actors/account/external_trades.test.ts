/**
 * Trades of no order of ours: the external bucket, and the way from there to an order.
 */
import { expect, test } from "vitest";
import { holdingFaults } from "../../../actors/account_holdings.ts";
import { externalBucket } from "../../../actors/account_positions.ts";
import { makeFillTally } from "../../../deploy/fill_tally.ts";
import { orderIdOf } from "../../../protocols/kernel/ids.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { ClOrdId, LegClOrdId, StrategyId } from "../../../protocols/kernel/ids.ts";
import { AccountBench, btc, desk, legOf, simx, totalAt } from "./account_bench.ts";

const h1 = orderIdOf(desk, "hand" as StrategyId, "h1" as ClOrdId);
const lateFill = {
  execKey: "SIMX|x9|trade|3|3@110",
  side: "buy",
  lastQty_lots: 3,
  lastPx_ticks: 110,
  fee: { amount: "0.02", currency: "USDT" },
} as const;

const tallied = (bench: AccountBench) => {
  const tally = makeFillTally();
  for (const event of bench.events) tally.count(event);
  return tally.sums.get("DESK.BTC-USDT");
};

test("12. a fill for an unknown order moves the position, tagged, and is shown", () => {
  const bench = new AccountBench();
  expect(bench.external(lateFill)).toBe(true);
  expect(bench.position).toMatchObject({ netQty_lots: 3, externalQty_lots: 3, version: 1 });
  expect(bench.virtual(externalBucket)).toMatchObject({ netQty_lots: 3 });
  expect(bench.published.map(({ what }) => what)).toEqual(["external_trade", "BTC-USDT"]);
  const [shown, position] = bench.published;
  expect(shown?.body).toMatchObject({ lastQty: "0.3", lastPx: "55.0", lastMkt: "SIMX" });
  expect(position?.body).toMatchObject({ netQty: "0.3", external: "0.3", lastEventId: "e0" });
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("12. the same execution again changes nothing", () => {
  const bench = new AccountBench();
  bench.external(lateFill);
  const before = bench.text();
  expect(bench.external(lateFill)).toBe(false);
  expect(bench.text()).toBe(before);
  expect(bench.published).toHaveLength(2);
});

test("12. when the order becomes known it takes its fill, and the account does not move", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h0", "buy", 9), 4, 100);
  bench.external({ ...lateFill, clOrdId: legOf(h1) });
  const { netQty_lots, cost, realized } = bench.position;
  bench.published.length = 0;
  bench.order("hand", "h1", "buy", 10);
  expect(bench.position).toMatchObject({ netQty_lots, cost, realized, externalQty_lots: 0 });
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 7 });
  expect(bench.virtual(externalBucket)).toMatchObject({ netQty_lots: 0, cost: 0n, realized: 0n });
  expect(bench.space.get("order", h1)).toMatchObject({ cumQty_lots: 3 });
  expect(bench.published.map(({ what }) => what)).toEqual([
    "DESK.hand.h1.pending_new",
    "external_attributed",
    "DESK.hand.h1.trade",
    "BTC-USDT",
  ]);
  expect(bench.published.at(-1)?.body).toMatchObject({ external: "0.0", lastEventId: "e2" });
  expect(bench.space.size("external") + bench.space.size("externalRequest")).toBe(0);
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(tallied(bench)).toEqual({ fills_lots: 7, external_lots: 0 });
  expect(bench.replayed().text()).toBe(bench.text());
});

test("12. an order that books the same execution itself takes it out of the bucket", () => {
  const bench = new AccountBench();
  const orderId = bench.order("hand", "h1", "buy", 10);
  bench.external(lateFill);
  const execution = bench.execution(lateFill.execKey, 3, 110, lateFill.fee);
  bench.state(orderId, { ...bench.head(orderId), execType: "trade", ...execution });
  expect(bench.position).toMatchObject({ netQty_lots: 3, externalQty_lots: 0, cost: 330n });
  expect(bench.position.fees).toEqual({ USDT: { units: 2n, scale: 2 } });
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 3 });
  expect(bench.events.map((event) => ("what" in event ? event.what : event.execType))).toEqual([
    "pending_new",
    "external_trade",
    "external_attributed",
    "trade",
  ]);
  expect(holdingFaults(bench.space)).toEqual([]);
});

test("12. one execution id for two unknown orders is two trades", () => {
  const bench = new AccountBench();
  const h2 = orderIdOf(desk, "hand" as StrategyId, "h2" as ClOrdId);
  expect(bench.external({ ...lateFill, clOrdId: legOf(h1) })).toBe(true);
  expect(bench.external({ ...lateFill, clOrdId: legOf(h2) })).toBe(true);
  expect(bench.external({ ...lateFill, clOrdId: legOf(h2) })).toBe(false);
  expect(bench.position).toMatchObject({ netQty_lots: 6, externalQty_lots: 6 });
  bench.order("hand", "h2", "buy", 10);
  expect(bench.space.get("order", h2)).toMatchObject({ cumQty_lots: 3 });
  expect(bench.position).toMatchObject({ netQty_lots: 6, externalQty_lots: 3 });
  expect(bench.space.get("external", `${desk}.${lateFill.execKey}`)?.entries).toHaveLength(1);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("12. another order's trade with the same execution id leaves the bucket as it is", () => {
  const bench = new AccountBench();
  bench.external({ ...lateFill, clOrdId: legOf(h1) });
  const other = bench.order("hand", "h3", "buy", 10);
  const execution = bench.execution(lateFill.execKey, 3, 110);
  bench.state(other, { ...bench.head(other), execType: "trade", ...execution });
  expect(bench.position).toMatchObject({ netQty_lots: 6, externalQty_lots: 3 });
});

test("12. a fill that the venue reports for an order without a state takes the same way", () => {
  const bench = new AccountBench();
  const report = {
    kind: "report",
    venue: simx,
    orderId: h1,
    execType: "trade",
    clOrdId: legOf(h1) as LegClOrdId,
    execId: "x9",
    instrument: btc,
    side: "buy",
    cumQty_lots: 3,
    lastQty_lots: 3,
    lastPx_ticks: 110,
    tsEvent: "9" as Nanos,
  } as const;
  const first = bench.deliver(report).map(({ what }) => what);
  expect(first).toEqual(["external_trade", "BTC-USDT", "incident"]);
  expect(bench.deliver(report)).toEqual([]);
  expect(bench.position).toMatchObject({ netQty_lots: 3, externalQty_lots: 3 });
  bench.order("hand", "h1", "buy", 10);
  expect(bench.position).toMatchObject({ netQty_lots: 3, externalQty_lots: 0 });
  // The order knows the execution now: the venue's next repeat is one.
  expect(bench.deliver(report)).toEqual([]);
  expect(bench.space.get("order", h1)).toMatchObject({ cumQty_lots: 3 });
  expect(holdingFaults(bench.space)).toEqual([]);
});

test.each([
  ["another side", { side: "sell" }],
  ["another instrument", { instrument: "EUR-USDT" }],
  ["another venue", { venue: "SIMY" }],
] as const)("12. a fill under its request id with %s stays in the bucket", (_, other) => {
  const bench = new AccountBench();
  bench.external({ ...lateFill, ...(other as object), clOrdId: legOf(h1) });
  bench.order("hand", "h1", "buy", 10);
  expect(bench.space.get("order", h1)).toMatchObject({ cumQty_lots: 0 });
  expect(bench.space.size("external")).toBe(1);
  expect(holdingFaults(bench.space)).toEqual([]);
});

test("a foreign request id is not kept for an order that can never be", () => {
  const bench = new AccountBench();
  bench.external({ ...lateFill, clOrdId: "hand-made-1" });
  expect(bench.space.size("external")).toBe(1);
  expect(bench.space.size("externalRequest")).toBe(0);
});

const differ = (bench: AccountBench, netQty_lots: number, adjustmentId = "rec-1") =>
  bench.adjust({ kind: "net", netQty_lots, price_ticks: 120 }, { adjustmentId });

test("43. a difference through zero is a close and an open in the external bucket", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 9), 4, 100);
  const shown = differ(bench, -2);
  const adjusted = shown.filter(({ what }) => what === "position_adjusted");
  expect(adjusted.map(({ body }) => [body["part"], body["entry"]])).toEqual([
    ["close", { kind: "quantity", qty: "-0.4", price: "60.0" }],
    ["open", { kind: "quantity", qty: "-0.2", price: "60.0" }],
  ]);
  expect(shown.filter(({ what }) => what === "BTC-USDT").map(({ body }) => body["netQty"])).toEqual(
    ["0.0", "-0.2"],
  );
  // The strategy keeps what its orders did; the difference is nobody's.
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 4 });
  expect(bench.virtual(externalBucket)).toMatchObject({ netQty_lots: -6 });
  expect(bench.position).toMatchObject({ netQty_lots: -2, externalQty_lots: -6, cost: -240n });
  expect(totalAt(bench.position, 130)).toBe((4n * (130n - 100n) - 6n * (130n - 120n)) * 5n);
  expect(tallied(bench)).toEqual({ fills_lots: 4, external_lots: -6 });
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("43. the same difference again books nothing more, and none is nothing to do", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 9), 4, 100);
  differ(bench, -2);
  const before = bench.text();
  expect(differ(bench, -2).map(({ what }) => what)).toEqual(["adjustment_repeated"]);
  expect(differ(bench, -2, "rec-2")[0]?.body).toMatchObject({ rejectCode: "NOTHING_TO_DO" });
  expect(differ(bench, -3)[0]?.body).toMatchObject({ rejectCode: "ID_CONFLICT" });
  expect(bench.text()).toBe(before);
});

test.each([
  ["from flat", 0, 5, 1],
  ["to flat", 4, 0, 1],
  ["on the same side", 4, 9, 1],
  ["through zero", 4, -1, 2],
])("43. a difference %s is booked to the venue's quantity", (_, from, to, entries) => {
  const bench = new AccountBench();
  if (from > 0) bench.trade(bench.order("hand", "h1", "buy", 9), from, 100);
  const shown = differ(bench, to);
  expect(shown.filter(({ what }) => what === "position_adjusted")).toHaveLength(entries);
  expect(bench.position).toMatchObject({ netQty_lots: to, externalQty_lots: to - from });
});
