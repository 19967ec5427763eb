/**
 * The JetStream services on a cluster of three: the contracts with three replicas, then the loss,
 * the freezing and the orderly end of the server that leads.
 *
 * Owns: a cluster that it hurts; the faults come last.
 * Never: mocks a fault.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Effect, Fiber } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { journalStream, streams } from "../../protocols/kernel/subjects.ts";
import { startNatsCluster } from "../support/nats_cluster.ts";
import type { NatsCluster } from "../support/nats_cluster.ts";
import { eventFeedContract, feedTexts } from "./event_feed_contract.ts";
import { newLoad, publishBatches, sendMessages, writeFrames } from "./jetstream_load.ts";
import { startWorld } from "./jetstream_world.ts";
import type { JetstreamWorld } from "./jetstream_world.ts";
import { journalContract, readTexts } from "./journal_contract.ts";
import { leasesContract } from "./leases_contract.ts";
import { collector, consuming, mailboxContract } from "./mailbox_contract.ts";
import { snapshotStoreContract } from "./snapshot_store_contract.ts";

let cluster: NatsCluster;
let world: JetstreamWorld;

beforeAll(async () => {
  cluster = await startNatsCluster();
  world = await startWorld(cluster.urls, { replicas: 3 });
});

afterAll(async () => {
  await world.close();
  await cluster.stop();
});

describe("on three servers", () => {
  journalContract(() => world);
  mailboxContract(() => world);
  eventFeedContract(() => world.feed);
  snapshotStoreContract(() => world.snapshots);
  leasesContract(() => world);
});

/**
 * Carries a full load over a fault and asks for everything that was acknowledged. Returns how many
 * frames were.
 */
const surviving = async (shard: Shard, fault: () => Promise<void>): Promise<number> => {
  const [frames, letters, events] = [newLoad(), newLoad(), newLoad()];
  const subject = world.feed.freshSubject();
  const intake = collector();
  await world.run(
    Effect.gen(function* () {
      yield* consuming(shard, "h", 0, intake);
      const work = yield* Effect.forkScoped(
        Effect.all(
          [
            writeFrames(shard, frames),
            sendMessages(shard, "S", letters),
            publishBatches(subject, events),
          ],
          { concurrency: "unbounded" },
        ),
      );
      yield* Effect.sleep("500 millis");
      const before = frames.done;
      yield* Effect.promise(fault);
      const after = frames.done;
      assert.isAbove(before, 0);
      // Fails with the test's time limit where the writer does not go on.
      while (frames.done <= after + 20) yield* Effect.sleep("50 millis");
      for (const load of [frames, letters, events]) load.stop = true;
      yield* Fiber.join(work);
      yield* intake.until(letters.done);
      yield* Effect.sleep("300 millis");
      const texts = yield* readTexts(shard);
      assert.deepStrictEqual(
        texts,
        texts.map((_, index) => `frame ${index + 1}`),
      );
      assert.strictEqual(texts.length, frames.done);
    }),
  );
  const received = intake.taken.map(({ data }) => new TextDecoder().decode(data));
  assert.deepStrictEqual(
    received,
    Array.from({ length: letters.done }, (_, index) => `S ${index + 1}`),
  );
  const stored = await world.feed.stored(subject);
  assert.deepStrictEqual(
    stored.toSorted((a, b) => Number(a) - Number(b)),
    feedTexts(1, events.done),
  );
  return frames.done;
};

/** Waits until journal and mailbox have leaders again. */
const healed = async (shard: Shard): Promise<void> => {
  await cluster.leaderOf(journalStream(shard));
  await cluster.leaderOf(streams.mailbox.h);
  await sleep(300);
};

describe("losing the leader", () => {
  it(
    "by SIGKILL costs seconds, and nothing that was acknowledged",
    { timeout: 60_000 },
    async () => {
      const shard = await world.freshShard();
      const leader = await cluster.leaderOf(journalStream(shard));
      const frames = await surviving(shard, async () => {
        await leader.kill();
        await healed(shard);
      });
      assert.isAbove(frames, 20);
      await leader.restart();
    },
  );

  it("by SIGSTOP and its return costs nothing either", { timeout: 60_000 }, async () => {
    const shard = await world.freshShard();
    const leader = await cluster.leaderOf(streams.mailbox.h);
    const frames = await surviving(shard, async () => {
      await leader.suspend();
      await sleep(6_000);
      leader.resume();
      await sleep(1_000);
    });
    assert.isAbove(frames, 20);
  });
});
