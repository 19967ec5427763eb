/**
 * Reconciliation against a real venue process: what it does behind our back is found, and nothing
 * is concluded before it has said so. Numbers are those of the field's list of scenarios.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import { LiveStage, messages, reconcile } from "./live_stage.ts";
import { until } from "./tcp_stage.ts";
import { btc, cancel, legOf } from "./venue_requests.ts";

let stage: LiveStage;
beforeAll(async () => {
  stage = await LiveStage.start();
});
afterEach(() => stage.calm());
afterAll(() => stage.stop());

const external = AccountId.make("EXT");

describe("live orders that are none of ours", () => {
  test("are canceled by policy before the gate opens, with an incident, and followed", async () => {
    const session = stage.nextSession();
    await stage.intrude(session);
    const shard = await stage.openShard(session);
    expect(shard.bench.incidents()).toContain("unknown_order_canceled");
    await until("canceled", () => shard.isSettled);
    const { orders } = await stage.venue.recordOf(session);
    expect(orders.map(({ order }) => order.ordStatus)).toEqual(["canceled"]);
    const before = shard.bench.published.length;
    expect(await reconcile(shard)).toMatchObject({ counts: {}, settled: true });
    expect(shard.bench.published.length).toBe(before + 1);
  });

  test("are adopted where it says so: they work as ours from then on", async () => {
    const session = stage.nextSession();
    await stage.intrude(session);
    const policy = { unknownOrders: "adopt", externalAccount: external } as const;
    const shard = await stage.openShard(session, { reconcile: policy });
    const [adopted] = messages(shard, "adopt_order");
    expect(adopted).toMatchObject({ clOrdId: "stranger", orderQty_lots: 1_000, side: "buy" });
    expect(await reconcile(shard)).toMatchObject({ counts: { orders: 1 }, settled: true });
    if (adopted === undefined) throw new Error("an order is adopted");
    shard.message({
      ...cancel("x"),
      orderId: adopted.orderId,
      origClOrdId: adopted.clOrdId,
    });
    await until("canceled", () => shard.bench.said(legOf("x", "cancel:1")).includes("canceled"));
    const { orders } = await stage.venue.recordOf(session);
    expect(orders.map(({ order }) => order.ordStatus)).toEqual(["canceled"]);
  });
});

describe("scenario 43", () => {
  test("a trade by hand is seen twice beyond grace, then adjusted, once", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session, { reconcile: { externalAccount: external } });
    const by = { instrument: "BTC-USDT", px: "50000" } as const;
    await stage.venue.control.tradeManually(session, { ...by, side: "sell", qty: "0.003" });
    await reconcile(shard);
    expect(messages(shard, "position_difference")).toEqual([]);
    await until("adjusted", () => messages(shard, "position_difference").length === 1);
    const [difference] = messages(shard, "position_difference");
    expect(difference).toMatchObject({ account: "EXT", instrument: btc, difference_lots: -300 });
    const before = shard.bench.published.length;
    expect(await reconcile(shard)).toMatchObject({ counts: { positions: 1 }, settled: true });
    expect(shard.bench.published.length).toBe(before + 1);
    expect(messages(shard, "position_difference")).toHaveLength(1);
  });

  test("its execution, when it is told after all, takes the adjustment's place", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session, { reconcile: { externalAccount: external } });
    const by = { instrument: "BTC-USDT", px: "50000", side: "buy" } as const;
    await stage.venue.control.tradeManually(session, {
      ...by,
      qty: "0.002",
      reportAfter_ms: 1_000,
    });
    await reconcile(shard);
    await until("adjusted", () => messages(shard, "position_difference").length === 1);
    await until("explained", () => messages(shard, "difference_explained").length === 1);
    expect(messages(shard, "difference_explained")).toMatchObject([{ explained_lots: 200 }]);
    const trades = shard.bench.reports().filter(({ execType }) => execType === "trade");
    expect(trades).toMatchObject([{ lastQty_lots: 200, side: "buy", instrument: btc }]);
    expect(await reconcile(shard)).toMatchObject({ counts: { positions: 1 } });
    expect(shard.bench.space.get("tally", btc)?.net_lots).toBe(200);
  });
});
