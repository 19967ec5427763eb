/**
 * Behavioural scenarios 34, 35, 36 and 39 against the real venue process over TCP: a session is
 * lost and comes back. Numbers are theirs. At the end of each the venue's record and the shard's
 * are the same, order by order and fill by fill.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { order } from "../../simulator/venue_fixture.ts";
import { messages, LiveStage, reconcile, rest, soon, summaries } from "./live_stage.ts";
import type { LiveShard } from "./live_shard.ts";
import { until } from "./tcp_stage.ts";
import { btc, cancel, legOf, place } from "./venue_requests.ts";

let stage: LiveStage;
beforeAll(async () => {
  stage = await LiveStage.start();
});
afterEach(() => stage.calm());
afterAll(() => stage.stop());

const names = ["a", "b"];
/** A port of this machine that refuses connections. */
const nobodyListens = 1;
const id = (name: string) => legOf(name, "new:0");

/** Loses the connection of a session and waits until it is noticed. */
const lose = async (shard: LiveShard, session: string): Promise<void> => {
  const before = shard.bench.session?.counters.disconnects ?? 0;
  await stage.venue.control.disconnect("reset", session);
  await until("lost", () => (shard.bench.session?.counters.disconnects ?? 0) > before);
};

describe("34: the venue drops with open orders", () => {
  test("and cancels on disconnect: they are canceled by its word, not before it", async () => {
    const session = stage.nextSession();
    const connection = { cancelOnDisconnect: true };
    const shard = await stage.openShard(session, { connection });
    await rest(shard, names);
    await stage.venue.control.setFaults({ outage: { refuses: "logons", orders: "keep" } });
    await until("refused", () => shard.bench.session?.status === "disconnected");
    // The venue has canceled them; nobody has told us, so nothing is assumed.
    const atVenue = async () =>
      (await stage.venue.recordOf(session)).orders.map(({ order }) => order.ordStatus);
    await until("noticed", () => (shard.bench.session?.counters.disconnects ?? 0) > 0);
    expect(new Set(await atVenue())).toEqual(new Set(["canceled"]));
    for (const name of names) expect(shard.bench.said(id(name))).toEqual(["new"]);
    await stage.venue.control.clearFaults();
    await until("open again", () => shard.isSettled);
    for (const name of names) expect(shard.bench.said(id(name))).toEqual(["new", "canceled"]);
    expect(await stage.faults(shard, session)).toEqual([]);
  });

  test("and keeps them: they stay open, which its list confirms", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session);
    await rest(shard, names);
    await lose(shard, session);
    await until("open again", () => shard.isSettled);
    for (const name of names) expect(shard.bench.said(id(name))).toEqual(["new"]);
    expect(summaries(shard).at(-1)).toMatchObject({ why: "logon", counts: { orders: 2 } });
    expect(await stage.faults(shard, session)).toEqual([]);
  });

  test("and fills one of them meanwhile: that one is filled, by its executions", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session);
    const { client, price } = await stage.sellers(0);
    const price_ticks = Math.round(Number(price) * 100);
    shard.message(place("f", soon(), { price_ticks }));
    shard.message(place("k", soon(), { price_ticks: 100_000 }));
    await until("they rest", () =>
      ["f", "k"].every((name) => shard.bench.said(id(name)).length > 0),
    );
    const { address } = shard;
    shard.address = { ...address, port: nobodyListens };
    await stage.venue.control.disconnect("reset", session);
    await until("away", () => shard.bench.session?.status !== "open");
    for (let no = 0; no < 3; no += 1) {
      const terms = { side: "sell", orderQty: "0.001", price } as const;
      client.say(order(`hit-${no}`, terms));
    }
    await client.untilReport("hit-2", "trade");
    expect(shard.bench.said(id("f"))).toEqual(["new"]);
    shard.address = address;
    await until("settled", () => shard.isSettled);
    expect(shard.bench.said(id("f"))).toEqual(["new", "trade", "trade", "trade"]);
    expect(shard.bench.said(id("k"))).toEqual(["new"]);
    expect(await stage.faults(shard, session)).toEqual([]);
  });
});

