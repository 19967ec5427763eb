/**
 * Leases in memory: the same contract as in key-value buckets, for tests and simulation. They end
 * by Effect's clock, so a test clock moves them.
 *
 * Owns: the leases and presences of one world, which outlive the nodes.
 * Never: timers, chances or sockets of its own.
 */
import { Clock, Effect, Layer } from "effect";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Lease, NodePresence } from "./leases.ts";
import { LeaseLost, Leases, LeasesUnavailable, leaseTimeToLive_ms } from "./leases.ts";
import { makeFaultKnobs, perform } from "./memory_faults.ts";
import type { FaultKnobs } from "./memory_faults.ts";

/** The leases of one world. Each layer built from it is another process in the same world. */
export interface LeasesMemory {
  readonly layer: Layer.Layer<Leases>;
  /** Operations: `acquire`, `renew`, `release`, `holders`, `announce`, `present`. */
  readonly faults: FaultKnobs;
}

interface Held {
  readonly node: string;
  readonly instance: number;
  readonly revision: number;
  readonly ends_ms: number;
}

interface World {
  readonly faults: FaultKnobs;
  readonly held: Map<string, Held>;
  readonly nodes: Map<string, { readonly presence: NodePresence; readonly ends_ms: number }>;
  revision: number;
  instances: number;
}

const unavailable = (operation: string) => (cause: Error) =>
  new LeasesUnavailable({ operation, cause });

/** Carries out an operation that needs to know the time at which it takes effect. */
const performAt = <A>(
  world: World,
  operation: string,
  action: (now_ms: number) => A,
): Effect.Effect<A, LeasesUnavailable> =>
  Clock.clockWith((clock) =>
    perform(
      world.faults,
      operation,
      () => action(clock.currentTimeMillisUnsafe()),
      unavailable(operation),
    ),
  );

const lost = (lease: Lease): LeaseLost =>
  new LeaseLost({ shard: shardName(lease.shard), node: lease.node });

/** Who holds a shard now; undefined where nobody does. */
const holderOf = (world: World, shard: Shard, now_ms: number): Held | undefined => {
  const held = world.held.get(shardName(shard));
  return held !== undefined && held.ends_ms > now_ms ? held : undefined;
};

const hold = (
  world: World,
  shard: Shard,
  node: string,
  instance: number,
  now_ms: number,
): Lease => {
  world.revision += 1;
  const { revision } = world;
  const ends_ms = now_ms + leaseTimeToLive_ms;
  world.held.set(shardName(shard), { node, instance, revision, ends_ms });
  return { shard, node, revision };
};

const makeLeases = (world: World) => {
  world.instances += 1;
  const instance = world.instances;
  const isOurs = (held: Held, lease: Lease): boolean =>
    held.node === lease.node && held.instance === instance;
  return Leases.of({
    acquire: (shard, node) =>
      performAt(world, "acquire", (now_ms) => {
        const held = holderOf(world, shard, now_ms);
        if (held !== undefined && held.node !== node) return undefined;
        return hold(world, shard, node, instance, now_ms);
      }),
    renew: (lease) =>
      performAt(world, "renew", (now_ms) => {
        const held = holderOf(world, lease.shard, now_ms);
        if (held === undefined || !isOurs(held, lease)) return undefined;
        return hold(world, lease.shard, lease.node, instance, now_ms);
      }).pipe(
        Effect.flatMap((renewed) =>
          renewed === undefined ? Effect.fail(lost(lease)) : Effect.succeed(renewed),
        ),
      ),
    release: (lease) =>
      performAt(world, "release", (now_ms) => {
        const held = holderOf(world, lease.shard, now_ms);
        if (held === undefined) return true;
        return isOurs(held, lease) && world.held.delete(shardName(lease.shard));
      }).pipe(Effect.flatMap((released) => (released ? Effect.void : Effect.fail(lost(lease))))),
    holders: () =>
      performAt(world, "holders", (now_ms) => {
        const live = [...world.held].filter(([, held]) => held.ends_ms > now_ms);
        return new Map(live.map(([name, held]) => [name, held.node]));
      }),
    announce: (presence) =>
      performAt(world, "announce", (now_ms) => {
        world.nodes.set(presence.node, { presence, ends_ms: now_ms + leaseTimeToLive_ms });
      }),
    present: () =>
      performAt(world, "present", (now_ms) => {
        const live = [...world.nodes.values()].filter(({ ends_ms }) => ends_ms > now_ms);
        return live.map(({ presence }) => presence);
      }),
  });
};

/** Makes a world without leases. */
export const makeLeasesMemory = (): LeasesMemory => {
  const world: World = {
    faults: makeFaultKnobs(),
    held: new Map(),
    nodes: new Map(),
    revision: 0,
    instances: 0,
  };
  return {
    layer: Layer.effect(
      Leases,
      Effect.sync(() => makeLeases(world)),
    ),
    faults: world.faults,
  };
};
