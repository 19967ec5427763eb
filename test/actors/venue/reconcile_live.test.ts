/**
 * Reconciliation against a real venue process: what it does behind our back is found, and nothing
 * is concluded before it has said so. Numbers are those of the field's list of scenarios.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import { FaultyVenue } from "../../simulator/faulty_venue.ts";
import { liveReconcile, LiveShard, realTimers } from "./live_shard.ts";
import { until } from "./tcp_stage.ts";
import { btc, cancel, legOf, place } from "./venue_requests.ts";

const cleanUp: (() => unknown)[] = [];
let venue: FaultyVenue;
beforeAll(async () => {
  venue = await FaultyVenue.start("--instruments", "BTC-USDT");
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
  await venue.calm();
});
afterAll(() => venue.stop());

const external = AccountId.make("EXT");
const soon = (): bigint => realTimers.now_ns() + 5_000_000_000n;

let sessions = 0;
/** A session of its own for each test. */
const nextSession = (): string => {
  sessions += 1;
  return `s${sessions}`;
};

const shardOf = (
  session: string,
  reconcile: Partial<ReconcileOptions> = {},
  cancelOnDisconnect = false,
): LiveShard => {
  const options = { reconcile: { ...liveReconcile, ...reconcile } };
  const shard = new LiveShard(venue.process.port, options, undefined, {
    session,
    cancelOnDisconnect,
  });
  cleanUp.push(() => shard.stop());
  return shard;
};

/** Places resting orders and waits for their acknowledgements. */
const rest = async (shard: LiveShard, names: readonly string[]): Promise<void> => {
  for (const name of names) shard.message(place(name, soon(), { price_ticks: 100_000 }));
  await until("working", () =>
    names.every((name) => shard.bench.said(legOf(name, "new:0")).includes("new")),
  );
};

const summaries = (shard: LiveShard): Record<string, unknown>[] =>
  shard.bench.published.flatMap(({ subject, body }) =>
    subject.endsWith(".reconciled") ? [body as Record<string, unknown>] : [],
  );

const messages = (shard: LiveShard, kind: string) =>
  shard.bench.sent.flatMap(({ message }) => (message.kind === kind ? [message] : []));

/** Waits for one more run, asked for by a person. */
const reconcile = async (shard: LiveShard): Promise<Record<string, unknown>> => {
  const before = summaries(shard).length;
  shard.message({ kind: "reconcile", reason: "test" });
  await until("reconciled", () => summaries(shard).length > before);
  return summaries(shard).at(-1) ?? {};
};

describe("scenario 34", () => {
  test("with cancel on disconnect, orders are found canceled by the venue's word", async () => {
    const shard = shardOf(nextSession(), {}, true);
    await until("open", () => shard.isOpen);
    await rest(shard, ["a", "b"]);
    await venue.control.disconnect("reset");
    await until("told", () =>
      ["a", "b"].every((name) => shard.bench.said(legOf(name, "new:0")).includes("canceled")),
    );
    await until("open again", () => shard.isOpen);
    expect(summaries(shard).at(-1)?.["counts"]).toEqual({});
  });

  test("without it, they stay open, which the venue's list confirms", async () => {
    const shard = shardOf(nextSession());
    await until("open", () => shard.isOpen);
    await rest(shard, ["a", "b"]);
    await venue.control.disconnect("reset");
    await until("lost", () => (shard.bench.session?.counters.disconnects ?? 0) > 0);
    await until("open again", () => shard.isOpen);
    expect(shard.bench.said(legOf("a", "new:0"))).toEqual(["new"]);
    expect(summaries(shard).at(-1)).toMatchObject({ why: "logon", counts: { orders: 2 } });
  });
});

test("scenario 35: dropped fills are made good when the session resumes", async () => {
  const session = nextSession();
  const shard = shardOf(session);
  await until("open", () => shard.isOpen);
  await venue.control.setFaults({ reports: { drop: 0.8 } }, { seed: 3 });
  for (let no = 0; no < 18; no += 1) {
    shard.message(place(`f${no}`, soon(), { price_ticks: 9_000_000, timeInForce: "ioc" }));
  }
  await until("dropped", () => shard.bench.space.size("request") < 18);
  await venue.control.clearFaults();
  await venue.control.disconnect("reset", session);
  const filled = async (): Promise<number> => {
    const { executions } = await venue.recordOf(session);
    return executions.reduce((sum, { lastQty }) => sum + Math.round(Number(lastQty) * 1e5), 0);
  };
  await until("settled", () => shard.isSettled && shard.bench.reports().length >= 36);
  const told = shard.bench.reports().filter(({ execType }) => execType === "trade");
  const sum = told.reduce((lots, { lastQty_lots = 0 }) => lots + lastQty_lots, 0);
  expect(await venue.count("dropped")).toBeGreaterThan(0);
  expect(sum).toBe(await filled());
  await reconcile(shard);
  expect(shard.bench.space.get("tally", btc)?.net_lots).toBe(sum);
  expect(shard.bench.incidents()).not.toContain("position_difference");
});

