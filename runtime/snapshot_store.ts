/**
 * Snapshots: a shard's whole state at one frame, so that recovery need not read all of its journal.
 *
 * Contract of every implementation (`test/runtime/snapshot_store_contract.ts`):
 *  1. `load` gives the newest complete snapshot; one whose chunks are incomplete or whose digest
 *     does not match is passed over for the older one, then for none.
 *  2. A stale writer's save never replaces a newer snapshot.
 *  3. The newest two are kept, older ones are removed.
 * Losing a snapshot costs time, never truth.
 */
import { Context, Schema } from "effect";
import type { Effect } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";

/** A shard's state after a frame. */
export interface Snapshot {
  /** Journal sequence of the last frame it contains. */
  readonly seq: number;
  /** The state as text lines, cut into chunks of at most `snapshotChunk_bytes_max`. */
  readonly chunks: readonly string[];
}

/** Largest chunk a writer may hand over, in bytes of UTF-8: half of the server's max_payload. */
export const snapshotChunk_bytes_max = 512 * 1024;

/** The store did not answer in bounded time. */
export class SnapshotUnavailable extends Schema.TaggedError<SnapshotUnavailable>()(
  "SnapshotUnavailable",
  { shard: Schema.String, operation: Schema.String, cause: Schema.Defect() },
) {}

/** Saves and loads snapshots. */
export class SnapshotStore extends Context.Service<
  SnapshotStore,
  {
    readonly save: (shard: Shard, snapshot: Snapshot) => Effect.Effect<void, SnapshotUnavailable>;
    readonly load: (shard: Shard) => Effect.Effect<Snapshot | undefined, SnapshotUnavailable>;
  }
>()("natoms/runtime/SnapshotStore") {}
