/**
 * The keeper of shards on one node: announces the node, acquires the leases that placement gives
 * it, starts and stops the shards, renews, hands over.
 *
 * One fiber per shard lives its whole ownership, forward only:
 *   acquire lease -> start -> (running) -> a reason to end -> stop -> release lease
 * It renews all the while, stopping included, so that a shard that ends gracefully may still
 * commit. A second fiber looks at presence and leases every `renewEvery_ms` (quickly while a
 * hand-over is due) and gives such fibers their start or their reason to end.
 *
 * Owns: who tries to run a shard here, and `mayAct`. The journal alone decides who may write.
 * Never: logs; gives a lease back before the shard was stopped; waits for a store without a bound.
 *
 * Invariants
 *  1. `mayAct` of an ownership goes from true to false once and never back.
 *  2. It is false before another node could acquire the lease, also after a frozen event loop.
 *  3. At most `moves_max` shards are given away at the same time; a drain gives away all.
 */
import { Clock, Deferred, Duration, Effect, Exit, Fiber, Option, Scope } from "effect";
import type { Cause } from "effect";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard, ShardName } from "../protocols/kernel/shard.ts";
import type { ChildControl } from "./child_spec.ts";
import { acquireHold, answered, leaseMargin_ms } from "./lease_hold.ts";
import { monotonic_ms, renewEvery_ms } from "./lease_hold.ts";
import type { LeaseHold } from "./lease_hold.ts";
import { Leases, leaseTimeToLive_ms } from "./leases.ts";
import type { NodePresence } from "./leases.ts";
import { Avoidance } from "./ownership_avoid.ts";
import { noLeases } from "./ownership_force.ts";
import { decideMoves } from "./ownership_moves.ts";
import type { HoldState, Moves } from "./ownership_moves.ts";

/** Between looks while a shard is to be taken over or given away. */
export const handover_ms = leaseTimeToLive_ms / 30;

/** How long a shard that failed to start, or ended by itself, is left alone on this node. */
export const restartPause_ms = 5_000;

/** How long a shard is left alone on this node that another process wrote without its lease. */
export const fencedPause_ms = 60_000;

/** Shards that a drain stops at the same time. */
export const drain_max = 4;

/** What is run and how. */
export interface OwnershipOptions {
  readonly node: string;
  /** Share of shards relative to other nodes, above 0. */
  readonly weight: number;
  /** All shards of the deployment, the same list on every node. */
  readonly shards: readonly Shard[];
  /**
   * Starts the shard (as a supervised child) and completes when it is ready; a failure gives the
   * lease back and tries again after `restartPause_ms`. It is interrupted when the shard is to end
   * meanwhile. `mayAct` belongs to this ownership: ask it immediately before bytes leave.
   */
  readonly start: (shard: Shard, mayAct: () => boolean) => Effect.Effect<void, unknown>;
  /** Stops the shard gracefully, in bounded time; does nothing where it does not run. */
  readonly stop: (shard: Shard) => Effect.Effect<void>;
  /** True: runs all shards without asking for any lease. Only to prove that the journal fences. */
  readonly force?: boolean;
  /** Told of every change, for logs and metrics. Must not throw and must not wait. */
  readonly onEvent?: (event: OwnershipEvent) => void;
}

/**
 * Why a shard ends on this node: placement moved it, or it cannot be served from here; the node
 * drains, the keeper itself is stopped; another node took the lease, it could not be renewed in
 * time; its start failed, or it ended by itself.
 */
export type EndReason =
  | "moved"
  | "unreachable"
  | "drained"
  | "stopped"
  | "lost"
  | "lapsed"
  | "start_failed"
  | "ended";

/** What happened to a shard on this node, or to the store. */
export type OwnershipEvent =
  | { readonly type: "acquired" | "running" | "released"; readonly shard: ShardName }
  | { readonly type: "ending"; readonly shard: ShardName; readonly reason: EndReason }
  | {
      readonly type: "start_failed" | "stop_failed";
      readonly shard: ShardName;
      readonly cause: Cause.Cause<unknown>;
    }
  | { readonly type: "leases_unavailable"; readonly operation: string };

