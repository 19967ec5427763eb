/**
 * Shards that a node could not serve lately, and for how long it would rather not have them.
 *
 * A shard that exhausted its supervisor is avoided for `avoid_ms`. One whose venue is not reached
 * from here is avoided until it is reached: another node serves it. Where no present node does,
 * each tries again `avoid_ms` after it last had the shard, one after the other: the way to a venue
 * may be whole again from where nobody looks.
 *
 * Owns: that list. Never: reads a clock; gives a shard away (`ownership_moves.ts` does).
 */
import type { ShardName } from "../protocols/kernel/shard.ts";
import type { NodePresence } from "./leases.ts";
import { isAvoided } from "./placement.ts";

/** How long a shard is avoided, at the least. */
export const avoid_ms = 600_000;

/** Why a shard is avoided. */
export type AvoidedFor = "unreachable" | "exhausted";

interface Avoided {
  readonly why: AvoidedFor;
  /** When this node last had it, monotonic ms; undefined until somebody has looked. */
  readonly since_ms: number | undefined;
}

/** A node's list of shards that it would rather not have. */
export class Avoidance {
  readonly #avoided = new Map<ShardName, Avoided>();

  add(name: ShardName, why: AvoidedFor): void {
    if (!this.#avoided.has(name)) this.#avoided.set(name, { why, since_ms: undefined });
  }

  delete(name: ShardName): void {
    this.#avoided.delete(name);
  }

  has(name: ShardName): boolean {
    return this.#avoided.has(name);
  }

  get names(): readonly ShardName[] {
    return [...this.#avoided.keys()];
  }

  /** Forgets what is to be tried again, from what is seen now. */
  review(
    now_ms: number,
    holds: (name: ShardName) => boolean,
    others: readonly NodePresence[],
  ): void {
    const willing = others.filter(({ draining }) => !draining);
    for (const [name, { why, since_ms = now_ms }] of this.#avoided) {
      const isHeld = holds(name);
      const since = why === "unreachable" && isHeld ? now_ms : since_ms;
      const isOld = now_ms - since >= avoid_ms;
      const isHopeless = willing.length > 0 && willing.every((one) => isAvoided(name, one));
      if (isOld && (why === "exhausted" || isHopeless)) this.#avoided.delete(name);
      else this.#avoided.set(name, { why, since_ms: since });
    }
  }
}
