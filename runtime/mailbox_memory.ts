/**
 * Mailboxes in memory: the same contract as on JetStream, for tests, simulation and backtests.
 *
 * Owns: the mailboxes of one world, which outlive the shards that read them.
 * Never: time, chances or sockets of its own.
 */
import { Clock, Effect, Layer } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { accountShards_default, shardName } from "../protocols/kernel/shard.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";
import { mailboxFilter, placedCommandSubject } from "../protocols/kernel/subjects.ts";
import { duplicateWindow_ms } from "./jetstream_limits.ts";
import type { Delivery, Intake } from "./mailbox.ts";
import { Mailbox, MailboxBroken, MailboxUnavailable } from "./mailbox.ts";
import { makeFaultKnobs, perform } from "./memory_faults.ts";
import type { FaultKnobs } from "./memory_faults.ts";

/** What a world of mailboxes may be given. */
export interface MailboxMemoryOptions {
  readonly accountShards?: number;
  /** Messages a lane holds before it refuses; default: no limit. */
  readonly messages_max?: number;
}

/** The mailboxes of one world. Every layer built from it sees the same messages. */
export interface MailboxMemory {
  readonly layer: Layer.Layer<Mailbox>;
  /** Operations: `publish`; the gate also stops deliveries. */
  readonly faults: FaultKnobs;
  /** What a shard's mailbox holds. */
  readonly messages: (shard: Shard, lane: Lane) => readonly Delivery[];
}

interface LaneBook {
  lastSeq: number;
  held: number;
  /** Messages by the part of the subject that names lane and shard. */
  readonly byShard: Map<string, Delivery[]>;
  /** When each message id was first seen. */
  readonly ids_ms: Map<string, number>;
  readonly waiting: Set<() => void>;
}

const emptyLane = (): LaneBook => ({
  lastSeq: 0,
  held: 0,
  byShard: new Map(),
  ids_ms: new Map(),
  waiting: new Set(),
});

const shardKey = (shard: Shard, lane: Lane): string => mailboxFilter(shard, lane).slice(0, -2);
const shardKeyTokens = 6;

const laneOf = (subject: string): Lane | undefined => {
  const [, , mbx, lane] = subject.split(".");
  return mbx === "mbx" && (lane === "h" || lane === "n") ? lane : undefined;
};

/** Index of the first message after a sequence. */
const indexAfter = (messages: readonly Delivery[], seq: number): number => {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.seq ?? 0) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** Stores one message unless its id was seen within the window; false where the lane is full. */
const store = (
  book: LaneBook,
  messages_max: number,
  message: Pick<Delivery, "data" | "lane" | "subject">,
  msgId: string,
  now_ns: bigint,
): boolean => {
  const now_ms = Number(now_ns / 1_000_000n);
  const seen_ms = book.ids_ms.get(msgId);
  if (seen_ms !== undefined && now_ms - seen_ms < duplicateWindow_ms) return true;
  if (book.held >= messages_max) return false;
  book.ids_ms.delete(msgId);
  book.ids_ms.set(msgId, now_ms);
  for (const [id, at_ms] of book.ids_ms) {
    if (now_ms - at_ms < duplicateWindow_ms) break;
    book.ids_ms.delete(id);
  }
  book.lastSeq += 1;
  book.held += 1;
  const key = message.subject.split(".", shardKeyTokens).join(".");
  const messages = book.byShard.get(key) ?? [];
  book.byShard.set(key, messages);
  messages.push({ ...message, seq: book.lastSeq, stored_ns: now_ns, traceparent: undefined });
  const waiting = [...book.waiting];
  book.waiting.clear();
  for (const wake of waiting) wake();
  return true;
};

/** Waits for the next message of a lane, whoever it is for. */
const nextMessage = (book: LaneBook): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const wake = (): void => resume(Effect.void);
    book.waiting.add(wake);
    return Effect.sync(() => book.waiting.delete(wake));
  });

const consume = Effect.fnUntraced(function* (
  book: LaneBook,
  faults: FaultKnobs,
  shard: Shard,
  lane: Lane,
  afterSeq: number,
  intake: Intake,
) {
  if (afterSeq > book.lastSeq) {
    const cause = new Error(`lane ${lane} ends at ${book.lastSeq}, before ${afterSeq}`);
    return yield* new MailboxBroken({ shard: shardName(shard), lane, cause });
  }
  let position = afterSeq;
  while (true) {
    yield* faults.gate.await;
    const messages = book.byShard.get(shardKey(shard, lane)) ?? [];
    let room = true;
    for (let at = indexAfter(messages, position); room && at < messages.length; at += 1) {
      const message = messages[at];
      if (message === undefined) break;
      position = message.seq;
      room = intake.deliver(message);
    }
    yield* room ? nextMessage(book) : intake.room(lane);
  }
});

const trim = (book: LaneBook, shard: Shard, lane: Lane, throughSeq: number): void => {
  const messages = book.byShard.get(shardKey(shard, lane)) ?? [];
  book.held -= messages.splice(0, indexAfter(messages, throughSeq)).length;
};

/** Makes a world of empty mailboxes. */
export const makeMailboxMemory = (options: MailboxMemoryOptions = {}): MailboxMemory => {
  const { accountShards = accountShards_default, messages_max = Number.POSITIVE_INFINITY } =
    options;
  const faults = makeFaultKnobs();
  const books: Record<Lane, LaneBook> = { h: emptyLane(), n: emptyLane() };

  const publish = Effect.fnUntraced(function* (subject: string, data: Uint8Array, msgId: string) {
    const placed = placedCommandSubject(subject, accountShards) ?? subject;
    const lane = laneOf(placed);
    const fault = (cause: Error) => new MailboxUnavailable({ subject, cause });
    if (lane === undefined) return yield* fault(new Error("no mailbox takes this subject"));
    const book = books[lane];
    const now_ns = yield* Clock.currentTimeNanos;
    const stored = yield* perform(
      faults,
      "publish",
      () => store(book, messages_max, { lane, subject: placed, data }, msgId, now_ns),
      fault,
    );
    if (!stored) return yield* fault(new Error("maximum messages exceeded"));
  });

  return {
    layer: Layer.succeed(
      Mailbox,
      Mailbox.of({
        publish,
        consume: (shard, lane, afterSeq, intake) =>
          consume(books[lane], faults, shard, lane, afterSeq, intake),
        trim: (shard, lane, throughSeq) =>
          perform(
            faults,
            "trim",
            () => trim(books[lane], shard, lane, throughSeq),
            (cause) => new MailboxUnavailable({ subject: mailboxFilter(shard, lane), cause }),
          ),
      }),
    ),
    faults,
    messages: (shard, lane) => books[lane].byShard.get(shardKey(shard, lane)) ?? [],
  };
};
