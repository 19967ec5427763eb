/**
 * A natoms node: one process, owning some shards of the deployment.
 *
 *   node deploy/node.ts --nats URL --config FILE --venue SIMX=HOST:PORT [--venue …] [--node NAME]
 *
 * Prints one JSON line `{"ready": …}` on standard output when every shard that it wants is live and
 * every venue's gate has opened. SIGTERM drains: shards commit, snapshot, release their leases.
 *
 * The tree (rest_for_one): shards, each under a supervisor of its own → keeper of the leases.
 */
import { readFileSync } from "node:fs";
import { NodeRuntime } from "@effect/platform-node";
import { Cause, Clock, Context, Effect, Exit, Layer, Random, Schedule } from "effect";
import type { Logger } from "pino";
import { processTimers } from "../actors/venue/link_timers.ts";
import type { LinkTimers } from "../actors/venue/link_timers.ts";
import { accountShard, shardName, venueShard } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { VenueId } from "../protocols/kernel/ids.ts";
import { NatsConnection } from "../runtime/nats_connection.ts";
import { Leases } from "../runtime/leases.ts";
import { Mailbox } from "../runtime/mailbox.ts";
import { startAdminService } from "./admin_service.ts";
import { nodeStatus } from "./admin_status.ts";
import { startHealthServer } from "./health_server.ts";
import { makeLogger } from "./log.ts";
import { startMarketView, startVenueFeed } from "./market_data.ts";
import { makeMetrics } from "./metrics.ts";
import { shardEvents, supervisionEvents } from "./node_events.ts";
import { connectionLayer, provision, runtimeServices } from "./node_layers.ts";
import { parseNodeOptions } from "./node_options.ts";
import type { NodeOptions } from "./node_options.ts";
import { announceReady, makeReadiness, watchVenues } from "./node_ready.ts";
import { watchTrading } from "./node_trading.ts";
import { makeTree, runTree } from "./node_tree.ts";
import { watchRates } from "./rate_metrics.ts";
import { startQueryService } from "./query_service.ts";
import { readConfig } from "./reference_config.ts";
import type { DeploymentConfig } from "./reference_config.ts";
import type { ShardEnvironment } from "./shard_children.ts";
import { liveShards, makeRegistry, openOrders, provisionalLots } from "./shard_registry.ts";
import type { ShardRegistry } from "./shard_registry.ts";
import { makeVenueObserver } from "./venue_observer.ts";

/** All shards of the deployment, the same list on every node. */
const shardsOf = (config: DeploymentConfig, options: NodeOptions): readonly Shard[] => [
  ...Array.from({ length: config.accountShards }, (_, index) => accountShard(index)),
  ...options.venues.map(({ venue }) => venueShard(venue as VenueId)),
];

const main = (options: NodeOptions, config: DeploymentConfig, log: Logger) =>
  Effect.gen(function* () {
    const shards = shardsOf(config, options);
    const { replicas, relaxed } = options;
    yield* provision(shards, { replicas, relaxed, accountShards: config.accountShards });
    const timers = yield* linkTimers;
    const registry = makeRegistry();
    const metrics = makeMetrics(
      { version: packageVersion(), node: options.node },
      {
        openOrders: () => openOrders(registry),
        provisionalLots: () => provisionalLots(registry),
        ownedShards: () => liveShards(registry),
      },
    );
    const data = yield* dataConnection(options);
    const market = startMarketView(data.client, config.reference, timers.now_ns);
    startQueryService(data.client, registry, config.accountShards, {
      reference: config.reference,
      market,
      now_ns: timers.now_ns,
    });
    data.onChange((up) => {
      if (up) metrics.natsReconnected();
    });

    const environment: ShardEnvironment = {
      options,
      config,
      market,
      registry,
      observer: shardEvents(log, metrics),
      venueObserver: (venue) =>
        makeVenueObserver(venue, metrics, log, config.reference.intentDeadline_ms, timers.now_ns),
      timers,
      onEvent: supervisionEvents(log, metrics),
      ended: (shard, barred, reason) => {
        log.error({ shard: shardName(shard), barred, reason }, "shard is over on this node");
        ownership.ended(shardName(shard), barred);
      },
      unreachable: (shard, reason) => {
        log.error({ shard: shardName(shard), reason }, "venue unreachable from this node");
        ownership.unreachable(shardName(shard));
      },
      reached: (shard) => ownership.reached(shardName(shard)),
    };
    const { supervisor, ownership } = makeTree(environment, shards, log);
    const notReady = makeReadiness(ownership, registry, shards, data);
    yield* startAdmin(options, config, registry, notReady, log);
    yield* startFeeds(options, config, data, timers);
    const health = yield* Effect.acquireRelease(
      Effect.promise(() => startHealthServer(metrics.registry, notReady, options.metricsPort)),
      (server) => Effect.promise(server.close),
    );
    yield* Effect.forkScoped(
      Effect.andThen(watchVenues(registry, metrics), watchTrading(registry, metrics.trading)).pipe(
        Effect.repeat(Schedule.spaced("100 millis")),
      ),
    );
    const rates = watchRates(registry, config.rates, metrics.rates, timers.now_ns);
    yield* Effect.forkScoped(rates.pipe(Effect.repeat(Schedule.spaced("1 second"))));
    yield* Effect.forkScoped(announceReady(notReady, health.port, log));
    yield* runTree(supervisor.run(), ownership, log);
  });

