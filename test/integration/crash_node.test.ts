/**
 * `kill -9` of the node at random moments under load, twenty times in one run: nothing that was
 * acknowledged is lost, nothing is executed twice, and every side tells the same story at the end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createPrng } from "../../deploy/simulator/prng.ts";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { gatherEvidence } from "./support/evidence.ts";
import { evidenceSummary } from "./support/evidence_summary.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";
import { startLoad } from "./support/load.ts";

const kills = 20;
const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["ALFA", "two"],
  ["BRAVO", "one"],
  ["CHARLIE", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];

test("a node that is killed twenty times under load loses and repeats nothing", async () => {
  const { seed, notes } = drawChance();
  const prng = createPrng(seed);
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  let node = await world.startReadyNode();
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 250 });
  for (let kill = 1; kill <= kills; kill += 1) {
    // A quarter of the kills hits a node that has not finished its recovery.
    await sleep(kill % 4 === 0 ? prng.nextUnit() * 600 : 400 + prng.nextUnit() * 900);
    // Some kills come while the node drains: in the middle of its last frames and its snapshots.
    if (kill % 5 === 0) {
      node.child.kill("SIGTERM");
      await sleep(prng.nextUnit() * 250);
    }
    await node.kill();
    node = world.startNode();
    if (kill % 4 !== 3) await node.ready();
  }
  await node.ready();
  await load.stop();
  await world.settle(strategies);
  const accounts = [...new Set(strategies.map(([account]) => account))];
  const evidence = await gatherEvidence(world, accounts);
  notes.push(() => evidenceSummary(evidence));
  const trades = evidence.truths.reduce((sum, { executions }) => sum + executions.length, 0);

  expect(evidenceFaults(evidence).slice(0, 20)).toEqual([]);
  expect(trades).toBeGreaterThan(100);
  expect(evidence.commands.length).toBeGreaterThan(1_000);
}, 150_000);
