/**
 * A turn that throws: that message is parked with its cause and its order is answered, and the rest
 * goes on. One account shard and its venue shard run in this process, on a real nats-server and
 * against a real venue; only the account shard's model is made to throw for certain commands.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Clock, Context, Effect, Fiber, Layer, Random } from "effect";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accountShardModel } from "../../actors/pipeline.ts";
import type { AccountShardModel } from "../../actors/pipeline.ts";
import { processTimers } from "../../actors/venue/link_timers.ts";
import type { LinkTimers } from "../../actors/venue/link_timers.ts";
import { backOff_default } from "../../actors/venue/back_off.ts";
import { simConnector } from "../../actors/venue/sim_link.ts";
import { venueDriver } from "../../actors/venue/venue_driver.ts";
import { venueShardModel } from "../../actors/venue/venue_model.ts";
import { venueOptions_default } from "../../actors/venue/venue_options.ts";
import { startMarketView, startVenueFeed } from "../../deploy/market_data.ts";
import { connectionLayer, provision, runtimeServices } from "../../deploy/node_layers.ts";
import type { DeploymentConfig } from "../../deploy/reference_config.ts";
import { logonTimeout_ms, socketOptions } from "../../deploy/venue_options.ts";
import { accountShard, accountShardIndex, venueShard } from "../../protocols/kernel/shard.ts";
import type { AccountId, VenueId } from "../../protocols/kernel/ids.ts";
import { streams } from "../../protocols/kernel/subjects.ts";
import type { OrderEventBody } from "../../protocols/order_event.ts";
import { NatsConnection } from "../../runtime/nats_connection.ts";
import { runShard } from "../../runtime/shard_loop.ts";
import { silentObserver } from "../../runtime/shard_options.ts";
import { accountShards, instrumentNames } from "./support/deployment_file.ts";
import { readEvents, readStream } from "./support/event_record.ts";
import { FaultWorld } from "./support/fault_world.ts";

const account = "ALFA";
const home = accountShardIndex(account as AccountId, accountShards);
const venue = "SIMX" as VenueId;
const waits_ms_max = 15_000;

/** Thrown by the model on purpose. */
class Poison extends Error {
  override readonly name = "Poison";
}

let world: FaultWorld;
let running: Fiber.Fiber<void, unknown>;
let thrown: Map<string, number>;

/** A model that throws for commands with one of these words, so many times. */
const poisoned = (model: AccountShardModel, times: ReadonlyMap<string, number>) => ({
  ...model,
  decide: (...[input, turn]: Parameters<AccountShardModel["decide"]>): void => {
    model.decide(input, turn);
    if (input.type !== "command") return;
    const [, , , , , , , , clOrdId, verb] = input.subject.split(".");
    const body = Buffer.from(input.data).toString("utf8");
    const text = `${verb} ${clOrdId} ${clOrdId}.${verb} ${body}`;
    for (const [word, most] of times) {
      if (!text.includes(word)) continue;
      const count = (thrown.get(word) ?? 0) + 1;
      thrown.set(word, count);
      // After the real decision: what it has stated must be rolled back.
      if (count <= most) throw new Poison(`${word} for the ${count}. time`);
    }
  },
});

/** Both shards with everything under them, until interrupted. */
const system = (url: string, port: number, config: DeploymentConfig) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock;
    const random = yield* Random.Random;
    const timers: LinkTimers = processTimers({
      now_ns: () => clock.currentTimeNanosUnsafe(),
      random: () => random.nextDoubleUnsafe(),
    });
    yield* provision([accountShard(home), venueShard(venue)], { replicas: 1, accountShards });
    const data = Context.get(
      yield* Layer.build(Layer.fresh(connectionLayer([url], "data"))),
      NatsConnection,
    );
    const { reference } = config;
    const market = startMarketView(data.client, reference, timers.now_ns);
    const address = { venue, host: "127.0.0.1", port };
    yield* Effect.acquireRelease(
      Effect.sync(() => startVenueFeed(data.client, address, instrumentNames, timers)),
      (feed) => Effect.sync(feed.stop),
    );
    const model = accountShardModel({
      shardIndex: home,
      accountShards: config.accountShards,
      reference,
      market,
    });
    const fixed = {
      node: "node-1",
      mayAct: () => true,
      observer: silentObserver,
      onLive: () => Effect.void,
    };
    const account_shard = runShard({
      ...fixed,
      shard: accountShard(home),
      model: poisoned(
        model,
        new Map([
          ["submit poison", 99],
          ["r-poison", 99],
          ["x-poison", 99],
          ["flicker.submit", 2],
        ]),
      ),
    });
    const connector = simConnector({
      ...socketOptions(address, timers),
      ...{ venue, session: "natoms", instruments: reference.instruments },
      ...{ logonTimeout_ms, cancelOnDisconnect: false },
    });
    const venue_shard = runShard({
      ...fixed,
      shard: venueShard(venue),
      model: venueShardModel({ ...venueOptions_default, venue, accountShards }),
      driver: venueDriver({ connector, timers, backOff: backOff_default }),
    });
    yield* Effect.all([account_shard, venue_shard], { concurrency: "unbounded", discard: true });
  }).pipe(
    Effect.scoped,
    Effect.provide(runtimeServices),
    Effect.provide(connectionLayer([url], "poisoned-node")),
  );

