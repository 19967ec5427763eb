/** What can go wrong on the way: reports that come twice, never or swapped; lost connections. */
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import { FaultyVenue } from "./faulty_venue.ts";
import type { SimClient } from "./sim_client.ts";
import { market, order, topOf } from "./venue_fixture.ts";

let venue: FaultyVenue;
beforeAll(async () => {
  venue = await FaultyVenue.start("--silence-ms", "1000");
});
afterEach(() => venue.calm());
afterAll(() => venue.stop());

const seqs = (client: SimClient): number[] => client.reports().map(({ seq }) => seq);
const pause = (time_ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, time_ms);
  });

describe("live reports", () => {
  it("come twice, number and all", async () => {
    await venue.control.setFaults({ reports: { duplicate: 1 } });
    const c = await venue.session("s-twice");
    c.say(order("d1"), order("d2"));
    await c.until("report", () => c.reports().length === 4);
    assert.deepStrictEqual(seqs(c), [1, 1, 2, 2]);
    assert.deepStrictEqual(c.reports()[0], c.reports()[1]);
  });

  it("change places, and the last one comes though none follows it", async () => {
    await venue.control.setFaults({ reports: { reorder: 1 } });
    const c = await venue.session("s-swapped");
    c.say(order("r1"), order("r2"), order("r3"));
    await c.until("report", () => c.reports().length === 3);
    assert.deepStrictEqual(seqs(c), [2, 1, 3]);
  });

  it("are dropped, and come again with the next logon and on a query", async () => {
    await venue.control.setFaults({ reports: { drop: 0.5 } }, { seed: 11 });
    const c = await venue.session("s-dropped");
    for (let index = 0; index < 40; index += 1) c.say(order(`d${index}`));
    c.say({ type: "query_executions", requestId: "x", afterSeq: 0 });
    const { reports, asOfSeq } = await c.until("executions");
    assert.lengthOf(reports, 40);
    assert.strictEqual(asOfSeq, 40);
    const dropped = await venue.count("dropped");
    assert.strictEqual(seqs(c).length, 40 - dropped);
    assert.isTrue(dropped > 8 && dropped < 32);
    const again = await venue.session("s-dropped");
    await again.until("report", ({ seq }) => seq === 40);
    assert.deepStrictEqual(
      seqs(again),
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });
});

describe("exactly so many of the next live reports", () => {
  const lose = async (session: string, seed: number): Promise<number[]> => {
    const dropNext = { drop: 14, of: 18, execType: "trade" } as const;
    const before = await venue.count("dropped");
    await venue.control.setFaults({ reports: { dropNext } }, { seed });
    const c = await venue.session(session);
    for (let index = 0; index < 20; index += 1) {
      c.say(market(`${session}-${index}`, { orderQty: "0.00001" }));
    }
    c.say({ type: "query_executions", requestId: "x", afterSeq: 0 });
    const { reports } = await c.until("executions");
    assert.lengthOf(reports, 40);
    assert.strictEqual((await venue.count("dropped")) - before, 14);
    // The 20 acknowledgements, 4 of 18 trades, and the two behind them.
    assert.lengthOf(c.reports(), 26);
    assert.deepStrictEqual(seqs(c).slice(-4), [37, 38, 39, 40]);
    return seqs(c);
  };

  it("are lost, whatever the seed, the same ones with the same", async () => {
    const lost = await lose("s-exact-1", 3);
    assert.deepStrictEqual(await lose("s-exact-2", 3), lost);
    assert.notDeepEqual(await lose("s-exact-3", 4), lost);
  });
});

describe("a connection", () => {
  it("is reset or finished at a request, which is carried out or was never read", async () => {
    for (const how of ["reset", "finish"] as const) {
      await venue.control.setFaults({ connection: { [how]: 1 } }, { seed: 3 });
      const outcomes = new Set<boolean>();
      for (let index = 0; index < 30 && outcomes.size < 2; index += 1) {
        const c = await venue.session(`s-${how}`);
        c.say(order(`${how}-${index}`));
        await c.closed;
        const { orders } = await venue.recordOf(`s-${how}`);
        outcomes.add(orders.some((one) => one.order.clOrdId === `${how}-${index}`));
      }
      assert.strictEqual(outcomes.size, 2, how);
    }
    assert.isAbove(await venue.count("connection_reset"), 1);
    assert.isAbove(await venue.count("connection_finished"), 1);
  });

  it("half open neither answers nor ends, until the venue's own patience does", async () => {
    const c = await venue.session("s-half");
    await venue.control.disconnect("half_open", "s-half");
    const heard = c.heartbeats;
    let hasClosed = false;
    void c.closed.then(() => {
      hasClosed = true;
    });
    c.say(order("h1"), { type: "heartbeat" });
    await pause(500);
    assert.isFalse(hasClosed);
    assert.lengthOf(c.reports(), 0);
    assert.strictEqual(c.heartbeats, heard);
    assert.lengthOf((await venue.recordOf("s-half")).orders, 0);
    await c.closed;
  });

  it("is one per session: a second logon takes it over, or is refused while it lives", async () => {
    const first = await venue.session("s-second");
    await venue.session("s-second");
    await first.closed;
    await venue.control.setFaults({ secondLogon: "refuse" });
    const third = venue.connect();
    third.say({ type: "logon", session: "s-second", lastSeqReceived: 0 });
    await third.closed;
    assert.strictEqual(third.all("refused")[0]?.code, "session_in_use");
    await venue.control.disconnect("reset", "s-second");
    await venue.session("s-second");
  });
});

describe("an outage", () => {
  it("ends connections and refuses logons for its time; kept orders stay", async () => {
    const c = await venue.session("s-out");
    const { ask } = await topOf(venue.process.port);
    c.say(order("o1", { price: (Number(ask) - 100).toFixed(2) }));
    await c.untilReport("o1", "new");
    await venue.control.setFaults({ outage: { refuses: "logons", orders: "keep", for_ms: 300 } });
    await c.closed;
    const early = venue.connect();
    early.say({ type: "logon", session: "s-out", lastSeqReceived: 1 });
    await early.closed;
    assert.deepInclude(early.all("refused")[0], { code: "unavailable" });
    await pause(350);
    const later = await venue.session("s-out", 1);
    later.say({ type: "query_order", requestId: "q", clOrdId: "o1" });
    assert.strictEqual((await later.until("order_status")).order?.ordStatus, "new");
  });

  it("resets connections, feeds too, and cancels open orders where the venue does", async () => {
    const c = await venue.session("s-gone");
    const feed = venue.connect();
    feed.say({ type: "subscribe", instruments: ["BTC-USDT"] });
    await feed.until("bbo");
    c.say(order("g1"));
    await c.untilReport("g1", "new");
    await venue.control.setFaults({ outage: { refuses: "connections", orders: "cancel" } });
    await Promise.all([c.closed, feed.closed]);
    for (const first of ["logon", "subscribe"] as const) {
      const early = venue.connect();
      if (first === "logon") early.say({ type: "logon", session: "s-gone", lastSeqReceived: 1 });
      else early.say({ type: "subscribe", instruments: ["BTC-USDT"] });
      await early.closed;
      assert.lengthOf(early.heard, 0);
    }
    await venue.control.setFaults({}, { off: ["outage"] });
    const later = await venue.session("s-gone", 1);
    assert.deepInclude(await later.untilReport("g1", "canceled"), { seq: 2, text: "outage" });
    assert.strictEqual(await venue.count("outage"), 2);
  });

  it("freezes the market with the orders, and the market goes on from there", async () => {
    const lively = await FaultyVenue.start("--speed", "50");
    try {
      const c = await lively.session("s-freeze");
      const played = async (): Promise<number> =>
        (await lively.control.stats()).markets.reduce((sum, one) => sum + one.eventsPlayed, 0);
      await lively.control.setFaults({ outage: { refuses: "logons", orders: "freeze" } });
      await c.closed;
      const frozen = await played();
      await pause(200);
      assert.strictEqual(await played(), frozen);
      await lively.control.clearFaults();
      await pause(200);
      const after = await played();
      assert.isAbove(after, frozen);
      const again = await lively.session("s-freeze");
      again.say(market("m1", { orderQty: "0.001" }));
      await again.untilReport("m1", "trade");
    } finally {
      await lively.stop();
    }
  });
});
