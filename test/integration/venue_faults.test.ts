/**
 * Every family of faults of a venue, one after the other under a light load: at the end each
 * venue's own record and ours agree, order by order and fill by fill.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import type { SimFaultSettings } from "../../protocols/sim_wire.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";
import { startLoad } from "./support/load.ts";
import { venueRecordFaultsOf } from "./support/venue_record_faults.ts";

const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["BRAVO", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];

const burst = { kind: "constant", delay_ns: "60000000" } as const;
const reasons = ["insufficient_funds", "price_out_of_band", "halted"] as const;
const refuse = { probability: 0.2, reasons } as const;

/** One at a time: what of it must have happened, and the fault. */
const families: readonly (readonly [counter: string, faults: SimFaultSettings])[] = [
  [
    "",
    {
      latency: {
        inbound: { kind: "lognormal", median_ns: "2000000", sigma: "0.8" },
        outbound: { kind: "bursts", calm: { kind: "none" }, burst, toBurst: 0.05, toCalm: 0.3 },
      },
    },
  ],
  ["rejected", { rejects: { new_order: refuse, cancel: refuse, replace: refuse } }],
  ["swallowed", { silence: { swallow: 0.05 } }],
  ["unreported", { silence: { unreported: 0.05 } }],
  ["late_report", { late: { report: 0.03, delay_ms: 3_000 } }],
  ["duplicated", { reports: { duplicate: 0.3 } }],
  ["dropped", { reports: { drop: 0.03 } }],
  ["reordered", { reports: { reorder: 0.03 } }],
  ["busted", { amendments: { bust: 0.3, after_ms: 300 } }],
  ["corrected", { amendments: { correct: 0.3, after_ms: 300 } }],
  ["connection_reset", { connection: { reset: 0.05 } }],
  ["connection_finished", { connection: { finish: 0.05 } }],
  ["half_open", { connection: { halfOpen: 0.2 } }],
  ["ambiguous_executed", { ambiguous: { executed: 0.1 } }],
  ["ambiguous_lost", { ambiguous: { lost: 0.05 } }],
  ["not_supported", { unsupported: ["replace"] }],
  [
    "rate_limited",
    { rateLimits: { rules: [{ name: "w", window_ms: 1_000, limit: 20, counts: "weight" }] } },
  ],
  ["outage", { outage: { refuses: "logons", orders: "keep", for_ms: 800 } }],
  ["outage", { outage: { refuses: "connections", orders: "cancel", for_ms: 800 } }],
  // With resets: open orders are listed after each logon, else once a minute.
  ["listing_omitted", { listing: { omit: 0.5 }, connection: { reset: 0.02 } }],
  ["swallowed", { history: { orders: 0, reports: 5 }, silence: { swallow: 0.1 } }],
];

test("every fault of a venue alone leaves its record and ours the same", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  await world.startReadyNode();
  const controls = await Promise.all(
    world.venues.map(({ process }) => VenueControl.open(process.port)),
  );
  const counted: Record<string, number> = {};
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 60 });
  for (const [index, [counter, faults]] of families.entries()) {
    const before = await countOf(controls, counter);
    await Promise.all(
      controls.map((one, venue) => one.setFaults(faults, { clear: true, seed: index + venue })),
    );
    await sleep(1_500);
    // Chance may need longer; that it struck at all is seen to below.
    for (let wait = 0; wait < 50 && counter !== ""; wait += 1) {
      if ((await countOf(controls, counter)) > before) break;
      await sleep(200);
    }
    if (counter !== "") counted[counter] = (await countOf(controls, counter)) - before;
  }
  await Promise.all(controls.map((one) => one.clearFaults()));
  await sleep(1_000);
  await load.stop();
  await world.settle(strategies, 90_000);
  notes.push(() => JSON.stringify(counted));

  const dumps = new Map<string, VenueDump>();
  for (const [index, { name }] of world.venues.entries()) {
    const dump = await controls[index]?.dump();
    if (dump !== undefined) dumps.set(name, dump);
    controls[index]?.close();
  }
  const faults = await venueRecordFaultsOf(world, strategies, dumps);
  expect(faults.slice(0, 20)).toEqual([]);
  for (const [counter] of families) {
    if (counter !== "") expect(counted[counter] ?? 0, counter).toBeGreaterThan(0);
  }
}, 240_000);

const countOf = async (controls: readonly VenueControl[], counter: string): Promise<number> => {
  const stats = await Promise.all(controls.map((control) => control.stats()));
  return stats.reduce((sum, { faults }) => sum + (faults[counter] ?? 0), 0);
};
