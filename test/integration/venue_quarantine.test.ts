/**
 * Two owners of one venue session, as real processes: somebody else logs on as us again and again,
 * the session is quarantined, that outlives a `kill -9`, and an operator's release opens it again.
 */
import { expect, test } from "vitest";
import { SimClient } from "../simulator/sim_client.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import { OperatorDesk } from "./support/operator_desk.ts";
import { desk, rest, until, venueEvents, wordsOf } from "./support/venue_desk.ts";

const by = { operator: "ann", reason: "the other owner is stopped" };

/** Logs on in our name and hangs up. */
const steal = async (port: number): Promise<void> => {
  const thief = new SimClient(port);
  await thief.logon("natoms");
  await thief.close();
};

test("32: a session that two log on to is quarantined until an operator releases it", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const operator = new OperatorDesk(world);
  const port = world.venues[0]?.process.port ?? 0;
  const session = async (): Promise<unknown> =>
    (await venueEvents(world, "SIMX", "session")).at(-1)?.["to"];
  const incidents = async (): Promise<readonly unknown[]> =>
    (await venueEvents(world, "SIMX", "incident")).map(({ incident }) => incident);
  const said = async (clOrdId: string): Promise<string> =>
    (await wordsOf(world, clOrdId)).at(-1) ?? "";

  const open = await rest(world, "SIMX");
  await until("it rests", async () => (await said(open)) === "new");
  await operator.ask("release", { venue: "SIMX", ...by });
  await until("there was nothing", async () => (await incidents()).includes("release_ignored"));
  expect(await session()).toBe("open");

  await steal(port);
  await until("it notices", async () => (await incidents()).includes("duplicate_owner"));
  await until("it is back, its gate shut", async () => (await session()) === "reconciling");
  await steal(port);
  await until("it is quarantined", async () => (await session()) === "quarantined");

  await node.kill();
  const next = world.startNode();
  await until("the next owner leaves it so", async () => {
    const last = (await venueEvents(world, "SIMX", "session")).at(-1);
    return last?.["from"] === "quarantined" && last["to"] === "quarantined";
  });
  await world.prices.ready();
  const barred = await rest(world, "SIMX");
  await until("orders are refused", async () => (await said(barred)).includes("ROUTE_VENUE_DOWN"));
  const [account, strategy] = desk;
  const verb = "cancel";
  const cancel = { account, strategy, clOrdId: open, verb, commandId: verb, body: {} } as const;
  await world.sender.send(cancel);
  await until("a cancel waits", async () => (await said(open)) === "pending_cancel");

  const { body } = await operator.ask("release", { venue: "SIMX", requestId: "rel", ...by });
  expect(body["received"]).toEqual(["venue-SIMX"]);
  await until("it is open", async () => (await session()) === "open");
  await until("what waited is canceled", async () => (await said(open)) === "canceled");
  await next.ready();
  const works = await rest(world, "SIMX");
  await until("an order works", async () => (await said(works)) === "new");
  const events = await venueEvents(world, "SIMX", "incident");
  expect(events.filter(({ incident }) => incident === "released")).toMatchObject([
    { operator: "ann", text: by.reason },
  ]);
  await world.settle([desk]);
}, 180_000);
