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
import { Effect, Latch } from "effect";
import type { Scope } from "effect";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { carryFeed, carryParcels } from "./courier.ts";
import type { Waiting } from "./courier.ts";
import { EventFeed } from "./event_feed.ts";
import { limits } from "./limits.ts";
import { Mailbox } from "./mailbox.ts";
import type { OutItem } from "./turn_runner.ts";
import { makeWaitingLine } from "./waiting_line.ts";
import type { WaitingLine } from "./waiting_line.ts";

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

/** Who is told of the outbox's state. */
export interface OutboxObserver {
  /** There is room again after there was none. */
  readonly onRoom: () => void;
  /** A destination (a shard's name, or `feed`) did not take something; it is repeated. */
  readonly onFailure: (destination: string, cause: unknown) => void;
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
  { onRoom, onFailure }: OutboxObserver,
): Effect.Effect<Outbox, never, Mailbox | EventFeed | Scope.Scope> =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    const feed = yield* EventFeed;
    const scope = yield* Effect.scope;
    const runFork = Effect.runForkWith(yield* Effect.context<never>());
    const ledger = makeLedger(drained, onRoom);
    const couriers = new Map<string, WaitingLine<Waiting>>();

    const lineOf = (
      key: string,
      carry: (line: WaitingLine<Waiting>) => Effect.Effect<never>,
    ): WaitingLine<Waiting> => {
      const known = couriers.get(key);
      if (known !== undefined) return known;
      const line = makeWaitingLine<Waiting>();
      couriers.set(key, line);
      // In the shard's own context: by its clock, and in its scheduler's turns.
      runFork(Effect.forkIn(carry(line), scope));
      return line;
    };
    const destinationOf = (item: OutItem): WaitingLine<Waiting> =>
      "to" in item
        ? lineOf(shardName(item.to), (line) =>
            carryParcels({ from: shard, line, stored: ledger.stored, onFailure }, item.to, mailbox),
          )
        : lineOf("", (line) =>
            carryFeed({ from: shard, line, stored: ledger.stored, onFailure }, feed),
          );

    return {
      release: (frame, items) => {
        ledger.add(frame, items.length);
        const lines = new Set<WaitingLine<Waiting>>();
        for (const item of items) {
          const { index, text } = item;
          const subject = "subject" in item ? item.subject : "";
          const line = destinationOf(item);
          line.add({ frame, index, text, subject });
          lines.add(line);
        }
        for (const line of lines) line.start();
      },
      drained: ledger.drained,
      size: ledger.size,
      flushed: ledger.flushed.await,
    };
  });
