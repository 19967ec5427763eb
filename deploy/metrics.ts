/**
 * Prometheus metrics of a node: one registry, base units, bounded labels (never an order's id).
 *
 * Owns: the names. Everything that is measured is handed in by observers; nothing here decides.
 */
import { performance } from "node:perf_hooks";
import { tradingMetrics } from "./trading_metrics.ts";
import type { TradingMetrics } from "./trading_metrics.ts";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { makeRateMetrics } from "./rate_metrics.ts";
import type { RateMetrics } from "./rate_metrics.ts";
import type { BreakerPhase } from "../actors/venue/breaker_model.ts";
import type { ShardObserver } from "../runtime/shard_options.ts";

/** Seconds, from a tenth of a millisecond: fine enough for a hop inside one machine. */
const path_s = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

const breakerValue: Readonly<Record<BreakerPhase, number>> = { closed: 0, half_open: 1, open: 2 };

/** The metrics of one node. */
export interface NodeMetrics {
  readonly registry: Registry;
  readonly shardObserver: Omit<ShardObserver, "taken">;
  /** A request's bytes left for a venue; `age_ms` since its order was accepted. */
  readonly sent: (venue: string, kind: string, age_ms: number | undefined) => void;
  /** A venue answered a request, `took_ms` after it was sent. */
  readonly answered: (venue: string, execType: string, took_ms: number | undefined) => void;
  readonly rates: RateMetrics;
  readonly venueUp: (venue: string, up: boolean) => void;
  /** Where the venue's circuit breaker stands, and whether its session is in quarantine. */
  readonly venueGuarded: (venue: string, breaker: BreakerPhase, quarantined: boolean) => void;
  readonly trading: TradingMetrics;
  readonly shardRestarted: (shard: string) => void;
  readonly natsReconnected: () => void;
}

/** What is read when it is scraped. */
export interface ScrapedValues {
  readonly openOrders: () => number;
  /** Lots that venues count and have not told, by instrument: as many series as instruments. */
  readonly provisionalLots: () => ReadonlyMap<string, number>;
  readonly ownedShards: () => readonly string[];
}

/** Makes the metrics of a node. */
export const makeMetrics = (
  build: { readonly version: string; readonly node: string },
  read: ScrapedValues,
): NodeMetrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const maker = makerOf(registry);
  const { histogram, counter, gauge } = maker;
  const path = histogram("oms_order_path_seconds", "From entry to the end of a stage", ["stage"]);
  const ack = histogram("oms_order_ack_seconds", "From sent to the first answer", ["venue"]);
  const restarts = counter("oms_shard_restarts_total", "Shards started anew", ["kind"]);
  const messages = counter("oms_venue_messages_total", "Messages to and from venues", [
    "venue",
    "direction",
    "type",
  ]);
  const up = gauge("oms_venue_session_up", "1 while the venue's gate is open", ["venue"]);
  const breaker = gauge("oms_venue_breaker", "0 closed, 1 half open, 2 open", ["venue"]);
  const quarantined = gauge("oms_venue_quarantined", "1 until a person releases it", ["venue"]);
  const reconnects = counter("oms_nats_reconnects_total", "Reconnections to NATS", []);
  gauge("oms_build_info", "Build", ["version", "node"]).set(build, 1);
  scraped(registry, read);
  utilisation(registry);

  return {
    registry,
    shardObserver: shardObserver(maker, (seconds) => path.observe({ stage: "journal" }, seconds)),
    sent: (venue, type, age_ms) => {
      messages.inc({ venue, direction: "out", type });
      if (age_ms !== undefined) path.observe({ stage: "sent" }, age_ms / 1000);
    },
    answered: (venue, type, took_ms) => {
      messages.inc({ venue, direction: "in", type });
      if (took_ms !== undefined) ack.observe({ venue }, took_ms / 1000);
    },
    rates: makeRateMetrics(registry),
    venueUp: (venue, isUp) => up.set({ venue }, isUp ? 1 : 0),
    venueGuarded: (venue, phase, isQuarantined) => {
      breaker.set({ venue }, breakerValue[phase]);
      quarantined.set({ venue }, isQuarantined ? 1 : 0);
    },
    trading: tradingMetrics(registry),
    shardRestarted: (shard) => restarts.inc({ kind: kindOf(shard) }),
    natsReconnected: () => reconnects.inc(),
  };
};

