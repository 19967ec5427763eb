/**
 * Shards: the unit of ownership, and which shard an account or a venue lives in.
 *
 * Owns: the hash that places an account, the same as the server's `partition()` so that a stream
 * transform and this code always agree.
 */
import type { AccountId, VenueId } from "./ids.ts";

/** A set of actors that one node runs and whose journal one node writes. */
export interface Shard {
  /** `acct` for a share of the accounts, `venue` for one venue connection. */
  readonly kind: "acct" | "venue";
  /** The share's index in decimal, or the venue's id. */
  readonly key: string;
}

/** A shard's name: `acct-6`, `venue-SIMX`. */
export type ShardName = string;

/**
 * Account shards of a deployment unless configured otherwise. Fixed for the life of its journals.
 */
export const accountShards_default = 16;

/** Most account shards: two base-36 digits in a leg's id name the shard. */
export const accountShards_max = 1296;

/** A shard's name, unique in the deployment; streams, leases and metrics are keyed by it. */
export const shardName = (shard: Shard): ShardName => `${shard.kind}-${shard.key}`;

/** The shard of a name that `shardName` made. */
export const shardOfName = (name: ShardName): Shard => {
  const cut = name.indexOf("-");
  const kind = name.slice(0, cut);
  if (kind !== "acct" && kind !== "venue") throw new Error(`${name} is no shard's name`);
  return { kind, key: name.slice(cut + 1) };
};

/** The account shard of that index. */
export const accountShard = (index: number): Shard => ({ kind: "acct", key: String(index) });

/** The shard of a venue connection. */
export const venueShard = (venue: VenueId): Shard => ({ kind: "venue", key: venue });

/** FNV-1a, 32 bit, over the UTF-8 bytes: the hash of the NATS server's `partition()`. */
export const fnv1a32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
};

/** Index of the account shard that holds an account's orders, positions and risk book. */
export const accountShardIndex = (account: AccountId, accountShards: number): number =>
  fnv1a32(account) % accountShards;
