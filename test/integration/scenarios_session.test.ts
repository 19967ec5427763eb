/**
 * Behavioural scenarios 25, 35, 36 and 39 with a whole node and real venue processes: what
 * strategies are told, what stays reserved, and at the end the venues' own records beside ours,
 * order by order and fill by fill. Numbers are theirs.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VenueControl } from "../../deploy/simulator/control_client.ts";
import type { VenueDump } from "../../deploy/simulator/control_client.ts";
import { querySubject } from "../../protocols/kernel/subjects.ts";
import { FaultWorld } from "./support/fault_world.ts";
import { FeedTape } from "./support/feed_tape.ts";
import { cancel, desk, rest, submit, until } from "./support/venue_desk.ts";
import { venueRecordFaultsOf } from "./support/venue_record_faults.ts";

const venue = "SIMX";
const direct = { route: { policy: "direct", venue } } as const;

let world: FaultWorld;
let tape: FeedTape;
let control: VenueControl;
beforeAll(async () => {
  world = await FaultWorld.start(35);
  tape = new FeedTape(world);
  await world.startReadyNode();
  control = await VenueControl.open(world.venues[0]?.process.port ?? 0);
}, 90_000);
afterAll(async () => {
  control.close();
  await world[Symbol.asyncDispose]();
});

/** The word in which the session stands. */
const status = (): unknown => tape.ofVenue(venue, "session").at(-1)?.["to"];
const runs = (): readonly object[] => tape.ofVenue(venue, "reconciled");
const wordsOf = (clOrdId: string): readonly string[] => tape.wordsOf(desk, clOrdId);
const says = (clOrdId: string, word: string): Promise<number> =>
  until(`${clOrdId} ${word}`, () => wordsOf(clOrdId).at(-1) === word, 20_000);

/** What is reserved to buy, by our own word. */
const reserved = async (): Promise<string | undefined> => {
  const [account, strategy] = desk;
  const answer = await world.sender.ask(querySubject(account, strategy, "positions"));
  const { positions = [] } = (answer ?? {}) as {
    readonly positions?: readonly { readonly instrument: string; readonly openBuyQty: string }[];
  };
  return positions.find(({ instrument }) => instrument === "BTC-USDT")?.openBuyQty;
};

/** Sends small orders that trade at once. */
const buy = async (count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let no = 0; no < count; no += 1) {
    const price = (world.prices.mid("BTC-USDT") * 1.01).toFixed(2);
    const terms = { price, orderQty: "0.00001", timeInForce: "ioc", ...direct };
    ids.push(await submit(world, terms));
  }
  return ids;
};

test("25: a submit that timed out stays reserved, and is open when its venue says so", async () => {
  // With a position there is something to show the reservation beside.
  const [bought = ""] = await buy(1);
  await says(bought, "trade");
  await control.setFaults({ silence: { unreported: 1 } });
  const clOrdId = await rest(world, venue);
  await until("carried out", async () => (await control.dump()).orders.length === 2);
  await control.setFaults({ outage: { refuses: "logons", orders: "keep" } });
  await says(clOrdId, "in_doubt");
  // Nobody says anything of it for a while: the doubt stays, and what it may cost.
  await sleep(3_000);
  expect(wordsOf(clOrdId).at(-1)).toBe("in_doubt");
  expect(await reserved()).toBe("0.00100");
  await control.clearFaults();
  await says(clOrdId, "new");
  expect(await reserved()).toBe("0.00100");
  expect((await control.dump()).orders).toHaveLength(2);
  await cancel(world, clOrdId);
  await says(clOrdId, "canceled");
  expect(await reserved()).toBe("0.00000");
}, 90_000);

test("36: while it is reconciled a submit is denied by its code and a cancel passes", async () => {
  await until("open", () => status() === "open", 20_000);
  const resting = await rest(world, venue);
  await says(resting, "new");
  await control.setFaults({ silence: { swallow: 1 } });
  await control.disconnect("reset");
  await until("reconciling", () => status() === "reconciling", 20_000);
  await control.clearFaults();
  const denied = await rest(world, venue);
  await cancel(world, resting);
  await says(resting, "canceled");
  expect(status()).toBe("reconciling");
  await until(
    "denied",
    () => wordsOf(denied).at(-1)?.endsWith(" ROUTE_VENUE_DOWN") === true,
    5_000,
  );
  expect(wordsOf(denied)).not.toContain("new");
  await until("open", () => status() === "open", 20_000);
  await says(await rest(world, venue), "new");
}, 90_000);

test("39: what the list of open orders leaves out is found by its id, and stays open", async () => {
  const resting = await rest(world, venue);
  await says(resting, "new");
  await control.setFaults({ listing: { omit: 1 } });
  const before = runs().length;
  await control.disconnect("reset");
  await until("open again", () => runs().length > before && status() === "open", 20_000);
  // This one, and the one that the scenario before has left.
  expect(runs().at(-1)).toMatchObject({ settled: true, counts: { missing: 2 } });
  for (const word of wordsOf(resting)) {
    expect(["pending_new", "new", "restated"]).toContain(word);
  }
  await control.clearFaults();
}, 60_000);

test.each([
  ["tells them again", {}],
  ["tells none of them again", { history: { resend: 0 } }],
])(
  "35: 14 of 18 fills dropped, a session that %s: each is booked, once",
  async (_, more) => {
    const dropNext = { drop: 14, of: 18, execType: "trade" } as const;
    const dropped = async (): Promise<number> => (await control.stats()).faults["dropped"] ?? 0;
    const before = await dropped();
    // All are on their way before the first report: a lost one does not end the session too early.
    const held = { outbound: { kind: "constant", delay_ns: "1000000000" } } as const;
    await control.setFaults({ latency: held, reports: { dropNext }, ...more }, { seed: 35 });
    const ids = await buy(18);
    await until("14 are lost", async () => (await dropped()) - before === 14, 20_000);
    await control.setFaults({}, { off: ["reports", "latency"] });
    await control.disconnect("reset");
    for (const clOrdId of ids) await says(clOrdId, "trade");
    await control.clearFaults();
    const trades = ids.flatMap((clOrdId) => wordsOf(clOrdId).filter((word) => word === "trade"));
    expect(trades).toHaveLength(18);
  },
  90_000,
);

test("at the end the venues' records and ours are the same", async () => {
  await world.settle([desk]);
  const dumps = new Map<string, VenueDump>();
  for (const { name, process } of world.venues) {
    const each = await VenueControl.open(process.port);
    dumps.set(name, await each.dump());
    each.close();
  }
  expect(dumps.get(venue)?.executions).toHaveLength(37);
  expect(await venueRecordFaultsOf(world, [desk], dumps)).toEqual([]);
}, 90_000);
