/**
 * A venue that falls silent: a half-open connection, or a process that stands still. Noticed within
 * a bound, what was under way is in doubt and asked for, the other venue trades on (scenario 57).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { NodeProcess } from "./support/node_process.ts";
import { desk, rest, until, wordsOf } from "./support/venue_desk.ts";

/** The watchdog's patience (5 s), a heartbeat, and a slow machine. */
const noticed_ms_max = 9_000;

const downs = (node: NodeProcess): number =>
  node.logged("venue link down").filter(({ venue }) => venue === "SIMX").length;

const tradesAt = async (world: FaultWorld, venue: string): Promise<void> => {
  const clOrdId = await rest(world, venue);
  await until(
    `${venue} trades`,
    async () => (await wordsOf(world, clOrdId)).includes("new"),
    5_000,
  );
};

test("(57) a half-open connection is noticed, what it swallowed is asked for", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const control = await VenueControl.open(world.venues[0]?.process.port ?? 0);
  await control.disconnect("half_open");
  const swallowed = await rest(world, "SIMX");
  await tradesAt(world, "SIMY");
  const took_ms = await until("the silence is noticed", () => downs(node) > 0, noticed_ms_max);
  expect(took_ms).toBeGreaterThan(1_000);
  await until("its fate is known", async () => {
    const words = await wordsOf(world, swallowed);
    return words.includes("in_doubt") && words.at(-1) === "rejected VENUE_NOT_SENT";
  });
  await tradesAt(world, "SIMX");
  control.close();
  await world.settle([desk]);
}, 90_000);

test("a venue that stands still is left, and taken up again when it goes on", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const venue = world.venues[0]?.process;
  if (venue === undefined) throw new Error("no venue");
  venue.child.kill("SIGSTOP");
  const during = await rest(world, "SIMX");
  await tradesAt(world, "SIMY");
  const took_ms = await until("the silence is noticed", () => downs(node) > 0, noticed_ms_max);
  expect(took_ms).toBeLessThan(noticed_ms_max);
  // Connections are accepted by the kernel, and nobody answers the logon: it goes on trying.
  await sleep(6_000);
  await tradesAt(world, "SIMY");
  venue.child.kill("SIGCONT");
  await until("it trades again", async () => {
    const clOrdId = await rest(world, "SIMX");
    await sleep(500);
    return (await wordsOf(world, clOrdId)).includes("new");
  });
  // Read from its socket when it went on, or never: but known.
  await until("its fate is known", async () => {
    const last = (await wordsOf(world, during)).at(-1) ?? "";
    return last === "new" || last.startsWith("denied") || last.startsWith("rejected");
  });
  await world.settle([desk]);
}, 90_000);
