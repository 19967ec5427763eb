/**
 * A node that does not reach a venue gives the venue's shard to one that does, and orders flow
 * again; a venue that nobody reaches moves its shard once and no more.
 */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ownerOf } from "../../runtime/placement.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import type { NodeProcess } from "./support/node_process.ts";
import { desk, rest, until, wordsOf } from "./support/venue_desk.ts";

const names = ["node-1", "node-2"] as const;
const owner = ownerOf(
  "venue-SIMX",
  names.map((node) => ({ node, weight: 1, draining: false })),
);
const [placed, other] = owner === names[0] ? names : [names[1], names[0]];

/** A port on which nobody listens. */
const deadPort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
};

const addresses = (world: FaultWorld, simx: number): readonly string[] =>
  world.venues.map(
    ({ name, process }) => `${name}=127.0.0.1:${name === "SIMX" ? simx : process.port}`,
  );

const recoveries = (node: NodeProcess): number =>
  node.logged("shard recovered").filter(({ shard }) => shard === "venue-SIMX").length;

const givenAway = (node: NodeProcess): number =>
  node
    .logged("shard ends here")
    .filter(({ shard, reason }) => shard === "venue-SIMX" && reason === "unreachable").length;

test("a venue's shard goes to the node that reaches the venue, and orders flow", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const simx = world.venues[0]?.process.port ?? 0;
  const broken = world.startNode({ name: placed, venues: addresses(world, await deadPort()) });
  const whole = world.startNode({ name: other, venues: addresses(world, simx) });
  await until("the shard begins where placement wants it", () => recoveries(broken) === 1);
  // The node that came first may have had everything for a moment.
  const before = recoveries(whole);
  const took_ms = await until("it is given away", () => givenAway(broken) === 1);
  expect(took_ms).toBeLessThan(40_000);
  await until("the other one has it", () => recoveries(whole) === before + 1);
  await whole.ready();
  await world.prices.ready();
  await until("an order works there", async () => {
    const clOrdId = await rest(world, "SIMX");
    await sleep(500);
    return (await wordsOf(world, clOrdId)).includes("new");
  });
  await sleep(15_000);
  expect([recoveries(broken), recoveries(whole)]).toEqual([1, before + 1]);
  await world.settle([desk]);
}, 180_000);

test("a venue that no node reaches moves its shard once; when it is back it trades", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const nodes = [world.startNode({ name: placed }), world.startNode({ name: other })];
  await Promise.all(nodes.map((node) => node.ready()));
  await world.prices.ready();
  const [venue] = world.venues;
  if (venue === undefined) throw new Error("no venue");
  // The node that came first may have had everything for a moment.
  const moves = (): number => nodes.reduce((sum, node) => sum + recoveries(node), 0);
  const before = moves();
  const { port, child, ended } = venue.process;
  child.kill("SIGKILL");
  await ended;
  await until("it is given away", () => nodes.some((node) => givenAway(node) === 1));
  // Long enough for the second one to find out as well, and to bring it back if it wanted to.
  await sleep(25_000);
  expect(moves()).toBe(before + 1);
  const { startVenue } = await import("../simulator/venue_process.ts");
  venue.process = await startVenue(...venue.args, "--port", String(port));
  await until("an order works there", async () => {
    const clOrdId = await rest(world, "SIMX");
    await sleep(500);
    return (await wordsOf(world, clOrdId)).includes("new");
  });
  expect(moves()).toBe(before + 1);
  await world.settle([desk]);
}, 180_000);
