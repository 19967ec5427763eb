/**
 * The rate budget against the real simulator process, which counts in windows of its own, refuses
 * and bans. A number in a name is a behavioural scenario.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { rateOptions_default } from "../../../actors/venue/rate_limits.ts";
import type { RateLimit, RateOptions } from "../../../actors/venue/rate_limits.ts";
import type { VenueDriverObserver } from "../../../actors/venue/venue_driver.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { SimFaultSettings } from "../../../protocols/sim_wire.ts";
import { FaultyVenue } from "../../simulator/faulty_venue.ts";
import { recordFaults } from "./live_record.ts";
import { LiveShard, realTimers } from "./live_shard.ts";
import { TcpProxy, until } from "./tcp_stage.ts";
import { cancel, legOf, place } from "./venue_requests.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const kept = <A extends { stop: () => unknown }>(thing: A): A => {
  cleanUp.push(() => thing.stop());
  return thing;
};

type Limits = NonNullable<SimFaultSettings["rateLimits"]>;

/** One refusal is enough for a ban. */
const ban = { violations: 1, within_ms: 60_000, for_ms: 3_000 };

/** Of a venue whose windows begin nobody knows when. */
const weight = (limit: number): RateLimit => ({
  name: "weight",
  kind: "rolling",
  window_ms: 1_000,
  limit,
  weights: { other: 1, query_order: 4, query_executions: 4, logon: 0 },
});
const orders = (limit: number): RateLimit => ({
  name: "orders",
  kind: "rolling",
  window_ms: 2_000,
  limit,
  weights: { place: 1, replace: 1 },
});
const venueLimits = (weights_max: number, orders_max: number): Limits => ({
  rules: [
    { name: "weight", window_ms: 1_000, limit: weights_max, counts: "weight" },
    { name: "orders", window_ms: 2_000, limit: orders_max, counts: "orders" },
  ],
  weights: { query_order: 4, query_executions: 4 },
  ban,
});
const rate = (...limits: readonly RateLimit[]): { readonly rate: RateOptions } => ({
  rate: { ...rateOptions_default, limits },
});
const patient = { answerTimeout_ms: 5_000, queryTimeout_ms: 3_000 } as const;

const late = (): bigint => realTimers.now_ns() + 60_000_000_000n;
const newOf = (no: number): LegClOrdId => legOf(`o${no}`, "new:0");
const cancelOf = (no: number): LegClOrdId => legOf(`o${no}`, "cancel:1");
const sleep = (span_ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, span_ms);
  });

/** When what left, and how long it had waited here. */
class Departures implements VenueDriverObserver {
  readonly left: LegClOrdId[] = [];
  readonly asked_ms = new Map<string, number>();
  readonly waited_ms = new Map<string, number>();
  readonly sent: VenueDriverObserver["sent"] = ({ clOrdId }) => {
    this.left.push(clOrdId);
    const asked = this.asked_ms.get(clOrdId);
    if (asked !== undefined) this.waited_ms.set(clOrdId, performance.now() - asked);
  };
  readonly refused = (): void => {};
  readonly linkUp = (): void => {};
  readonly linkDown = (): void => {};

  cancel(shard: LiveShard, no: number): void {
    this.asked_ms.set(cancelOf(no), performance.now());
    shard.message(cancel(`o${no}`));
  }

  /** The wait that that share of the cancels did not exceed. */
  quantile_ms(share: number): number {
    const waits = [...this.waited_ms.values()].toSorted((a, b) => a - b);
    return waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? Infinity;
  }
}

const startVenue = async (...args: string[]): Promise<FaultyVenue> =>
  kept(await FaultyVenue.start("--instruments", "BTC-USDT", ...args));

const refusals = async (venue: FaultyVenue): Promise<number> =>
  (await venue.count("rate_limited")) + (await venue.count("banned"));

