/**
 * The order types and times in force of the contract against real processes: a node, two venues
 * with moving prices, and a crash of the node while orders wait with it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { gatherEvidence } from "./support/evidence.ts";
import { readEvents } from "./support/event_record.ts";
import { FaultWorld } from "./support/fault_world.ts";

const account = "ALFA";
const strategy = "kinds";
const instrument = "ETH-USDT";

type Body = Readonly<Record<string, unknown>>;

/** What an order is expected to have been told, in this order, with anything in between. */
interface Expected {
  readonly body: Body;
  readonly said: readonly string[];
}

const priceAt = (world: FaultWorld, factor: number): string =>
  (world.prices.mid(instrument) * factor).toFixed(2);

const base = { instrument, orderQty: "0.0500", timeInForce: "gtc" } as const;

type Scenes = Readonly<Record<string, Expected>>;

const buy = { ...base, side: "buy" } as const;
const sell = { ...base, side: "sell" } as const;

/** Orders with a trigger, by the name that is their id; all but one are met at once or soon. */
const triggered = (low: string, high: string, soon: string): Scenes => ({
  stopmet: {
    body: { ...buy, ordType: "stop", stopPx: low },
    said: ["pending_new", "triggered pending_new", "trade filled"],
  },
  touched: {
    body: { ...buy, ordType: "limit_if_touched", stopPx: high, price: high, timeInForce: "day" },
    said: ["pending_new", "triggered pending_new", "trade filled"],
  },
  lasttrade: {
    body: { ...sell, ordType: "stop_limit", stopPx: high, price: low, triggerPrice: "last" },
    said: ["pending_new", "triggered pending_new", "trade filled"],
  },
  trailing: {
    body: { ...sell, ordType: "trailing_stop", trailOffset: "0.01", triggerPrice: "mid" },
    said: ["pending_new", "triggered pending_new", "trade filled"],
  },
  nevermet: {
    body: { ...buy, ordType: "stop", stopPx: "99999", timeInForce: "gtd", expireTime: soon },
    said: ["pending_new", "expired expired"],
  },
});

/** Times in force and instructions that work. */
const timed = (low: string, high: string, soon: string): Scenes => ({
  iceberg: {
    body: { ...buy, ordType: "limit", price: high, maxFloor: "0.0100" },
    said: ["pending_new", "new", "trade filled"],
  },
  hidden: {
    body: {
      ...{ ...buy, ordType: "limit", price: low, maxFloor: "0.0100" },
      ...{ timeInForce: "gtd", expireTime: soon },
    },
    said: ["pending_new", "new", "pending_cancel", "expired expired"],
  },
  tilldate: {
    body: { ...buy, ordType: "limit", price: low, timeInForce: "gtd", expireTime: soon },
    said: ["pending_new", "new", "expired expired"],
  },
  reducing: {
    body: { ...sell, ordType: "market", timeInForce: "ioc", execInst: ["reduce_only"] },
    said: ["pending_new", "trade filled"],
  },
  wholeatonce: {
    body: {
      ...{ ...buy, ordType: "limit", price: high },
      ...{ timeInForce: "ioc", execInst: ["all_or_none"] },
    },
    said: ["pending_new", "trade filled"],
  },
  resting: {
    body: { ...buy, ordType: "limit", price: low, execInst: ["post_only"], timeInForce: "day" },
    said: ["pending_new", "new"],
  },
  crossing: {
    body: { ...buy, ordType: "limit", price: high, timeInForce: "fok" },
    said: ["pending_new", "trade filled"],
  },
});

/** What nobody can honour here. */
const denied = (low: string, high: string): Scenes => ({
  toomuch: {
    body: { ...sell, ordType: "limit", price: high, orderQty: "9", execInst: ["reduce_only"] },
    said: ["denied denied RISK_REDUCE_ONLY"],
  },
  whole: {
    body: { ...buy, ordType: "limit", price: high, execInst: ["all_or_none"] },
    said: ["denied denied EXEC_INST_UNSUPPORTED"],
  },
  opening: {
    body: { ...buy, ordType: "limit", price: high, timeInForce: "at_the_open" },
    said: ["denied denied TIF_UNSUPPORTED"],
  },
  late: {
    body: { ...buy, ordType: "limit", price: low, timeInForce: "gtd", expireTime: "9" },
    said: ["denied denied EXPIRE_TIME_PASSED"],
  },
});

