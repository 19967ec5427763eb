/**
 * Behavioural scenarios 25, 26, 27 and 30 against the real venue process over TCP: outcomes that
 * nobody knows, and restarts. Numbers are theirs. At the end of each the venue's record and the
 * shard's are the same, order by order and fill by fill, and no order has left twice.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { VenueDriverObserver } from "../../../actors/venue/venue_driver.ts";
import type { SimFaultSettings } from "../../../protocols/sim_wire.ts";
import { realTimers } from "./live_shard.ts";
import type { LiveShard } from "./live_shard.ts";
import { LiveStage, soon } from "./live_stage.ts";
import { until } from "./tcp_stage.ts";
import { legOf, place } from "./venue_requests.ts";

let stage: LiveStage;
beforeAll(async () => {
  stage = await LiveStage.start();
});
afterEach(() => stage.calm());
afterAll(() => stage.stop());

const id = (name: string) => legOf(name, "new:0");
const resting = { price_ticks: 100_000 };
const grace_ms = 400;

/** A shard, its session, and what it has written to its wire, by request. */
interface Watched {
  readonly shard: LiveShard;
  readonly session: string;
  readonly written: readonly string[];
}

const watched = async (): Promise<Watched> => {
  const written: string[] = [];
  const observer: VenueDriverObserver = {
    sent: ({ clOrdId }) => void written.push(clOrdId),
    refused: () => undefined,
    linkUp: () => undefined,
    linkDown: () => undefined,
  };
  const session = stage.nextSession();
  const shard = await stage.openShard(session, { observer, options: { grace_ms } });
  return { shard, session, written };
};

/** Nothing is open, both records are the same, nothing left twice. */
const expectOneOutcome = async ({ shard, session, written }: Watched): Promise<void> => {
  await until("settled", () => shard.isSettled && shard.bench.space.size("checking") === 0);
  expect(await stage.faults(shard, session)).toEqual([]);
  expect(new Set(written).size).toBe(written.length);
};

const ordersAtVenue = async (session: string): Promise<readonly string[]> =>
  (await stage.venue.recordOf(session)).orders.map(({ order }) => order.clOrdId);

test("25: a submit timed out and was accepted: in doubt, then open, same id", async () => {
  const world = await watched();
  const { shard, session, written } = world;
  await stage.venue.control.setFaults({ silence: { unreported: 1 } });
  shard.message(place("a", soon(), resting));
  await until("in doubt", () => shard.bench.said(id("a")).includes("in_doubt"));
  await stage.venue.control.clearFaults();
  await until("open", () => shard.bench.said(id("a")).includes("new"));
  expect(shard.bench.said(id("a"))[0]).toBe("in_doubt");
  expect(await ordersAtVenue(session)).toEqual([id("a")]);
  expect(written).toEqual([id("a")]);
  await expectOneOutcome(world);
});

describe("26: a submit timed out and", () => {
  test("never arrived: it is unsent, but not before its deadline and the grace", async () => {
    const world = await watched();
    const { shard, session, written } = world;
    await stage.venue.control.setFaults({ silence: { swallow: 1 } });
    const deadline_ns = realTimers.now_ns() + 800_000_000n;
    shard.message(place("a", deadline_ns, resting));
    await until("in doubt", () => shard.bench.said(id("a")).includes("in_doubt"));
    // From here on it could say so: a question before the time proves nothing.
    await stage.venue.control.clearFaults();
    await until("decided", () => shard.bench.said(id("a")).includes("not_sent"));
    expect(shard.bench.said(id("a"))).toEqual(["in_doubt", "not_sent"]);
    const [, decided] = shard.bench.reports();
    const least_ns = deadline_ns + BigInt(grace_ms) * 1_000_000n;
    expect(BigInt(decided?.tsEvent ?? 0)).toBeGreaterThanOrEqual(least_ns);
    expect(await ordersAtVenue(session)).toEqual([]);
    expect(written).toEqual([id("a")]);
    await expectOneOutcome(world);
  });

  test("lay about inside the venue: not found, then found, and never called unsent", async () => {
    const world = await watched();
    const { shard, session } = world;
    await stage.venue.control.setFaults({ late: { request: 1, delay_ms: 1_700 } });
    shard.message(place("a", realTimers.now_ns() + 1_600_000_000n, resting));
    await until("in doubt", () => shard.bench.said(id("a")).includes("in_doubt"));
    await stage.venue.control.clearFaults();
    expect(await ordersAtVenue(session)).toEqual([]);
    await until("open", () => shard.bench.said(id("a")).includes("new"));
    expect(shard.bench.said(id("a"))).not.toContain("not_sent");
    expect(await ordersAtVenue(session)).toEqual([id("a")]);
    await expectOneOutcome(world);
  });
});

