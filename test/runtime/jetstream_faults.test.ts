/**
 * The JetStream services while one real server is killed, frozen, full or fed with poison.
 *
 * Owns: a server that it hurts.
 * Never: mocks a fault.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Effect, Fiber, Result } from "effect";
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import { journalStream, parcelSubject, streams } from "../../protocols/kernel/subjects.ts";
import { EventFeed } from "../../runtime/event_feed.ts";
import { Journal, JournalFenced, JournalUnavailable } from "../../runtime/journal.ts";
import { defaultLimits } from "../../runtime/jetstream_limits.ts";
import { Leases } from "../../runtime/leases.ts";
import { Mailbox, MailboxUnavailable } from "../../runtime/mailbox.ts";
import { startNatsServer } from "../support/nats_server.ts";
import type { NatsServer } from "../support/nats_server.ts";
import { feedBatch, feedTexts } from "./event_feed_contract.ts";
import { newLoad, publishBatches, sendMessages, writeFrames } from "./jetstream_load.ts";
import { startWorld } from "./jetstream_world.ts";
import type { JetstreamWorld } from "./jetstream_world.ts";
import { expectHole, frame, readTexts } from "./journal_contract.ts";
import { collector, consuming, publishNumbers } from "./mailbox_contract.ts";

let server: NatsServer;
let world: JetstreamWorld;

beforeAll(async () => {
  server = await startNatsServer();
  world = await startWorld([server.url], { replicas: 1 });
});

afterEach(async () => {
  if (!server.isRunning) await server.restart();
  server.resume();
  await Effect.runPromise(world.nats.whenUp);
});

afterAll(async () => {
  await world.close();
  await server.stop();
});

/** Kills and restarts the server in the midst of a load, some times. */
const hurt = async (times: number): Promise<void> => {
  for (let round = 0; round < times; round += 1) {
    await sleep(250 + 70 * round);
    await server.kill();
    await server.restart();
  }
  await sleep(300);
};

const frames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `frame ${index + 1}`);

describe("a server that is killed", () => {
  it("loses no acknowledged frame, stores none twice, and the writer goes on", async () => {
    const shard = await world.freshShard();
    const load = newLoad();
    const writing = world.run(writeFrames(shard, load));
    await hurt(4);
    load.stop = true;
    await writing;
    assert.isAbove(load.done, 100);
    assert.deepStrictEqual(await world.run(readTexts(shard)), frames(load.done));
  });

  it("loses no message of a mailbox, delivers none twice and none out of order", async () => {
    const shard = await world.freshShard();
    const senders = ["A", "B", "C"].map((name) => ({ name, load: newLoad() }));
    const intake = collector();
    await world.run(
      Effect.gen(function* () {
        yield* consuming(shard, "h", 0, intake);
        const sending = yield* Effect.forkScoped(
          Effect.forEach(senders, ({ load, name }) => sendMessages(shard, name, load), {
            concurrency: "unbounded",
          }),
        );
        yield* Effect.promise(() => hurt(4));
        for (const { load } of senders) load.stop = true;
        yield* Fiber.join(sending);
        const total = senders.reduce((sum, { load }) => sum + load.done, 0);
        yield* intake.until(total);
        yield* Effect.sleep(200);
        assert.strictEqual(intake.taken.length, total);
      }),
    );
    const texts = intake.taken.map(({ data }) => new TextDecoder().decode(data));
    for (const { load, name } of senders) {
      const mine = texts.filter((text) => text.startsWith(`${name} `));
      assert.deepStrictEqual(
        mine,
        Array.from({ length: load.done }, (_, index) => `${name} ${index + 1}`),
      );
    }
  });

  it("loses no acknowledged event and stores none twice", async () => {
    const subject = world.feed.freshSubject();
    const load = newLoad();
    const publishing = world.run(publishBatches(subject, load));
    await hurt(3);
    load.stop = true;
    await publishing;
    const stored = await world.feed.stored(subject);
    assert.deepStrictEqual(
      stored.toSorted((a, b) => Number(a) - Number(b)),
      feedTexts(1, load.done),
    );
  });

  it("fails a publish at once while it is down, and an append within its bound", async () => {
    const shard = await world.freshShard();
    const quick = await startWorld(
      [server.url],
      { replicas: 1 },
      { attempt_ms_max: 300, settle_ms_max: 900 },
    );
    await server.kill();
    await sleep(50);
    const since_ms = performance.now();
    const results = await world.run(
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        const feed = yield* EventFeed;
        const leases = yield* Leases;
        const subject = parcelSubject(shard, shard);
        return [
          yield* Effect.result(mailbox.publish(subject, frame("x"), "down")),
          yield* Effect.result(feed.publish(feedBatch("any", 1, 3))),
          yield* Effect.result(leases.acquire(shard, "node")),
        ];
      }),
    );
    const tags = results.map((result) => result._tag);
    assert.deepStrictEqual(tags, ["Failure", "Failure", "Failure"]);
    assert.isBelow(performance.now() - since_ms, 200);
    const failure = await quick.run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        return yield* Effect.flip(journal.append(shard, 0, frame("x")));
      }),
    );
    assert.instanceOf(failure, JournalUnavailable);
    assert.isBelow(performance.now() - since_ms, 2_000);
    await server.restart();
    await quick.close();
  });
});

