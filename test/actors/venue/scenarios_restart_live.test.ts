/**
 * Behavioural scenarios 41 and 42 against the real venue process over TCP: an owner starts anew and
 * takes up what the venue has. Numbers are theirs. At the end of each the venue's record and the
 * shard's are the same, order by order and fill by fill.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import { order } from "../../simulator/venue_fixture.ts";
import type { LiveShard } from "./live_shard.ts";
import { LiveStage, messages, reconcile, rest, soon, summaries } from "./live_stage.ts";
import { until } from "./tcp_stage.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";

let stage: LiveStage;
beforeAll(async () => {
  stage = await LiveStage.start();
});
afterEach(() => stage.calm());
afterAll(() => stage.stop());

const adopting: Partial<ReconcileOptions> = {
  unknownOrders: "adopt",
  externalAccount: AccountId.make("EXT"),
};
const id = (name: string) => legOf(name, "new:0");
const namesOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, no) => `${prefix}${no}`);

/** Whether the shard has nothing left to ask. */
const isQuiet = ({ bench: { space }, isSettled }: LiveShard): boolean =>
  isSettled && space.size("check") + space.size("checking") === 0;

/** Orders of that session which nobody here has placed: the first has traded in part. */
const strangers = async (session: string, count: number): Promise<void> => {
  const { client: seller, price } = await stage.sellers(0);
  const client = await stage.venue.session(session, 1_000_000);
  for (const [no, name] of namesOf("stranger-", count).entries()) {
    client.say(order(name, { orderQty: "0.003", price: no === 0 ? price : "1000" }));
    await client.untilReport(name, "new");
  }
  seller.say(order("hit", { side: "sell", orderQty: "0.001", price }));
  await client.untilReport("stranger-0", "trade");
  await client.close();
  await seller.close();
};

/** The shard is away while strangers speak for its session, and then starts anew. */
const restartAfter = async (
  shard: LiveShard,
  session: string,
  meanwhile: () => Promise<void>,
): Promise<void> => {
  const { address } = shard;
  shard.address = { ...address, port: 1 };
  await stage.venue.control.disconnect("reset", session);
  await until("away", () => !shard.isOpen);
  await meanwhile();
  shard.address = address;
  shard.crash();
  await until("open", () => isQuiet(shard));
};

describe("41: after a restart", () => {
  /** What was made up: names of adopted orders, of adjustments, of what they are told. */
  const madeUp = (shard: LiveShard): readonly string[] => [
    ...messages(shard, "adopt_order").map(({ orderId, clOrdId }) => `${orderId} ${clOrdId}`),
    ...messages(shard, "position_difference").map(
      ({ adjustmentId, difference_lots }) => `${adjustmentId} ${difference_lots}`,
    ),
  ];

  /** The trade by hand is no order's: it is in the difference that was adjusted. */
  const faultsButByHand = async (shard: LiveShard, session: string): Promise<readonly string[]> =>
    (await stage.faults(shard, session)).filter((fault) => !/-M[0-9]+ /.test(fault));

  test("a second run emits nothing, and what is made up has the same names again", async () => {
    const session = stage.nextSession();
    const shard = await stage.openShard(session, { reconcile: adopting });
    await rest(shard, namesOf("o", 4));
    const durable = shard.bench.journaled;
    await restartAfter(shard, session, async () => {
      await strangers(session, 3);
      const trade = { instrument: "BTC-USDT", side: "sell", qty: "0.007", px: "50000" } as const;
      await stage.venue.control.tradeManually(session, trade);
    });
    await until("adjusted", () => messages(shard, "position_difference").length > 0);
    const first = madeUp(shard);
    expect(first).toHaveLength(4);
    expect(await faultsButByHand(shard, session)).toEqual([]);

    // A second run, asked for; and one more by another restart.
    const [sent, told] = [shard.bench.sent.length, shard.bench.published.length];
    expect(await reconcile(shard)).toMatchObject({ counts: { orders: 7 }, settled: true });
    expect(shard.bench.sent.length).toBe(sent);
    expect(shard.bench.published.length).toBe(told + 1);
    const runs = summaries(shard).length;
    shard.crash();
    await until("open", () => isQuiet(shard) && summaries(shard).length > runs);
    expect(shard.bench.sent.slice(sent).map(({ message }) => message.kind)).toEqual(
      shard.bench.sent.slice(sent).map(() => "venue_status"),
    );
    expect(new Set(eventsSince(shard, told))).toEqual(new Set(["session", "reconciled"]));

    // The same start once more, as if nothing of the first had become durable.
    shard.crash(durable);
    await until("adjusted again", () => messages(shard, "position_difference").length > 1);
    await until("settled", () => isQuiet(shard));
    expect(madeUp(shard).toSorted()).toEqual([...first, ...first].toSorted());
    expect(await faultsButByHand(shard, session)).toEqual([]);
  });
});

