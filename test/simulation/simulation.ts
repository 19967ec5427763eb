/**
 * One simulated world from its seed to its verdict.
 *
 * The real shard loop, account model, venue model and venue driver run on the in-memory services,
 * two or three account shards and two or three venue shards on two nodes, under one virtual clock
 * and one seed. Strategies trade through everything that `faults.ts` names; then nothing goes wrong
 * any more, and within bounded time the world must come to rest, with every invariant intact.
 */
import { Effect, Exit, Layer } from "effect";
import type { Context } from "effect";
import { accountShardModel } from "../../actors/pipeline.ts";
import type { AccountShardModel } from "../../actors/pipeline.ts";
import { backOff_default } from "../../actors/venue/back_off.ts";
import type { LinkTimers } from "../../actors/venue/link_timers.ts";
import { venueDriver } from "../../actors/venue/venue_driver.ts";
import { venueShardModel } from "../../actors/venue/venue_model.ts";
import type { VenueShardModel } from "../../actors/venue/venue_model.ts";
import { venueOptions_default } from "../../actors/venue/venue_options.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import { accountShard, venueShard } from "../../protocols/kernel/shard.ts";
import type { Shard } from "../../protocols/kernel/shard.ts";
import { accountDriver } from "../../deploy/account_driver.ts";
import { makeEventFeedMemory } from "../../runtime/event_feed_memory.ts";
import { makeJournalMemory } from "../../runtime/journal_memory.ts";
import type { JournalMemory } from "../../runtime/journal_memory.ts";
import { Mailbox } from "../../runtime/mailbox.ts";
import { makeMailboxMemory } from "../../runtime/mailbox_memory.ts";
import type { ShardModel } from "../../runtime/shard_model.ts";
import { makeSnapshotStoreMemory } from "../../runtime/snapshot_store_memory.ts";
import type { ShardServices } from "../support/ledger_world.ts";
import { Violation } from "./checkers/checker.ts";
import { Cluster } from "./cluster.ts";
import type { ShardPlan } from "./cluster.ts";
import { makeFaults } from "./faults.ts";
import type { FaultName, Faults } from "./faults.ts";
import { makeMarket } from "./market.ts";
import type { Market } from "./market.ts";
import { makeVenueGateway } from "./paper_link.ts";
import type { VenueGateway } from "./paper_link.ts";
import { live } from "./paper_life.ts";
import { PaperVenue } from "./paper_venue.ts";
import type { PaperVenueOptions } from "./paper_venue.ts";
import { makePrng } from "./prng.ts";
import type { Prng } from "./prng.ts";
import { accountsFor, instruments, referenceOf } from "./reference.ts";
import type { Replaces } from "./reference.ts";
import { servicesOf } from "./services.ts";
import type { ServiceOptions } from "./services.ts";
import { makeVirtualWorld } from "./virtual_world.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";
import { Witness } from "./witness.ts";
import { makeWorkload } from "./workload.ts";
import type { Command, HeardEvent, HeardPosition } from "./workload.ts";

/** Changes to what is simulated: a planted bug, for the test of the checkers. */
export interface Mutation {
  readonly account?: (model: AccountShardModel) => AccountShardModel;
  readonly venue?: (model: VenueShardModel) => VenueShardModel;
  readonly services?: (
    services: Context.Context<ShardServices>,
    memory: Map<string, number>,
  ) => Context.Context<ShardServices>;
}

/** How to run a seed. */
export interface SimulationOptions {
  readonly seed: number;
  /** Things that strategies do. */
  readonly actions: number;
  readonly mutation?: Mutation;
}

/** What came of a seed. */
export interface SimulationResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Steps of the scheduler. */
  readonly steps: number;
  readonly frames: number;
  readonly fills: number;
  readonly struck: ReadonlyMap<FaultName, number>;
  readonly journals: JournalMemory;
  readonly shards: readonly Shard[];
}

/** Actions per seed unless said otherwise. */
export const actions_default = 120;

const ms = 1_000;
const second = 1_000 * ms;
/** Longest that the world may take to come to rest once nothing goes wrong any more. */
const rest_us_max = 60 * second;
const steps_max = 3_000_000;

