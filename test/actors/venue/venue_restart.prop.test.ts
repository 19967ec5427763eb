/**
 * Whatever a venue forgets, its orders or its reports, no order is left as working that is not:
 * each comes to an end that it is told, works at the venue, or is in doubt with an incident.
 *
 * A failing run names its seed; `SEED=<n>` runs that one alone.
 */
import { expect, test } from "vitest";
import { cancel, legOf, place } from "./venue_requests.ts";
import { ms } from "./venue_shard_bench.ts";
import { VenueWorld } from "./venue_world.ts";

const seeds =
  process.env["SEED"] === undefined
    ? Array.from({ length: 200 }, (_, index) => index + 1)
    : [Number(process.env["SEED"])];

const live = (seed: number, forget: (world: VenueWorld) => void): VenueWorld & { no: number } => {
  const world = new VenueWorld(seed, { queriesInFlight_max: 2, answerTimeout_ms: 50 });
  let no = 0;
  for (let i = 0; i < 500; i += 1) {
    const r = world.random();
    if (r < 0.05) {
      const deadline_ns = world.bench.now_ns + BigInt(Math.ceil(world.random() * 60)) * ms;
      world.bench.message(place(`o${no}`, deadline_ns));
      no += 1;
    } else if (r < 0.06 && no > 0) {
      world.bench.message(cancel(`o${Math.floor(world.random() * no)}`, i));
    } else if (r < 0.07) world.cut("cut");
    else if (r < 0.08) world.crash();
    else if (r < 0.09) forget(world);
    else world.step();
  }
  world.settle();
  return Object.assign(world, { no });
};

const ends = new Set(["canceled", "rejected", "not_sent"]);

/** What an order was told: whether it ended, and what it knows to be executed. */
const toldOf = (world: VenueWorld, name: string) => {
  const { orderId } = place(name, 0n);
  const told = world.bench.reports().filter((report) => report.orderId === orderId);
  const about = told.filter(({ clOrdId }) => clOrdId === legOf(name, "new:0"));
  const trades = told.filter(({ execType }) => execType === "trade");
  return {
    // An end is said of the order itself, or by a cancel that did it.
    hasEnded:
      about.some(({ execType }) => ends.has(execType)) ||
      told.some(({ execType }) => execType === "canceled"),
    isDoubtful: about.findLast(({ execType }) => execType !== "trade")?.execType === "in_doubt",
    execIds: new Set(trades.map(({ execId }) => execId)),
    filled: Math.max(0, ...trades.map(({ cumQty_lots }) => cumQty_lots)) === 1_000,
  };
};

test.each(seeds)("orders of a venue that dies, seed %i", (seed) => {
  const world = live(seed, (it) => it.restartVenue());
  expect(world.trespasses).toEqual([]);
  expect(new Set(world.written).size).toBe(world.written.length);
  for (let no = 0; no < world.no; no += 1) {
    const { hasEnded, isDoubtful, filled } = toldOf(world, `o${no}`);
    const record = world.records.get(legOf(`o${no}`, "new:0"));
    if (record?.status === "new") expect(hasEnded).toBe(false);
    else expect(hasEnded || filled || isDoubtful).toBe(true);
  }
  const unresolved = world.bench.incidents().filter((incident) => incident === "unresolved");
  expect(world.bench.space.size("unresolved")).toBeLessThanOrEqual(unresolved.length);
});

test.each(seeds)("orders of a venue that loses its log, seed %i", (seed) => {
  const world = live(seed, (it) => it.forgetReports());
  expect(world.trespasses).toEqual([]);
  for (let no = 0; no < world.no; no += 1) {
    const { hasEnded, isDoubtful, filled, execIds } = toldOf(world, `o${no}`);
    const record = world.records.get(legOf(`o${no}`, "new:0"));
    if (record === undefined) {
      expect(hasEnded || isDoubtful).toBe(true);
      continue;
    }
    expect(hasEnded).toBe(record.status === "canceled" || record.status === "rejected");
    expect(filled).toBe(record.status === "filled");
    const traded = world.trades.filter(({ venueOrderId }) => venueOrderId === record.venueOrderId);
    expect(execIds).toEqual(new Set(traded.map(({ execId }) => execId)));
  }
  expect(world.bench.incidents()).not.toContain("executions_missing");
});
