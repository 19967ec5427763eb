/**
 * Which node should run which shard: weighted rendezvous hashing, pure.
 *
 * Every node computes the same answer from the same list of present nodes, without talking about
 * it. A node that comes or goes changes the owner of its own share only. Placement is a wish: the
 * lease decides who tries, the journal decides who may write.
 *
 * Method: the owner is the node with the highest score −weight / ln(u), where u in (0, 1) is a hash
 * of shard and node (J. Schindelhauer, G. Schomaker, "Weighted distributed hash tables", SPAA
 * 2005). Never: reads a clock, a lease or the network.
 */
import { fnv1a32, shardName } from "../protocols/kernel/shard.ts";
import type { Shard, ShardName } from "../protocols/kernel/shard.ts";
import type { NodePresence } from "./leases.ts";

/**
 * The node that should own a shard, or undefined where no node wants any. Draining nodes and nodes
 * without a weight above 0 want nothing; one that avoids the shard gets it only if all others do.
 * The order of `nodes` does not matter.
 */
export const ownerOf = (shard: ShardName, nodes: readonly NodePresence[]): string | undefined => {
  const willing = nodes.filter((presence) => !isAvoided(shard, presence));
  // Where every node avoids it, it is placed as ever: a shard is better off somewhere.
  return highest(shard, willing) ?? highest(shard, nodes);
};

/** Whether a node could not serve a shard lately and would rather not have it. */
export const isAvoided = (shard: ShardName, { avoids }: NodePresence): boolean =>
  avoids?.includes(shard) === true;

const highest = (shard: ShardName, nodes: readonly NodePresence[]): string | undefined => {
  let owner: string | undefined;
  let best = 0;
  for (const presence of nodes) {
    if (presence.draining || !(presence.weight > 0)) continue;
    const score = -presence.weight / Math.log(unitHash(shard, presence.node));
    const tieWon = score === best && owner !== undefined && presence.node < owner;
    if (owner === undefined || score > best || tieWon) {
      owner = presence.node;
      best = score;
    }
  }
  return owner;
};

/** Those of `shards` that placement gives to `node`, in their given order. */
export const wanted = (
  node: string,
  shards: readonly Shard[],
  nodes: readonly NodePresence[],
): readonly Shard[] => shards.filter((shard) => ownerOf(shardName(shard), nodes) === node);

/** A hash of the pair in (0, 1), never 0 or 1, so that its logarithm is finite and negative. */
const unitHash = (shard: ShardName, node: string): number =>
  (mix32(fnv1a32(`${shard}\n${node}`)) + 0.5) / 2 ** 32;

/** MurmurHash3's finaliser: FNV alone spreads short, similar names badly over the high bits. */
const mix32 = (hash: number): number => {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};