/** Runs one seed. */
export const simulate = (options: SimulationOptions): SimulationResult => new World(options).run();

/**
 * The model, except that a turn may throw once all of it is done: it must leave no trace, and its
 * second attempt must come to the same.
 */
const throwing = <K, E, M, L, F, O>(
  model: ShardModel<K, E, M, L, F, O>,
  faults: Faults,
): ShardModel<K, E, M, L, F, O> => {
  let hasThrown = false;
  return {
    ...model,
    decide: (input, turn) => {
      model.decide(input, turn);
      hasThrown = !hasThrown && faults.strikes("turn_throws");
      if (hasThrown) throw new Error("planted in a turn");
    },
  };
};

class World {
  readonly #options: SimulationOptions;
  readonly #faults: Faults;
  readonly #world: VirtualWorld;
  readonly #prng: Prng;
  readonly #market: Market;
  readonly #witness: Witness;
  readonly #venues: ReadonlyMap<VenueId, PaperVenue>;
  readonly #gateways = new Map<VenueId, VenueGateway>();
  readonly #plans: readonly ShardPlan[];
  readonly #cluster: Cluster;
  readonly #client: Context.Context<ShardServices>;
  readonly #strategies: Process;
  readonly #next: () => readonly Command[];
  readonly #journals = makeJournalMemory();
  readonly #mailboxes: ReturnType<typeof makeMailboxMemory>;
  readonly #feed = makeEventFeedMemory();
  readonly #snapshots = makeSnapshotStoreMemory();
  readonly #acknowledged = new Map<string, string>();
  #violation: Violation | undefined;
  #published = 0;
  #trading = true;

