/**
 * What every journal must do, whatever it is made of.
 *
 * Owns: the numbered clauses of `runtime/journal.ts` as tests.
 * Never: knows an implementation; a harness gives it a journal and shards nobody has written to.
 */
import { Effect } from "effect";
import type { Scope } from "effect";
import { assert, describe, it } from "vitest";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { Journal, JournalFenced, JournalUnavailable } from "../../runtime/journal.ts";

/** A journal under test. */
export interface JournalHarness {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Journal | Scope.Scope>) => Promise<A>;
  /** A shard with an empty journal. */
  readonly freshShard: () => Promise<Shard>;
}

/** Text as a frame's bytes. */
export const frame = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A frame's bytes as text. */
export const textOf = (data: Uint8Array): string => new TextDecoder().decode(data);

/** Everything in a journal, as texts, checked to be numbered without holes. */
export const readTexts = (shard: Shard) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    const last = yield* journal.last(shard);
    const texts: string[] = [];
    yield* journal.read(shard, 1, last?.seq ?? 0, (entry) => {
      assert.strictEqual(entry.seq, texts.length + 1);
      texts.push(textOf(entry.data));
    });
    return texts;
  });

const raceCount = 200;
const manyEntries = 1_300;

type Harness = () => JournalHarness;

/** A test over a fresh shard. */
const withShard =
  (harness: Harness) =>
  <A, E>(body: (shard: Shard) => Effect.Effect<A, E, Journal | Scope.Scope>) =>
  async (): Promise<void> => {
    const shard = await harness().freshShard();
    await harness().run(body(shard));
  };

/** Declares the contract's tests. */
export const journalContract = (harness: Harness): void => {
  describe("journal contract", () => {
    fencing(harness);
    races(harness);
    storing(harness);
    reading(harness);
  });
};

const fencing = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "1, 2: an append after the last entry is stored and read back",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        assert.isUndefined(yield* journal.last(shard));
        assert.strictEqual(yield* journal.append(shard, 0, frame("a")), 1);
        assert.strictEqual(yield* journal.append(shard, 1, frame("b")), 2);
        const last = yield* journal.last(shard);
        assert.deepStrictEqual([last?.seq, textOf(last?.data ?? frame(""))], [2, "b"]);
        assert.deepStrictEqual(yield* readTexts(shard), ["a", "b"]);
      }),
    ),
  );

  it(
    "1: an append that follows an older entry is fenced and stores nothing",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* journal.append(shard, 0, frame("a"));
        yield* journal.append(shard, 1, frame("b"));
        const failure = yield* Effect.flip(journal.append(shard, 1, frame("stale")));
        assert.instanceOf(failure, JournalFenced);
        const first = yield* Effect.flip(journal.append(shard, 0, frame("stale")));
        assert.instanceOf(first, JournalFenced);
        assert.deepStrictEqual(yield* readTexts(shard), ["a", "b"]);
      }),
    ),
  );

  it(
    "1: an append that follows an entry nobody wrote is fenced",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* journal.append(shard, 0, frame("a"));
        const failure = yield* Effect.flip(journal.append(shard, 7, frame("future")));
        assert.instanceOf(failure, JournalFenced);
        assert.deepStrictEqual(yield* readTexts(shard), ["a"]);
      }),
    ),
  );
};

const races = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "1: of two writers at the same place exactly one wins, each time",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        const winners: string[] = [];
        for (let seq = 0; seq < raceCount; seq += 1) {
          const names = seq % 2 === 0 ? ["a", "b"] : ["b", "a"];
          const results = yield* Effect.forEach(
            names,
            (name) => Effect.result(journal.append(shard, seq, frame(`${name}${seq}`))),
            { concurrency: 2 },
          );
          const won = names.filter((_, index) => results[index]?._tag === "Success");
          assert.strictEqual(won.length, 1, `race ${seq}`);
          winners.push(`${won[0]}${seq}`);
          const lost = results.find((result) => result._tag === "Failure");
          assert.instanceOf(lost?._tag === "Failure" && lost.failure, JournalFenced);
        }
        assert.deepStrictEqual(yield* readTexts(shard), winners);
      }),
    ),
  );
};

const storing = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "2: appends sent without waiting for each other are stored in order",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        const texts = Array.from({ length: 100 }, (_, index) => `frame ${index}`);
        const seqs = yield* Effect.forEach(
          texts,
          (text, index) => journal.append(shard, index, frame(text)),
          { concurrency: "unbounded" },
        );
        assert.deepStrictEqual(
          seqs,
          texts.map((_, index) => index + 1),
        );
        assert.deepStrictEqual(yield* readTexts(shard), texts);
      }),
    ),
  );
};

const reading = (harness: Harness): void => {
  const onShard = withShard(harness);
  it(
    "4: any range is read, in order, both ends included",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* Effect.forEach(
          Array.from({ length: manyEntries }, (_, index) => index),
          (index) => journal.append(shard, index, frame(`${index + 1}`)),
          { concurrency: 64, discard: true },
        );
        assert.strictEqual((yield* readTexts(shard)).length, manyEntries);
        const some: string[] = [];
        yield* journal.read(shard, 40, 43, (entry) => some.push(textOf(entry.data)));
        assert.deepStrictEqual(some, ["40", "41", "42", "43"]);
        yield* journal.read(shard, 5, 4, () => assert.fail("an empty range has no entries"));
      }),
    ),
  );

  it("journals of different shards are apart", async () => {
    const [one, two] = [await harness().freshShard(), await harness().freshShard()];
    await harness().run(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* journal.append(one, 0, frame("one"));
        assert.isUndefined(yield* journal.last(two));
        yield* journal.append(two, 0, frame("two"));
        assert.deepStrictEqual(yield* readTexts(one), ["one"]);
      }),
    );
  });

  it(
    "a frame of any bytes up to half a megabyte is kept as it is",
    onShard((shard) =>
      Effect.gen(function* () {
        const journal = yield* Journal;
        const bytes = Uint8Array.from({ length: 524_288 }, (_, index) => (index * 31) & 255);
        yield* journal.append(shard, 0, bytes);
        yield* journal.append(shard, 1, new Uint8Array(0));
        const read: Uint8Array[] = [];
        yield* journal.read(shard, 1, 2, (entry) => read.push(entry.data));
        assert.strictEqual(Buffer.compare(read[0] ?? frame(""), bytes), 0);
        assert.strictEqual(read[1]?.length, 0);
      }),
    ),
  );
};

/** Clause 4's other half: how a harness makes a hole is its own affair. */
export const expectHole = (shard: Shard, fromSeq: number, toSeq: number) =>
  Effect.gen(function* () {
    const journal = yield* Journal;
    const seen: number[] = [];
    const failure = yield* Effect.flip(
      journal.read(shard, fromSeq, toSeq, (entry) => seen.push(entry.seq)),
    );
    assert.instanceOf(failure, JournalUnavailable);
    return seen;
  });