/** What a node owns now. */
export interface OwnershipStatus {
  readonly draining: boolean;
  /** Shards that placement gives this node; undefined until it could look for the first time. */
  readonly wanted: readonly ShardName[] | undefined;
  readonly shards: ReadonlyMap<ShardName, HoldState>;
}

/** The keeper's handle. */
export interface Ownership {
  /** Keeps shards until interrupted, then stops them and gives their leases back. */
  readonly run: (control?: ChildControl) => Effect.Effect<never, never, Leases>;
  /** Whether this node may act for the shard at this very moment. Synchronous and cheap. */
  readonly mayAct: (shard: Shard) => boolean;
  /**
   * Says that a shard's child ended by itself: its lease is given back at the next look, and the
   * shard is tried again after `restartPause_ms`, unless it is barred or another node has it.
   */
  readonly ended: (shard: ShardName, barred?: Barred) => void;
  /**
   * Says that a shard cannot be served from this node (its venue is not reached): it is given away
   * where another node does not say the same of it, until `reached` is called.
   */
  readonly unreachable: (shard: ShardName) => void;
  /** Says that a shard is served from this node again. */
  readonly reached: (shard: ShardName) => void;
  /**
   * Announces that the node drains, stops all shards (`drain_max` at a time) and gives each lease
   * back as soon as its shard has stopped. Nothing is acquired here ever after.
   */
  readonly drain: () => Effect.Effect<void>;
  readonly status: () => OwnershipStatus;
}

/**
 * Why a shard does not run here for now. `fenced`: another process wrote its journal although the
 * lease was ours; taken back at once, the two would fence each other in turns, so it is left alone
 * for `fencedPause_ms`. (Fenced after our lease had lapsed, it was taken over as it should be.)
 * `broken`: its journal cannot be trusted; a person must act and start the process anew.
 * `exhausted`: its supervisor gave up; it goes to a node that does not avoid it, if there is one.
 */
export type Barred = "broken" | "fenced" | "exhausted";

/** One shard on this node, from before its acquisition until after its release. */
interface Life {
  readonly shard: Shard;
  readonly name: ShardName;
  readonly end: Deferred.Deferred<EndReason>;
  readonly over: Deferred.Deferred<void>;
  hold: LeaseHold | undefined;
  state: HoldState;
  endedByItself: boolean;
}

interface Keeper {
  readonly options: OwnershipOptions;
  readonly leases: Leases["Service"];
  readonly clock: Clock.Clock;
  readonly trusted_ms: number;
  readonly onEvent: (event: OwnershipEvent) => void;
  readonly onUnavailable: (operation: string) => void;
}

/** What outlives a restart of the keeper's fiber. */
interface Holdings {
  readonly lives: Map<ShardName, Life>;
  /** Shards left alone, until when (monotonic ms). */
  readonly pauses_ms: Map<ShardName, number>;
  /** Shards whose lease was taken from this process and is still in the taker's hands. */
  readonly lost: Set<ShardName>;
  /** Shards that this process may not run again, and why. */
  readonly barred: Map<ShardName, "broken" | "fenced">;
  /** Shards that this node could not serve, since it last could. */
  readonly avoided: Avoidance;
  keeper: Keeper | undefined;
  wanted: readonly ShardName[] | undefined;
  draining: boolean;
}

/** Makes the keeper; nothing runs yet. */
export const makeOwnership = (options: OwnershipOptions): Ownership => {
  const holdings: Holdings = {
    lives: new Map(),
    pauses_ms: new Map(),
    lost: new Set(),
    barred: new Map(),
    avoided: new Avoidance(),
    keeper: undefined,
    wanted: undefined,
    draining: false,
  };
  return {
    run: (control) => run(options, holdings, control),
    mayAct: (shard) => holdings.lives.get(shardName(shard))?.hold?.mayAct() ?? false,
    ended: (name, barred) => {
      const life = holdings.lives.get(name);
      const wasOurs = life?.hold?.mayAct() === true;
      if (barred === "broken" || (barred === "fenced" && wasOurs)) {
        holdings.barred.set(name, barred);
      }
      if (barred === "exhausted") holdings.avoided.add(name, "exhausted");
      if (life !== undefined) life.endedByItself = true;
    },
    unreachable: (name) => holdings.avoided.add(name, "unreachable"),
    reached: (name) => holdings.avoided.delete(name),
    drain: () =>
      Effect.gen(function* () {
        holdings.draining = true;
        if (holdings.keeper !== undefined) yield* announce(holdings.keeper, holdings);
        yield* endAll(holdings, "drained");
      }),
    status: () => ({
      draining: holdings.draining,
      wanted: holdings.wanted,
      shards: statesOf(holdings),
    }),
  };
};

