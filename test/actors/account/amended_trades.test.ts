/**
 * Busts and corrections through a whole account shard: order, positions and what is shown of them.
 */
import { expect, test } from "vitest";
import { holdingFaults } from "../../../actors/account_holdings.ts";
import { AccountBench, totalAt } from "./account_bench.ts";

const fee = { amount: "0.03", currency: "USDT" };

const traded = () => {
  const bench = new AccountBench();
  const orderId = bench.order("hand", "h1", "buy", 10);
  bench.trade(orderId, 4, 100);
  const execKey = bench.trade(orderId, 2, 130, fee);
  bench.trade(bench.order("robot", "r1", "sell", 10), 3, 120);
  bench.published.length = 0;
  return { bench, orderId, execKey };
};

test("11. a bust takes the fill out of order, account and strategy, and shows the position", () => {
  const { bench, orderId, execKey } = traded();
  const { version } = bench.position;
  bench.bust(orderId, execKey, { qty_lots: 2, price_ticks: 130, fee });
  expect(bench.space.get("order", orderId)).toMatchObject({ cumQty_lots: 4, cumValue: 400n });
  expect(bench.position).toMatchObject({ netQty_lots: 1, version: version + 1 });
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 4 });
  expect(bench.virtual("robot")).toMatchObject({ netQty_lots: -3, version: 1 });
  expect(bench.position.fees["USDT"]?.units).toBe(0n);
  expect(totalAt(bench.position, 90)).toBe((4n * -10n - 3n * -30n) * 5n);
  expect(bench.published).toMatchObject([
    { what: "DESK.hand.h1.trade_cancel", body: { cumQty: "0.4" } },
    { what: "BTC-USDT", body: { netQty: "0.1", version: version + 1, lastEventId: "e0" } },
  ]);
  expect(holdingFaults(bench.space)).toEqual([]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("11. a correction adjusts quantity, price and fee, in one version", () => {
  const { bench, orderId, execKey } = traded();
  const { version } = bench.position;
  const was = { qty_lots: 2, price_ticks: 130, fee };
  bench.correct(orderId, execKey, was, { qty_lots: 1, price_ticks: 110 });
  expect(bench.space.get("order", orderId)).toMatchObject({ cumQty_lots: 5, cumValue: 510n });
  expect(bench.position).toMatchObject({ netQty_lots: 2, version: version + 1 });
  expect(bench.virtual("hand")).toMatchObject({ netQty_lots: 5 });
  expect(bench.position.fees["USDT"]?.units).toBe(0n);
  expect(totalAt(bench.position, 90)).toBe((4n * -10n - 20n - 3n * -30n) * 5n);
  expect(bench.published.map(({ what }) => what)).toEqual([
    "DESK.hand.h1.trade_correct",
    "BTC-USDT",
  ]);
  expect(bench.replayed().text()).toBe(bench.text());
});

test("11. a corrected fill is busted with the numbers that it has now", () => {
  const { bench, orderId, execKey } = traded();
  const was = { qty_lots: 2, price_ticks: 130, fee };
  const is = { qty_lots: 5, price_ticks: 90, fee: { amount: "0.5", currency: "BNB" } };
  bench.correct(orderId, execKey, was, is);
  bench.bust(orderId, execKey, is);
  expect(bench.position.netQty_lots).toBe(1);
  expect(totalAt(bench.position, 90)).toBe((4n * -10n - 3n * -30n) * 5n);
  expect(Object.values(bench.position.fees).map(({ units }) => units)).toEqual([0n, 0n]);
});
