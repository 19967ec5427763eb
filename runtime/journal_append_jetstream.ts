/**
 * One fenced append to a JetStream journal, and finding out what became of it.
 *
 * An append whose answer is lost (time-out, disconnect, an election) is settled by reading the
 * place where it belongs from the stream's leader: our bytes there, others' bytes there, or
 * nothing. Only in the last case it is sent again, byte for byte; the fence lets at most one copy
 * be stored. The same is done when the server says "wrong last sequence", for three reasons: it may
 * be the echo of our own earlier attempt; with three replicas it may speak of a write that is not
 * yet agreed on; and a pipelined append may overtake the repeat of the one that it builds on. (A
 * message id would not settle it: servers answer differently with one replica and with three.)
 *
 * Owns: the attempts of one append.
 * Never: an attempt without the fence, or with other bytes.
 */
import { Clock, Effect } from "effect";
import { headers } from "nats";
import type { Msg } from "nats";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { journalStream, journalSubject } from "../protocols/kernel/subjects.ts";
import { JournalFenced, JournalUnavailable } from "./journal.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { JetStreamRefusal, NatsFault, errCode, isTransient } from "./nats_error.ts";
import { numberOf, readReply } from "./nats_error.ts";
import { readFromLeader } from "./nats_stream_message.ts";
import { streamRange } from "./nats_stream_range.ts";

/** How long the journal may take. */
export interface JournalTimes {
  /** Longest wait for one append's answer. */
  readonly attempt_ms_max: number;
  /** Longest time to find out what became of an append: an election takes 4 to 9 seconds. */
  readonly settle_ms_max: number;
}

/** One append as it is carried through its attempts. */
export interface Append {
  readonly shard: Shard;
  readonly expectedSeq: number;
  readonly data: Uint8Array;
  readonly times: JournalTimes;
  /** Expected sequences of this process's unfinished appends to the same journal. */
  readonly unfinished: ReadonlySet<number>;
}

type Cause = JetStreamRefusal | NatsFault;

type Attempt =
  | { readonly type: "stored"; readonly seq: number }
  | { readonly type: "unknown"; readonly cause: Cause }
  /** Refused: something is, or is about to be, at our place or after it. */
  | { readonly type: "taken"; readonly cause: Cause }
  /** Refused: the journal ends before our place, and nothing of ours is on its way there. */
  | { readonly type: "gap"; readonly cause: Cause }
  /** It can never be stored (too large, no permission, no such stream). */
  | { readonly type: "impossible"; readonly cause: Cause };

const settlePause_ms = 50;
/**
 * A gap is believed when it is reported twice: a new leader may not have caught up the first time.
 */
const gapReports = 2;

/** Whether an earlier append of this process, on which this one builds, is still under way. */
const buildsOnUnfinished = (append: Append): boolean => {
  for (const seq of append.unfinished) if (seq < append.expectedSeq) return true;
  return false;
};

const readFailure = (cause: Cause): Attempt => ({
  type: isTransient(cause) ? "unknown" : "impossible",
  cause,
});

const readRefusal = (append: Append, cause: JetStreamRefusal, early: boolean): Attempt => {
  if (cause.errCode !== errCode.wrongLastSequence) return readFailure(cause);
  const lastSeq = Number(/wrong last sequence: (\d+)/.exec(cause.description)?.[1] ?? Number.NaN);
  if (lastSeq > append.expectedSeq) return { type: "taken", cause };
  return { type: lastSeq < append.expectedSeq && !early ? "gap" : "unknown", cause };
};

const readAttempt = (append: Append, outcome: Msg | NatsFault, early: boolean): Attempt => {
  if (outcome instanceof NatsFault) return readFailure(outcome);
  const answer = readReply(journalSubject(append.shard), outcome);
  return answer instanceof JetStreamRefusal
    ? readRefusal(append, answer, early)
    : { type: "stored", seq: numberOf(answer["seq"]) };
};

const attempt = (nats: NatsConnectionShape, append: Append): Effect.Effect<Attempt> =>
  Effect.callback((resume) => {
    const { data, expectedSeq, shard, times } = append;
    const fence = headers();
    fence.set("Nats-Expected-Last-Sequence", String(expectedSeq));
    // Asked before sending: the predecessor may be stored by the time that a refusal arrives.
    const early = buildsOnUnfinished(append);
    const cancel = nats.requests.send(
      journalSubject(shard),
      data,
      fence,
      times.attempt_ms_max,
      (outcome) => resume(Effect.succeed(readAttempt(append, outcome, early))),
    );
    return Effect.sync(cancel);
  });

/** What is stored where the append belongs; `purged` where the journal begins after that place. */
const inspect = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  append: Append,
  last: Attempt,
) {
  const stream = journalStream(append.shard);
  const seq = append.expectedSeq + 1;
  const found = yield* readFromLeader(nats, stream, { seq });
  if (found !== undefined) return Buffer.compare(found.data, append.data) === 0 ? "ours" : "others";
  if (last.type !== "taken") return "nothing";
  const { firstSeq } = yield* streamRange(nats, stream);
  return firstSeq > seq ? "purged" : "nothing";
});

const fenced = (append: Append): JournalFenced =>
  new JournalFenced({ shard: shardName(append.shard), expectedSeq: append.expectedSeq });

/** Finds out what became of an append that has no clear answer, sending it again where needed. */
const settle = Effect.fnUntraced(function* (
  nats: NatsConnectionShape,
  append: Append,
  first: Exclude<Attempt, { readonly type: "stored" }>,
) {
  const deadline_ms = (yield* Clock.currentTimeMillis) + append.times.settle_ms_max;
  let last = first;
  let gaps = 0;
  while (true) {
    const left_ms = deadline_ms - (yield* Clock.currentTimeMillis);
    if (last.type === "impossible" || left_ms <= 0) {
      const shard = shardName(append.shard);
      return yield* new JournalUnavailable({ shard, operation: "append", cause: last.cause });
    }
    yield* nats.whenUp.pipe(Effect.timeoutOption(left_ms));
    const place = yield* Effect.result(inspect(nats, append, last));
    if (place._tag === "Success") {
      if (place.success === "ours") return append.expectedSeq + 1;
      gaps = last.type === "gap" ? gaps + 1 : 0;
      if (place.success !== "nothing" || gaps === gapReports) return yield* fenced(append);
      const again = yield* attempt(nats, append);
      if (again.type === "stored") return again.seq;
      last = again;
    } else {
      const failure = readFailure(place.failure);
      if (failure.type === "impossible") last = failure;
    }
    yield* Effect.sleep(settlePause_ms);
  }
});

/** Appends; see the contract in `journal.ts`. Returns the new sequence. */
export const appendFenced = (
  nats: NatsConnectionShape,
  append: Append,
): Effect.Effect<number, JournalFenced | JournalUnavailable> =>
  attempt(nats, append).pipe(
    Effect.flatMap((outcome) =>
      outcome.type === "stored" ? Effect.succeed(outcome.seq) : settle(nats, append, outcome),
    ),
  );