const send = (world: FaultWorld, clOrdId: string, body: Body): Promise<void> =>
  world.sender.send({ account, strategy, clOrdId, verb: "submit", commandId: "submit", body });

const sendAll = async (world: FaultWorld, scenes: Scenes): Promise<void> => {
  for (const [clOrdId, { body }] of Object.entries(scenes)) await send(world, clOrdId, body);
};

const told = async (world: FaultWorld, clOrdId: string): Promise<readonly OrderEventBody[]> => {
  const { orders } = await readEvents(world.sender.connection);
  return orders.get(`${account}.${strategy}.${clOrdId}`) ?? [];
};

/** `execType`, or `execType ordStatus[ code]` where that much is asked. */
const matches = (event: OrderEventBody, words: string): boolean => {
  const { execType, ordStatus, rejectCode } = event;
  const whole = [execType, ordStatus, ...(rejectCode === undefined ? [] : [rejectCode])].join(" ");
  return whole === words || execType === words;
};

/** What of the expected was not said, in its order. */
const unsaid = (events: readonly OrderEventBody[], said: readonly string[]): readonly string[] => {
  let at = 0;
  for (const event of events) if (at < said.length && matches(event, said[at] ?? "")) at += 1;
  return said.slice(at);
};

/** Waits until all of them were told what is expected; else says what is missing. */
const missing = async (
  world: FaultWorld,
  expected: Scenes,
  wait_ms: number,
): Promise<readonly string[]> => {
  const deadline_ms = Date.now() + wait_ms;
  for (;;) {
    const { orders } = await readEvents(world.sender.connection);
    const faults = Object.entries(expected).flatMap(([clOrdId, { said }]) => {
      const events = orders.get(`${account}.${strategy}.${clOrdId}`) ?? [];
      const rest = unsaid(events, said);
      const heard = events.map(({ execType, text }) => `${execType}(${text ?? ""})`).join(" ");
      return rest.length === 0 ? [] : [`${clOrdId}: no ${rest.join(", ")} in ${heard}`];
    });
    if (faults.length === 0 || Date.now() > deadline_ms) return faults;
    await sleep(200);
  }
};

test("every kind of order works end to end, or is denied with its code", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const [low, high] = [priceAt(world, 0.97), priceAt(world, 1.03)];
  const soon = `${BigInt(Date.now() + 4_000) * 1_000_000n}`;
  const position: Scenes = {
    position: {
      body: { ...buy, ordType: "limit", price: high, orderQty: "1.0000" },
      said: ["pending_new", "trade filled"],
    },
  };
  await sendAll(world, position);
  expect(await missing(world, position, 5_000)).toEqual([]);
  const all = { ...triggered(low, high, soon), ...timed(low, high, soon), ...denied(low, high) };
  await sendAll(world, all);
  expect(await missing(world, all, 15_000)).toEqual([]);
  const slices = (await told(world, "iceberg")).filter(({ execType }) => execType === "trade");
  expect(slices.length).toBeGreaterThanOrEqual(5);

  // A stop waits while the node dies, and is met under the next one.
  const stop = { ...base, side: "buy", ordType: "stop", stopPx: priceAt(world, 3) };
  await send(world, "survivor", stop);
  await send(world, "cancelled", stop);
  await world.quiet();
  node.child.kill("SIGKILL");
  await node.ended;
  await world.startReadyNode();
  const replace = { replaceId: "r1", stopPx: priceAt(world, 0.9) };
  const own = { account, strategy, clOrdId: "survivor" } as const;
  await world.sender.send({ ...own, verb: "replace", commandId: "replace:r1", body: replace });
  const cancel = { verb: "cancel", commandId: "cancel:c1", body: { cancelId: "c1" } } as const;
  await world.sender.send({ account, strategy, clOrdId: "cancelled", ...cancel });
  const after = {
    survivor: { body: stop, said: ["pending_new", "replaced", "triggered", "trade filled"] },
    cancelled: { body: stop, said: ["pending_new", "canceled canceled"] },
  };
  expect(await missing(world, after, 15_000)).toEqual([]);

  await world.settle([[account, strategy]]);
  const evidence = await gatherEvidence(world, [account]);
  expect(evidenceFaults(evidence, true).slice(0, 20)).toEqual([]);
}, 90_000);
