/**
 * One simulated world from its seed to its verdict.
 *
 * The real shard loop, account model, venue model and venue driver run on the in-memory services,
 * two or three account shards and two or three venue shards on two nodes, under one virtual clock
 * and one seed. Strategies trade through everything that `faults.ts` names; then nothing goes wrong
 * any more, and within bounded time the world must come to rest, with every invariant intact.
 */
import { accountDriver } from "../../deploy/account_driver.ts";
import { backOff_default } from "../../actors/venue/back_off.ts";
import type { LinkTimers } from "../../actors/venue/link_timers.ts";
import { venueDriver } from "../../actors/venue/venue_driver.ts";
import type { ReferenceData } from "../../protocols/instrument.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import { accountShard, venueShard } from "../../protocols/kernel/shard.ts";
import { Violation } from "./checkers/checker.ts";
import { Cluster } from "./cluster.ts";
import type { ShardPlan } from "./cluster.ts";
import { makeConditions } from "./conditions.ts";
import { makeFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { makeMarket } from "./market.ts";
import type { Market } from "./market.ts";
import { makeOperators } from "./operators.ts";
import type { Stoppable } from "./operators.ts";
import { makeVenueGateway } from "./paper_link.ts";
import type { VenueGateway } from "./paper_link.ts";
import { live } from "./paper_life.ts";
import { traitsOf } from "./paper_traits.ts";
import type { PaperTraits } from "./paper_traits.ts";
import { PaperVenue } from "./paper_venue.ts";
import type { PaperVenueOptions } from "./paper_venue_options.ts";
import { makePrng } from "./prng.ts";
import type { Prng } from "./prng.ts";
import { accountsFor, instruments, referenceOf } from "./reference.ts";
import type { Replaces } from "./reference.ts";
import { servicesOf } from "./services.ts";
import type { ServiceOptions } from "./services.ts";
import type { SimulationOptions, SimulationResult } from "./simulation_run.ts";
import { Strategies } from "./strategies.ts";
import type { StrategiesOptions } from "./strategies.ts";
import { makeTwins } from "./twins.ts";
import type { Twins } from "./twins.ts";
import { makeVirtualWorld } from "./virtual_world.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";
import { Witness } from "./witness.ts";
import { makeWorkload } from "./workload.ts";
import { modelsOf } from "./world_models.ts";
import type { WorldModels } from "./world_models.ts";

const ms = 1_000;
const second = 1_000 * ms;
/** Longest that the world may take to come to rest once nothing goes wrong any more. */
const rest_us_max = 60 * second;
const steps_max = 3_000_000;
/** Most steps between two looks for trouble. */
const looks_steps_max = 15;

/** Runs one seed. */
export const simulate = (options: SimulationOptions): SimulationResult => new World(options).run();

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
  readonly #strategies: Strategies;
  readonly #twins: Twins;
  #violation: Violation | undefined;
  #trading = true;
  #nextLook_steps = 0;

  constructor(options: SimulationOptions) {
    const { seed, mutation } = options;
    const conditions = makeConditions(seed, options.conditions);
    this.#options = options;
    const prng = makePrng(seed, "plan");
    this.#prng = makePrng(seed, "world");
    this.#faults = makeFaults(seed, options.faults);
    this.#world = makeVirtualWorld(makePrng(seed, "schedule"), prng.pick([2_048, 200, 30]));
    const accountShards = prng.between(2, 3);
    const venueIds = ["VA", "VB", "VC"].slice(0, prng.between(2, 3)) as VenueId[];
    const accounts = accountsFor(accountShards);
    const replaces: Replaces = new Map(
      venueIds.map((id) => [id, prng.chance(0.4) ? "cancel_replace" : "native"]),
    );
    const { now_ns } = this.#world;
    const wander = makePrng(seed, "market");
    const market = makeMarket(venueIds, instruments, this.#faults, wander, this.#world);
    this.#market = market;
    this.#venues = new Map(
      venueIds.map((id) => {
        const traits = traitsOf(seed, id, conditions, this.#faults, this.#world.now_us);
        return [id, this.#paperVenue(id, replaces.get(id), prng.chance(0.5), traits)];
      }),
    );
    this.#twins = makeTwins(accountShards);
    const reference = referenceOf(accounts, replaces, conditions);
    const models = modelsOf({
      seed,
      conditions,
      accountShards,
      venueIds,
      reference,
      market,
      faults: this.#faults,
      mutation,
    });
    this.#witness = new Witness({
      models,
      venueIds,
      venues: this.#venues,
      market,
      now_ns,
      mailboxes: this.#twins.mailboxes,
      onClaim: (shard, owner) => this.#cluster.claimed(shard, owner),
    });
    this.#plans = this.#plansOf(models, venueIds, reference);
    const services = this.#services();
    const process = this.#world.process("strategies");
    this.#cluster = this.#clusterOf(services, prng.pick([2, 7, 25, 1_000]));
    this.#strategies = this.#strategiesOf(process, servicesOf(services, process, 0), {
      accounts,
      accountShards,
      venues: venueIds,
      conditions,
    });
  }

  #strategiesOf(
    process: Process,
    services: StrategiesOptions["services"],
    stoppable: Stoppable,
  ): Strategies {
    const { accounts, venues, conditions } = stoppable;
    const { seed } = this.#options;
    const groups = conditions.holds("bound_orders") ? makePrng(seed, "groups") : undefined;
    const prng = makePrng(seed, "workload");
    const { now_ns } = this.#world;
    return new Strategies({
      world: this.#world,
      faults: this.#faults,
      process,
      services,
      workload: makeWorkload(prng, accounts, venues, this.#market, now_ns, groups),
      operators: makeOperators(makePrng(seed, "operators"), stoppable),
      feed: this.#twins.feed,
    });
  }

  #plansOf(
    { accounts, venues }: WorldModels,
    venueIds: readonly VenueId[],
    reference: ReferenceData,
  ): readonly ShardPlan[] {
    return [
      ...accounts.map((model, index) => ({
        shard: accountShard(index),
        model,
        driver: (process: Process) =>
          accountDriver(this.#market.feed(process), reference, process.now_ns),
      })),
      ...venueIds.map((id, at) => ({
        shard: venueShard(id),
        model: venues[at],
        driver: this.#driver(id),
      })),
    ] as unknown as readonly ShardPlan[];
  }

  #clusterOf(services: ServiceOptions, snapshotEvery_frames: number): Cluster {
    const { seed, mutation } = this.#options;
    const memory = new Map<string, number>();
    return new Cluster({
      world: this.#world,
      faults: this.#faults,
      prng: makePrng(seed, "cluster"),
      nodes: ["node-1", "node-2"],
      plans: this.#plans,
      services: (process, owner) => {
        const own = servicesOf(services, process, owner);
        return mutation?.services?.(own, memory) ?? own;
      },
      snapshotEvery_frames,
      onViolation: (violation) => this.#fail(violation),
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
    const frames = shards.reduce((sum, one) => sum + this.#twins.journals.entries(one).length, 0);
    const orders = [...this.#venues.values()].flatMap((venue) => venue.orders());
    return {
      seed: this.#options.seed,
      violation: this.#violation,
      steps: this.#world.steps(),
      frames,
      fills: orders.reduce((sum, { fills }) => sum + fills.length, 0),
      struck: this.#faults.counts,
      journals: this.#twins.journals,
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
    traits: PaperTraits,
  ): PaperVenue {
    return new PaperVenue({
      id,
      market: this.#market,
      faults: this.#faults,
      prng: makePrng(this.#options.seed, `venue ${id}`),
      now_ns: this.#world.now_ns,
      replace,
      execIdsPerOrder,
      ...traits,
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
      onArrive: (seen) => this.#guard(() => this.#witness.arrived(seen)),
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
    const { context, spoil } = this.#twins;
    return {
      world: this.#world,
      faults: this.#faults,
      server: this.#world.process("server"),
      twins: context,
      spoil,
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
      if (this.#trading) this.#lookForTrouble();
    }
  }

  /** Trouble may come between any two steps; it is looked for every few, chosen at random. */
  #lookForTrouble(): void {
    if (this.#world.steps() < this.#nextLook_steps) return;
    this.#nextLook_steps = this.#world.steps() + this.#faults.prng.between(1, looks_steps_max);
    this.#cluster.strike();
  }

  #trade(): void {
    const prng = this.#prng;
    for (let done = 0; done < this.#options.actions; done += 1) {
      this.#market.move();
      for (const venue of this.#venues.values()) {
        if (prng.chance(0.15)) this.#guard(() => live(venue));
        venue.options.spells?.begin();
        this.#guard(() => venue.options.hands?.trade(venue));
        this.#breakSession(venue);
      }
      this.#strategies.act();
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

  /** Nothing goes wrong any more: the world must come to rest. */
  #settle(): void {
    this.#trading = false;
    this.#faults.end();
    for (const { options } of this.#venues.values()) options.spells?.end();
    this.#cluster.heal();
    this.#comeToRest();
    const { holds } = makeConditions(this.#options.seed, this.#options.conditions);
    if (!holds("eager_reconciliation") || this.#violation !== undefined) return;
    this.#witness.restarts();
    this.#cluster.restart();
    this.#comeToRest();
  }

  #comeToRest(): void {
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
      journals: this.#twins.journals,
      feed: this.#twins.feed.messages(),
      acknowledged: this.#strategies.acknowledged,
    });
  }
}
