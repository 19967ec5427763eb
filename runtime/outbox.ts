/**
 * The outbox: what commits have decided to say, on its way to other mailboxes and the event feed.
 *
 * Every destination has a courier of its own, so one destination that is down holds up no other.
 *
 * Invariants
 *  1. Nothing is handed in before its frame is committed.
 *  2. `drained` never passes a frame of which something is still under way.
 *  3. A repeat carries the same id; receivers drop it also where the store does not.
 */
import { Effect, Latch, Queue } from "effect";
import type { Scope } from "effect";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { carryFeed, carryParcels } from "./courier.ts";
import type { Waiting } from "./courier.ts";
import { EventFeed } from "./event_feed.ts";
import { invariant } from "./invariant.ts";
import { limits } from "./limits.ts";
import { Mailbox } from "./mailbox.ts";
import type { OutItem } from "./turn_runner.ts";

/** The outbox of a shard. */
export interface Outbox {
  /** Hands in a committed frame's messages. */
  readonly release: (frame: number, items: readonly OutItem[]) => void;
  /** Highest frame up to which everything has been stored where it belongs. */
  readonly drained: () => number;
  /** Messages under way or waiting. */
  readonly size: () => number;
  /** Completes while nothing is under way; for a drain. */
  readonly flushed: Effect.Effect<void>;
}

/** Counts what is under way, by frame. */
const makeLedger = (drained: number, onRoom: () => void) => {
  const pending = new Map<number, number>();
  const flushed = Latch.makeUnsafe(true);
  let last = drained;
  let size = 0;
  return {
    flushed,
    add: (frame: number, count: number): void => {
      last = frame;
      if (count === 0) return;
      size += count;
      pending.set(frame, count);
      flushed.closeUnsafe();
    },
    stored: (items: readonly Waiting[]): void => {
      const wasFull = size >= limits.outbox_max;
      size -= items.length;
      for (const { frame } of items) {
        const left = (pending.get(frame) ?? 0) - 1;
        if (left > 0) pending.set(frame, left);
        else pending.delete(frame);
      }
      if (size === 0) flushed.openUnsafe();
      if (wasFull && size < limits.outbox_max) onRoom();
    },
    /** Frames are added in order, so the first one that is pending is the oldest. */
    drained: (): number => (pending.keys().next().value ?? last + 1) - 1,
    size: (): number => size,
  };
};

/** Makes the outbox of a shard whose frames up to `drained` are known to be out. */
export const makeOutbox = (
  shard: Shard,
  drained: number,
  onRoom: () => void,
): Effect.Effect<Outbox, never, Mailbox | EventFeed | Scope.Scope> =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    const feed = yield* EventFeed;
    const scope = yield* Effect.scope;
    const runFork = Effect.runForkWith(yield* Effect.context<never>());
    const ledger = makeLedger(drained, onRoom);
    const couriers = new Map<string, Queue.Queue<Waiting>>();

    const courierOf = (
      key: string,
      carry: (queue: Queue.Queue<Waiting>) => Effect.Effect<never>,
    ): Queue.Queue<Waiting> => {
      const known = couriers.get(key);
      if (known !== undefined) return known;
      // In the shard's own context: a courier waits by the shard's clock and takes its turns by the
      // shard's scheduler. Making the queue never waits, so it is there at once.
      const start = Effect.gen(function* () {
        const queue = yield* Queue.unbounded<Waiting>();
        couriers.set(key, queue);
        yield* Effect.forkIn(carry(queue), scope);
      });
      runFork(start);
      const made = couriers.get(key);
      invariant(made !== undefined, "a courier's queue is made without waiting");
      return made;
    };
    const queueOf = (item: OutItem): Queue.Queue<Waiting> =>
      "to" in item
        ? courierOf(shardName(item.to), (queue) =>
            carryParcels(shard, item.to, queue, mailbox, ledger.stored),
          )
        : courierOf("", (queue) => carryFeed(shard, queue, feed, ledger.stored));

    return {
      release: (frame, items) => {
        ledger.add(frame, items.length);
        for (const item of items) {
          const { index, text } = item;
          const subject = "subject" in item ? item.subject : "";
          Queue.offerUnsafe(queueOf(item), { frame, index, text, subject });
        }
      },
      drained: ledger.drained,
      size: ledger.size,
      flushed: ledger.flushed.await,
    };
  });
