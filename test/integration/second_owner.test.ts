/**
 * Two nodes that both believe they own a shard: the journal lets one of them go on, and the other
 * sends nothing more (invariants 1 and 2), whether it was overtaken by force or was frozen so long
 * that its leases ran out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { evidenceSummary } from "./support/evidence_summary.ts";
import { gatherEvidence } from "./support/evidence.ts";
import { accountShards, venueNames } from "./support/deployment_file.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";
import { startLoad } from "./support/load.ts";
import type { NodeProcess } from "./support/node_process.ts";
import { reportsMadeBy } from "./support/venue_truth.ts";

const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["BRAVO", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];
const accounts = strategies.map(([account]) => account);
const shards = accountShards + venueNames.length;
const notice_ms_max = 20_000;
const frozen_ms = 6_000;

test("(32) a node that is overtaken by force is fenced and sends nothing more", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const first = await world.startReadyNode({ name: "node-1" });
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 100 });
  await sleep(1_000);
  const second = await world.startReadyNode({ name: "node-2", force: true });
  await until(
    () => fencedShards(first).size === shards,
    () => shardsOver(first),
  );
  expect([...barsOf(first)]).toEqual(["fenced"]);
  // The first one leaves them alone, although nobody else has a lease for them.
  const recovered = first.logged("shard recovered").length;
  await sleep(7_000);
  expect(first.logged("shard recovered")).toHaveLength(recovered);
  expect(fencedShards(second).size).toBe(0);
  await load.stop();
  await second.kill();
  await first.kill();
  await world.startReadyNode({ name: "node-1" });
  await world.settle(strategies);
  const evidence = await gatherEvidence(world, accounts);
  notes.push(() => evidenceSummary(evidence));
  expect(evidenceFaults(evidence).slice(0, 20)).toEqual([]);
}, 90_000);

test("(31) a node that wakes after its leases ran out sends nothing, nor logs on", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const first = await world.startReadyNode({ name: "node-1" });
  const second = world.startNode({ name: "node-2" });
  await second.ready();
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 100 });
  await sleep(2_000);
  const owned = ownedBy(first);
  expect(owned.size).toBeGreaterThan(0);
  first.suspend();
  await sleep(frozen_ms);
  await until(
    () => [...owned].every((shard) => ownedBy(second).has(shard)),
    () => second.tail(),
  );
  await load.stop();
  await world.settle(strategies);
  const before = await reportsMade(world);
  const lost = second.logged("venue link down").length;
  const logged = first.log.length;
  first.resume();
  await until(
    () => first.log.length > logged,
    () => "the woken node says nothing",
  );
  await sleep(2_000);
  // Every request of any kind makes a report at least; nothing is open that could trade by itself.
  expect(await reportsMade(world)).toEqual(before);
  expect([...owned].filter((shard) => !lostShards(first).has(shard))).toEqual([]);
  // A logon of the woken node would have thrown the new owner out.
  expect(second.logged("venue link down")).toHaveLength(lost);
  const evidence = await gatherEvidence(world, accounts);
  notes.push(() => evidenceSummary(evidence));
  expect(evidenceFaults(evidence).slice(0, 20)).toEqual([]);
}, 90_000);

const until = async (isSo: () => boolean, what: () => string): Promise<void> => {
  const deadline_ms = Date.now() + notice_ms_max;
  while (!isSo()) {
    if (Date.now() > deadline_ms) throw new Error(`waited in vain: ${what()}`);
    await sleep(50);
  }
};

const reportsMade = ({ venues }: FaultWorld): Promise<readonly number[]> =>
  Promise.all(venues.map(({ process }) => reportsMadeBy(process.port)));

const fencedShards = (node: NodeProcess): ReadonlySet<unknown> =>
  new Set(node.logged("shard is over on this node").map(({ shard }) => shard));

const barsOf = (node: NodeProcess): ReadonlySet<unknown> =>
  new Set(node.logged("shard is over on this node").map(({ barred }) => barred));

const shardsOver = (node: NodeProcess): string =>
  `only ${[...fencedShards(node)].join(", ")} are over:\n${node.tail()}`;

/** Shards that the node has recovered. */
const ownedBy = (node: NodeProcess): ReadonlySet<unknown> => {
  const owned = new Set<unknown>();
  for (const { msg, shard } of node.log) {
    if (msg === "shard recovered") owned.add(shard);
    if (msg === "shard ends here" || msg === "shard is over on this node") owned.delete(shard);
  }
  return owned;
};

/** Shards that ended on the node because they were no longer its own. */
const lostShards = (node: NodeProcess): ReadonlySet<unknown> =>
  new Set(
    node.log.flatMap(({ msg, shard, reason, barred }) =>
      (msg === "shard ends here" && (reason === "lapsed" || reason === "lost")) ||
      (msg === "shard is over on this node" && barred === "fenced")
        ? [shard]
        : [],
    ),
  );
