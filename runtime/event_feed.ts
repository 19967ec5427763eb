/**
 * The event feed: what the outside sees after a commit (order events, positions, dead letters).
 *
 * Contract of every implementation (`test/runtime/event_feed_contract.ts`):
 *  1. `publish` returns when the whole batch is stored, in the order given unless a part had to be
 *     repeated; consumers see repeats and gaps by the version each event carries.
 *  2. A repeat with the same `msgId` within the dedup window is stored once.
 */
import { Context, Schema } from "effect";
import type { Effect } from "effect";

/** One message of the feed. */
export interface FeedMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Deterministic: `<shard>:<frame>:<index>`. */
  readonly msgId: string;
}

/** At least one of the batch was not stored, as far as we know; the whole batch may be repeated. */
export class FeedUnavailable extends Schema.TaggedError<FeedUnavailable>()("FeedUnavailable", {
  cause: Schema.Defect(),
}) {}

/** Publishes committed events. */
export class EventFeed extends Context.Service<
  EventFeed,
  {
    readonly publish: (batch: readonly FeedMessage[]) => Effect.Effect<void, FeedUnavailable>;
  }
>()("natoms/runtime/EventFeed") {}
