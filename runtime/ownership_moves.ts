/**
 * What a node does next about its shards, from what it sees: pure.
 *
 * Owns: the rules of acquiring and giving up, and how much of it happens at once.
 * Never: touches a lease.
 */
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard, ShardName } from "../protocols/kernel/shard.ts";
import type { NodePresence } from "./leases.ts";
import { isAvoided, wanted } from "./placement.ts";

/** Shards that a node gives away at the same time, so that a rebalance never stops everything. */
export const moves_max = 2;

/** Shards that a node acquires and starts at the same time: recovery is work. */
export const starts_max = 8;

/**
 * Where a shard is on this node: its lease is being acquired or its child started; it runs; it is
 * being stopped because placement moved it; or it is being stopped for another reason.
 */
export type HoldState = "starting" | "running" | "moving" | "stopping";

/** What a node sees and has. */
export interface Situation {
  readonly self: NodePresence;
  /** All shards of the deployment. */
  readonly shards: readonly Shard[];
  /** Nodes present; this node's own entry there is ignored, it knows itself better. */
  readonly present: readonly NodePresence[];
  /** Who holds which lease. */
  readonly holders: ReadonlyMap<ShardName, string>;
  readonly held: ReadonlyMap<ShardName, HoldState>;
  /** Shards that failed here a moment ago and are left alone for a while. */
  readonly paused: ReadonlySet<ShardName>;
  /**
   * Shards that were taken from this process. Where their holder has this node's name it is a newer
   * process of the node: taking the lease back from it would go on for ever.
   */
  readonly lost: ReadonlySet<ShardName>;
}

/** What to do now; what does not fit comes with the next look. */
export interface Moves {
  /** What placement gives this node, held or not. */
  readonly wanted: readonly Shard[];
  readonly acquire: readonly Shard[];
  readonly giveUp: readonly ShardName[];
  /** More is to be done soon: look again quickly. */
  readonly waiting: boolean;
}

/**
 * Acquires what placement gives this node where the lease is free or in its own name (left by its
 * former process); gives up what placement gives another node, `moves_max` at a time. What all
 * present nodes avoid is left with the one that has it.
 */
export const decideMoves = (situation: Situation): Moves => {
  const { self, shards, holders, held, paused, lost } = situation;
  const others = situation.present.filter((presence) => presence.node !== self.node);
  // What every node avoids stays where it is: moving it about helps nobody.
  const nodes = [...others.filter(({ draining }) => !draining), self];
  const isHopeless = (name: ShardName): boolean =>
    !self.draining && nodes.every((presence) => isAvoided(name, presence));
  const isKept = (name: ShardName): boolean =>
    isHopeless(name) && others.some(({ node }) => node === holders.get(name));
  const mine = wanted(self.node, shards, [...others, self]).filter(
    (shard) => !isKept(shardName(shard)),
  );
  const missing = mine.filter((shard) => {
    const name = shardName(shard);
    return !held.has(name) && !paused.has(name);
  });
  const free = missing.filter((shard) => {
    const name = shardName(shard);
    const holder = holders.get(name);
    return holder === undefined || (holder === self.node && !lost.has(name));
  });
  const names = new Set(mine.map(shardName));
  const unwanted = [...held].filter(
    ([name, state]) => state === "running" && !names.has(name) && !isHopeless(name),
  );
  const acquire = free.slice(0, Math.max(0, starts_max - count(held, "starting")));
  const giveUp = unwanted.slice(0, Math.max(0, moves_max - count(held, "moving")));
  return {
    wanted: mine,
    acquire,
    giveUp: giveUp.map(([name]) => name),
    waiting: missing.length > 0 || unwanted.length > 0,
  };
};

const count = (held: ReadonlyMap<ShardName, HoldState>, state: HoldState): number =>
  [...held.values()].filter((each) => each === state).length;
