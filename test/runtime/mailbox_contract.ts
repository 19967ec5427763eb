/**
 * What every mailbox must do, whatever it is made of.
 *
 * Owns: the numbered clauses of `runtime/mailbox.ts` as tests.
 * Never: knows an implementation; a harness gives it mailboxes and shards nobody has written to.
 */
import { Effect, Latch } from "effect";
import type { Scope } from "effect";
import { assert, describe, it } from "vitest";
import { AccountId } from "../../protocols/kernel/ids.ts";
import { accountShard, accountShardIndex } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import type { Lane } from "../../protocols/kernel/subjects.ts";
import { commandSubject, parcelSubject } from "../../protocols/kernel/subjects.ts";
import { Mailbox, MailboxBroken } from "../../runtime/mailbox.ts";
import type { Delivery, Intake } from "../../runtime/mailbox.ts";

/** Account shards of every world under test. */
export const accountShards = 16;

/** Mailboxes under test. */
export interface MailboxHarness {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Mailbox | Scope.Scope>) => Promise<A>;
  /** A shard with empty mailboxes. */
  readonly freshShard: () => Promise<Shard>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (delivery: Delivery): string => new TextDecoder().decode(delivery.data);
const sender: Shard = { kind: "venue", key: "SENDER" };

/** An intake that keeps everything and has room for `room_max` more after each `open`. */
export interface Collector extends Intake {
  readonly taken: Delivery[];
  /** Completes when this many have been taken. */
  readonly until: (count: number) => Effect.Effect<void>;
  /** Makes room. */
  readonly open: Effect.Effect<void>;
}

/** Makes a collector. */
export const collector = (room_max = Number.POSITIVE_INFINITY): Collector => {
  const taken: Delivery[] = [];
  const space = Latch.makeUnsafe(true);
  let left = room_max;
  let wake: (() => void) | undefined;
  return {
    taken,
    deliver: (delivery) => {
      assert.isAbove(left, 0, "delivered without room");
      taken.push(delivery);
      left -= 1;
      if (left === 0) Latch.closeUnsafe(space);
      wake?.();
      return left > 0;
    },
    room: () => space.await,
    until: (count) =>
      Effect.callback((resume) => {
        if (taken.length >= count) return resume(Effect.void);
        wake = () => {
          if (taken.length >= count) resume(Effect.void);
        };
      }),
    open: Effect.sync(() => {
      left = room_max;
      Latch.openUnsafe(space);
    }),
  };
};

/** Consumes in the background of the scope. */
export const consuming = (shard: Shard, lane: Lane, afterSeq: number, intake: Intake) =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    return yield* Effect.forkScoped(mailbox.consume(shard, lane, afterSeq, intake), {
      startImmediately: true,
    });
  });

/** Publishes numbered messages one after another to a shard's urgent lane. */
export const publishNumbers = (shard: Shard, from: number, to: number) =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    const subject = parcelSubject(shard, sender);
    for (let n = from; n <= to; n += 1) {
      yield* mailbox.publish(subject, bytes(`${n}`), `${subject}:${n}`);
    }
  });

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

type Harness = () => MailboxHarness;

/** A test over a fresh shard. */
const withShard =
  (harness: Harness) =>
  <A, E>(body: (shard: Shard) => Effect.Effect<A, E, Mailbox | Scope.Scope>) =>
  async (): Promise<void> => {
    const shard = await harness().freshShard();
    await harness().run(body(shard));
  };

/** Declares the contract's tests. */
export const mailboxContract = (harness: Harness): void => {
  describe("mailbox contract", () => {
    delivering(harness);
    positions(harness);
    addressing(harness);
    backPressure(harness);
    sizes(harness);
  });
};

const delivering = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "1, 2: what was published is delivered in order, before and after the consumption began",
    onShard((shard) =>
      Effect.gen(function* () {
        yield* publishNumbers(shard, 1, 20);
        const intake = collector();
        yield* consuming(shard, "h", 0, intake);
        yield* intake.until(20);
        yield* publishNumbers(shard, 21, 40);
        yield* intake.until(40);
        assert.deepStrictEqual(intake.taken.map(text), numbers(1, 40));
        const [first, second] = intake.taken;
        assert.isDefined(first);
        assert.isDefined(second);
        assert.strictEqual(first.subject, parcelSubject(shard, sender));
        assert.strictEqual(first.lane, "h");
        assert.isUndefined(first.traceparent);
        assert.isTrue(second.seq > first.seq);
        assert.isTrue(second.stored_ns >= first.stored_ns && first.stored_ns >= 0n);
      }),
    ),
  );

  it(
    "1: a repeat of a message id is stored once",
    onShard((shard) =>
      Effect.gen(function* () {
        yield* publishNumbers(shard, 1, 2);
        yield* publishNumbers(shard, 1, 3);
        const intake = collector();
        yield* consuming(shard, "h", 0, intake);
        yield* intake.until(3);
        assert.deepStrictEqual(intake.taken.map(text), numbers(1, 3));
      }),
    ),
  );
};

