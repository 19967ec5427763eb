/**
 * Orders that we work against real processes: a node, two venues that play recorded data, and a
 * `kill -9` of the node while a TWAP, a POV and icebergs are under way.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import { drawChance } from "./support/chance.ts";
import { evidenceFaults } from "./support/evidence_faults.ts";
import { gatherEvidence } from "./support/evidence.ts";
import type { Evidence } from "./support/evidence.ts";
import { readEvents } from "./support/event_record.ts";
import { FaultWorld } from "./support/fault_world.ts";

const account = "ALFA";
const strategy = "algos";
const instrument = "ETH-USDT";

type Body = Readonly<Record<string, unknown>>;

const send = (world: FaultWorld, clOrdId: string, body: Body): Promise<void> =>
  world.sender.send({ account, strategy, clOrdId, verb: "submit", commandId: "submit", body });

const replace = (world: FaultWorld, clOrdId: string, id: string, body: Body): Promise<void> =>
  world.sender.send({
    ...{ account, strategy, clOrdId, verb: "replace", commandId: `replace:${id}` },
    body: { replaceId: id, ...body },
  });

/** What is traded at all venues from now on, as market data tells it. */
const countVolume = (world: FaultWorld): (() => number) => {
  let volume = 0;
  world.sender.connection.subscribe(`oms.v1.md.*.${instrument}.trade`, {
    callback: (error, message) => {
      if (error === null) volume += lots(message.json<{ readonly lastQty: string }>().lastQty);
    },
  });
  return () => volume;
};

/** The orders, by the name that is their id; all end by themselves within half a minute. */
const ordersOf = (world: FaultWorld): Readonly<Record<string, Body>> => {
  const priceAt = (factor: number): string => (world.prices.mid(instrument) * factor).toFixed(2);
  const [low, high] = [priceAt(0.97), priceAt(1.03)];
  const endTime = `${BigInt(Date.now() + 20_000) * 1_000_000n}`;
  const base = { instrument, ordType: "limit", timeInForce: "gtc" } as const;
  const buy = { ...base, side: "buy", price: high } as const;
  const sell = { ...base, side: "sell", price: low } as const;
  const whole = { orderQty: "0.0800" } as const;
  return {
    twap: { ...buy, ...whole, algo: { type: "twap", endTime, slices: 16 } },
    market: {
      ...{ instrument, side: "sell", ordType: "market", timeInForce: "gtc", ...whole },
      algo: { type: "vwap", endTime, profile: [1, 2, 1, 4, 1, 2, 1, 4] },
    },
    resting: {
      ...{ ...buy, ...whole },
      algo: { type: "twap", endTime, slices: 10, childStyle: "passive" },
    },
    share: {
      ...{ ...sell, orderQty: "5.0000" },
      algo: { type: "pov", endTime, participation_bps: 500, minSlice: "0.0010" },
    },
    iceberg: {
      ...{ ...buy, ...whole, maxFloor: "0.0100" },
      algo: { type: "iceberg", refreshDelay_ms: 1_000, variance_bps: 3_000 },
    },
    paused: { ...buy, ...whole, algo: { type: "twap", endTime, slices: 16 } },
  };
};

const toldOf = async (world: FaultWorld, clOrdId: string): Promise<readonly OrderEventBody[]> => {
  const { orders } = await readEvents(world.sender.connection);
  return orders.get(`${account}.${strategy}.${clOrdId}`) ?? [];
};

const ends: ReadonlySet<string> = new Set(["filled", "expired"]);

/** Waits until all of them have ended; else the names of those that have not. */
const unended = async (
  world: FaultWorld,
  names: readonly string[],
  wait_ms: number,
): Promise<readonly string[]> => {
  const deadline_ms = Date.now() + wait_ms;
  for (;;) {
    const open: string[] = [];
    for (const name of names) {
      const last = (await toldOf(world, name)).at(-1);
      if (!ends.has(last?.ordStatus ?? "")) open.push(`${name} ${JSON.stringify(last)}`);
    }
    if (open.length === 0 || Date.now() > deadline_ms) return open;
    await sleep(500);
  }
};

const lots = (text: string): number => Math.round(Number(text) * 10_000);

/** What the venues themselves say of an order: its slices, and what was executed of them. */
const thereOf = ({ truths, journals }: Evidence, name: string) => {
  const orderId = `${account}.${strategy}.${name}`;
  const isOurs = ({ clOrdId }: { readonly clOrdId: string }): boolean =>
    journals.orderOfRequest.get(clOrdId) === orderId;
  const slices = truths.flatMap(({ orders }) => orders.filter(isOurs));
  const executed = truths
    .flatMap(({ executions }) => executions.filter(isOurs))
    .reduce((sum, { lastQty }) => sum + lots(lastQty), 0);
  return { slices, executed };
};

/** Incidents that a killed node may cause rightly: a slice that could not leave is told. */
const isRight = (fault: string): boolean => /"what":"slice_(refused|barred)"/.test(fault);

test("worked orders go on over a kill -9 within limits, as the venues say", async () => {
  const { seed, notes } = drawChance();
  await using world = await FaultWorld.start(seed);
  notes.push(() => world.story());
  const node = await world.startReadyNode();
  const volume = countVolume(world);
  const orders = ordersOf(world);
  for (const [name, body] of Object.entries(orders)) await send(world, name, body);
  await sleep(4_000);
  await replace(world, "paused", "r1", { suspended: true });
  await sleep(1_500);
  node.child.kill("SIGKILL");
  await node.ended;
  const restarted_ms = Date.now();
  await world.startReadyNode();
  await sleep(2_500);
  const pausedAt = (await toldOf(world, "paused")).at(-1);
  expect(pausedAt?.ordStatus).toBe("suspended");
  await replace(world, "paused", "r2", { suspended: false });
  expect(await unended(world, Object.keys(orders), 40_000)).toEqual([]);
  const traded = volume();

  await world.settle([[account, strategy]]);
  const evidence = await gatherEvidence(world, [account]);
  const faults = evidenceFaults(evidence, true).filter((fault) => !isRight(fault));
  expect(faults.slice(0, 20)).toEqual([]);
  for (const name of Object.keys(orders)) {
    const told = evidence.events.orders.get(`${account}.${strategy}.${name}`) ?? [];
    const { slices, executed } = thereOf(evidence, name);
    expect([name, executed]).toEqual([name, lots(told.at(-1)?.cumQty ?? "0")]);
    expect(executed).toBeLessThanOrEqual(lots(String(orders[name]?.["orderQty"])));
    expect([name, slices.length > 1]).toEqual([name, true]);
    const after = told.filter(({ execType, tsInit }) => {
      return execType === "trade" && Number(BigInt(tsInit) / 1_000_000n) > restarted_ms;
    });
    expect([name, after.length > 0]).toEqual([name, true]);
  }
  expect(thereOf(evidence, "share").executed * 10_000).toBeLessThanOrEqual(traded * 500);
  for (const name of ["twap", "market", "iceberg", "paused"]) {
    expect(lastOf(evidence, name).ordStatus).toBe("filled");
  }
}, 120_000);

const lastOf = ({ events }: Evidence, name: string): OrderEventBody => {
  const last = events.orders.get(`${account}.${strategy}.${name}`)?.at(-1);
  if (last === undefined) throw new Error(`${name} was told nothing`);
  return last;
};
