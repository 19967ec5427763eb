/**
 * SIGTERM under load: the node commits, snapshots and leaves within seconds; the next one goes on
 * from the snapshots, and nothing is lost or repeated.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { evidenceSummary } from "./support/evidence_summary.ts";
import { readEvents } from "./support/event_record.ts";
import { gatherEvidence } from "./support/evidence.ts";
import { accountShards, venueNames } from "./support/deployment_file.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { Strategy } from "./support/fault_world.ts";
import { lies } from "./support/tampered_evidence.ts";
import { startLoad } from "./support/load.ts";

const drain_ms_max = 5_000;
const strategies: readonly Strategy[] = [
  ["ALFA", "one"],
  ["BRAVO", "one"],
  ["ECHO", "one"],
  ["JULIETT", "one"],
];

test("a node that is asked to end under load leaves nothing behind", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  let node = await world.startReadyNode();
  const load = startLoad(world.sender, world.prices, { seed, strategies, rate: 200 });
  for (let round = 1; round <= 3; round += 1) {
    await sleep(2_000);
    const { code, took_ms } = await node.drain();
    expect(code).toBe(0);
    expect(took_ms).toBeLessThan(drain_ms_max);
    node = await world.startReadyNode();
    const recovered = node.logged("shard recovered");
    expect(recovered).toHaveLength(accountShards + venueNames.length);
    // A snapshot was the last thing; what is read behind it is the claim itself.
    for (const line of recovered) expect(line["replayed"]).toBe(1);
  }
  await load.stop();
  await world.settle(strategies);
  const accounts = strategies.map(([account]) => account);
  const evidence = await gatherEvidence(world, accounts);
  notes.push(() => evidenceSummary(evidence));
  expect(evidenceFaults(evidence).slice(0, 20)).toEqual([]);
  expect(evidence.commands.length).toBeGreaterThan(500);
  expect(evidence.proofs.compared).toBe(accountShards + venueNames.length);
  const undetected: string[] = [];
  for (const [lie, tampered] of lies(evidence)) {
    if (evidenceFaults(tampered).length === 0) undetected.push(lie);
  }
  expect(undetected).toEqual([]);
}, 60_000);

test("the first order after the node said it is ready is routed, in every shard", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  await world.startReadyNode();
  const price = (world.prices.mid("BTC-USDT") * 0.99).toFixed(2);
  const order = { instrument: "BTC-USDT", side: "buy", ordType: "limit", orderQty: "0.00100" };
  await Promise.all(
    strategies.map(([account, strategy]) => {
      const head = {
        account,
        strategy,
        clOrdId: "c1",
        verb: "submit",
        commandId: "submit",
      } as const;
      return world.sender.send({ ...head, body: { ...order, price } });
    }),
  );
  await world.quiet();
  const { orders } = await readEvents(world.sender.connection);
  const first = [...orders.values()].map((events) => events[0]);
  expect(first.map((event) => event?.execType)).toEqual(strategies.map(() => "pending_new"));
}, 60_000);
