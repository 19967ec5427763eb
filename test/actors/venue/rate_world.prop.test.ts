/**
 * Any schedule of crashes, cut connections, delays and refusals, with little budget for all of it:
 * no place or replace leaves twice, a cancel only after a refusal of it, and every order is told
 * the truth, once.
 *
 * A failing run names its seed; `SEED=<n>` runs that one alone.
 */
import { expect, test } from "vitest";
import type { VenueRequest } from "../../../actors/venue/venue_link.ts";
import type { PlaceLeg } from "../../../protocols/venue.ts";
import { rated } from "./rate_stage.ts";
import { cancel, place, replace } from "./venue_requests.ts";
import { ms } from "./venue_shard_bench.ts";
import { VenueWorld } from "./venue_world.ts";

const seeds =
  process.env["SEED"] === undefined
    ? Array.from({ length: 300 }, (_, index) => index + 1)
    : [Number(process.env["SEED"])];

const limits = [
  { name: "all", kind: "rolling", window_ms: 100, limit: 8, weights: { other: 1, logon: 0 } },
  { name: "orders", kind: "bucket", window_ms: 200, limit: 5, weights: { place: 1, replace: 1 } },
  {
    name: "unfilled",
    kind: "window",
    window_ms: 400,
    limit: 9,
    weights: { place: 1, first_fill: -1 },
  },
] as const;

const nextRequest = (world: VenueWorld, asked: VenueRequest[]): VenueRequest => {
  const r = world.random();
  const deadline_ns = world.bench.now_ns + BigInt(Math.ceil(world.random() * 300)) * ms;
  const places = asked.filter((request): request is PlaceLeg => request.kind === "place");
  const earlier = places[Math.floor(world.random() * places.length)];
  const name = earlier?.orderId.split(".").at(-1);
  if (r < 0.5 || earlier === undefined || name === undefined) {
    return place(`o${places.length}`, deadline_ns);
  }
  if (r < 0.6) return earlier;
  const no = asked.length;
  return r < 0.85 ? cancel(name, no) : replace(name, no, deadline_ns);
};

const live = (seed: number): { world: VenueWorld; asked: readonly VenueRequest[] } => {
  const options = { queriesInFlight_max: 2, answerTimeout_ms: 50, queryTimeout_ms: 100 };
  const world = new VenueWorld(seed, {
    ...options,
    ...rated(limits, { delay_ms: 5, queue_max: 6 }),
  });
  world.refuseChance = 0.15;
  const asked: VenueRequest[] = [];
  for (let i = 0; i < 600; i += 1) {
    const r = world.random();
    if (r < 0.1) {
      const request = nextRequest(world, asked);
      asked.push(request);
      world.bench.message(request);
    } else if (r < 0.105) world.cut("cut");
    else if (r < 0.11) world.crash();
    else world.step();
  }
  world.refuseChance = 0;
  world.settle();
  return { world, asked };
};

const count = (ids: readonly string[], id: string): number =>
  ids.filter((one) => one === id).length;

let waited = 0;
test.each(seeds)("seed %i", (seed) => {
  const { world, asked } = live(seed);
  const { bench, written, refusedUnseen } = world;
  expect(world.trespasses).toEqual([]);
  const arrived = world.arrived.map(({ request }) => request.clOrdId);
  expect(new Set(arrived).size).toBe(arrived.length);
  for (const request of asked) {
    const { clOrdId, kind } = request;
    const words = bench.said(clOrdId);
    const again = kind === "cancel" ? (refusedUnseen.get(clOrdId) ?? 0) : 0;
    expect(count(written, clOrdId)).toBeLessThanOrEqual(1 + again);
    expect(count(words, "in_doubt")).toBeLessThanOrEqual(1 + again);
    const reached = arrived.includes(clOrdId);
    expect(words.includes("not_sent")).toBe(!reached);
    if (!reached && count(written, clOrdId) === 0) waited += 1;
    if (kind !== "place") continue;
    const ends = words.filter((word) => ["new", "rejected", "not_sent"].includes(word));
    expect(new Set(ends).size).toBe(1);
  }
  const told = bench.reports().filter(({ execId }) => execId.startsWith("E"));
  const execIds = [...new Set(told.map(({ execId }) => execId))];
  expect(execIds).toEqual(world.reports.map(({ execId }) => execId));
  expect(bench.incidents()).toEqual([]);
  for (const queue of ["queuedPlace", "queuedReplace", "waiting", "request"] as const) {
    expect(bench.space.size(queue)).toBe(0);
  }
  bench.crash();
});

test("and there was need to wait", () => {
  expect(waited).toBeGreaterThanOrEqual(seeds.length - 1);
});