test("scenario 40: while look-ups fail no order is declared lost", async () => {
  const session = nextSession();
  const shard = shardOf(session, { partTimeout_ms: 100, retry_ms: 20 });
  await until("open", () => shard.isOpen);
  await rest(shard, ["a"]);
  // Every question is swallowed from now on, and the link is made anew again and again.
  await venue.control.setFaults({ silence: { swallow: 1 } });
  for (let round = 0; round < 5; round += 1) {
    await venue.control.disconnect("reset", session);
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
  expect(shard.bench.said(legOf("a", "new:0"))).toEqual(["new"]);
  expect(shard.bench.session?.status).not.toBe("open");
  expect(shard.bench.session?.counters.notSent).toBe(0);
  await venue.control.clearFaults();
  await until("open again", () => shard.isOpen);
  expect(shard.bench.said(legOf("a", "new:0"))).toEqual(["new"]);
});

test("scenario 39: absent from the open orders, found by its id as filled", async () => {
  const session = nextSession();
  const shard = shardOf(session);
  await until("open", () => shard.isOpen);
  // What becomes of the order is reported once, and that report cannot be had any more.
  await venue.control.setFaults({ reports: { drop: 1 }, history: { resend: 0 } });
  shard.message(place("h", soon(), { price_ticks: 9_000_000 }));
  await until("sent", () => shard.bench.said(legOf("h", "new:0")).includes("in_doubt"));
  await venue.control.setFaults({}, { off: ["reports"] });
  await venue.control.disconnect("reset", session);
  await until("settled", () => shard.isSettled);
  const told = shard.bench.said(legOf("h", "new:0"));
  expect(told).not.toContain("canceled");
  expect(told).not.toContain("not_sent");
  const trades = shard.bench.reports().filter(({ execType }) => execType === "trade");
  expect(trades.at(-1)?.cumQty_lots).toBe(1_000);
});

describe("live orders that are none of ours", () => {
  /** An order of the session that this shard knows nothing of. */
  const intrude = async (session: string, clOrdId = "stranger"): Promise<void> => {
    const client = await venue.session(session);
    client.say({
      ...{ type: "new_order", clOrdId, instrument: "BTC-USDT", side: "buy" },
      ...{ ordType: "limit", timeInForce: "gtc", orderQty: "0.01", price: "1000" },
    });
    await client.untilReport(clOrdId, "new");
    await client.close();
  };

  test("are canceled by policy before the gate opens, with an incident, and followed", async () => {
    const session = nextSession();
    await intrude(session);
    const shard = shardOf(session);
    await until("open", () => shard.isOpen);
    expect(shard.bench.incidents()).toContain("unknown_order_canceled");
    await until("canceled", () => shard.isSettled);
    const { orders } = await venue.recordOf(session);
    expect(orders.map(({ order }) => order.ordStatus)).toEqual(["canceled"]);
    const before = shard.bench.published.length;
    expect(await reconcile(shard)).toMatchObject({ counts: {}, settled: true });
    expect(shard.bench.published.length).toBe(before + 1);
  });

  test("are adopted where it says so: they work as ours from then on", async () => {
    const session = nextSession();
    await intrude(session);
    const shard = shardOf(session, { unknownOrders: "adopt", externalAccount: external });
    await until("open", () => shard.isOpen);
    const [adopted] = messages(shard, "adopt_order");
    expect(adopted).toMatchObject({ clOrdId: "stranger", orderQty_lots: 1_000, side: "buy" });
    expect(await reconcile(shard)).toMatchObject({ counts: { orders: 1 }, settled: true });
    if (adopted?.kind !== "adopt_order") throw new Error("an order is adopted");
    shard.message({
      ...cancel("x"),
      orderId: adopted.orderId,
      origClOrdId: adopted.clOrdId,
    });
    await until("canceled", () => shard.bench.said(legOf("x", "cancel:1")).includes("canceled"));
    const { orders } = await venue.recordOf(session);
    expect(orders.map(({ order }) => order.ordStatus)).toEqual(["canceled"]);
  });
});

describe("scenario 43", () => {
  test("a trade by hand is seen twice beyond grace, then adjusted, once", async () => {
    const session = nextSession();
    const shard = shardOf(session, { externalAccount: external });
    await until("open", () => shard.isOpen);
    const by = { instrument: "BTC-USDT", px: "50000" } as const;
    await venue.control.tradeManually(session, { ...by, side: "sell", qty: "0.003" });
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
    const session = nextSession();
    const shard = shardOf(session, { externalAccount: external });
    await until("open", () => shard.isOpen);
    const by = { instrument: "BTC-USDT", px: "50000", side: "buy" } as const;
    await venue.control.tradeManually(session, { ...by, qty: "0.002", reportAfter_ms: 1_000 });
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
