/**
 * Any schedule of crashes, cut connections, repeated commands and delays keeps the promises:
 * at most one send for each id, nothing behind its deadline, and orders are told the truth.
 *
 * A failing run names its seed; `SEED=<n>` runs that one alone.
 */
import { expect, test } from "vitest";
import type { PlaceLeg } from "../../../protocols/venue.ts";
import type { VenueRequest } from "../../../actors/venue/venue_link.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";
import { ms } from "./venue_shard_bench.ts";
import { VenueWorld } from "./venue_world.ts";

const seeds =
  process.env["SEED"] === undefined
    ? Array.from({ length: 400 }, (_, index) => index + 1)
    : [Number(process.env["SEED"])];

const pick = <A>(world: VenueWorld, items: readonly A[]): A | undefined =>
  items[Math.floor(world.random() * items.length)];

/** A new, repeated, replacing or cancelling request, at random. */
const nextRequest = (world: VenueWorld, asked: VenueRequest[]): VenueRequest => {
  const r = world.random();
  const deadline_ns = world.bench.now_ns + BigInt(Math.ceil(world.random() * 60)) * ms;
  const places = asked.filter((request): request is PlaceLeg => request.kind === "place");
  const earlier = pick(world, places)?.orderId.split(".").at(-1);
  if (r < 0.5 || earlier === undefined) return place(`o${places.length}`, deadline_ns);
  if (r < 0.7) return pick(world, asked) ?? place(`o${places.length}`, deadline_ns);
  const no = asked.length;
  return r < 0.85 ? cancel(earlier, no) : replace(earlier, no, deadline_ns);
};

const live = (seed: number): { world: VenueWorld; asked: readonly VenueRequest[] } => {
  const world = new VenueWorld(seed, { queriesInFlight_max: 2, answerTimeout_ms: 50 });
  const asked: VenueRequest[] = [];
  for (let i = 0; i < 600; i += 1) {
    const r = world.random();
    if (r < 0.06) {
      const request = nextRequest(world, asked);
      asked.push(request);
      world.bench.message(request);
    } else if (r < 0.07) world.cut("cut");
    else if (r < 0.08) world.crash();
    else if (r < 0.09) world.isOwner = !world.isOwner;
    else world.step();
  }
  world.isOwner = true;
  world.settle();
  return { world, asked };
};

const ends = ["new", "rejected", "not_sent"];

test.each(seeds)("seed %i", (seed) => {
  const { world, asked } = live(seed);
  const { bench } = world;

  expect(world.trespasses).toEqual([]);
  expect(new Set(world.written).size).toBe(world.written.length);
  const arrivedIds = world.arrived.map(({ request }) => request.clOrdId);
  expect(new Set(arrivedIds).size).toBe(arrivedIds.length);

  // Every report of the venue reached its order, once and in order. Trades are told again where a
  // place was repeated, under the same ids.
  const told = bench.reports().filter(({ execId }) => execId.startsWith("E"));
  const execIds = [...new Set(told.map(({ execId }) => execId))];
  expect(execIds).toEqual(world.reports.map(({ execId }) => execId));
  const others = told.filter(({ execType }) => execType !== "trade");
  expect(new Set(others.map(({ execId }) => execId)).size).toBe(others.length);

  for (const request of asked) {
    const words = bench.said(request.clOrdId);
    expect(words.filter((word) => word === "in_doubt").length).toBeLessThanOrEqual(1);
    const reached = arrivedIds.includes(request.clOrdId);
    expect(words.includes("not_sent")).toBe(!reached);
    if (request.kind !== "place") continue;
    // Asked again, it is told again: the same.
    const last = [...new Set(words.filter((word) => ends.includes(word)))];
    expect(last).toEqual([reached ? world.reports.find(isFor(request))?.execType : "not_sent"]);
  }
  // One who is not the owner for a while asks nothing: a part may be unknown for that time.
  expect(bench.incidents().filter((incident) => incident !== "part_unknown")).toEqual([]);
  expect(bench.gate().at(-1)?.open).toBe(true);
});

const isFor =
  ({ clOrdId }: VenueRequest) =>
  (report: { readonly clOrdId: string }): boolean =>
    report.clOrdId === clOrdId;

/** What can happen between a command and the venue's answer. */
const stepsOfAPlace: readonly ((world: VenueWorld) => void)[] = [
  (world) => world.bench.message(place("a", world.bench.now_ns + 250n * ms)),
  (world) => world.doEffect(),
  (world) => world.step(),
  (world) => world.step(),
  (world) => world.step(),
  (world) => world.step(),
];

test.each(stepsOfAPlace.map((_, index) => index))(
  "a crash after step %i of a place leaves one order or none, and the order knows which",
  (steps) => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const world = new VenueWorld(seed);
      world.settle();
      for (const step of stepsOfAPlace.slice(0, steps + 1)) step(world);
      world.crash();
      world.settle();
      const clOrdId = legOf("a", "new:0");
      const count = world.arrived.length;
      expect(world.written.length).toBe(steps === 0 ? 0 : 1);
      expect(count).toBeLessThanOrEqual(1);
      const words = world.bench.said(clOrdId).filter((word) => ends.includes(word));
      expect(words).toHaveLength(1);
      expect(words[0] === "not_sent").toBe(count === 0);
    }
  },
);