describe("with the venue's limits", () => {
  test("a flood of creates and cancels meets no refusal, and cancels do not wait", async () => {
    const venue = await startVenue();
    await venue.control.setFaults({ rateLimits: venueLimits(100, 60) });
    const departures = new Departures();
    const shard = kept(
      new LiveShard(
        venue.process.port,
        { ...patient, ...rate(weight(100), orders(60)) },
        departures,
      ),
    );
    await until("open", () => shard.isOpen);
    const total = 200;
    for (let no = 0; no < total; no += 1) shard.message(place(`o${no}`, late()));
    expect(shard.bench.space.size("queuedPlace")).toBeGreaterThan(100);
    // Fifteen cancels a second: within the reserve, while new orders use all that they may.
    for (let no = 0; no < 100; no += 1) {
      await until(`o${no} is there`, () => shard.bench.said(newOf(no)).includes("new"));
      departures.cancel(shard, no);
      await sleep(65);
    }
    await until("settled", () => shard.isSettled && shard.bench.space.size("queuedPlace") === 0);
    expect(await refusals(venue)).toBe(0);
    expect(departures.waited_ms.size).toBe(100);
    expect(departures.quantile_ms(0.5)).toBeLessThan(20);
    expect(departures.quantile_ms(0.99)).toBeLessThan(250);
    const record = await venue.recordOf("s");
    expect(record.orders).toHaveLength(total);
    const canceled = record.orders.filter(({ order }) => order.ordStatus === "canceled");
    expect(canceled).toHaveLength(100);
  }, 60_000);

  test("(16) a create that waits is canceled here, and the venue never sees it", async () => {
    const venue = await startVenue();
    await venue.control.setFaults({ rateLimits: venueLimits(100, 60) });
    const limits = rate(weight(100), orders(60));
    const shard = kept(new LiveShard(venue.process.port, { ...patient, ...limits }));
    await until("open", () => shard.isOpen);
    for (let no = 0; no < 100; no += 1) shard.message(place(`o${no}`, late()));
    for (let no = 70; no < 100; no += 1) shard.message(cancel(`o${no}`));
    await until("settled", () => shard.isSettled && shard.bench.space.size("queuedPlace") === 0);
    const record = await venue.recordOf("s");
    expect(record.orders).toHaveLength(70);
    for (let no = 70; no < 100; no += 1) {
      expect(shard.bench.said(newOf(no))).toEqual(["not_sent"]);
      expect(shard.bench.said(cancelOf(no))).toEqual(["not_sent"]);
    }
    expect(await refusals(venue)).toBe(0);
  }, 60_000);

  test("(50) with an empty bucket and 100 creates waiting a cancel leaves first", async () => {
    const venue = await startVenue();
    await venue.control.setFaults({ rateLimits: venueLimits(100, 60) });
    const departures = new Departures();
    const limits = rate(weight(100), orders(60));
    const shard = kept(new LiveShard(venue.process.port, { ...patient, ...limits }, departures));
    await until("open", () => shard.isOpen);
    const total = 160;
    for (let no = 0; no < total; no += 1) shard.message(place(`o${no}`, late()));
    // No create may leave any more in this second, and these wait for theirs.
    expect(shard.bench.space.size("queuedPlace")).toBeGreaterThanOrEqual(100);
    const before = departures.left.length;
    for (const no of [3, 7, 11]) departures.cancel(shard, no);
    expect(departures.left.slice(before)).toEqual([3, 7, 11].map(cancelOf));
    expect(departures.quantile_ms(1)).toBeLessThan(20);
    await until("canceled", () =>
      [3, 7, 11].every((no) => shard.bench.said(cancelOf(no)).includes("canceled")),
    );
    // The venue has them done while creates still wait.
    expect(shard.bench.space.size("queuedPlace")).toBeGreaterThan(0);
    await until("settled", () => shard.isSettled && shard.bench.space.size("queuedPlace") === 0);
    expect(await refusals(venue)).toBe(0);
    const { orders: there } = await venue.recordOf("s");
    expect(there).toHaveLength(total);
    expect(recordFaults(shard.bench, await venue.recordOf("s"))).toEqual([]);
  }, 60_000);

  test("(44) 500 open orders reconcile within the budget, cancels meet their target", async () => {
    const folder = mkdtempSync(join(tmpdir(), "natoms-rate-"));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const state = ["--state", join(folder, "venue.jsonl"), "--restart-as", "new"];
    const first = await startVenue(...state);
    const proxy = kept(await new TcpProxy(first.process.port).start());
    const departures = new Departures();
    const shard = kept(new LiveShard(proxy.port, { ...patient, ...rate(weight(500)) }, departures));
    await until("open", () => shard.isOpen);
    const total = 500;
    for (let no = 0; no < total; no += 1) shard.message(place(`o${no}`, late()));
    await until("500 rest", () => shard.isSettled && shard.bench.space.size("queuedPlace") === 0);
    // It comes back with its orders, new numbers, and limits.
    await first.process.stop();
    const second = await startVenue(...state);
    await second.control.setFaults({ rateLimits: venueLimits(500, 500) });
    proxy.target = second.process.port;
    await until("reconciling", () => shard.bench.session?.status === "reconciling");
    const began_ms = performance.now();
    expect(shard.bench.space.size("check")).toBeGreaterThan(400);
    let canceled = 0;
    while (!shard.isOpen) {
      departures.cancel(shard, canceled);
      canceled += 1;
      await sleep(50);
    }
    const took_ms = performance.now() - began_ms;
    await until("settled", () => shard.isSettled);
    expect(await refusals(second)).toBe(0);
    // 2000 of weight at 375 in 1.25 s.
    expect(took_ms).toBeGreaterThan(4_000);
    expect(canceled).toBeGreaterThan(40);
    expect(departures.waited_ms.size).toBe(canceled);
    expect(departures.quantile_ms(0.99)).toBeLessThan(100);
    expect(shard.bench.space.size("check") + shard.bench.space.size("checking")).toBe(0);
    const record = await second.recordOf("s");
    const open = record.orders.filter(({ order }) => order.ordStatus === "new");
    expect(open).toHaveLength(total - canceled);
    expect(recordFaults(shard.bench, record)).toEqual([]);
    const waits = `p50 ${departures.quantile_ms(0.5)} ms, p99 ${departures.quantile_ms(0.99)} ms`;
    process.stdout.write(`500 orders reconciled in ${took_ms} ms, ${canceled} cancels: ${waits}\n`);
  }, 90_000);
});

