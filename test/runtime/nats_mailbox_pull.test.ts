/**
 * The pull flow keeps its consumer: the ways in which a pull ends in the ordinary course of things
 * (its batch is complete, its bytes are used up, its time is over) must not cost a new consumer.
 *
 * Owns: a server of its own.
 * Never: faults; `jetstream_faults.test.ts` has those.
 */
import { Effect } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { mailboxFilter, parcelSubject, streams } from "../../protocols/kernel/subjects.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";
import { startWorld } from "./jetstream_world.ts";
import type { JetstreamWorld } from "./jetstream_world.ts";
import { collector, consuming } from "./mailbox_contract.ts";

let server: NatsServer;
let world: JetstreamWorld;

beforeAll(async () => {
  server = await startNatsServer();
  world = await startWorld([server.url], { replicas: 1 });
});

afterAll(async () => {
  await world.close();
  await server.stop();
});

/** Deliveries of each consumer that the shard has on the server now. */
const deliveries = async (shard: Shard): Promise<readonly number[]> => {
  const counts: number[] = [];
  for await (const info of world.manager.consumers.list(streams.mailbox.h)) {
    const mine = info.config.filter_subject === mailboxFilter(shard, "h");
    if (mine) counts.push(info.delivered.consumer_seq);
  }
  return counts;
};

const publish = (shard: Shard, count: number, bytes: number) =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    const subject = parcelSubject(shard, shard);
    const data = new Uint8Array(bytes);
    const ids = Array.from({ length: count }, (_, index) => `${shard.key}:${bytes}:${index}`);
    yield* Effect.forEach(ids, (id) => mailbox.publish(subject, data, id), { concurrency: 32 });
  });

describe("one consumer", () => {
  it("serves a backlog of many pulls, then of large messages, then waits", async () => {
    const shard = await world.freshShard();
    const intake = collector();
    await world.run(
      Effect.gen(function* () {
        yield* publish(shard, 3_000, 10);
        yield* publish(shard, 20, 900_000);
        yield* consuming(shard, "h", 0, intake);
        yield* intake.until(3_020);
        yield* Effect.sleep("5500 millis");
        yield* publish(shard, 1, 20);
        yield* intake.until(3_021);
        assert.deepStrictEqual(yield* Effect.promise(() => deliveries(shard)), [3_021]);
      }),
    );
  });

  it("is removed from the server when its consumption ends", async () => {
    const shard = await world.freshShard();
    const intake = collector();
    await world.run(
      Effect.gen(function* () {
        yield* publish(shard, 1, 10);
        yield* Effect.scoped(
          consuming(shard, "h", 0, intake).pipe(Effect.andThen(() => intake.until(1))),
        );
        for (let round = 0; round < 40; round += 1) {
          if ((yield* Effect.promise(() => deliveries(shard))).length === 0) return;
          yield* Effect.sleep("25 millis");
        }
        assert.fail("the consumer is still there");
      }),
    );
  });
});