  constructor(options: SimulationOptions) {
    const { seed, mutation } = options;
    this.#options = options;
    const prng = makePrng(seed, "plan");
    this.#prng = makePrng(seed, "world");
    this.#faults = makeFaults(seed);
    this.#world = makeVirtualWorld(makePrng(seed, "schedule"), prng.pick([2_048, 200, 30]));
    const accountShards = prng.between(2, 3);
    const venueIds = ["VA", "VB", "VC"].slice(0, prng.between(2, 3)) as VenueId[];
    const accounts = accountsFor(accountShards);
    const replaces: Replaces = new Map(
      venueIds.map((id) => [id, prng.chance(0.4) ? "cancel_replace" : "native"]),
    );
    const { now_ns } = this.#world;
    this.#mailboxes = makeMailboxMemory({ accountShards });
    this.#market = makeMarket(
      venueIds,
      instruments,
      this.#faults,
      makePrng(seed, "market"),
      now_ns,
    );
    this.#venues = new Map(
      venueIds.map((id) => [id, this.#paperVenue(id, replaces.get(id), prng.chance(0.5))]),
    );
    const reference = referenceOf(accounts, replaces);
    const accountModels = Array.from({ length: accountShards }, (_, shardIndex) => {
      const { view: market } = this.#market;
      const model = accountShardModel({ shardIndex, accountShards, reference, market });
      return throwing(mutation?.account?.(model) ?? model, this.#faults);
    });
    const venueModels = venueIds.map((venue) => {
      const model = venueShardModel({ ...venueOptions_default, venue, accountShards });
      return throwing(mutation?.venue?.(model) ?? model, this.#faults);
    });
    this.#witness = new Witness(
      accountModels,
      venueIds,
      venueModels,
      this.#venues,
      this.#market,
      now_ns,
      this.#mailboxes,
      (shard, owner) => this.#cluster.claimed(shard, owner),
    );
    this.#plans = [
      ...accountModels.map((model, index) => ({
        shard: accountShard(index),
        model,
        driver: (process: Process) =>
          accountDriver(this.#market.feed(process), reference, process.now_ns),
      })),
      ...venueIds.map((id, at) => ({
        shard: venueShard(id),
        model: venueModels[at],
        driver: this.#driver(id),
      })),
    ] as unknown as readonly ShardPlan[];
    const services = this.#services();
    this.#strategies = this.#world.process("strategies");
    this.#client = servicesOf(services, this.#strategies, 0);
    const memory = new Map<string, number>();
    this.#cluster = new Cluster({
      world: this.#world,
      faults: this.#faults,
      prng: makePrng(seed, "cluster"),
      nodes: ["node-1", "node-2"],
      plans: this.#plans,
      services: (process, owner) => {
        const own = servicesOf(services, process, owner);
        return mutation?.services?.(own, memory) ?? own;
      },
      snapshotEvery_frames: prng.pick([2, 7, 25, 1_000]),
      onViolation: (violation) => this.#fail(violation),
    });
    const flow = makeWorkload(makePrng(seed, "workload"), accounts, venueIds, this.#market, now_ns);
    this.#next = flow.next.bind(flow);
    this.#feed.listen(({ subject, data }) => {
      const body = (): unknown => JSON.parse(Buffer.from(data).toString());
      if (subject.includes(".evt.order.")) flow.hear(body() as HeardEvent);
      else if (subject.includes(".evt.position.")) flow.hearPosition(body() as HeardPosition);
    });
  }

  run(): SimulationResult {
    try {
      this.#trade();
      this.#settle();
      if (this.#violation === undefined) this.#judge();
    } catch (cause) {
      this.#fail(
        cause instanceof Violation
          ? cause
          : new Violation(
              "simulation",
              String(cause instanceof Error ? cause.stack : cause),
              "crash",
            ),
      );
    }
    const shards = this.#plans.map(({ shard }) => shard);
    const frames = shards.reduce((sum, one) => sum + this.#journals.entries(one).length, 0);
    const orders = [...this.#venues.values()].flatMap((venue) => venue.orders());
    return {
      seed: this.#options.seed,
      violation: this.#violation,
      steps: this.#world.steps(),
      frames,
      fills: orders.reduce((sum, { fills }) => sum + fills.length, 0),
      struck: this.#faults.counts,
      journals: this.#journals,
      shards,
    };
  }

  #fail(violation: Violation): void {
    this.#violation ??= violation;
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (cause) {
      if (!(cause instanceof Violation)) throw cause;
      this.#fail(cause);
    }
  }

  #paperVenue(
    id: VenueId,
    replace: PaperVenueOptions["replace"],
    execIdsPerOrder: boolean,
  ): PaperVenue {
    return new PaperVenue({
      id,
      market: this.#market,
      faults: this.#faults,
      prng: makePrng(this.#options.seed, `venue ${id}`),
      now_ns: this.#world.now_ns,
      replace,
      execIdsPerOrder,
      onChange: (venue, order) => this.#guard(() => this.#witness.venueChanged(venue, order)),
    });
  }

  #driver(id: VenueId): (process: Process) => ReturnType<typeof venueDriver> {
    const venue = this.#venues.get(id);
    if (venue === undefined) throw new Error(`${id} is one of the venues`);
    const { after } = this.#world;
    const gateway = makeVenueGateway({
      id,
      venue,
      world: this.#world,
      faults: this.#faults,
      onSend: (to, request, sender) => {
        const now_ns = sender.now_ns();
        this.#guard(() => this.#witness.sent({ venue: to, request, now_ns }));
      },
    });
    this.#gateways.set(id, gateway);
    const jitter = makePrng(this.#options.seed, `jitter ${id}`);
    return (process) => {
      const timers: LinkTimers = {
        after: (delay_ms, run) => after(delay_ms * ms, process, run),
        now_ns: process.now_ns,
        random: jitter.next,
      };
      const connector = gateway.connector(process);
      return venueDriver({ connector, timers, backOff: { ...backOff_default, max_ms: 1_000 } });
    };
  }

  #services(): ServiceOptions {
    const server = this.#world.process("server");
    const twins = Layer.mergeAll(
      this.#journals.layer,
      this.#mailboxes.layer,
      this.#feed.layer,
      this.#snapshots.layer,
    );
    const context = Effect.runSync(Effect.scoped(Layer.build(twins)));
    return {
      world: this.#world,
      faults: this.#faults,
      server,
      twins: context,
      spoil: this.#snapshots.spoil,
      watch: {
        onAppend: (shard, data, writer) =>
          this.#guard(() => this.#witness.appended(shard, data, writer)),
        onMail: (subject, data) => this.#guard(() => this.#witness.mailed(subject, data)),
        onFeed: (message) => this.#guard(() => this.#witness.fed(message)),
      },
    };
  }

  /** Steps until a time, with a chance of trouble at each. */
  #runTo(until_us: number): void {
    while (this.#world.step(until_us)) {
      if (this.#violation !== undefined) return;
      if (this.#world.steps() > steps_max) {
        throw new Violation("quiescence", `no rest after ${steps_max} steps`, "liveness");
      }
      if (this.#trading && this.#world.steps() % strikeEvery_steps === 0) this.#cluster.strike();
    }
  }

  #trade(): void {
    const prng = this.#prng;
    for (let done = 0; done < this.#options.actions; done += 1) {
      this.#market.move();
      for (const venue of this.#venues.values()) {
        if (prng.chance(0.15)) this.#guard(() => live(venue));
        this.#breakSession(venue);
      }
      for (const command of this.#next()) this.#publish(command);
      this.#cluster.tend();
      const pause_us = prng.pick([100, 5 * ms, 50 * ms, 200 * ms, 200 * ms, 600 * ms]);
      this.#runTo(this.#world.now_us() + pause_us);
      if (this.#violation !== undefined) return;
    }
  }

  /** Perhaps a venue begins anew, or drops what it had said. */
  #breakSession(venue: PaperVenue): void {
    const { strikes, prng } = this.#faults;
    const { log, options } = venue;
    const durable = this.#witness.durableSeq(options.id, log.incarnation);
    if (strikes("venue_restarts")) {
      if (strikes("venue_drops_executions")) venue.dropExecutions();
      venue.restart(durable, () => strikes("venue_forgets_order"));
    } else if (log.lastSeq >= log.firstSeq && strikes("venue_drops_reports")) {
      venue.dropReports(prng.between(log.firstSeq, log.lastSeq), durable);
    } else {
      return;
    }
    this.#gateways.get(options.id)?.breakOff("the venue begins anew");
  }

  #publish({ subject, data, delay_us }: Command): void {
    this.#published += 1;
    const { strikes, prng } = this.#faults;
    const late_us = strikes("command_late") ? prng.between(500, 2_500) * ms : delay_us;
    const copies = strikes("command_doubled") ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const msgId = `cmd-${this.#published}-${copy}`;
      const publish = Effect.gen(function* () {
        const mailbox = yield* Mailbox;
        yield* Effect.retry(mailbox.publish(subject, data, msgId), { times: 3 });
      });
      this.#world.after(late_us + copy * prng.below(10 * ms), this.#strategies, () => {
        Effect.runForkWith(this.#client)(publish).addObserver((exit) => {
          if (Exit.isSuccess(exit)) this.#acknowledged.set(msgId, subject);
        });
      });
    }
  }

  /** Nothing goes wrong any more: the world must come to rest. */
  #settle(): void {
    this.#trading = false;
    this.#faults.end();
    this.#cluster.heal();
    const start_us = this.#world.now_us();
    let last = "it was not looked at";
    for (let calm = 0; this.#violation === undefined;) {
      this.#market.move();
      this.#cluster.tend();
      this.#runTo(this.#world.now_us() + 500 * ms);
      const reason = this.#witness.unrest() ?? this.#witness.undelivered();
      calm = reason === undefined ? calm + 1 : 0;
      last = reason ?? last;
      // Rest must last: longer than any timer that could still stir something.
      if (calm === 8) return;
      if (this.#world.now_us() - start_us > rest_us_max) break;
    }
    if (this.#violation === undefined) {
      throw new Violation("quiescence", last, "liveness");
    }
  }

  #judge(): void {
    this.#witness.atRest({
      plans: this.#plans,
      cluster: this.#cluster,
      journals: this.#journals,
      feed: this.#feed.messages(),
      acknowledged: this.#acknowledged,
    });
  }
}

const strikeEvery_steps = 8;
