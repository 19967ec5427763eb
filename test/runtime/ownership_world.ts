/**
 * Nodes that keep shards in one in-memory world, for ownership tests.
 *
 * Owns: a trace of starts and stops per node, and clocks that can be frozen with their process.
 * Never: decides anything about leases itself; it uses the in-memory store.
 */
import { Clock, Effect, Fiber, Latch } from "effect";
import { accountShard, shardName } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { Leases } from "../../runtime/leases.ts";
import type { NodePresence } from "../../runtime/leases.ts";
import { makeLeasesMemory } from "../../runtime/leases_memory.ts";
import type { LeasesMemory } from "../../runtime/leases_memory.ts";
import { makeOwnership } from "../../runtime/ownership.ts";
import type { Ownership, OwnershipEvent, OwnershipOptions } from "../../runtime/ownership.ts";
import { ownerOf } from "../../runtime/placement.ts";
import { settle } from "./supervisor_probe.ts";

/** Eight account shards. */
export const shards: readonly Shard[] = Array.from({ length: 8 }, (_, index) =>
  accountShard(index),
);

/** One started node: a "process" of its own with its own view of the store. */
export interface TestNode {
  readonly ownership: Ownership;
  readonly events: OwnershipEvent[];
  /** `+acct-1` when started, `-acct-1` when stopped. */
  readonly trace: string[];
  /** What `start` was given, by shard: the latest. */
  readonly gates: Map<string, () => boolean>;
  /** Names of the shards that run there now, sorted. */
  readonly owned: () => readonly string[];
  /** Cuts it off: the store never answers it again, as after `kill -9` or a lost network. */
  readonly cut: () => void;
  /** Freezes its event loop: no timer fires, no answer arrives, until `thaw`. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it as its supervisor would. */
  readonly stop: Effect.Effect<void>;
}

/** One world. */
export interface World {
  readonly leases: LeasesMemory;
  readonly node: (
    name: string,
    options?: Partial<OwnershipOptions> & { readonly stop_ms?: number },
  ) => Effect.Effect<TestNode>;
  /** Where placement puts all shards, as `owned` would show them. */
  readonly placed: (name: string, nodes: readonly string[]) => readonly string[];
}

/** An empty world. */
export const makeWorld = (): World => {
  const leases = makeLeasesMemory();
  return {
    leases,
    node: (name, options = {}) => startNode(leases, name, options),
    placed: (name, nodes) => {
      const present: NodePresence[] = nodes.map((node) => ({ node, weight: 1, draining: false }));
      return shards.map(shardName).filter((shard) => ownerOf(shard, present) === name);
    },
  };
};

const startNode = (
  leases: LeasesMemory,
  name: string,
  options: Partial<OwnershipOptions> & { readonly stop_ms?: number },
): Effect.Effect<TestNode> =>
  Effect.gen(function* () {
    const trace: string[] = [];
    const events: OwnershipEvent[] = [];
    const gates = new Map<string, () => boolean>();
    const running = new Set<string>();
    const { stop_ms, ...given } = options;
    const ownership = makeOwnership({
      node: name,
      weight: 1,
      shards,
      start: (shard, mayAct) =>
        Effect.sync(() => {
          trace.push(`+${shardName(shard)}`);
          gates.set(shardName(shard), mayAct);
          running.add(shardName(shard));
        }),
      stop: (shard) =>
        Effect.gen(function* () {
          if (stop_ms !== undefined) yield* Effect.sleep(stop_ms);
          if (running.delete(shardName(shard))) trace.push(`-${shardName(shard)}`);
        }),
      onEvent: (event) => events.push(event),
      ...given,
    });
    const link = yield* storeLink(leases);
    const { seen, clock } = link;
    const process = yield* ownership.run().pipe(
      Effect.provideService(Leases, seen),
      Effect.provideService(Clock.Clock, clock),
      // Left behind at the end of a test, asleep on a clock that stands still: stopping it politely
      // would wait for time that does not pass any more.
      Effect.forkDetach,
    );
    yield* settle;
    return {
      ownership,
      events,
      trace,
      gates,
      owned: () => [...running].toSorted(),
      cut: link.cut,
      freeze: link.freeze,
      thaw: link.thaw,
      stop: Fiber.interrupt(process),
    };
  });

/** A node's way to the lease store and to time, which a test can cut or freeze. */
const storeLink = (leases: LeasesMemory) =>
  Effect.gen(function* () {
    const loop = Latch.makeUnsafe(true);
    let connected = true;
    const base = yield* Clock.Clock;
    const clock: Clock.Clock = {
      currentTimeMillisUnsafe: () => base.currentTimeMillisUnsafe(),
      currentTimeMillis: base.currentTimeMillis,
      currentTimeNanosUnsafe: () => base.currentTimeNanosUnsafe(),
      currentTimeNanos: base.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => base.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: base.monotonicTimeNanos,
      sleep: (duration) => Effect.andThen(base.sleep(duration), loop.await),
    };
    const through = <A, E>(request: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => (connected ? Effect.tap(request, () => loop.await) : Effect.never));
    const store = yield* Effect.provide(Leases, leases.layer, { local: true });
    const seen = Leases.of({
      acquire: (shard, node) => through(store.acquire(shard, node)),
      renew: (lease) => through(store.renew(lease)),
      release: (lease) => through(store.release(lease)),
      holders: () => through(store.holders()),
      announce: (presence) => through(store.announce(presence)),
      present: () => through(store.present()),
    });
    return {
      seen,
      clock,
      cut: () => {
        connected = false;
      },
      freeze: () => void loop.closeUnsafe(),
      thaw: () => void loop.openUnsafe(),
    };
  });
