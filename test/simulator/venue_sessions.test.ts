/** Sessions and connections of the simulator: a real process, real TCP. */
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import { Clients, order } from "./venue_fixture.ts";
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

describe("sessions", () => {
  it("send again exactly the reports that were missed, then go on", async () => {
    const first = clients.open(venue.port);
    await first.logon("s-again");
    first.say(order("a1"), order("a2"), order("a3"));
    await first.untilReport("a3", "new");
    const seen = first.reports();
    await first.close();

    const second = clients.open(venue.port);
    const ack = await second.logon("s-again", 1);
    assert.strictEqual(ack.lastSeqSent, 3);
    second.say({ type: "cancel", clOrdId: "a4", origClOrdId: "a2" });
    await second.untilReport("a4", "canceled");
    const again = second.reports();
    assert.deepStrictEqual(
      again.slice(0, 2),
      seen.slice(1).map((report) => ({ ...report, possDup: true })),
    );
    assert.strictEqual(again.length, 3);
    assert.deepInclude(again[2], { seq: 4 });
    assert.notProperty(again[2], "possDup");
    await second.close();

    const third = clients.open(venue.port);
    await third.logon("s-again", 4);
    third.say({ type: "query_executions", requestId: "q", afterSeq: 2 });
    const { reports, asOfSeq } = await third.until("executions");
    assert.deepStrictEqual([reports.map((r) => r.seq), asOfSeq], [[3, 4], 4]);
    assert.deepStrictEqual(third.reports(), []);
  });

  it("belong to the newest logon", async () => {
    const first = clients.open(venue.port);
    await first.logon("s-twice");
    first.say(order("w1"));
    await first.untilReport("w1", "new");
    // On its way when the second logon arrives: carried out before that is answered.
    const second = clients.open(venue.port);
    first.say(order("w2"));
    const ack = await second.logon("s-twice", 1);
    await first.closed;
    assert.strictEqual(first.all("error").at(-1)?.text, "session taken over by another logon");
    second.say({ type: "query_open_orders", requestId: "q" });
    const { orders } = await second.until("open_orders");
    assert.strictEqual(orders.length, ack.lastSeqSent);
    second.say(order("w3"));
    await second.untilReport("w3", "new");
    second.say({ type: "logout" });
    await second.closed;
  });

  it("cancel their orders on disconnect when asked to, and only then", async () => {
    const keep = clients.open(venue.port);
    await keep.logon("s-keep");
    keep.say(order("k1"));
    await keep.untilReport("k1", "new");
    const drop = clients.open(venue.port);
    await drop.logon("s-drop", 0, true);
    drop.say(order("d1"), order("d2"));
    await drop.untilReport("d2", "new");
    await Promise.all([keep.close(), drop.close()]);

    const dropped = clients.open(venue.port);
    await dropped.logon("s-drop", 2);
    await dropped.untilReport("d2", "canceled");
    assert.deepStrictEqual(
      dropped.reports().map((r) => r.execType),
      ["canceled", "canceled"],
    );
    const kept = clients.open(venue.port);
    await kept.logon("s-keep", 1);
    kept.say({ type: "query_open_orders", requestId: "q" });
    assert.strictEqual((await kept.until("open_orders")).orders.length, 1);
  });

  it("answer a query of many orders in chunks, and only with their own", async () => {
    const c = clients.open(venue.port);
    await c.logon("s-many");
    c.say(...Array.from({ length: 1_000 }, (_, index) => order(`many-${index}`)));
    await c.untilReport("many-999", "new");
    c.say({ type: "query_open_orders", requestId: "q" });
    await c.until("open_orders", (m) => m.last);
    const chunks = c.all("open_orders");
    assert.strictEqual(chunks.length, 25);
    assert.strictEqual(new Set(chunks.flatMap((m) => m.orders.map((o) => o.clOrdId))).size, 1_000);
    c.say({ type: "query_executions", requestId: "e", afterSeq: 0 });
    await c.until("executions", (m) => m.last);
    const reports = c.all("executions").flatMap((m) => m.reports);
    assert.deepStrictEqual(
      reports.map((r) => r.seq),
      Array.from({ length: 1_000 }, (_, index) => index + 1),
    );
  });
});

