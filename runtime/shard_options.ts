/**
 * How a shard is run, and what it tells and offers while it lives.
 */
import type { Effect, Scope } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { DriverContext, ReadonlySpace, ShardDriver, ShardModel } from "./shard_model.ts";

/** What a shard tells about itself while it lives, for metrics and logs. */
export interface ShardObserver {
  readonly recovered: (shard: string, epoch: number, replayed: number, took_ms: number) => void;
  /**
   * A command was taken from the mailbox; `traceparent` is its sender's trace, where it gave one.
   */
  readonly taken: (
    shard: string,
    subject: string,
    seq: number,
    traceparent: string | undefined,
  ) => void;
  /** A frame was committed: its turns, how long the append took, how old its oldest input was. */
  readonly committed: (
    shard: string,
    turns: number,
    commit_ms: number,
    inputAge_ms: number | undefined,
  ) => void;
  readonly parked: (shard: string, cause: string) => void;
  readonly snapshot: (shard: string, outcome: "saved" | "failed", seq: number) => void;
}

/** How to run a shard. */
export interface ShardOptions<Kinds, Event, Message, Local, Effects, Said = Message> {
  readonly shard: Shard;
  readonly node: string;
  readonly model: ShardModel<Kinds, Event, Message, Local, Effects, Said>;
  /** Starts the part that touches the outside, once the shard is recovered. */
  readonly driver?: (
    context: DriverContext<Local>,
  ) => Effect.Effect<ShardDriver<Effects>, never, Scope.Scope>;
  /** Whether the lease still holds; the journal decides in any case. */
  readonly mayAct: () => boolean;
  readonly observer: ShardObserver;
  /** Called when the shard is live: reading its mailbox, its driver started. */
  readonly onLive: (view: ShardView<Kinds>) => Effect.Effect<void>;
  readonly snapshotEvery_frames?: number;
}

/** What a live shard offers to queries and to an orderly end. */
export interface ShardView<Kinds> {
  /** Calls back with the actor states as soon as all of what they say is committed. */
  readonly read: (reader: (space: ReadonlySpace<Kinds>) => void) => void;
  /** Stops taking input, commits, empties the outbox, saves a snapshot, then ends the shard. */
  readonly drain: Effect.Effect<void>;
}
