/**
 * The in-memory services pass the contracts, and their fault knobs do what they say.
 *
 * Owns: the harness over one in-memory world.
 * Never: real time.
 */
import { Effect, Fiber, Layer, ManagedRuntime } from "effect";
import type { Scope } from "effect";
import { TestClock } from "effect/testing";
import { assert, describe, it } from "vitest";
import { venueShard } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { VenueId } from "../../protocols/kernel/ids.ts";
import { parcelSubject } from "../../protocols/kernel/subjects.ts";
import { EventFeed, FeedUnavailable } from "../../runtime/event_feed.ts";
import { makeEventFeedMemory } from "../../runtime/event_feed_memory.ts";
import { Journal, JournalUnavailable } from "../../runtime/journal.ts";
import { makeJournalMemory } from "../../runtime/journal_memory.ts";
import { makeLeasesMemory } from "../../runtime/leases_memory.ts";
import { Mailbox, MailboxUnavailable } from "../../runtime/mailbox.ts";
import { makeMailboxMemory } from "../../runtime/mailbox_memory.ts";
import type { Fate } from "../../runtime/memory_faults.ts";
import { makeSnapshotStoreMemory } from "../../runtime/snapshot_store_memory.ts";
import { eventFeedContract, feedBatch, feedTexts } from "./event_feed_contract.ts";
import { expectHole, frame, journalContract, readTexts } from "./journal_contract.ts";
import { leasesContract } from "./leases_contract.ts";
import { collector, consuming, mailboxContract } from "./mailbox_contract.ts";
import { mailboxRegressContract, publishNumbers } from "./mailbox_contract.ts";
import { snapshotStoreContract } from "./snapshot_store_contract.ts";

const journals = makeJournalMemory();
const mailboxes = makeMailboxMemory();
const feed = makeEventFeedMemory();
const snapshots = makeSnapshotStoreMemory();
const leases = makeLeasesMemory();

const world = Layer.mergeAll(
  journals.layer,
  mailboxes.layer,
  feed.layer,
  snapshots.layer,
  leases.layer,
).pipe(Layer.provideMerge(TestClock.layer()));
const runtime = ManagedRuntime.make(world);
const elsewhere = ManagedRuntime.make(leases.layer.pipe(Layer.provideMerge(TestClock.layer())));

let shards = 0;
const nextShard = (): Shard => {
  shards += 1;
  return venueShard(VenueId.make(`V${shards}`));
};
const freshShard = (): Promise<Shard> => Promise.resolve(nextShard());
const run = <A, E>(
  effect: Effect.Effect<A, E, Layer.Success<typeof world> | Scope.Scope>,
): Promise<A> => runtime.runPromise(Effect.scoped(effect));

describe("in memory", () => {
  journalContract(() => ({ run, freshShard }));
  mailboxContract(() => ({ run, freshShard }));
  mailboxRegressContract(() => ({ run, freshShard }));
  eventFeedContract(() => ({
    run,
    freshSubject: () => `feed-${nextShard().key}`,
    stored: (subject) => {
      const mine = feed.messages().filter((message) => message.subject === subject);
      return Promise.resolve(mine.map(({ data }) => new TextDecoder().decode(data)));
    },
  }));
  snapshotStoreContract(() => ({
    run,
    freshShard,
    spoil: (shard) => Promise.resolve(snapshots.spoil(shard)),
    heldSeqs: (shard) =>
      Promise.resolve(
        snapshots
          .snapshots(shard)
          .map(({ seq }) => seq)
          .toReversed(),
      ),
  }));
  leasesContract(() => ({
    run,
    runElsewhere: (effect) => elsewhere.runPromise(effect),
    freshShard,
    pass: async (ms) => {
      await runtime.runPromise(TestClock.adjust(ms));
      await elsewhere.runPromise(TestClock.adjust(ms));
    },
  }));
});

