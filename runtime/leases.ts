/**
 * Leases: who should try to own a shard. Who may write is decided by the journal alone.
 *
 * Contract of every implementation (`test/runtime/leases_contract.ts`):
 *  1. At most one live holder per shard; a lease that is not renewed within its time to live ends.
 *  2. A holder of the same node name may take its own lease over at once: the process before it is
 *     dead, or is fenced by the journal.
 *  3. Renewing or releasing a lease that another holder took fails with `LeaseLost`.
 *  4. `present` lists the nodes whose presence was announced within the time to live.
 */
import { Context, Schema } from "effect";
import type { Effect } from "effect";
import type { Shard, ShardName } from "../protocols/kernel/shard.ts";

/** Proof of acquisition, to renew or release with. */
export interface Lease {
  readonly shard: Shard;
  readonly node: string;
  /** Grows with every acquisition and renewal of the shard's lease. */
  readonly revision: number;
}

/** One node as it announces itself. */
export interface NodePresence {
  readonly node: string;
  /** Share of shards relative to other nodes, above 0. */
  readonly weight: number;
  /** A draining node wants no shards. */
  readonly draining: boolean;
  /** Shards that it could not serve lately: another node should run them, if there is one. */
  readonly avoids?: readonly ShardName[];
}

/** Somebody else holds the shard now. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", {
  shard: Schema.String,
  node: Schema.String,
}) {}

/** The lease store did not answer in bounded time. */
export class LeasesUnavailable extends Schema.TaggedError<LeasesUnavailable>()(
  "LeasesUnavailable",
  { operation: Schema.String, cause: Schema.Defect() },
) {}

/** Acquires, renews and releases leases; announces and lists nodes. */
export class Leases extends Context.Service<
  Leases,
  {
    /** Undefined where another node holds it. */
    readonly acquire: (
      shard: Shard,
      node: string,
    ) => Effect.Effect<Lease | undefined, LeasesUnavailable>;
    readonly renew: (lease: Lease) => Effect.Effect<Lease, LeaseLost | LeasesUnavailable>;
    readonly release: (lease: Lease) => Effect.Effect<void, LeaseLost | LeasesUnavailable>;
    /** Current holders by shard name. */
    readonly holders: () => Effect.Effect<ReadonlyMap<ShardName, string>, LeasesUnavailable>;
    readonly announce: (presence: NodePresence) => Effect.Effect<void, LeasesUnavailable>;
    readonly present: () => Effect.Effect<readonly NodePresence[], LeasesUnavailable>;
  }
>()("natoms/runtime/Leases") {}

/** How long a lease or a presence lives without renewal; renewed every third of it. */
export const leaseTimeToLive_ms = 3_000;