/** A connection of its own for market data and queries: a burst there delays no journal. */
const dataConnection = (options: NodeOptions) =>
  Effect.map(
    Layer.build(Layer.fresh(connectionLayer(options.nats, `oms-data/${options.node}`))),
    (context) => Context.get(context, NatsConnection),
  );

/** The operators' service, on a connection of its own: nothing is in front of a kill. */
const startAdmin = (
  options: NodeOptions,
  config: DeploymentConfig,
  registry: ShardRegistry,
  notReady: () => readonly string[],
  log: Logger,
) =>
  Effect.gen(function* () {
    const { node } = options;
    const connection = yield* Layer.build(
      Layer.fresh(connectionLayer(options.nats, `oms-admin/${node}`)),
    );
    const { client } = Context.get(connection, NatsConnection);
    const mailbox = yield* Mailbox;
    const leases = yield* Leases;
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        startAdminService({
          client,
          node,
          version: packageVersion(),
          deployment: {
            accountShards: config.accountShards,
            accounts: new Set<string>(config.reference.accounts.keys()),
            venues: options.venues.map(({ venue }) => venue),
          },
          mailbox,
          leases,
          status: () => nodeStatus(node, registry, notReady),
          log,
        }),
      ),
      (service) => Effect.promise(service.stop),
    );
  });

const linkTimers: Effect.Effect<LinkTimers> = Effect.gen(function* () {
  const clock = yield* Clock.Clock;
  const random = yield* Random.Random;
  return processTimers({
    now_ns: () => clock.currentTimeNanosUnsafe(),
    random: () => random.nextDoubleUnsafe(),
  });
});

/** Publishes the venues' market data. */
const startFeeds = (
  options: NodeOptions,
  config: DeploymentConfig,
  data: NatsConnection["Service"],
  timers: LinkTimers,
) =>
  Effect.forEach(options.venues, (address) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const profile = config.reference.venues.get(address.venue as VenueId);
        const instruments = [...(profile?.instruments ?? [])];
        return startVenueFeed(data.client, address, instruments, timers);
      }),
      (feed) => Effect.sync(feed.stop),
    ),
  );

const packageVersion = (): string => {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
};

const logEnd = (log: Logger, cause: Cause.Cause<unknown>): void => {
  if (Cause.hasInterruptsOnly(cause)) log.info("node ends");
  else log.fatal({ cause: Cause.pretty(cause) }, "node fails");
};

/** A node that was asked to end and drained has succeeded. */
const teardown = <A, E>(exit: Exit.Exit<A, E>, onExit: (code: number) => void): void => {
  const good = Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause);
  onExit(good ? 0 : 1);
};

const start = (): void => {
  const options = parseNodeOptions(process.argv.slice(2));
  const config = readConfig(options.config);
  const log = makeLogger(options.node, options.logLevel);
  if (options.exitWithParent) {
    process.stdin.resume();
    process.stdin.once("end", () => process.kill(process.pid, "SIGTERM"));
  }
  const program = Effect.scoped(main(options, config, log)).pipe(
    Effect.provide(runtimeServices),
    Effect.provide(connectionLayer(options.nats, `oms-node/${options.node}`)),
    Effect.tapCause((cause) => Effect.sync(() => logEnd(log, cause))),
  );
  NodeRuntime.runMain(program, { disableErrorReporting: true, teardown });
};

start();