beforeEach(async () => {
  thrown = new Map();
  world = await FaultWorld.start(3);
  const [simulator] = world.venues;
  if (simulator === undefined) throw new Error("no venue");
  running = Effect.runFork(system(world.nats.url, simulator.process.port, world.file.config));
  await world.prices.ready();
  await eventOf("probe", "submit", resting(), "new");
});

afterEach(async () => {
  await Effect.runPromise(Fiber.interrupt(running));
  await world[Symbol.asyncDispose]();
});

const resting = (): object => ({
  ...{ instrument: "BTC-USDT", side: "buy", ordType: "limit", orderQty: "0.00100" },
  price: (world.prices.mid("BTC-USDT") * 0.9).toFixed(2),
});

const send = (clOrdId: string, verb: string, body: object): Promise<void> => {
  const subject = `oms.v1.order.${account}.one.${clOrdId}.${verb}`;
  return world.sender.publish(subject, JSON.stringify(body), `${clOrdId}-${verb}-${Date.now()}`);
};

const eventsOf = async (clOrdId: string): Promise<readonly OrderEventBody[]> => {
  const { orders, faults } = await readEvents(world.sender.connection);
  expect(faults).toEqual([]);
  return orders.get(`${account}.one.${clOrdId}`) ?? [];
};

/** Sends a command and waits for an event of that kind; a probe is sent until a venue takes it. */
const eventOf = async (
  clOrdId: string,
  verb: string,
  body: object,
  execType: OrderEventBody["execType"],
): Promise<OrderEventBody> => {
  const deadline_ms = Date.now() + waits_ms_max;
  for (let attempt = 1; ; attempt += 1) {
    const id = clOrdId === "probe" ? `probe-${attempt}` : clOrdId;
    if (attempt === 1 || clOrdId === "probe") await send(id, verb, body);
    for (let look = 0; look < 10 || clOrdId !== "probe"; look += 1) {
      const events = await eventsOf(id);
      const found = events.findLast((event) => event.execType === execType);
      if (found !== undefined) return found;
      if (events.some((event) => event.execType === "denied") && clOrdId === "probe") break;
      if (Date.now() > deadline_ms) throw new Error(`no ${execType}: ${JSON.stringify(events)}`);
      await sleep(30);
    }
  }
};

test("(33) a submit that always throws is parked and denied; others go on", async () => {
  await eventOf("before", "submit", resting(), "new");
  const denied = await eventOf("poison", "submit", resting(), "denied");
  expect(denied).toMatchObject({ rejectCode: "INTERNAL_ERROR", ordStatus: "denied", version: 1 });
  expect(denied.text ?? "").not.toContain("Poison");
  expect(await eventsOf("poison")).toHaveLength(1);
  await eventOf("after", "submit", resting(), "new");
  await eventOf("before", "cancel", {}, "canceled");

  const letters = await readStream(world.sender.connection, streams.deadLetters);
  expect(letters).toHaveLength(1);
  const letter = JSON.parse(letters[0]?.data ?? "{}") as Readonly<Record<string, unknown>>;
  expect(letter["cause"]).toContain("Poison: submit poison for the 3. time");
  expect(letter["subject"]).toContain(`${account}.one.poison.submit`);
  expect(letter["data"]).toContain("BTC-USDT");
  const rejected = await eventOf("poison", "cancel", { cancelId: "late" }, "cancel_rejected");
  expect(rejected).toMatchObject({ rejectCode: "ORDER_CLOSED", commandId: "cancel:late" });
});

test("(33) a replace that always throws leaves its order alone, a cancel still works", async () => {
  await eventOf("good", "submit", resting(), "new");
  const body = { replaceId: "r-poison", orderQty: "0.00200" };
  const denied = await eventOf("good", "replace", body, "denied");
  expect(denied).toMatchObject({
    ...{ rejectCode: "INTERNAL_ERROR", ordStatus: "new", orderQty: "0.00100" },
    commandId: "replace:r-poison",
  });
  await send("good", "cancel", { cancelId: "x-poison" });
  await expect.poll(() => eventsOf("good"), { timeout: waits_ms_max }).toHaveLength(4);
  expect((await eventsOf("good"))[3]).toMatchObject({ commandId: "cancel:x-poison" });
  const canceled = await eventOf("good", "cancel", { cancelId: "x1" }, "canceled");
  expect(canceled).toMatchObject({ ordStatus: "canceled", commandId: "cancel:x1" });
  const [truth] = await world.truths();
  const mine = truth?.orders.filter(({ orderQty }) => orderQty === "0.00200");
  expect(mine).toEqual([]);
});

test("a turn that throws twice and then succeeds leaves no trace", async () => {
  await eventOf("flicker", "submit", resting(), "new");
  const events = await eventsOf("flicker");
  expect(events.map(({ execType, version }) => `${version} ${execType}`)).toEqual([
    ...["1 pending_new", "2 new"],
  ]);
  expect(thrown.get("flicker.submit")).toBeGreaterThanOrEqual(3);
  expect(await readStream(world.sender.connection, streams.deadLetters)).toEqual([]);
});
