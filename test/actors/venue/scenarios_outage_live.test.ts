/**
 * Behavioural scenarios 40 and 57 against the real venue process over TCP, with a node's own
 * intervals: ten minutes in which the venue cannot be reached, its name is unknown, or no question
 * is answered; a quarter of an hour of half-open connections, or of a shard that takes no reports.
 *
 * The shard, its driver and its link live by a clock of the test, which goes on by 200 ms for each
 * turn of the event loop: some two hundred times as fast as real time. The sockets are real, the
 * venue is another process and lives by its own clock.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { backOff_default } from "../../../actors/venue/back_off.ts";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import { venueOptions_default } from "../../../actors/venue/venue_options.ts";
import { logonTimeout_ms, socketOptions } from "../../../deploy/venue_options.ts";
import { order } from "../../simulator/venue_fixture.ts";
import type { LiveShard } from "./live_shard.ts";
import { LiveStage } from "./live_stage.ts";
import { ManualTimers } from "./manual_timers.ts";
import { legOf, orderOf, place } from "./venue_requests.ts";

let stage: LiveStage;
beforeAll(async () => {
  stage = await LiveStage.start("--silence-ms", "3000");
});
afterEach(() => stage.calm());
afterAll(() => stage.stop());

const minutes = 60_000;
const step_ms = 200;
const patience_ms = 20_000;
const id = (name: string) => legOf(name, "new:0");

/** A shard that lives by a test's clock. */
class DrivenShard {
  readonly timers = new ManualTimers();
  readonly shard: LiveShard;

  constructor(session: string) {
    const { timers } = this;
    const address = { venue: "SIMX", host: "127.0.0.1", port: stage.venue.process.port };
    const { answerTimeout_ms, grace_ms, queryTimeout_ms } = venueOptions_default;
    this.shard = stage.shard(session, {
      reconcile: reconcileOptions_default,
      options: { answerTimeout_ms, grace_ms, queryTimeout_ms },
      connection: { ...socketOptions(address, timers), logonTimeout_ms },
      backOff: backOff_default,
    });
  }

  /** Lets the clock go on, and the event loop with it. */
  async #pass(span_ms: number): Promise<void> {
    this.timers.pass(span_ms);
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    this.shard.tick();
  }

  /** Lets that much time go by; looks at each second of it. */
  async goOn(span_ms: number, look: () => void): Promise<void> {
    for (let passed_ms = step_ms; passed_ms <= span_ms; passed_ms += step_ms) {
      await this.#pass(step_ms);
      if (passed_ms % 1_000 === 0) look();
    }
  }

  /** Lets time go by in small steps until something holds. */
  async until(what: string, holds: () => boolean, each_ms = 2): Promise<void> {
    const until_ms = performance.now() + patience_ms;
    while (!holds()) {
      if (performance.now() > until_ms) throw new Error(`never: ${what}`);
      await this.#pass(each_ms);
    }
  }

  /** Sends an order and waits for what is said of it, or not at all. */
  async place(name: string, change: object, word?: string): Promise<void> {
    const deadline_ns = this.timers.now_ns() + 1_000_000_000n;
    this.shard.message(place(name, deadline_ns, { price_ticks: 100_000, ...change }));
    if (word === undefined) return;
    await this.until(`${name} ${word}`, () => this.shard.bench.said(id(name)).includes(word));
  }
}

/** Words and incidents by which an order would be given up. */
const endings: ReadonlySet<string> = new Set(["not_sent", "canceled", "rejected", "expired"]);
const losses = new Set(["order_lost", "order_absent", "unresolved", "unresolved_given_up"]);