const positions = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "2: a consumption starts after the given position",
    onShard((shard) =>
      Effect.gen(function* () {
        yield* publishNumbers(shard, 1, 10);
        const all = collector();
        yield* Effect.scoped(
          consuming(shard, "h", 0, all).pipe(Effect.andThen(() => all.until(10))),
        );
        const rest = collector();
        yield* consuming(shard, "h", all.taken[5]?.seq ?? 0, rest);
        yield* rest.until(4);
        const last = collector();
        yield* consuming(shard, "h", all.taken[9]?.seq ?? 0, last);
        yield* publishNumbers(shard, 11, 11);
        yield* last.until(1);
        assert.deepStrictEqual(rest.taken.slice(0, 4).map(text), numbers(7, 10));
        assert.deepStrictEqual(last.taken.map(text), ["11"]);
      }),
    ),
  );
};

const addressing = (harness: Harness): void => {
  it("2: a shard gets its own messages only", async () => {
    const [one, two] = [await harness().freshShard(), await harness().freshShard()];
    await harness().run(
      Effect.gen(function* () {
        const intake = collector();
        yield* consuming(one, "h", 0, intake);
        yield* publishNumbers(two, 1, 3);
        yield* publishNumbers(one, 101, 102);
        yield* publishNumbers(two, 4, 6);
        yield* publishNumbers(one, 103, 103);
        yield* intake.until(3);
        assert.deepStrictEqual(intake.taken.map(text), numbers(101, 103));
      }),
    );
  });

  it("2: a command reaches its account's shard, new work and cancels on different lanes", () => {
    const account = AccountId.make("ACC-LANES");
    const shard = accountShard(accountShardIndex(account, accountShards));
    const command = (verb: "cancel" | "replace" | "submit") =>
      commandSubject(account, "strat", "order-1", verb);
    return harness().run(
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        for (const verb of ["submit", "cancel", "replace"] as const) {
          yield* mailbox.publish(command(verb), bytes(verb), `lanes:${verb}`);
        }
        const [work, urgent] = [collector(), collector()];
        yield* consuming(shard, "n", 0, work);
        yield* consuming(shard, "h", 0, urgent);
        yield* work.until(2);
        yield* urgent.until(1);
        assert.deepStrictEqual(work.taken.map(text), ["submit", "replace"]);
        assert.deepStrictEqual(urgent.taken.map(text), ["cancel"]);
        const placed = `acct.${shard.key}.${account}.strat.order-1.submit`;
        assert.isTrue(work.taken[0]?.subject.endsWith(`.mbx.n.${placed}`));
      }),
    );
  });
};

const backPressure = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "3: without room nothing is delivered; with room again, what waited comes first",
    onShard((shard) =>
      Effect.gen(function* () {
        yield* publishNumbers(shard, 1, 10);
        const intake = collector(3);
        yield* consuming(shard, "h", 0, intake);
        for (const count of [3, 6, 9]) {
          yield* intake.until(count);
          yield* publishNumbers(shard, 10 + count, 12 + count);
          assert.strictEqual(intake.taken.length, count);
          yield* intake.open;
        }
        yield* intake.until(12);
        yield* intake.open;
        yield* intake.until(15);
        yield* intake.open;
        yield* intake.until(18);
        const expected = [...numbers(1, 10), ...numbers(13, 20)];
        assert.deepStrictEqual(intake.taken.map(text), expected);
      }),
    ),
  );

  it(
    "2, 3: a burst larger than any prefetch arrives whole and in order",
    onShard((shard) =>
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        const intake = collector(100);
        yield* consuming(shard, "h", 0, intake);
        const subject = parcelSubject(shard, sender);
        yield* Effect.forEach(
          numbers(1, 2_000),
          (n) => mailbox.publish(subject, bytes(n), `burst:${shard.key}:${n}`),
          { concurrency: 128, discard: true },
        ).pipe(Effect.forkScoped);
        for (let count = 100; count <= 2_000; count += 100) {
          yield* intake.until(count);
          yield* intake.open;
        }
        const seqs = intake.taken.map(({ seq }) => seq);
        assert.deepStrictEqual(
          seqs,
          seqs.toSorted((a, b) => a - b),
        );
        assert.strictEqual(new Set(intake.taken.map(text)).size, 2_000);
      }),
    ),
  );
};

const sizes = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "messages of nearly a megabyte and empty ones are delivered",
    onShard((shard) =>
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        const subject = parcelSubject(shard, sender);
        const large = new Uint8Array(1_000_000).fill(7);
        for (let n = 0; n < 12; n += 1) {
          yield* mailbox.publish(subject, large, `large:${shard.key}:${n}`);
        }
        yield* mailbox.publish(subject, new Uint8Array(0), `empty:${shard.key}`);
        const intake = collector();
        yield* consuming(shard, "h", 0, intake);
        yield* intake.until(13);
        const lengths = intake.taken.map(({ data }) => data.length);
        assert.deepStrictEqual(lengths, [...Array.from({ length: 12 }, () => 1_000_000), 0]);
      }),
    ),
  );
};

/** A reading position that the stream does not reach: its end was lost. */
export const mailboxRegressContract = (harness: () => MailboxHarness): void => {
  it("2: a mailbox that ends before the position is broken, not silently skipped", async () => {
    const shard = await harness().freshShard();
    await harness().run(
      Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        yield* publishNumbers(shard, 1, 3);
        const reading = mailbox.consume(shard, "h", 1_000_000_000, collector());
        assert.instanceOf(yield* Effect.flip(reading), MailboxBroken);
      }),
    );
  });
};
