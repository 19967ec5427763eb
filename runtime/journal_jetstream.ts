/**
 * The journal on JetStream: one stream per shard, every append fenced by the expected sequence.
 *
 * Owns: reading without holes, from whichever replica answers, and the layer.
 * Never: an append that is not fenced (`journal_append_jetstream.ts` does them all); a second
 * writer's rescue.
 */
import { Clock, Effect, Layer, Schedule } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { journalStream, journalSubject } from "../protocols/kernel/subjects.ts";
import type { JournalEntry } from "./journal.ts";
import { Journal, JournalUnavailable } from "./journal.ts";
import { appendFenced } from "./journal_append_jetstream.ts";
import type { JournalTimes } from "./journal_append_jetstream.ts";
import { NatsConnection } from "./nats_connection.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { isTransient } from "./nats_error.ts";
import { readBatch } from "./nats_stream_batch.ts";
import { readFromLeader } from "./nats_stream_message.ts";

/** Times that outlast the election of a new leader. */
export const defaultJournalTimes: JournalTimes = { attempt_ms_max: 2_000, settle_ms_max: 15_000 };

/** Longest time without progress while reading: a lagging replica, an election. */
const readStall_ms_max = 15_000;
const readPause_ms = 50;
const readBatch_max = 1_024;
const readBatch_bytes_max = 8 * 1024 * 1024;

const read = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  shard: Shard,
  fromSeq: number,
  toSeq: number,
  each: (entry: JournalEntry) => void,
) {
  const stream = journalStream(shard);
  let next = fromSeq;
  let hole = 0;
  const take = (entry: JournalEntry): void => {
    if (entry.seq > next) hole = next;
    if (entry.seq !== next || next > toSeq) return;
    each({ seq: entry.seq, data: entry.data });
    next += 1;
  };
  let deadline_ms = (yield* Clock.currentTimeMillis) + readStall_ms_max;
  while (next <= toSeq) {
    const before = next;
    const query = {
      seq: next,
      batch: Math.min(readBatch_max, toSeq - next + 1),
      max_bytes: readBatch_bytes_max,
    };
    const batch = yield* Effect.result(readBatch(nats, stream, query, take));
    const now_ms = yield* Clock.currentTimeMillis;
    if (next > before) {
      deadline_ms = now_ms + readStall_ms_max;
      continue;
    }
    if (hole === next) {
      // A replica that lost an entry must not stop a replay which the leader can serve.
      const entry = yield* readFromLeader(nats, stream, { seq: next });
      if (entry === undefined) return yield* Effect.fail(new Error(`no entry ${next}`));
      take(entry);
      continue;
    }
    if (now_ms > deadline_ms) {
      const cause = batch._tag === "Failure" ? batch.failure : new Error(`ends before ${next}`);
      return yield* Effect.fail(cause);
    }
    yield* Effect.sleep(readPause_ms);
  }
});

const make = Effect.fnUntraced(function* (times: JournalTimes) {
  const nats = yield* NatsConnection;
  const unfinished = new Map<string, Set<number>>();
  const unfinishedOf = (shard: Shard): Set<number> => {
    const name = shardName(shard);
    const known = unfinished.get(name) ?? new Set<number>();
    unfinished.set(name, known);
    return known;
  };
  const patience = Schedule.spaced(readPause_ms).pipe(
    Schedule.upTo({ duration: times.settle_ms_max }),
  );
  const unavailable = (shard: Shard, operation: string) => (cause: unknown) =>
    new JournalUnavailable({ shard: shardName(shard), operation, cause });

  return Journal.of({
    last: (shard) =>
      readFromLeader(nats, journalStream(shard), { last_by_subj: journalSubject(shard) }).pipe(
        Effect.retry({ schedule: patience, while: isTransient }),
        Effect.map((found) => found && { seq: found.seq, data: found.data }),
        Effect.mapError(unavailable(shard, "last")),
      ),
    append: (shard, expectedSeq, data) =>
      Effect.suspend(() => {
        const mine = unfinishedOf(shard);
        mine.add(expectedSeq);
        return appendFenced(nats, { shard, expectedSeq, data, times, unfinished: mine }).pipe(
          Effect.ensuring(Effect.sync(() => mine.delete(expectedSeq))),
        );
      }),
    read: (shard, fromSeq, toSeq, each) =>
      read(nats, shard, fromSeq, toSeq, each).pipe(Effect.mapError(unavailable(shard, "read"))),
  });
});

/** The journal on JetStream. The journals' streams must have been provisioned. */
export const journalJetstream = (
  times: JournalTimes = defaultJournalTimes,
): Layer.Layer<Journal, never, NatsConnection> => Layer.effect(Journal, make(times));
