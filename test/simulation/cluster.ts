/**
 * The nodes of a simulated world and the shards that run on them; what kills, freezes and moves
 * them.
 *
 * Owns: who runs which shard. A shard may have several owners at once (a stale one that does not
 * know); what the loop itself says of its end decides what becomes of it, as a supervisor would.
 */
import { Cause, Effect, Exit } from "effect";
import type { Context, Fiber, Scope } from "effect";
import { shardName } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { runShard } from "../../runtime/shard_loop.ts";
import { silentObserver } from "../../runtime/shard_options.ts";
import type { DriverContext, ReadonlySpace, ShardDriver } from "../../runtime/shard_model.ts";
import type { ShardModel } from "../../runtime/shard_model.ts";
import type { ShardObserver } from "../../runtime/shard_options.ts";
import type { ShardServices } from "../support/ledger_world.ts";
import { Violation } from "./checkers/checker.ts";
import type { Faults } from "./faults.ts";
import type { Prng } from "./prng.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";

/** Any shard's states, where it does not matter whose. */
type AnyKinds = Readonly<Record<string, unknown>>;
type AnyModel = ShardModel<AnyKinds, unknown, unknown, unknown, unknown>;

/** A shard and how it is run; `model` and `driver` belong together. */
export interface ShardPlan {
  readonly shard: Shard;
  readonly model: AnyModel;
  readonly driver?: (
    process: Process,
  ) => (context: DriverContext<unknown>) => Effect.Effect<ShardDriver<unknown>, never, Scope.Scope>;
}

/** What a cluster stands on. */
export interface ClusterOptions {
  readonly world: VirtualWorld;
  readonly faults: Faults;
  readonly prng: Prng;
  readonly nodes: readonly string[];
  readonly plans: readonly ShardPlan[];
  readonly services: (process: Process, owner: number) => Context.Context<ShardServices>;
  readonly snapshotEvery_frames: number;
  readonly onViolation: (violation: Violation) => void;
}

interface Owner {
  /** Tells owners apart. */
  readonly serial: number;
  readonly plan: ShardPlan;
  readonly process: Process;
  fiber: Fiber.Fiber<void, unknown> | undefined;
  read: ((reader: (space: ReadonlySpace<AnyKinds>) => void) => void) | undefined;
  drain: Effect.Effect<void> | undefined;
}

const ms = 1_000;

