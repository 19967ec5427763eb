/**
 * The live shards of this node: for queries, readiness and metrics.
 */
import type { AccountKinds } from "../actors/account_kinds.ts";
import type { VenueKinds } from "../actors/venue/venue_state.ts";
import type { InstrumentId } from "../protocols/kernel/ids.ts";
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

/** What of each view's orders was booked provisionally when it was counted last. */
const provisional = new WeakMap<ShardView<AccountKinds>, ReadonlyMap<InstrumentId, number>>();

/** Lots that are booked provisionally, by instrument, over all live account shards. */
export const provisionalLots = (registry: ShardRegistry): ReadonlyMap<InstrumentId, number> => {
  const all = new Map<InstrumentId, number>();
  for (const view of registry.accounts.values()) {
    view.read((space) => {
      const here = new Map<InstrumentId, number>();
      for (const [, { instrument, qty_lots }] of space.entries("provisional")) {
        here.set(instrument, (here.get(instrument) ?? 0) + qty_lots);
      }
      provisional.set(view, here);
    });
    for (const [instrument, lots] of provisional.get(view) ?? []) {
      all.set(instrument, (all.get(instrument) ?? 0) + lots);
    }
  }
  return all;
};

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