const makerOf = (registry: Registry) => {
  const registers = [registry];
  return {
    histogram: <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Histogram({ name, help, labelNames, buckets: path_s, registers }),
    counter: <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Gauge({ name, help, labelNames, registers }),
  };
};

/** Counts what shards do; `entered` is told how long a command took until it was committed. */
const shardObserver = (
  { histogram, counter, gauge }: ReturnType<typeof makerOf>,
  entered: (seconds: number) => void,
): NodeMetrics["shardObserver"] => {
  const append = histogram("oms_journal_append_seconds", "From frame sealed to stored", ["kind"]);
  const age = histogram("oms_mailbox_age_seconds", "Age of a frame's oldest input", ["kind"]);
  const frames = counter("oms_frames_total", "Frames committed", ["kind"]);
  const turns = counter("oms_turns_total", "Turns committed", ["kind"]);
  const parked = counter("oms_dead_letters_total", "Messages parked with a cause", ["kind"]);
  const recovery = histogram("oms_recovery_seconds", "From claim to recovered", ["kind"]);
  const snapshots = counter("oms_snapshots_total", "Snapshots written", ["outcome"]);
  const backlog = gauge("oms_outbox_messages", "Committed messages on their way", ["shard"]);
  const readFailed = counter("oms_read_failures_total", "Queries whose reader threw", ["kind"]);
  const undelivered = counter("oms_outbox_failures_total", "Deliveries to be repeated", ["kind"]);
  const epoch = gauge("oms_shard_epoch", "Epoch of the shards that this node owns", ["shard"]);
  return {
    recovered: (shard, number, _replayed, took_ms) => {
      epoch.set({ shard }, number);
      recovery.observe({ kind: kindOf(shard) }, took_ms / 1000);
    },
    committed: (shard, count, commit_ms, inputAge_ms) => {
      const kind = kindOf(shard);
      frames.inc({ kind });
      turns.inc({ kind }, count);
      append.observe({ kind }, commit_ms / 1000);
      if (inputAge_ms === undefined) return;
      age.observe({ kind }, Math.max(0, inputAge_ms) / 1000);
      if (kind === "acct") entered((inputAge_ms + commit_ms) / 1000);
    },
    parked: (shard) => parked.inc({ kind: kindOf(shard) }),
    backlog: (shard, messages) => backlog.set({ shard }, messages),
    undelivered: (shard) => undelivered.inc({ kind: kindOf(shard) }),
    readFailed: (shard) => readFailed.inc({ kind: kindOf(shard) }),
    snapshot: (_shard, outcome) => snapshots.inc({ outcome }),
  };
};

const scraped = (registry: Registry, read: ScrapedValues): void => {
  const registers = [registry];
  new Gauge({
    name: "oms_orders_open",
    help: "Orders that have not ended",
    registers,
    collect() {
      this.set(read.openOrders());
    },
  });
  new Gauge({
    name: "oms_provisional_fill_lots",
    help: "Lots booked provisionally: counted by a venue and not told",
    labelNames: ["instrument"],
    registers,
    collect() {
      this.reset();
      for (const [instrument, lots] of read.provisionalLots()) this.set({ instrument }, lots);
    },
  });
  new Gauge({
    name: "oms_shards_owned",
    help: "Shards that are live on this node",
    registers,
    collect() {
      this.set(read.ownedShards().length);
    },
  });
};

const kindOf = (shard: string): string => shard.slice(0, shard.indexOf("-"));

/** Event-loop utilisation: tails rise well before the CPU is full. */
const utilisation = (registry: Registry): void => {
  let last = performance.eventLoopUtilization();
  new Gauge({
    name: "nodejs_eventloop_utilization_ratio",
    help: "Share of time the event loop was busy since the last scrape",
    registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    },
  });
};