const ambiguities: readonly (readonly [string, SimFaultSettings])[] = [
  ["an error of the venue, carried out", { ambiguous: { executed: 1 } }],
  ["an error of the venue, not carried out", { ambiguous: { lost: 1 } }],
  ["a connection that is reset", { connection: { reset: 0.5 } }],
  ["a connection that is finished", { connection: { finish: 0.5 } }],
  ["all of it", { ambiguous: { executed: 0.3, lost: 0.3 }, connection: { reset: 0.2 } }],
];

test.each(ambiguities)("27: after %s no create is sent again blindly", async (_, faults) => {
  const world = await watched();
  const { shard, session, written } = world;
  await stage.venue.control.setFaults(faults, { seed: 27 });
  const names = Array.from({ length: 12 }, (__, no) => `o${no}`);
  for (const name of names) {
    shard.message(place(name, realTimers.now_ns() + 600_000_000n, resting));
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
  }
  await stage.venue.control.clearFaults();
  await expectOneOutcome(world);
  const there = await ordersAtVenue(session);
  expect(new Set(there).size).toBe(there.length);
  for (const name of names) {
    const said = shard.bench.said(id(name));
    expect(said.includes("new"), name).toBe(there.includes(id(name)));
    expect(said.includes("not_sent"), name).toBe(!there.includes(id(name)));
  }
  // Those that met an open gate have left, once; the others were answered at once.
  expect(written.length).toBeGreaterThan(0);
});

describe("30: a crash of the owner", () => {
  test("after its intent is journaled, before it leaves: asked for, never sent", async () => {
    const world = await watched();
    const { shard, session, written } = world;
    // Journaled, and its effect not done: the owner dies between the two.
    shard.bench.message(place("a", realTimers.now_ns() + 300_000_000n, resting));
    shard.crash();
    await until("decided", () => shard.bench.said(id("a")).includes("not_sent"));
    expect(written).toEqual([]);
    expect(await ordersAtVenue(session)).toEqual([]);
    await expectOneOutcome(world);
  });

  test("after it has left and before its answer: its answer is had, and it is one", async () => {
    const world = await watched();
    const { shard, session, written } = world;
    await stage.venue.control.setFaults({ silence: { unreported: 1 } });
    shard.message(place("a", soon(), resting));
    await until("carried out", async () => (await ordersAtVenue(session)).length === 1);
    shard.crash();
    await stage.venue.control.clearFaults();
    await until("open", () => shard.bench.said(id("a")).includes("new"));
    expect(written).toEqual([id("a")]);
    expect(await ordersAtVenue(session)).toEqual([id("a")]);
    await expectOneOutcome(world);
  });

  test("again and again while it is in doubt: nothing leaves", async () => {
    const world = await watched();
    const { shard, session, written } = world;
    await stage.venue.control.setFaults({ silence: { swallow: 1 } });
    shard.message(place("a", realTimers.now_ns() + 300_000_000n, resting));
    for (let crash = 0; crash < 5; crash += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, 150);
      });
      shard.crash();
      // The gate is shut: what comes now is answered, and leaves at no time.
      shard.message(place(`later${crash}`, soon(), resting));
    }
    expect(shard.bench.said(id("a")).filter((word) => word !== "in_doubt")).toEqual([]);
    expect(written).toEqual([id("a")]);
    await stage.venue.control.clearFaults();
    await until("decided", () => shard.bench.said(id("a")).includes("not_sent"));
    expect(written).toEqual([id("a")]);
    expect(await ordersAtVenue(session)).toEqual([]);
    await expectOneOutcome(world);
  });
});
