/**
 * The journal in memory: the same contract as on JetStream, for tests, simulation and backtests.
 *
 * Owns: the journals of one world, which outlive the shards that write them.
 * Never: time, chances or sockets of its own.
 */
import { Effect, Layer, Semaphore } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import type { JournalEntry } from "./journal.ts";
import { Journal, JournalFenced, JournalUnavailable } from "./journal.ts";
import { makeFaultKnobs, perform } from "./memory_faults.ts";
import type { FaultKnobs } from "./memory_faults.ts";

/** The journals of one world. Every layer built from it sees the same entries. */
export interface JournalMemory {
  readonly layer: Layer.Layer<Journal>;
  /** Operations: `last`, `append`, `read`. */
  readonly faults: FaultKnobs;
  /** What a shard's journal holds. */
  readonly entries: (shard: Shard) => readonly JournalEntry[];
  /** Loses one entry, as a broken disk would: a hole. */
  readonly lose: (shard: Shard, seq: number) => void;
}

interface Book {
  readonly entries: Map<number, Uint8Array>;
  lastSeq: number;
  /** Appends take effect in the order in which they were made, also pipelined ones. */
  readonly order: Semaphore.Semaphore;
}

/** Makes a world of empty journals. */
export const makeJournalMemory = (): JournalMemory => {
  const faults = makeFaultKnobs();
  const books = new Map<string, Book>();
  const bookOf = (shard: Shard): Book => {
    const name = shardName(shard);
    const known = books.get(name);
    if (known !== undefined) return known;
    const book: Book = { entries: new Map(), lastSeq: 0, order: Semaphore.makeUnsafe(1) };
    books.set(name, book);
    return book;
  };
  const unavailable = (shard: Shard, operation: string) => (cause: Error) =>
    new JournalUnavailable({ shard: shardName(shard), operation, cause });

  const journal = Journal.of({
    last: (shard) =>
      perform(
        faults,
        "last",
        () => entryAt(bookOf(shard), bookOf(shard).lastSeq),
        unavailable(shard, "last"),
      ),
    append: (shard, expectedSeq, data) => {
      const book = bookOf(shard);
      const fenced = new JournalFenced({ shard: shardName(shard), expectedSeq });
      const store = (): boolean => {
        const ours = book.entries.get(expectedSeq + 1) === data;
        if (ours || book.lastSeq !== expectedSeq) return ours;
        book.lastSeq += 1;
        book.entries.set(book.lastSeq, data);
        return true;
      };
      return perform(faults, "append", store, unavailable(shard, "append")).pipe(
        Effect.flatMap((stored) => (stored ? Effect.succeed(expectedSeq + 1) : fenced)),
        book.order.withPermits(1),
      );
    },
    read: (shard, fromSeq, toSeq, each) =>
      perform(faults, "read", () => undefined, unavailable(shard, "read")).pipe(
        Effect.andThen(readAll(bookOf(shard), fromSeq, toSeq, each)),
        Effect.mapError((cause) =>
          cause instanceof JournalUnavailable ? cause : unavailable(shard, "read")(cause),
        ),
      ),
  });

  return {
    layer: Layer.succeed(Journal, journal),
    faults,
    entries: (shard) => [...bookOf(shard).entries].map(([seq, data]) => ({ seq, data })),
    lose: (shard, seq) => bookOf(shard).entries.delete(seq),
  };
};

const entryAt = (book: Book, seq: number): JournalEntry | undefined => {
  const data = book.entries.get(seq);
  return data === undefined ? undefined : { seq, data };
};

const readAll = (
  book: Book,
  fromSeq: number,
  toSeq: number,
  each: (entry: JournalEntry) => void,
): Effect.Effect<void, Error> =>
  Effect.suspend(() => {
    for (let seq = fromSeq; seq <= toSeq; seq += 1) {
      const entry = entryAt(book, seq);
      if (entry === undefined) return Effect.fail(new Error(`no entry ${seq}`));
      each(entry);
    }
    return Effect.void;
  });