describe("35: the stream dropped 14 of 18 fills of an order", () => {
  /** An order of 20 parts of which 18 trade at once, 14 of them unheard. */
  const dropFills = async (session: string): Promise<LiveShard> => {
    const shard = await stage.openShard(session);
    const { price } = await stage.sellers(18);
    const dropped = await stage.venue.count("dropped");
    const dropNext = { drop: 14, of: 18, execType: "trade" } as const;
    await stage.venue.control.setFaults({ reports: { dropNext } }, { seed: 35 });
    const price_ticks = Math.round(Number(price) * 100);
    shard.message(place("f", soon(), { orderQty_lots: 2_000, price_ticks }));
    await until("the loss is noticed", () => (shard.bench.session?.counters.disconnects ?? 0) > 0);
    expect((await stage.venue.count("dropped")) - dropped).toBe(14);
    return shard;
  };

  /** All 18 are there, once each, under the venue's own ids; nothing was invented. */
  const expectExact = async (shard: LiveShard, session: string): Promise<void> => {
    const trades = shard.bench.reports().filter(({ execType }) => execType === "trade");
    expect(new Set(trades.map(({ execId }) => execId)).size).toBe(18);
    const [last] = trades.toSorted((x, y) => y.cumQty_lots - x.cumQty_lots);
    expect(last).toMatchObject({ cumQty_lots: 1_800, clOrdId: id("f") });
    expect((await stage.venue.recordOf(session)).executions).toHaveLength(18);
    expect(await stage.faults(shard, session)).toEqual([]);
    expect(await reconcile(shard)).toMatchObject({ settled: true, unknown: [] });
    expect(shard.bench.space.get("tally", btc)?.net_lots).toBe(1_800);
    expect(shard.bench.incidents()).not.toContain("position_difference");
    shard.message(cancel("f"));
    await until("canceled", () => shard.bench.said(legOf("f", "cancel:1")).includes("canceled"));
    expect(await stage.faults(shard, session)).toEqual([]);
  };

  test("the resumed session tells them again: cum and position are exact", async () => {
    const session = stage.nextSession();
    const shard = await dropFills(session);
    await until("settled", () => shard.isSettled);
    await expectExact(shard, session);
  });

  test("it tells none of them again: asked for, they come under their own ids", async () => {
    const session = stage.nextSession();
    await stage.venue.control.setFaults({ history: { resend: 0 } });
    const shard = await dropFills(session);
    await until("settled", () => shard.isSettled && shard.bench.space.size("check") === 0);
    expect(shard.bench.session?.counters.breaks).toBeGreaterThan(0);
    await until("asked", () => shard.bench.space.size("checking") === 0);
    await expectExact(shard, session);
  });
});

test("36: while it is reconciled a submit is denied and a cancel passes", async () => {
  const session = stage.nextSession();
  // A part without an answer is patiently waited for: until then the gate is closed.
  const shard = await stage.openShard(session, { reconcile: { partTimeout_ms: 3_000 } });
  await rest(shard, names);
  await stage.venue.control.setFaults({ silence: { swallow: 1 } });
  await lose(shard, session);
  await until("reconciling", () => shard.bench.session?.status === "reconciling");
  const run = () => shard.bench.space.get("reconcile", shard.bench.options.venue)?.run;
  await until("asked", () => run() !== undefined);
  // Whatever is asked from now on is heard; the run under way has no answers to come.
  await stage.venue.control.clearFaults();
  shard.message(place("denied", soon(), { price_ticks: 100_000 }));
  shard.message(cancel("a"));
  await until("canceled", () => shard.bench.said(legOf("a", "cancel:1")).includes("canceled"));
  expect(shard.bench.session?.status).toBe("reconciling");
  expect(shard.bench.said(id("denied"))).toEqual(["not_sent"]);
  const [denial] = shard.bench.reports().filter(({ clOrdId }) => clOrdId === id("denied"));
  expect(denial).toMatchObject({ code: "ROUTE_VENUE_DOWN", text: /session=reconciling/ });
  const record = async () =>
    (await stage.venue.recordOf(session)).orders.map(({ order }) => [
      order.clOrdId,
      order.ordStatus,
    ]);
  expect(await record()).toEqual([
    [id("a"), "canceled"],
    [id("b"), "new"],
  ]);
  await until("open again", () => shard.isSettled);
  await rest(shard, ["later"]);
  expect((await record()).map(([, status]) => status)).toEqual(["canceled", "new", "new"]);
  expect(await stage.faults(shard, session)).toEqual([]);
});