describe("faults in memory", () => {
  /** The fates of the next operations, one after another; then everything works. */
  const fates =
    (...next: readonly Fate[]) =>
    (): Fate => {
      const [first = "none", ...rest] = next;
      next = rest;
      return first;
    };

  it("an append that fails is not stored; one whose answer is lost is", async () => {
    const one = makeJournalMemory();
    const shard = nextShard();
    const texts = await Effect.runPromise(
      Effect.gen(function* () {
        const journal = yield* Journal;
        one.faults.decide = fates("fail", "lose_answer");
        const failed = yield* Effect.flip(journal.append(shard, 0, frame("never")));
        assert.instanceOf(failed, JournalUnavailable);
        const lost = yield* Effect.flip(journal.append(shard, 0, frame("stored")));
        assert.instanceOf(lost, JournalUnavailable);
        return yield* readTexts(shard);
      }).pipe(Effect.provide(one.layer)),
    );
    assert.deepStrictEqual(texts, ["stored"]);
  });

  it("a lost entry is a hole that fails the read", async () => {
    const shard = nextShard();
    const seen = await run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        for (let seq = 0; seq < 5; seq += 1) yield* journal.append(shard, seq, frame(`${seq}`));
        journals.lose(shard, 3);
        return yield* expectHole(shard, 1, 5);
      }),
    );
    assert.deepStrictEqual(seen, [1, 2]);
  });

  it("a publish whose answer is lost was stored, and its repeat is not stored again", async () => {
    const one = makeMailboxMemory({ messages_max: 2 });
    const shard = nextShard();
    await Effect.runPromise(
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        const subject = parcelSubject(shard, shard);
        one.faults.decide = fates("lose_answer", "none", "repeat");
        const lost = yield* Effect.flip(mailbox.publish(subject, frame("a"), "id-1"));
        assert.instanceOf(lost, MailboxUnavailable);
        yield* mailbox.publish(subject, frame("a"), "id-1");
        yield* mailbox.publish(subject, frame("b"), "id-2");
        assert.strictEqual(one.messages(shard, "h").length, 2);
        const full = yield* Effect.flip(mailbox.publish(subject, frame("c"), "id-3"));
        assert.instanceOf(full, MailboxUnavailable);
        yield* mailbox.trim(shard, "h", 1);
        yield* mailbox.publish(subject, frame("c"), "id-3");
      }).pipe(Effect.provide(one.layer)),
    );
    assert.deepStrictEqual(
      one.messages(shard, "h").map(({ seq }) => seq),
      [2, 3],
    );
  });

  it("a message id is forgotten when its window has passed", async () => {
    const shard = nextShard();
    await run(
      Effect.gen(function* () {
        yield* publishNumbers(shard, 1, 1);
        yield* TestClock.adjust("119 seconds");
        yield* publishNumbers(shard, 1, 1);
        assert.strictEqual(mailboxes.messages(shard, "h").length, 1);
        yield* TestClock.adjust("2 seconds");
        yield* publishNumbers(shard, 1, 1);
        assert.strictEqual(mailboxes.messages(shard, "h").length, 2);
      }),
    );
  });

  it("a batch whose answer is lost is stored, and repeating it adds nothing", async () => {
    const one = makeEventFeedMemory();
    const heard: string[] = [];
    one.listen((message) => heard.push(message.msgId));
    await Effect.runPromise(
      Effect.gen(function* () {
        const published = yield* EventFeed;
        one.faults.decide = fates("fail", "lose_answer");
        const batch = feedBatch("s", 1, 3);
        assert.instanceOf(yield* Effect.flip(published.publish(batch)), FeedUnavailable);
        assert.strictEqual(one.messages().length, 0);
        assert.instanceOf(yield* Effect.flip(published.publish(batch)), FeedUnavailable);
        yield* published.publish(batch);
      }).pipe(Effect.provide(one.layer)),
    );
    assert.deepStrictEqual(
      heard,
      feedTexts(1, 3).map((n) => `s:${n}`),
    );
  });

  it("a stalled world waits, a delayed one takes its time by the clock", async () => {
    const one = makeMailboxMemory();
    const shard = nextShard();
    await Effect.runPromise(
      Effect.gen(function* () {
        const intake = collector();
        yield* consuming(shard, "h", 0, intake);
        one.faults.gate.closeUnsafe();
        const sending = yield* Effect.forkChild(publishNumbers(shard, 1, 1), {
          startImmediately: true,
        });
        yield* TestClock.adjust("10 seconds");
        assert.isUndefined(sending.pollUnsafe());
        one.faults.delay_ms = 5;
        one.faults.gate.openUnsafe();
        yield* TestClock.adjust("4 millis");
        assert.isUndefined(sending.pollUnsafe());
        yield* TestClock.adjust("1 millis");
        yield* Fiber.join(sending);
        yield* intake.until(1);
        assert.strictEqual(intake.taken.length, 1);
      }).pipe(Effect.scoped, Effect.provide(one.layer), Effect.provide(TestClock.layer())),
    );
  });
});
