/**
 * The live shards of this node: for queries, readiness and metrics.
 */
import type { AccountKinds } from "../actors/account_kinds.ts";
import type { VenueKinds } from "../actors/venue/venue_state.ts";
import type { ShardName } from "../protocols/kernel/shard.ts";
import type { ShardView } from "../runtime/shard_options.ts";

/** Live shards by name. */
export interface ShardRegistry {
  readonly accounts: Map<ShardName, ShardView<AccountKinds>>;
  readonly venues: Map<ShardName, ShardView<VenueKinds>>;
  /**
   * Shards whose journal cannot be trusted, with the reason: they stay down until a person acts.
   */
  readonly quarantined: Map<ShardName, string>;
}

/** An empty registry. */
export const makeRegistry = (): ShardRegistry => ({
  accounts: new Map(),
  venues: new Map(),
  quarantined: new Map(),
});

/** Names of all live shards. */
export const liveShards = (registry: ShardRegistry): readonly ShardName[] => [
  ...registry.accounts.keys(),
  ...registry.venues.keys(),
];

/** What each view counted last; a shard that is storing a frame answers a little later. */
const counted = new WeakMap<ShardView<AccountKinds>, number>();

/** Orders that hold a reservation, over all live account shards (committed states only). */
export const openOrders = (registry: ShardRegistry): number => {
  let open = 0;
  for (const view of registry.accounts.values()) {
    view.read((space) => {
      let here = 0;
      for (const [, account] of space.entries("account")) here += account.openOrders;
      counted.set(view, here);
    });
    open += counted.get(view) ?? 0;
  }
  return open;
};