/** The nodes of a world. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #owners = new Map<string, Owner[]>();
  readonly #newest = new Map<string, Owner>();
  readonly #all: Owner[] = [];
  readonly #nodes = new Map<string, Process>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    for (const node of options.nodes) this.#boot(node);
    for (const plan of options.plans) this.#start(plan, this.#anyNode());
  }

  /** Perhaps something bad happens to a node or a shard now. */
  strike(): void {
    const { faults } = this.#options;
    if (faults.strikes("node_killed")) this.#killNode();
    if (faults.strikes("node_paused")) this.#freezeNode();
    if (faults.strikes("shard_killed")) this.#killShard();
    if (faults.strikes("stale_owner")) this.#takeOver();
    if (faults.strikes("shard_moved")) this.#move();
  }

  /** Nothing bad happens any more: all nodes are up and run on. */
  heal(): void {
    for (const node of this.#options.nodes) {
      const process = this.#nodes.get(node);
      if (process === undefined || process.isDead()) this.#boot(node);
      else process.thaw();
    }
  }

  /** Every node dies and is there again. */
  restart(): void {
    for (const process of this.#nodes.values()) process.kill();
    this.heal();
    this.tend();
  }

  /** Sees to it that every shard's newest owner still is one. A stale one is no owner. */
  tend(): void {
    for (const plan of this.#options.plans) {
      const newest = this.#newest.get(shardName(plan.shard));
      const runs = newest !== undefined && !newest.process.isDead();
      if (!runs || !this.#ownersOf(plan).includes(newest)) this.#start(plan, this.#anyNode());
    }
  }

  /** An owner's claim is in the journal: from now on the shard is its own. */
  claimed(shard: string, serial: number): void {
    const owner = this.#all[serial - 1];
    if (owner !== undefined) this.#newest.set(shard, owner);
  }

  /** Calls back with the states of the shard's newest owner, once committed; false: none lives. */
  read(plan: ShardPlan, reader: (space: ReadonlySpace<AnyKinds>) => void): boolean {
    const owner = this.#newest.get(shardName(plan.shard));
    if (owner?.read === undefined) return false;
    owner.read(reader);
    return true;
  }

  #ownersOf({ shard }: ShardPlan): Owner[] {
    return this.#owners.get(shardName(shard)) ?? [];
  }

  #boot(node: string): void {
    const { world, faults } = this.#options;
    const skew_us = faults.strikes("clock_skewed") ? faults.prng.between(-40, 40) * ms : 0;
    this.#nodes.set(node, world.process(node, skew_us));
  }

  #anyNode(): Process {
    const { prng } = this.#options;
    const up = [...this.#nodes.values()].filter((one) => !one.isDead());
    const running = up.filter((one) => !one.isFrozen());
    if (running.length > 0) return prng.pick(running);
    if (up.length > 0) return prng.pick(up);
    const node = prng.pick(this.#options.nodes);
    this.#boot(node);
    return this.#nodes.get(node) ?? this.#anyNode();
  }

  #start(plan: ShardPlan, process: Process): void {
    const owner: Owner = {
      serial: this.#all.length + 1,
      plan,
      process,
      fiber: undefined,
      read: undefined,
      drain: undefined,
    };
    this.#all.push(owner);
    const name = shardName(plan.shard);
    const others = this.#ownersOf(plan).filter((other) => !other.process.isDead());
    this.#owners.set(name, [...others, owner]);
    this.#newest.set(name, owner);
    process.post(() => {
      owner.fiber = this.#run(owner);
      owner.fiber.addObserver((exit) => this.#ended(owner, exit));
    });
  }

  #run(owner: Owner): Fiber.Fiber<void, unknown> {
    const { services, snapshotEvery_frames, faults } = this.#options;
    const { plan, process } = owner;
    const leaseLies = faults.strikes("lease_lies");
    const { shard, model, driver } = plan;
    return Effect.runForkWith(services(process, owner.serial))(
      runShard({
        shard,
        node: process.name,
        model,
        mayAct: () => leaseLies || this.#newest.get(shardName(shard)) === owner,
        observer: this.#observer(),
        snapshotEvery_frames,
        onLive: (view) =>
          Effect.sync(() => {
            owner.read = view.read;
            owner.drain = view.drain;
          }),
        ...(driver === undefined ? {} : { driver: driver(process) }),
      }),
    );
  }

  #observer(): ShardObserver {
    return {
      ...silentObserver,
      parked: (shard, cause) => {
        // A mass cancel that cannot be read has nobody to be answered to: it is parked by design.
        if (cause.startsWith("Error: MALFORMED")) return;
        this.#options.onViolation(new Violation("no_turn_throws", `${shard}: ${cause}`, "crash"));
      },
    };
  }

  #ended(owner: Owner, exit: Exit.Exit<void, unknown>): void {
    const { plan, process } = owner;
    const name = shardName(plan.shard);
    this.#owners.set(
      name,
      this.#ownersOf(plan).filter((other) => other !== owner),
    );
    if (process.isDead() || Exit.isSuccess(exit)) return;
    if (Cause.hasDies(exit.cause)) {
      const text = `${name}: ${Cause.pretty(exit.cause)}`;
      this.#options.onViolation(new Violation("no_shard_dies", text, "crash"));
      return;
    }
    const text = String(exit.cause);
    if (text.includes("JournalBroken")) {
      this.#options.onViolation(new Violation("replay_equals_live", `${name}: ${text}`));
      return;
    }
    // Fenced: the shard is another's. Anything else: the supervisor starts it again, here.
    if (text.includes("JournalFenced") || text.includes("TakeoverLost")) return;
    this.#options.world.after(50 * ms, process, () => {
      if (this.#newest.get(name) === owner) this.#start(plan, process);
    });
  }

  #killNode(): void {
    const { world, faults } = this.#options;
    const victim = this.#anyNode();
    victim.kill();
    world.after(faults.prng.between(1, 500) * ms, undefined, () => {
      if (this.#nodes.get(victim.name) === victim) this.#boot(victim.name);
      this.tend();
    });
  }

  #freezeNode(): void {
    const { world, faults, plans } = this.#options;
    const victim = this.#anyNode();
    victim.freeze();
    world.after(faults.prng.between(10, 6_000) * ms, undefined, () => victim.thaw());
    if (faults.prng.chance(0.3)) return;
    // Others find out and take its shards over, while it does not know.
    world.after(faults.prng.between(5, 1_000) * ms, undefined, () => {
      for (const plan of plans) {
        const owner = this.#ownersOf(plan).at(-1);
        if (owner?.process === victim) this.#start(plan, this.#anyNode());
      }
    });
  }

  #killShard(): void {
    const { prng, world, faults } = this.#options;
    const owners = this.#ownersOf(prng.pick(this.#options.plans));
    const owner = owners.at(-1);
    if (owner === undefined) return;
    owner.process.post(() => owner.fiber?.interruptUnsafe());
    world.after(faults.prng.between(1, 200) * ms, undefined, () => this.tend());
  }

  #takeOver(): void {
    this.#start(this.#options.prng.pick(this.#options.plans), this.#anyNode());
  }

  #move(): void {
    const { prng } = this.#options;
    const plan = prng.pick(this.#options.plans);
    const owner = this.#ownersOf(plan).at(-1);
    if (owner?.drain === undefined) return;
    const { drain, process } = owner;
    process.post(() => {
      Effect.runForkWith(process.context)(drain).addObserver(() => this.tend());
    });
  }
}
