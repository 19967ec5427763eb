/**
 * Random lives of a venue that is reconciled all along: lost connections, crashes of ours, lost
 * reports, deaths of the venue. In the end the tally is what the venue has, and a further run says
 * nothing but its own summary.
 *
 * A failing run names its seed; `SEED=<n>` runs that one alone.
 */
import { expect, test } from "vitest";
import { btc, cancel, place } from "./venue_requests.ts";
import { ms } from "./venue_shard_bench.ts";
import { VenueWorld } from "./venue_world.ts";

const seeds =
  process.env["SEED"] === undefined
    ? Array.from({ length: 150 }, (_, index) => index + 1)
    : [Number(process.env["SEED"])];

const live = (seed: number): VenueWorld => {
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
    else if (r < 0.085) world.forgetReports();
    else if (r < 0.088) world.restartVenue();
    else world.step();
  }
  world.settle();
  return world;
};

/** Lets some runs come and end, beyond the grace of positions. */
const calm = (world: VenueWorld): void => {
  for (let round = 0; round < 40; round += 1) {
    world.pass(50);
    world.settle();
  }
};

const traded_lots = ({ trades }: VenueWorld): number =>
  trades.reduce((sum, { lastQty_lots = 0 }) => sum + lastQty_lots, 0);

test.each(seeds)("seed %i", (seed) => {
  const world = live(seed);
  calm(world);
  const { bench } = world;
  expect(bench.space.get("tally", btc)?.net_lots ?? 0).toBe(traded_lots(world));
  // What orders were told, and what was taken as nobody's, is together what the venue has.
  const told = new Map(
    bench
      .reports()
      .filter(({ execType }) => execType === "trade")
      .map(({ execId, lastQty_lots = 0 }) => [execId, lastQty_lots]),
  );
  const differences = bench.sent.flatMap(({ message }) =>
    message.kind === "position_difference" ? [message.difference_lots] : [],
  );
  const booked = [...told.values(), ...differences].reduce((sum, lots) => sum + lots, 0);
  expect(booked).toBe(traded_lots(world));

  const [sent, published] = [bench.sent.length, bench.published.length];
  bench.message({ kind: "reconcile", reason: "test" });
  world.settle();
  expect(bench.sent.slice(sent)).toEqual([]);
  const said = bench.published.slice(published).map(({ subject }) => subject);
  expect(new Set(said)).toEqual(new Set(["oms.v1.evt.venue.SIMX.reconciled"]));
  bench.crash();
});