/** Kinds of what was published behind that. */
const eventsSince = ({ bench }: LiveShard, first: number): string[] =>
  bench.published.slice(first).map(({ subject }) => subject.split(".").at(-1) ?? "");

describe("42: with 14 orders at the venue when an owner starts", () => {
  /** Nine of ours, one of them replaced, one of them traded in part; five of nobody's. */
  const fourteen = async (session: string, setting: Partial<ReconcileOptions>) => {
    const shard = await stage.openShard(session, { reconcile: setting });
    const { client, price } = await stage.sellers(1);
    await rest(shard, namesOf("o", 8));
    shard.message(place("part", soon(), { price_ticks: Math.round(Number(price) * 100) }));
    shard.message({ ...replace("o0", 1, soon()), price_ticks: 100_100 });
    await until("traded", () => shard.bench.said(id("part")).includes("trade"));
    await until("replaced", () => shard.bench.said(legOf("o0", "replace:1")).length > 0);
    await client.close();
    return shard;
  };

  /** How many of the orders that are open at the venue each order here stands for. */
  const mapping = async (shard: LiveShard, session: string): Promise<Map<string, number>> => {
    const counts = new Map<string, number>();
    for (const { order: theirs } of (await stage.venue.recordOf(session)).orders) {
      if (theirs.ordStatus !== "new" && theirs.ordStatus !== "partially_filled") continue;
      const root = shard.bench.space.get("id", theirs.clOrdId);
      const key =
        root === undefined ? "nobody" : (shard.bench.space.get("order", root)?.orderId ?? "");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  };

  test("each maps to exactly one of ours, those that nobody placed by adoption", async () => {
    const session = stage.nextSession();
    const shard = await fourteen(session, adopting);
    await restartAfter(shard, session, () => strangers(session, 5));
    const counts = await mapping(shard, session);
    expect([...counts.values()]).toEqual(Array.from({ length: 14 }, () => 1));
    expect(messages(shard, "adopt_order")).toHaveLength(5);
    expect(summaries(shard).at(-1)).toMatchObject({ counts: { orders: 14, unknown: 5 } });
    expect(await stage.faults(shard, session)).toEqual([]);
    // Each of them is one that we can speak to.
    const names = shard.bench.sent.length;
    for (const { orderId, clOrdId } of messages(shard, "adopt_order")) {
      shard.message({ ...cancel(clOrdId, 9), orderId, origClOrdId: clOrdId });
    }
    for (const name of [...namesOf("o", 8).slice(1), "part"]) shard.message(cancel(name, 9));
    shard.message(cancel("o0", 9, legOf("o0", "replace:1")));
    await until("canceled", () => isQuiet(shard) && shard.bench.sent.length >= names + 14);
    expect(await mapping(shard, session)).toEqual(new Map());
    expect(await stage.faults(shard, session)).toEqual([]);
  });

  test("or, by policy, those that nobody placed are canceled, and nine are left", async () => {
    const session = stage.nextSession();
    const shard = await fourteen(session, { externalAccount: AccountId.make("EXT") });
    await restartAfter(shard, session, () => strangers(session, 5));
    await until("canceled", async () => (await mapping(shard, session)).size === 9);
    expect(shard.bench.incidents().filter((one) => one === "unknown_order_canceled")).toHaveLength(
      5,
    );
    expect(await stage.faults(shard, session)).toEqual([]);
  });

  test("while they do not map one to one no order leaves, until they do", async () => {
    const session = stage.nextSession();
    const shard = await fourteen(session, adopting);
    await restartAfter(shard, session, () => strangers(session, 5));
    await stage.venue.control.setFaults({ listing: { twice: 1 } });
    shard.crash();
    await until("broken", () => shard.bench.incidents().includes("mapping_broken"));
    expect(shard.isOpen).toBe(false);
    shard.message(place("refused", soon(), { price_ticks: 100_000 }));
    expect(shard.bench.said(id("refused"))).toEqual(["not_sent"]);
    // Nobody gives up by itself: a person looks, and it maps again.
    await until("quarantined", () => shard.bench.session?.status === "quarantined");
    expect(shard.bench.session?.reason).toMatch(/^conservation: orders do not map one to one: /);
    expect((await stage.venue.recordOf(session)).orders).toHaveLength(14);
    await stage.venue.control.clearFaults();
    shard.control("release", { requestId: "r1", operator: "test", reason: "it is well again" });
    await until("open", () => isQuiet(shard));
    const counts = await mapping(shard, session);
    expect([...counts.values()]).toEqual(Array.from({ length: 14 }, () => 1));
    await rest(shard, ["later"]);
    expect(await stage.faults(shard, session)).toEqual([]);
  });
});