describe("a server that is frozen", () => {
  it("leaves appends unknown, which are then found to be stored, once each", async () => {
    const shard = await world.freshShard();
    const seqs = world.run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* journal.append(shard, 0, frame("frame 1"));
        yield* Effect.promise(() => server.suspend());
        return yield* Effect.forEach(
          [1, 2, 3],
          (seq) => journal.append(shard, seq, frame(`frame ${seq + 1}`)),
          { concurrency: "unbounded" },
        );
      }),
    );
    await sleep(3_000);
    server.resume();
    assert.deepStrictEqual(await seqs, [2, 3, 4]);
    assert.deepStrictEqual(await world.run(readTexts(shard)), frames(4));
  });

  it("fences a writer whose unknown append was overtaken", async () => {
    const shard = await world.freshShard();
    const stale = world.run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* journal.append(shard, 0, frame("frame 1"));
        return yield* Effect.flip(journal.append(shard, 0, frame("stale")));
      }),
    );
    assert.instanceOf(await stale, JournalFenced);
    const other = await startWorld([server.url], { replicas: 1 });
    await server.suspend();
    const append = (name: string) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        return yield* Effect.result(journal.append(shard, 1, frame(name)));
      });
    const racing = Promise.all([world.run(append("here")), other.run(append("there"))]);
    await sleep(2_500);
    server.resume();
    const results = await racing;
    assert.strictEqual(results.filter(Result.isSuccess).length, 1);
    const winner = Result.isSuccess(results[0]) ? "here" : "there";
    assert.deepStrictEqual(await world.run(readTexts(shard)), ["frame 1", winner]);
    await other.close();
  });

  it("delays deliveries, and loses and repeats none", async () => {
    const shard = await world.freshShard();
    const intake = collector();
    await world.run(
      Effect.gen(function* () {
        yield* publishNumbers(shard, 1, 10);
        yield* consuming(shard, "h", 0, intake);
        yield* intake.until(10);
        yield* Effect.promise(() => server.suspend());
        yield* Effect.sleep("2500 millis");
        server.resume();
        yield* publishNumbers(shard, 11, 20).pipe(Effect.retry({ times: 20 }));
        yield* intake.until(20);
      }),
    );
    const texts = intake.taken.map(({ data }) => new TextDecoder().decode(data));
    assert.deepStrictEqual(
      texts,
      Array.from({ length: 20 }, (_, index) => `${index + 1}`),
    );
  });
});

describe("a mailbox that is full", () => {
  it("refuses, says why, and takes messages again once its owner has trimmed it", async () => {
    const limits = {
      ...defaultLimits,
      mailboxUrgent: { bytes_max: 64 * 1024, age_ms_max: 0 },
    };
    await using small = await startNatsServer();
    const full = await startWorld([small.url], { replicas: 1, limits });
    const shard = await full.freshShard();
    const subject = parcelSubject(shard, shard);
    const publish = (n: number) =>
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        yield* mailbox.publish(subject, new Uint8Array(10_000), `full:${n}`);
      });
    const failure = await full.run(
      Effect.flip(Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], publish, { discard: true })),
    );
    assert.instanceOf(failure, MailboxUnavailable);
    assert.match(String(failure.cause), /maximum bytes/);
    const info = await full.manager.streams.info(streams.mailbox.h);
    await full.run(
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        yield* mailbox.trim(shard, "h", info.state.last_seq - 1);
      }),
    );
    await full.run(publish(9));
    const after = await full.manager.streams.info(streams.mailbox.h);
    assert.strictEqual(after.state.messages, 2);
    await full.close();
  });
});

describe("poison", () => {
  it("larger than the server takes is refused at once, and the connection lives on", async () => {
    const shard = await world.freshShard();
    const tooLarge = new Uint8Array(1_100_000);
    await world.run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        const mailbox = yield* Mailbox;
        const failure = yield* Effect.flip(journal.append(shard, 0, tooLarge));
        assert.instanceOf(failure, JournalUnavailable);
        const subject = parcelSubject(shard, shard);
        const refused = yield* Effect.flip(mailbox.publish(subject, tooLarge, "too-large"));
        assert.instanceOf(refused, MailboxUnavailable);
        assert.strictEqual(yield* journal.append(shard, 0, frame("frame 1")), 1);
      }),
    );
    assert.isTrue(world.nats.up);
  });

  it("in an intake that throws breaks its consumption only", async () => {
    const shard = await world.freshShard();
    await world.run(
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        yield* publishNumbers(shard, 1, 1);
        const failure = yield* Effect.flip(
          mailbox.consume(shard, "h", 0, {
            deliver: () => {
              throw new Error("poison");
            },
            room: () => Effect.void,
          }),
        );
        assert.include(String(failure.cause), "poison");
        const intake = collector();
        yield* consuming(shard, "h", 0, intake);
        yield* intake.until(1);
      }),
    );
  });

  it("a journal whose beginning was removed fails the read of it", async () => {
    const shard = await world.freshShard();
    await world.run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        for (let seq = 0; seq < 6; seq += 1) {
          yield* journal.append(shard, seq, frame(`frame ${seq + 1}`));
        }
      }),
    );
    await world.manager.streams.purge(journalStream(shard), { seq: 3 });
    assert.deepStrictEqual(await world.run(expectHole(shard, 1, 6)), []);
    const rest: number[] = [];
    await world.run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* journal.read(shard, 3, 6, ({ seq }) => rest.push(seq));
        const stale = yield* Effect.flip(journal.append(shard, 0, frame("stale")));
        assert.instanceOf(stale, JournalFenced);
      }),
    );
    assert.deepStrictEqual(rest, [3, 4, 5, 6]);
  });
});
