/**
 * `kill -9` of venues under load. Each keeps its record; it comes back as the same, or with its
 * numbering begun anew, or even with its ids used again. At the end its record and ours agree.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import { createPrng } from "../../deploy/simulator/prng.ts";
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
const killsOfEach = 4;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "natoms-venues-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["goes on where it was", ["--restart-as", "same"]],
  ["numbers its reports from 1 again", ["--restart-as", "new"]],
  ["uses its ids again", ["--restart-as", "new", "--reuse-ids"]],
])(
  "a venue that is killed and %s has the same record as we",
  async (_, args) => {
    const { seed, notes } = drawChance();
    const prng = createPrng(seed);
    const state = (name: string): string => join(folder, `${name}.jsonl`);
    await using world = await FaultWorld.start(seed, (name) => ["--state", state(name), ...args]);
    notes.push(() => world.story());
    await world.startReadyNode();
    const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 80 });
    for (let kill = 0; kill < killsOfEach * world.venues.length; kill += 1) {
      await sleep(500 + prng.nextUnit() * 1_000);
      const venue = world.venues[kill % world.venues.length];
      if (venue !== undefined) await world.killVenue(venue);
    }
    await sleep(1_000);
    await load.stop();
    await world.settle(strategies, 90_000);

    const dumps = new Map<string, VenueDump>();
    for (const { name, process } of world.venues) {
      const control = await VenueControl.open(process.port);
      dumps.set(name, await control.dump());
      control.close();
    }
    const trades = [...dumps.values()].reduce((sum, { executions }) => sum + executions.length, 0);
    const faults = await venueRecordFaultsOf(world, strategies, dumps);
    expect(faults.slice(0, 20)).toEqual([]);
    expect(trades).toBeGreaterThan(50);
  },
  240_000,
);
