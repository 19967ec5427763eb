/**
 * Behavioural scenarios 41, 42 and 43 with a whole node and real venue processes: the node is
 * killed while others trade in its name, comes back, and takes up what the venue has, once. Numbers
 * are theirs. Both sides' records are the same in the end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import { querySubject } from "../../protocols/kernel/subjects.ts";
import { Clients, order } from "../simulator/venue_fixture.ts";
import { drawChance } from "./support/chance.ts";
import { FaultWorld } from "./support/fault_world.ts";
import { FeedTape } from "./support/feed_tape.ts";
import type { NodeProcess } from "./support/node_process.ts";
import { OperatorDesk } from "./support/operator_desk.ts";
import { desk, rest, submit, until } from "./support/venue_desk.ts";

const venue = "SIMX";
const external = "CHARLIE";
/** What happens at the venue and is nobody's: taken over, and told soon. */
const session = {
  reconcile: { unknownOrders: "adopt", externalAccount: external, positionGrace_ms: 300 },
} as const;
const asked = { operator: "ann", reason: "to be sure" } as const;
const byHand = { instrument: "BTC-USDT", px: "50000" } as const;

/** Eleven orders that rest, and a position of their own. */
const tradeOurs = async (world: FaultWorld, tape: FeedTape): Promise<void> => {
  const ours: string[] = [];
  for (let no = 0; no < 11; no += 1) ours.push(await rest(world, venue));
  const price = (world.prices.mid("BTC-USDT") * 1.01).toFixed(2);
  const route = { policy: "direct", venue } as const;
  const bought = await submit(world, { price, orderQty: "0.002", timeInForce: "ioc", route });
  for (const clOrdId of ours) {
    await until("they rest", () => tape.wordsOf(desk, clOrdId).includes("new"));
  }
  await until("bought", () => tape.wordsOf(desk, bought).includes("trade"));
};

/** Strangers' orders and a trade by hand, in the session of the node, which is not there. */
const meddle = async (port: number, control: VenueControl): Promise<void> => {
  const clients = new Clients();
  const client = clients.open(port);
  await client.logon("natoms", 1_000_000);
  for (const name of ["s0", "s1", "s2"]) {
    client.say(order(name, { price: "1000" }));
    await client.untilReport(name, "new");
  }
  await control.tradeManually("natoms", { ...byHand, side: "sell", qty: "0.005" });
  await clients.closeAll();
};

const openOrders = async (control: VenueControl): Promise<number> =>
  (await control.dump()).orders.filter(({ order: { ordStatus } }) =>
    ["new", "partially_filled"].includes(ordStatus),
  ).length;

/** The adjustments of the external account, each by the part that it is. */
const adjusted = (tape: FeedTape): readonly unknown[] =>
  tape.events.flatMap(({ subject, body }) =>
    subject.endsWith(`.${external}.position_adjusted`) ? [body["part"] ?? "whole"] : [],
  );

/** The orders that were adopted, by the names that they were given. */
const adopted = (tape: FeedTape): ReadonlySet<string | undefined> =>
  new Set(
    tape.business.flatMap((subject) => {
      const [, , , what, account, strategy, clOrdId] = subject.split(".");
      return what === "order" && account === external && strategy === "_external" ? [clOrdId] : [];
    }),
  );

const startAgain = async (world: FaultWorld): Promise<NodeProcess> => {
  const node = await world.startReadyNode();
  await until("its link is up", () =>
    node.logged("venue link up").some((line) => line["venue"] === venue),
  );
  return node;
};

/** What the accounts hold of BTC together, and what the venue's record gives. */
const holdings = async (
  world: FaultWorld,
  control: VenueControl,
): Promise<readonly [ours: number, theirs: number]> => {
  let ours = 0;
  for (const account of [desk[0], external]) {
    const answer = await world.sender.ask(querySubject(account, "any", "positions"));
    const { positions } = answer as {
      readonly positions: readonly { readonly instrument: string; readonly netQty: string }[];
    };
    for (const { instrument, netQty } of positions) {
      if (instrument === "BTC-USDT") ours += Number(netQty);
    }
  }
  const { executions } = await control.dump();
  const signed = executions.map(({ side, lastQty }) => (side === "buy" ? 1 : -1) * Number(lastQty));
  return [ours, signed.reduce((sum, qty) => sum + qty, 0)];
};

test("41, 42, 43: what a restart finds is taken up once, order by order", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed, undefined, undefined, session);
  notes.push(() => world.story());
  const tape = new FeedTape(world);
  const operator = new OperatorDesk(world);
  const first = await world.startReadyNode();
  const port = world.venues[0]?.process.port ?? 0;
  const control = await VenueControl.open(port);
  await tradeOurs(world, tape);
  // A position of nobody's, which goes through zero while the node is away.
  await control.tradeManually("natoms", { ...byHand, side: "buy", qty: "0.002" });
  expect((await operator.ask("reconcile", { ...asked, venue })).code).toBe("");
  await until("adjusted", () => adjusted(tape).length === 1);
  await first.kill();
  await meddle(port, control);

  const second = await startAgain(world);
  await until("adjusted", () => adjusted(tape).length === 3);
  expect(adjusted(tape)).toEqual(["whole", "close", "open"]);
  await world.quiet(1_000);
  // Fourteen orders are open there; each is exactly one of ours, three by adoption.
  expect(await openOrders(control)).toBe(14);
  expect(adopted(tape).size).toBe(3);
  const shown = await world.sender.ask(querySubject(external, "_external", "orders"));
  expect(shown).toMatchObject({ orders: [{}, {}, {}], omitted: 0 });
  const runs = (): readonly Readonly<Record<string, unknown>>[] =>
    tape.ofVenue(venue, "reconciled");
  const logon = runs().findLast(({ why }) => why === "logon");
  expect(logon).toMatchObject({ settled: true, counts: { orders: 14, unknown: 3 } });

  // A second run, asked for, and one more by another restart: nothing more is said.
  const before = tape.business;
  const had = runs().length;
  expect((await operator.ask("reconcile", { ...asked, venue })).code).toBe("");
  await until("reconciled", () => runs().length > had);
  await sleep(1_000);
  expect(runs().at(-1)).toMatchObject({ why: "demand", settled: true, counts: { orders: 14 } });
  expect(tape.business).toEqual(before);
  await second.kill();
  await startAgain(world);
  await sleep(2_000);
  expect(tape.business).toEqual(before);

  // Operators reach what was adopted as any order.
  const kill = await operator.ask("kill", { ...asked, scope: "account", account: external });
  expect(kill.code).toBe("");
  await world.settle([desk]);
  const [ours, theirs] = await holdings(world, control);
  expect(theirs).toBeCloseTo(-0.001, 9);
  expect(ours).toBeCloseTo(theirs, 9);
  control.close();
}, 180_000);