const statesOf = (holdings: Holdings): ReadonlyMap<ShardName, HoldState> =>
  new Map([...holdings.lives].map(([name, life]) => [name, life.state]));

const run = (options: OwnershipOptions, holdings: Holdings, control: ChildControl | undefined) =>
  Effect.gen(function* () {
    const onEvent = options.onEvent ?? (() => {});
    const stored = yield* Leases;
    const forced = options.force === true;
    const keeper: Keeper = {
      options,
      leases: forced ? noLeases(options.node) : stored,
      clock: yield* Clock.Clock,
      trusted_ms: forced ? Number.POSITIVE_INFINITY : leaseTimeToLive_ms - leaseMargin_ms,
      onEvent,
      onUnavailable: (operation) => {
        onEvent({ type: "leases_unavailable", operation });
      },
    };
    const lives = yield* Scope.make("parallel");
    const close = Effect.andThen(endAll(holdings, "stopped"), Scope.close(lives, Exit.void));
    const announcing = Effect.forever(
      Effect.andThen(Effect.sleep(Duration.millis(renewEvery_ms)), announce(keeper, holdings)),
    );
    return yield* Effect.gen(function* () {
      holdings.keeper = keeper;
      yield* announce(keeper, holdings);
      yield* Effect.forkChild(announcing);
      if (control !== undefined) yield* control.ready;
      while (true) {
        const moves = yield* look(keeper, holdings);
        for (const shard of moves?.acquire ?? []) yield* beginLife(keeper, holdings, lives, shard);
        for (const name of moves?.giveUp ?? []) moveAway(holdings, name);
        endThoseThatEnded(holdings);
        const pause_ms = moves?.waiting === true ? handover_ms : renewEvery_ms;
        yield* Effect.sleep(Duration.millis(pause_ms));
      }
    }).pipe(
      Effect.ensuring(close),
      Effect.ensuring(Effect.sync(() => (holdings.keeper = undefined))),
    );
  });

const announce = (keeper: Keeper, holdings: Holdings): Effect.Effect<void> =>
  Effect.suspend(() => keeper.leases.announce(presenceOf(keeper, holdings))).pipe(
    answered("announce", keeper.onUnavailable),
    Effect.asVoid,
  );

const presenceOf = ({ options }: Keeper, holdings: Holdings): NodePresence => ({
  node: options.node,
  weight: options.weight,
  draining: holdings.draining,
  ...(holdings.avoided.names.length === 0 ? {} : { avoids: holdings.avoided.names }),
});

/** Sees who is there and decides; undefined where the store does not answer: nothing moves then. */
const look = (keeper: Keeper, holdings: Holdings): Effect.Effect<Moves | undefined> =>
  Effect.gen(function* () {
    const { leases, options } = keeper;
    const seen = yield* Effect.all([leases.holders(), leases.present()], { concurrency: 2 }).pipe(
      answered("look", keeper.onUnavailable),
    );
    if (Option.isNone(seen)) return undefined;
    const now_ms = monotonic_ms(keeper.clock);
    for (const [name, until_ms] of holdings.pauses_ms) {
      if (until_ms <= now_ms) holdings.pauses_ms.delete(name);
    }
    const [holders, present] = seen.value;
    const others = present.filter(({ node }) => node !== options.node);
    holdings.avoided.review(now_ms, (name) => holdings.lives.has(name), others);
    for (const name of holdings.lost) {
      if (holders.get(name) !== options.node) holdings.lost.delete(name);
    }
    const moves = decideMoves({
      self: presenceOf(keeper, holdings),
      shards: options.shards,
      present,
      holders,
      held: statesOf(holdings),
      paused: new Set([...holdings.pauses_ms.keys(), ...holdings.barred.keys()]),
      lost: holdings.lost,
    });
    holdings.wanted = moves.wanted.map(shardName);
    return moves;
  });

