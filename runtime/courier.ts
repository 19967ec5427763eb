/**
 * Couriers of an outbox: each carries what waits for one destination, one batch at a time.
 *
 * A courier repeats until the store has its batch; what is committed meanwhile gathers in the next
 * one. So order per destination is the order of the commits.
 */
import { Effect, Schedule } from "effect";
import { parcelSubject } from "../protocols/kernel/subjects.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { EventFeed } from "./event_feed.ts";
import { limits } from "./limits.ts";
import type { Mailbox } from "./mailbox.ts";
import { encodeParcel } from "./parcel.ts";
import type { WaitingLine } from "./waiting_line.ts";

/** A committed message on its way. */
export interface Waiting {
  readonly frame: number;
  readonly index: number;
  readonly text: string;
  /** Of a publication; empty for a message to a shard. */
  readonly subject: string;
}

/** What a courier carries, and whom it tells. */
export interface Carrying {
  readonly from: Shard;
  readonly line: WaitingLine<Waiting>;
  /** Told of what has arrived. */
  readonly stored: (items: readonly Waiting[]) => void;
  /** Told of every failed attempt. */
  readonly onFailure: (destination: string, cause: unknown) => void;
}

/** Repeats until it succeeds: a short pause at first, never more than a quarter of a second. */
const persist = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  failed: (cause: E) => void,
): Effect.Effect<A, never, R> =>
  Effect.orDie(
    Effect.retry(
      Effect.tapError(effect, (cause) => Effect.sync(() => failed(cause))),
      Schedule.min([Schedule.exponential("5 millis"), Schedule.spaced("250 millis")]),
    ),
  );

/** Carries messages to another shard's mailbox, for ever. */
export const carryParcels = (
  { from, line, stored, onFailure }: Carrying,
  to: Shard,
  mailbox: Mailbox["Service"],
): Effect.Effect<never> =>
  Effect.gen(function* () {
    const name = shardName(from);
    const subject = parcelSubject(to, from);
    while (true) {
      const batch = yield* line.take(limits.parcelItems_max);
      for (const items of cutBySize(batch)) {
        const [first] = items;
        if (first === undefined) continue;
        const msgId = `${name}:${first.frame}:${first.index}:${items.length}>${shardName(to)}`;
        const parcel = encodeParcel(name, items);
        yield* persist(mailbox.publish(subject, parcel, msgId), (cause) =>
          onFailure(shardName(to), cause),
        );
        stored(items);
      }
    }
  });

/** Carries publications to the event feed, for ever. */
export const carryFeed = (
  { from, line, stored, onFailure }: Carrying,
  feed: EventFeed["Service"],
): Effect.Effect<never> =>
  Effect.gen(function* () {
    const name = shardName(from);
    while (true) {
      const batch = yield* line.take(limits.feedBatch_max);
      const messages = batch.map(({ frame, index, subject, text }) => ({
        subject,
        data: Buffer.from(text),
        msgId: `${name}:${frame}:${index}`,
      }));
      yield* persist(feed.publish(messages), (cause) => onFailure("feed", cause));
      stored(batch);
    }
  });

/** Cuts a batch where the texts together pass the size that a parcel aims for. */
const cutBySize = (batch: readonly Waiting[]): readonly (readonly Waiting[])[] => {
  const parcels: Waiting[][] = [];
  let current: Waiting[] = [];
  let bytes = 0;
  for (const item of batch) {
    if (current.length > 0 && bytes + item.text.length > limits.parcel_bytes_target) {
      parcels.push(current);
      current = [];
      bytes = 0;
    }
    current.push(item);
    bytes += item.text.length;
  }
  if (current.length > 0) parcels.push(current);
  return parcels;
};