/** What was concluded of these orders, or counted as a miss; empty: nothing. */
const conclusions = ({ bench, isOpen }: LiveShard, names: readonly string[]): string[] => {
  const orders = names.map(orderOf);
  return [
    ...bench
      .reports()
      .filter(({ orderId, execType }) => orders.includes(orderId) && endings.has(execType))
      .map(({ orderId, execType }) => `${orderId} ${execType}`),
    ...bench.incidents().filter((one) => losses.has(one)),
    ...[...bench.space.entries("order")].flatMap(([root, { absent, unseen }]) =>
      absent === undefined && unseen === undefined ? [] : [`${root} was missed`],
    ),
    ...(bench.space.get("request", id("never")) === undefined ? ["never: forgotten"] : []),
    ...(bench.session?.counters.notSent === 0 ? [] : ["counted as not sent"]),
    ...(isOpen ? ["the gate is open"] : []),
  ];
};

/** Three orders that work; two that are on their way when the way is lost: one has arrived. */
const placeAll = async (driven: DrivenShard, price: string): Promise<void> => {
  await driven.place("works", {}, "new");
  await driven.place("byHand", {}, "new");
  await driven.place("fills", { price_ticks: Math.round(Number(price) * 100) }, "new");
  for (const [name, counter, silence] of [
    ["arrived", "unreported", { unreported: 1 }],
    ["never", "swallowed", { swallow: 1 }],
  ] as const) {
    await stage.venue.control.setFaults({ silence });
    await driven.place(name, {});
    while ((await stage.venue.count(counter)) === 0) driven.shard.tick();
  }
};

/** Meanwhile the venue goes on: one order is filled in four parts, one is canceled by hand. */
const goOnThere = async (session: string, price: string): Promise<void> => {
  const client = await stage.venue.session(stage.nextSession());
  for (let no = 0; no < 4; no += 1) {
    client.say(order(`hit-${no}`, { side: "sell", orderQty: "0.001", price }));
  }
  await client.untilReport("hit-3", "trade");
  const hand = await stage.venue.session(session, 1_000);
  hand.say({ type: "cancel", clOrdId: "by-hand", origClOrdId: id("byHand") });
  await hand.untilReport("by-hand", "canceled");
  await hand.close();
};

test("40: ten minutes of failing look-ups count no miss and declare no order lost", async () => {
  const { venue } = stage;
  const session = stage.nextSession();
  const driven = new DrivenShard(session);
  const { shard, timers } = driven;
  const { bench } = shard;
  await driven.until("open", () => shard.isOpen);
  const { price } = await stage.sellers(0);
  await placeAll(driven, price);
  const began_ns = timers.now_ns();
  const { address } = shard;
  const all = ["works", "byHand", "fills", "arrived", "never"];
  const look = (): void => expect(conclusions(shard, all)).toEqual([]);
  const links = (): number => bench.session?.link ?? 0;

  // The way is gone: connections are refused.
  shard.address = { ...address, port: 1 };
  await venue.control.disconnect("reset", session);
  await driven.until("lost", () => !shard.isOpen);
  await driven.goOn(4 * minutes, look);
  await venue.control.clearFaults();
  await goOnThere(session, price);
  // Its name is not known any more.
  shard.address = { ...address, host: "venue.invalid" };
  await driven.goOn(2 * minutes, look);
  const before = links();
  expect(before).toBeGreaterThan(8);
  // It can be reached, and no question is answered; then each one with an error of its own. What it
  // has to tell of itself is told: the end of the one that was canceled by hand.
  const unheard = all.filter((name) => name !== "byHand");
  for (const [faults, counter] of [
    [{ silence: { swallow: 1 } }, "swallowed"],
    [{ ambiguous: { lost: 1 } }, "ambiguous_lost"],
  ] as const) {
    const asked = await venue.count(counter);
    await venue.control.setFaults(faults, { clear: true });
    shard.address = address;
    await driven.goOn(2 * minutes, () => expect(conclusions(shard, unheard)).toEqual([]));
    expect((await venue.count(counter)) - asked).toBeGreaterThan(20);
  }
  expect(links()).toBeGreaterThan(before);
  expect(timers.now_ns() - began_ns).toBeGreaterThanOrEqual(BigInt(10 * minutes) * 1_000_000n);

  await venue.control.clearFaults();
  const well_ns = timers.now_ns();
  await driven.until("open again", () => shard.isOpen, 20);
  const waited_ms = Number(timers.now_ns() - well_ns) / 1e6;
  const { closedRetry_ms_max, partTimeout_ms } = reconcileOptions_default;
  expect(waited_ms).toBeLessThanOrEqual(closedRetry_ms_max + partTimeout_ms);
  await driven.until("settled", () => shard.isSettled, 20);
  expect(bench.said(id("works"))).toEqual(["new"]);
  expect(bench.said(id("arrived")).at(-1)).toBe("new");
  // Now that the venue has said so, and not before.
  expect(bench.said(id("never")).at(-1)).toBe("not_sent");
  const ofHand = bench.reports().filter(({ orderId }) => orderId === orderOf("byHand"));
  expect(ofHand.map(({ execType }) => execType)).toEqual(["new", "canceled"]);
  expect(bench.said(id("fills")).filter((word) => word === "trade")).toHaveLength(4);
  expect(await stage.faults(shard, session)).toEqual([]);
}, 120_000);