describe("39: an order that is absent from the list of open orders", () => {
  test("is in history as filled: found by its id, and not canceled here", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session);
    // What becomes of the order is reported once, and that report cannot be had any more.
    await stage.venue.control.setFaults({ reports: { drop: 1 }, history: { resend: 0 } });
    shard.message(place("h", soon(), { price_ticks: 9_000_000 }));
    await until("in doubt", () => shard.bench.said(id("h")).includes("in_doubt"));
    await stage.venue.control.setFaults({}, { off: ["reports"] });
    await stage.venue.control.disconnect("reset", session);
    await until("settled", () => shard.isSettled && shard.bench.said(id("h")).includes("trade"));
    await until("asked", () => shard.bench.space.size("check") === 0);
    const said = shard.bench.said(id("h"));
    expect(said).not.toContain("canceled");
    expect(said).not.toContain("not_sent");
    expect(await stage.faults(shard, session)).toEqual([]);
  });

  test("lives where the list does not look: found by its id, open as before", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session);
    await rest(shard, names);
    await stage.venue.control.setFaults({ listing: { omit: 1 } });
    await lose(shard, session);
    await until("open again", () => shard.isSettled);
    await until("asked", () => shard.bench.space.size("check") === 0);
    expect(summaries(shard).at(-1)).toMatchObject({ counts: { missing: 2 } });
    for (const name of names) expect(shard.bench.said(id(name)).at(-1)).toBe("new");
    expect(await stage.faults(shard, session)).toEqual([]);
    // Nor does any later run conclude more from its absence.
    const sent = shard.bench.sent.length;
    await reconcile(shard);
    await until("settled", () => shard.isSettled && shard.bench.space.size("check") === 0);
    const kinds = shard.bench.sent.slice(sent).map(({ message }) => message.kind);
    expect(kinds).not.toContain("cancel");
    for (const name of names) expect(shard.bench.said(id(name)).at(-1)).toBe("new");
    expect(messages(shard, "position_difference")).toEqual([]);
  });

  test("ended before the window of executions: that is told, no fill invented", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session);
    await stage.venue.control.setFaults({
      reports: { drop: 1 },
      history: { resend: 0, reports: 0 },
    });
    shard.message(place("w", soon(), { price_ticks: 9_000_000 }));
    await until("in doubt", () => shard.bench.said(id("w")).includes("in_doubt"));
    await stage.venue.control.setFaults({}, { off: ["reports"] });
    await stage.venue.control.disconnect("reset", session);
    await until("settled", () => shard.isSettled && shard.bench.space.size("check") === 0);
    const record = await stage.venue.recordOf(session);
    expect(record.orders.map(({ order }) => order.ordStatus)).toEqual(["filled"]);
    const reports = shard.bench.reports().filter(({ clOrdId }) => clOrdId === id("w"));
    const said = reports.map(({ execType }) => execType);
    for (const word of ["not_sent", "trade"]) expect(said).not.toContain(word);
    // With all of it executed by the venue's count: what its order is owed it books provisionally.
    const text = "filled at the venue, executions of 1000 lots cannot be had";
    expect(reports.at(-1)).toMatchObject({ cumQty_lots: 1_000, text });
    expect(shard.bench.incidents()).toContain("executions_missing");
    expect(shard.bench.space.get("tally", btc)?.net_lots).toBe(1_000);
  });
});
