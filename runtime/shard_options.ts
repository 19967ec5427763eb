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
   * A message was taken from the mailbox; `traceparent` is its sender's trace, where it gave one.
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
  /** Committed messages that have not yet arrived where they are to go. */
  readonly backlog: (shard: string, messages: number) => void;
  /** A destination did not take what was sent to it; it is repeated. */
  readonly undelivered: (shard: string, destination: string, cause: unknown) => void;
  /** A query's reader threw: its asker has no answer. */
  readonly readFailed: (shard: string, cause: unknown) => void;
  readonly snapshot: (shard: string, outcome: "saved" | "failed", seq: number) => void;
}

/** An observer that hears nothing: for tools and tests that look elsewhere. */
export const silentObserver: ShardObserver = {
  recovered: () => undefined,
  taken: () => undefined,
  committed: () => undefined,
  parked: () => undefined,
  backlog: () => undefined,
  undelivered: () => undefined,
  readFailed: () => undefined,
  snapshot: () => undefined,
};

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
  /** Calls back with the actor states once all of what they say is committed; false: busy. */
  readonly read: (reader: (space: ReadonlySpace<Kinds>) => void) => boolean;
  /** Stops taking input, commits, empties the outbox, saves a snapshot, then ends the shard. */
  readonly drain: Effect.Effect<void>;
}