describe("57: for a quarter of an hour", () => {
  /** A new order each minute, while the clock goes on; what is kept stays small. */
  const goOnTrading = async (driven: DrivenShard): Promise<void> => {
    const { bench } = driven.shard;
    for (let minute = 0; minute < 15; minute += 1) {
      await driven.place(`m${minute}`, {});
      await driven.goOn(minutes, () => {
        expect(driven.shard.inputs.length).toBeLessThanOrEqual(driven.shard.room_max);
        expect(bench.space.size("request")).toBeLessThanOrEqual(minute + 2);
        expect(bench.largestTurn_bytes).toBeLessThan(65_536);
      });
    }
  };

  test("every connection is half open: each is left, and nothing is lost", async () => {
    const session = stage.nextSession();
    const driven = new DrivenShard(session);
    const { shard } = driven;
    await driven.until("open", () => shard.isOpen);
    await driven.place("works", {}, "new");
    await stage.venue.control.setFaults({ connection: { halfOpen: 1 } });
    await driven.place("swallowed", {});
    await goOnTrading(driven);
    expect(shard.bench.session?.counters.disconnects).toBeGreaterThan(15);
    expect(shard.bench.said(id("works"))).toEqual(["new"]);
    // One may have been carried out before its connection was lost: nobody knows.
    expect(shard.bench.said(id("swallowed"))).toEqual(["in_doubt"]);
    await stage.venue.control.clearFaults();
    await driven.until("settled", () => shard.isSettled, 20);
    expect(await stage.faults(shard, session)).toEqual([]);
  }, 120_000);

  test("the shard takes no reports: 500 fills wait at the venue, and all come, once", async () => {
    const session = stage.nextSession();
    const driven = new DrivenShard(session);
    const { shard } = driven;
    await driven.until("open", () => shard.isOpen);
    const { client, price } = await stage.sellers(0);
    const price_ticks = Math.round(Number(price) * 100);
    await driven.place("fills", { price_ticks, orderQty_lots: 10_000 }, "new");
    const room = shard.room_max;
    shard.room_max = 0;
    for (let no = 0; no < 500; no += 1) {
      client.say(order(`hit-${no}`, { side: "sell", orderQty: "0.0001", price }));
    }
    await client.untilReport("hit-499", "trade");
    await goOnTrading(driven);
    expect(shard.bench.said(id("fills"))).toEqual(["new"]);
    shard.room_max = room;
    await driven.until("settled", () => shard.isSettled, 20);
    const trades = shard.bench.said(id("fills")).filter((word) => word === "trade");
    expect(trades).toHaveLength(500);
    expect(await stage.faults(shard, session)).toEqual([]);
  }, 120_000);
});
