/** Feed, control and life of the simulator process: a real process, real TCP. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import type { SimDumpExecution, SimReport } from "../../protocols/sim_wire.ts";
import { Clients, market, moved, order } from "./venue_fixture.ts";
import { startVenue } from "./venue_process.ts";
import type { VenueProcess } from "./venue_process.ts";

let venue: VenueProcess;
const clients = new Clients();

beforeAll(async () => {
  // A market that stands still: what an order meets is then known.
  venue = await startVenue("--speed", "0", "--seed", "7", "--latency", "constant:1ms");
});
afterEach(() => clients.closeAll());
afterAll(() => venue.stop());

const entry = fileURLToPath(new URL("../../deploy/simulator/main.ts", import.meta.url));

const dumpOf = async (port: number) => {
  const control = clients.open(port);
  control.say({ type: "control" }, { type: "dump", requestId: "d" });
  const done = await control.until("dump_done");
  const orders = control.all("dump_order");
  const executions = control.all("dump_execution");
  await control.close();
  assert.strictEqual(orders.length, done.orders);
  assert.strictEqual(executions.length, done.executions);
  return { orders, executions };
};

describe("the feed", () => {
  it("tells state, best prices, depth and trades of a running market", async () => {
    const running = await startVenue("--speed", "20", "--seed", "2");
    try {
      const feed = clients.open(running.port);
      feed.say({ type: "subscribe", instruments: ["BTC-USDT", "ETH-USDT", "DOGE-USDT"] });
      for (const instrument of ["BTC-USDT", "ETH-USDT"]) {
        await feed.until("trade", (m) => m.instrument === instrument);
      }
      await feed.until("status", (m) => m.instrument === "DOGE-USDT" && m.state === "unknown");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const depths = feed.all("depth").filter((m) => m.instrument === "BTC-USDT");
      assert.isAtLeast(depths.length, 5);
      assert.isAtMost(depths.length, 20);
      for (const { bids, asks } of depths) {
        assert.strictEqual(bids.length, 10);
        assert.isBelow(Number(bids[0]?.[0]), Number(asks[0]?.[0]));
        const prices = bids.map(([px]) => Number(px));
        assert.deepStrictEqual(
          prices,
          prices.toSorted((a, b) => b - a),
        );
      }
      const bbos = feed.all("bbo").map(({ tsEvent: _tsEvent, ...rest }) => JSON.stringify(rest));
      assert.isAbove(bbos.length, 10);
    } finally {
      await running.stop();
    }
  });

  it("shows resting client orders and trades between client and market", async () => {
    const feed = clients.open(venue.port);
    feed.say({ type: "subscribe", instruments: ["ETH-USDT"] });
    const { askPx = "", bidPx = "" } = await feed.until("bbo");
    const c = clients.open(venue.port);
    await c.logon("s-feed");
    c.say(market("s1", { instrument: "ETH-USDT", orderQty: "0.0001", timeInForce: "ioc" }));
    await feed.until("trade", (m) => m.px === askPx && m.aggressor === "buy");
    c.say(order("s2", { instrument: "ETH-USDT", price: bidPx, orderQty: "1234" }));
    const shown = await feed.until("bbo", (m) => Number(m.bidQty) > 1_234);
    assert.strictEqual(shown.bidPx, bidPx);
  });

  it("differs between two seeds and is the same for one", async () => {
    const tops: string[] = [];
    for (const seed of ["1", "2", "1"]) {
      const other = await startVenue("--speed", "0", "--seed", seed);
      const feed = clients.open(other.port);
      feed.say({ type: "subscribe", instruments: ["BTC-USDT"] });
      const { bids, asks } = await feed.until("depth");
      tops.push(JSON.stringify([bids, asks]));
      await other.stop();
    }
    assert.strictEqual(tops[0], tops[2]);
    assert.notStrictEqual(tops[0], tops[1]);
  });
});

describe("control", () => {
  it("dumps on a running market what the reports told", async () => {
    const running = await startVenue("--speed", "20", "--latency", "uniform:0ms,3ms");
    try {
      const c = clients.open(running.port);
      await c.logon("s-dump");
      for (let index = 0; index < 300; index += 1) {
        const side = index % 2 === 0 ? "buy" : "sell";
        const price = moved(side === "buy" ? "61800" : "61500", index * 10);
        c.say(order(`p-${index}`, { side, price, orderQty: "0.05" }));
        if (index % 3 === 0) {
          c.say({ type: "cancel", clOrdId: `c-${index}`, origClOrdId: `p-${index}` });
        }
        if (index % 5 === 0) {
          const origClOrdId = `p-${index}`;
          c.say({ type: "replace", clOrdId: `r-${index}`, origClOrdId, orderQty: "0.06", price });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      // Ends all that still rests, so that the record stands still.
      c.say({ type: "query_open_orders", requestId: "q" });
      await c.until("open_orders", (m) => m.last);
      for (const { clOrdId } of c.all("open_orders").flatMap((m) => m.orders)) {
        c.say({ type: "cancel", clOrdId: `z-${clOrdId}`, origClOrdId: clOrdId });
      }
      c.say({ type: "query_open_orders", requestId: "q2" });
      await c.until("open_orders", (m) => m.requestId === "q2" && m.last);
      const { orders, executions } = await dumpOf(running.port);
      const reports = c.reports();
      assert.deepStrictEqual(
        reports.map((r) => r.seq),
        reports.map((_, index) => index + 1),
      );
      const trades = reports.filter((r) => r.execType === "trade");
      const key = (r: SimReport | SimDumpExecution) =>
        [r.execId, r.venueOrderId, r.clOrdId, r.side, r.lastQty, r.lastPx, r.fee?.amount].join();
      assert.deepStrictEqual(executions.map(key).toSorted(), trades.map(key).toSorted());
      assert.isAbove(executions.length, 20);
      const last = new Map(
        reports.filter((r) => r.venueOrderId !== "NONE").map((r) => [r.venueOrderId, r]),
      );
      assert.strictEqual(orders.length, 300);
      for (const { order: own } of orders) {
        const told = last.get(own.venueOrderId);
        if (told === undefined) throw new Error(`nothing told of ${own.venueOrderId}`);
        assert.deepInclude(own, {
          ordStatus: told.ordStatus,
          cumQty: told.cumQty,
          leavesQty: told.leavesQty,
          orderQty: told.orderQty,
          avgPx: told.avgPx,
        });
      }
    } finally {
      await running.stop();
    }
  });

  it("changes the latency, which keeps the order of what passes", async () => {
    const own = await startVenue("--speed", "0");
    try {
      const control = clients.open(own.port);
      control.say({ type: "control" });
      const slow = { kind: "constant", delay_ns: "150000000" } as const;
      control.say({ type: "set_latency", requestId: "l1", inbound: slow, outbound: slow });
      await control.until("control_ok");
      const c = clients.open(own.port);
      const start_ms = performance.now();
      await c.logon("s-slow");
      assert.isAtLeast(performance.now() - start_ms, 290);
      const jitter = { kind: "lognormal", median_ns: "2000000", sigma: "1" } as const;
      control.say({ type: "set_latency", requestId: "l2", inbound: jitter, outbound: jitter });
      await control.until("control_ok", (m) => m.requestId === "l2");
      c.say(...Array.from({ length: 200 }, (_, index) => order(`j-${index}`)));
      await c.untilReport("j-199", "new");
      assert.deepStrictEqual(
        c.reports().map((r) => r.clOrdId),
        Array.from({ length: 200 }, (_, index) => `j-${index}`),
      );
      control.say({
        type: "set_latency",
        requestId: "l3",
        inbound: { kind: "uniform", min_ns: "5", max_ns: "4" },
      });
      assert.match((await control.until("error")).text, /out of bounds/);
    } finally {
      await own.stop();
    }
  });
});

describe("the process", () => {
  it("ends with 0 on SIGTERM while clients are connected", async () => {
    const own = await startVenue("--speed", "1");
    const c = clients.open(own.port);
    await c.logon("s");
    own.child.kill("SIGTERM");
    assert.deepStrictEqual(await own.ended, { code: 0, signal: null });
    assert.strictEqual(c.all("error").at(-1)?.text, "venue stops");
  });

  it("ends when its parent's pipe closes, if it is told to", async () => {
    const own = await startVenue("--speed", "1", "--exit-with-parent");
    own.child.stdin?.end();
    assert.deepStrictEqual(await own.ended, { code: 0, signal: null });
  });

  it.each([
    { args: ["--nonsense"] },
    { args: ["--port", "70000"] },
    { args: ["--seed", "x"] },
    { args: ["--speed", "-1"] },
    { args: ["--latency", "sometimes"] },
    { args: ["--instruments", "DOGE-USDT"] },
    { args: ["--maker-bps", "many"] },
    { args: ["--data", "/nonexistent"] },
  ])("ends with 2 and a reason for $args", ({ args }) => {
    const ended = spawnSync(process.execPath, [entry, ...args], {
      encoding: "utf8",
    });
    assert.strictEqual(ended.status, 2);
    assert.strictEqual(ended.stdout, "");
    assert.match(ended.stderr, /^\{"event":"cannot start","reason":"[^"]+/);
  });
});