describe("a venue that is stricter than we think", () => {
  test("and says so: we keep to its limit from the first order on", async () => {
    const venue = await startVenue();
    await venue.control.setFaults({ rateLimits: venueLimits(40, 20) });
    const limits = rate(weight(100), orders(60));
    const shard = kept(new LiveShard(venue.process.port, { ...patient, ...limits }));
    await until("open", () => shard.isOpen);
    await until("told", () => shard.bench.space.get("rate", "SIMX")?.limits[1]?.told === 20);
    for (let no = 0; no < 50; no += 1) shard.message(place(`o${no}`, late()));
    await until("settled", () => shard.isSettled && shard.bench.space.size("queuedPlace") === 0);
    expect(await refusals(venue)).toBe(0);
    expect((await venue.recordOf("s")).orders).toHaveLength(50);
  }, 60_000);

  test("and does not: some are refused, we send less, and are not banned", async () => {
    const venue = await startVenue();
    const limits = rate(weight(500), orders(60));
    const shard = kept(new LiveShard(venue.process.port, { ...patient, ...limits }));
    await until("open", () => shard.isOpen);
    // It lowers its limits after it told them.
    const rateLimits = venueLimits(500, 40);
    await venue.control.setFaults({
      rateLimits: { ...rateLimits, ban: { ...ban, violations: 40 } },
    });
    for (let no = 0; no < 150; no += 1) shard.message(place(`o${no}`, late()));
    await until("settled", () => shard.isSettled && shard.bench.space.size("queuedPlace") === 0);
    const refused = await venue.count("rate_limited");
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(40);
    expect(await venue.count("banned")).toBe(0);
    expect((await venue.recordOf("s")).orders).toHaveLength(150 - refused);
    const unsent = shard.bench.reports().filter(({ execType }) => execType === "not_sent");
    expect(unsent).toHaveLength(refused);
    expect(new Set(unsent.map(({ code }) => code))).toEqual(new Set(["VENUE_RATE_LIMITED"]));
  }, 60_000);

  test("a ban with its connection closed is waited for: no cancel is lost", async () => {
    const venue = await startVenue();
    const shard = kept(new LiveShard(venue.process.port, patient));
    await until("open", () => shard.isOpen);
    shard.message(place("o0", late()));
    await until("there", () => shard.isSettled);
    const rules = [{ name: "all", window_ms: 60_000, limit: 0, counts: "weight" }] as const;
    const closing = { violations: 1, within_ms: 10_000, for_ms: 1_500, closes: true };
    await venue.control.setFaults({ rateLimits: { rules, ban: closing } });
    shard.message(cancel("o0"));
    await until("banned", () => !shard.isOpen);
    await venue.control.setFaults({ rateLimits: { rules: [], ban: closing } });
    await until("settled", () => shard.isSettled);
    expect(shard.bench.said(cancelOf(0))).toEqual(["canceled"]);
    // The refusal itself, and at most one logon before we knew for how long.
    expect(await venue.count("banned")).toBeLessThanOrEqual(2);
  }, 60_000);
});