describe("what was on its way when a connection ended", () => {
  const slowly = { kind: "constant", delay_ns: "300000000" } as const;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** A venue whose requests take 300 ms, and a switch to take that away. */
  const slowVenue = async () => {
    const own = await startVenue("--speed", "0");
    const control = clients.open(own.port);
    control.say({ type: "control" });
    control.say({ type: "set_latency", requestId: "slow", inbound: slowly });
    await control.until("control_ok", (m) => m.requestId === "slow");
    const quicken = async () => {
      control.say({ type: "set_latency", requestId: "quick", inbound: { kind: "none" } });
      await control.until("control_ok", (m) => m.requestId === "quick");
    };
    return { own, quicken };
  };

  it("is carried out all the same", async () => {
    const { own, quicken } = await slowVenue();
    const first = clients.open(own.port);
    await first.logon("s-way");
    first.say(order("o1"));
    await pause(50);
    await first.close();
    await quicken();
    await pause(400);
    const second = clients.open(own.port);
    assert.strictEqual((await second.logon("s-way")).lastSeqSent, 1);
    await own.stop();
  });

  it("is carried out before a new logon is answered, and never after", async () => {
    const { own, quicken } = await slowVenue();
    const first = clients.open(own.port);
    await first.logon("s-way");
    first.say(order("o1"), order("o2"));
    await pause(50);
    await quicken();
    const second = clients.open(own.port);
    assert.strictEqual((await second.logon("s-way")).lastSeqSent, 2);
    await first.closed;
    await pause(400);
    second.say({ type: "query_open_orders", requestId: "q" });
    const { orders, asOfSeq } = await second.until("open_orders");
    assert.deepStrictEqual([orders.map((o) => o.clOrdId), asOfSeq], [["o1", "o2"], 2]);
    await own.stop();
  });
});

describe("a small venue", () => {
  it("says what it has forgotten, and refuses what it could not remember", async () => {
    const own = await startVenue("--speed", "0", "--reports-max", "5", "--ids-max", "7");
    const c = clients.open(own.port);
    await c.logon("s-small");
    c.say(...Array.from({ length: 9 }, (_, index) => order(`o${index}`)));
    assert.strictEqual((await c.untilReport("o8", "rejected")).rejectCode, "venue_full");
    c.say({ type: "cancel", clOrdId: "c1", origClOrdId: "o1" });
    await c.untilReport("c1", "canceled");
    await c.close();
    const again = clients.open(own.port);
    const ack = await again.logon("s-small", 2);
    assert.deepStrictEqual([ack.firstSeqAvailable, ack.lastSeqSent], [6, 10]);
    await again.untilReport("c1", "canceled");
    assert.deepStrictEqual(
      again.reports().map((r) => r.seq),
      [6, 7, 8, 9, 10],
    );
    await own.stop();
  });
});

describe("connections", () => {
  it("survive garbage, and end at a line that is too long", async () => {
    const c = clients.open(venue.port);
    await c.logon("s-garbage");
    c.sayRaw("garbage\n{}\n");
    c.say({ type: "subscribe", instruments: [] }, order("g1"));
    await c.untilReport("g1", "new");
    assert.strictEqual(c.all("error").length, 3);
    c.sayRaw("x".repeat(70_000));
    await c.closed;
    assert.match(c.all("error").at(-1)?.text ?? "", /longer than/);
  });

  it("need a first message that names their kind", async () => {
    const c = clients.open(venue.port);
    c.say({ type: "heartbeat" });
    await c.closed;
    assert.match(c.all("error")[0]?.text ?? "", /begins with/);
  });

  it("are answered by heartbeats, and hear them when idle", async () => {
    const c = clients.open(venue.port);
    await c.logon("s-beat");
    c.say({ type: "heartbeat" });
    const start = c.heartbeats;
    await new Promise((resolve) => setTimeout(resolve, 1_800));
    assert.isAtLeast(c.heartbeats - start, 2);
  });

  it("end when their client is silent, or too slow", async () => {
    const strict = await startVenue(
      ...["--speed", "1", "--silence-ms", "300", "--outbound-bytes-max", "262144"],
    );
    try {
      const silent = clients.open(strict.port);
      await silent.logon("silent");
      await silent.closed;
      assert.match(silent.all("error")[0]?.text ?? "", /nothing received/);

      const slow = clients.open(strict.port);
      await slow.logon("slow");
      slow.socket.pause();
      const flood = Array.from({ length: 20_000 }, (_, index) => order(`s-${index}`));
      for (let start = 0; start < flood.length; start += 500) {
        slow.say(...flood.slice(start, start + 500));
      }
      const control = clients.open(strict.port);
      control.say({ type: "control" });
      for (let round = 0; ; round += 1) {
        control.say({ type: "stats", requestId: `st-${round}` });
        const stats = await control.until("stats", (m) => m.requestId === `st-${round}`);
        if (stats.disconnects["slow client: outbound buffer full"] === 1) break;
        if (round > 100) throw new Error(`still there: ${JSON.stringify(stats.disconnects)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.include(strict.complaints(), "slow client: outbound buffer full");
    } finally {
      await strict.stop();
    }
  });
});
