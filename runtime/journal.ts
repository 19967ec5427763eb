/**
 * The journal of a shard: the truth, one writer at a time.
 *
 * Contract of every implementation (`test/runtime/journal_contract.ts`):
 *  1. An append states the sequence it follows. It is stored if that is still the last one, else it
 *     fails with `JournalFenced`, which is final for that writer: it never re-reads and retries.
 *  2. An append that returned is there for every later reader, whatever process dies.
 *  3. An append whose answer was lost is resolved by the implementation: own bytes at the expected
 *     place mean stored, others' mean fenced, nothing there means it is sent again. Where that
 *     cannot be found out in bounded time it fails with `JournalUnavailable`, outcome unknown.
 *  4. Reading gives the stored entries in order, without holes; a hole fails the read.
 */
import { Context, Schema } from "effect";
import type { Effect } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";

/** One stored frame. */
export interface JournalEntry {
  /** Position in the shard's journal, from 1, without holes. */
  readonly seq: number;
  readonly data: Uint8Array;
}

/** Another writer has appended: this one is stale and must stop. */
export class JournalFenced extends Schema.TaggedError<JournalFenced>()("JournalFenced", {
  shard: Schema.String,
  expectedSeq: Schema.Number,
}) {}

/** The journal did not answer in bounded time; whether the last append is stored is unknown. */
export class JournalUnavailable extends Schema.TaggedError<JournalUnavailable>()(
  "JournalUnavailable",
  { shard: Schema.String, operation: Schema.String, cause: Schema.Defect() },
) {}

/** Reads and writes journals. */
export class Journal extends Context.Service<
  Journal,
  {
    /** The last entry as the stream's leader knows it; undefined where the journal is empty. */
    readonly last: (shard: Shard) => Effect.Effect<JournalEntry | undefined, JournalUnavailable>;
    /** Appends after `expectedSeq` (0: the journal must be empty) and returns the new sequence. */
    readonly append: (
      shard: Shard,
      expectedSeq: number,
      data: Uint8Array,
    ) => Effect.Effect<number, JournalFenced | JournalUnavailable>;
    /** Calls `each` with every entry from `fromSeq` to `toSeq`, both included, in order. */
    readonly read: (
      shard: Shard,
      fromSeq: number,
      toSeq: number,
      each: (entry: JournalEntry) => void,
    ) => Effect.Effect<void, JournalUnavailable>;
  }
>()("natoms/runtime/Journal") {}
