/**
 * `kill -9` and restart of nats-server under load, while the node stays up: nothing that was
 * acknowledged is lost, nothing is executed twice, and every side tells the same story at the end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createPrng } from "../../deploy/simulator/prng.ts";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { evidenceSummary } from "./support/evidence_summary.ts";
import { gatherEvidence } from "./support/evidence.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";
import { startLoad } from "./support/load.ts";

const kills = 6;
const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["BRAVO", "one"],
  ["CHARLIE", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];

test("a nats-server killed six times under load loses and repeats nothing", async () => {
  const { seed, notes } = drawChance();
  const prng = createPrng(seed);
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 200 });
  for (let kill = 1; kill <= kills; kill += 1) {
    await sleep(800 + prng.nextUnit() * 1_200);
    await world.nats.kill();
    // From a blink to longer than a lease lives.
    await sleep(kill === kills ? 4_000 : prng.nextUnit() * 800);
    await world.nats.restart();
  }
  await sleep(1_000);
  await load.stop();
  await world.settle(strategies);
  expect(node.exit).toBeUndefined();
  const accounts = strategies.map(([account]) => account);
  const evidence = await gatherEvidence(world, accounts);
  notes.push(() => evidenceSummary(evidence));
  expect(evidenceFaults(evidence).slice(0, 20)).toEqual([]);
  expect(evidence.commands.length).toBeGreaterThan(1_000);
  expect(world.sender.repeats).toBeGreaterThan(0);
}, 120_000);