const beginLife = (keeper: Keeper, holdings: Holdings, lives: Scope.Scope, shard: Shard) => {
  // The drain that came meanwhile would not know of it.
  if (holdings.draining) return Effect.void;
  const life: Life = {
    shard,
    name: shardName(shard),
    end: Deferred.makeUnsafe(),
    over: Deferred.makeUnsafe(),
    hold: undefined,
    state: "starting",
    endedByItself: false,
  };
  holdings.lives.set(life.name, life);
  // It is told to end, never interrupted: stopping and releasing belong to it.
  return Effect.forkIn(live(keeper, holdings, life), lives, { uninterruptible: true });
};

const moveAway = (holdings: Holdings, name: ShardName): void => {
  const life = holdings.lives.get(name);
  if (life === undefined) return;
  life.state = "moving";
  const reason = holdings.avoided.has(name) ? "unreachable" : "moved";
  Deferred.doneUnsafe(life.end, Effect.succeed(reason));
};

const endThoseThatEnded = (holdings: Holdings): void => {
  for (const life of holdings.lives.values()) {
    if (life.endedByItself) Deferred.doneUnsafe(life.end, Effect.succeed("ended"));
  }
};

/** Gives every shard a reason to end and waits until their leases are given back. */
const endAll = (holdings: Holdings, reason: EndReason): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.forEach(
      [...holdings.lives.values()],
      (life) => Effect.andThen(Deferred.succeed(life.end, reason), Deferred.await(life.over)),
      { concurrency: drain_max, discard: true },
    ),
  );

/**
 * The whole ownership of one shard. Ends only after the shard was stopped and the lease given up.
 */
const live = (keeper: Keeper, holdings: Holdings, life: Life): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { options, clock, onEvent } = keeper;
    const { shard, name } = life;
    const hold = yield* acquireHold({ ...keeper, shard, node: options.node });
    if (hold === undefined) return;
    life.hold = hold;
    onEvent({ type: "acquired", shard: name });
    // In fibers of their own: renewing goes on while the shard stops.
    const keeping = [
      yield* Effect.forkChild(tellEnd(life, hold.renewing)),
      yield* Effect.forkChild(tellEnd(life, hold.lapsing)),
    ];
    const starting = yield* Effect.forkChild(begin(keeper, life, hold));
    const reason = yield* Deferred.await(life.end);
    if (reason !== "moved" && reason !== "unreachable") life.state = "stopping";
    onEvent({ type: "ending", shard: name, reason });
    yield* Fiber.interrupt(starting);
    const stopped = yield* Effect.exit(Effect.suspend(() => options.stop(shard)));
    if (Exit.isFailure(stopped)) {
      onEvent({ type: "stop_failed", shard: name, cause: stopped.cause });
    }
    hold.revoke();
    yield* Fiber.interruptAll(keeping);
    if (reason === "lost") holdings.lost.add(name);
    else yield* hold.release;
    if (reason === "start_failed" || reason === "ended") {
      const pause_ms = holdings.barred.get(name) === "fenced" ? fencedPause_ms : restartPause_ms;
      if (pause_ms === fencedPause_ms) holdings.barred.delete(name);
      holdings.pauses_ms.set(name, monotonic_ms(clock) + pause_ms);
    }
    onEvent({ type: "released", shard: name });
  }).pipe(
    Effect.ensuring(
      Effect.suspend(() => {
        holdings.lives.delete(life.name);
        return Deferred.succeed(life.over, undefined);
      }),
    ),
  );

const tellEnd = (life: Life, ending: Effect.Effect<EndReason>): Effect.Effect<void> =>
  Effect.asVoid(Effect.flatMap(ending, (reason) => Deferred.succeed(life.end, reason)));

const begin = (keeper: Keeper, life: Life, hold: LeaseHold): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { options, onEvent } = keeper;
    const started = yield* Effect.exit(
      Effect.suspend(() => options.start(life.shard, hold.mayAct)),
    );
    if (Exit.isSuccess(started)) {
      if (life.state === "starting") life.state = "running";
      onEvent({ type: "running", shard: life.name });
    } else {
      onEvent({ type: "start_failed", shard: life.name, cause: started.cause });
      yield* Deferred.succeed(life.end, "start_failed");
    }
  });
