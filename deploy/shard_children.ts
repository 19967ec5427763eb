/**
 * One shard as a supervised child: what it runs, and what its end means for the node.
 *
 * A shard's own supervisor restarts it with a growing pause. Fenced: another node writes; the child
 * ends and is not started again here. Broken journal: it stays down, quarantined, until a person
 * has looked. Too many restarts: the supervisor gives up, and the node gives the shard away.
 */
import { Effect, Fiber } from "effect";
import { accountShardModel } from "../actors/pipeline.ts";
import type { AccountKinds } from "../actors/account_kinds.ts";
import { backOff_default } from "../actors/venue/back_off.ts";
import type { LinkTimers } from "../actors/venue/link_timers.ts";
import { simConnector } from "../actors/venue/sim_link.ts";
import { venueDriver } from "../actors/venue/venue_driver.ts";
import { venueShardModel } from "../actors/venue/venue_model.ts";
import { venueOptions_default } from "../actors/venue/venue_options.ts";
import type { VenueId } from "../protocols/kernel/ids.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { restartBackoff } from "../runtime/child_spec.ts";
import type { ChildControl, ChildSpec, SupervisionEvent } from "../runtime/child_spec.ts";
import type { EventFeed } from "../runtime/event_feed.ts";
import type { Journal } from "../runtime/journal.ts";
import type { Mailbox } from "../runtime/mailbox.ts";
import type { Barred } from "../runtime/ownership.ts";
import { runShard } from "../runtime/shard_loop.ts";
import type { ShardObserver, ShardView } from "../runtime/shard_options.ts";
import type { SnapshotStore } from "../runtime/snapshot_store.ts";
import { makeSupervisor, supervisorChild } from "../runtime/supervisor.ts";
import { accountDriver } from "./account_driver.ts";
import type { MarketFeed } from "./market_feed.ts";
import type { NodeOptions, VenueAddress } from "./node_options.ts";
import type { DeploymentConfig } from "./reference_config.ts";
import type { ShardRegistry } from "./shard_registry.ts";
import { reconcileFor, sessionOfFile } from "./venue_config.ts";
import type { VenueObserver } from "./venue_observer.ts";
import { linkIntensity, logonTimeout_ms, socketOptions } from "./venue_options.ts";

/** Everything that a shard stands on. */
export type ShardServices = Journal | Mailbox | EventFeed | SnapshotStore;

/** What shards of this node share. */
export interface ShardEnvironment {
  readonly options: NodeOptions;
  readonly config: DeploymentConfig;
  readonly market: MarketFeed;
  readonly registry: ShardRegistry;
  readonly observer: ShardObserver;
  readonly venueObserver: (venue: string) => VenueObserver;
  readonly timers: LinkTimers;
  readonly onEvent: (event: SupervisionEvent) => void;
  /** The shard is over on this node: fenced, or its journal broken. */
  readonly ended: (shard: Shard, barred: Barred, reason: string) => void;
  /** This node may not reach the shard's venue: another one should try. */
  readonly unreachable: (shard: Shard, reason: string) => void;
  /** This node reaches the shard's venue. */
  readonly reached: (shard: Shard) => void;
}

/** The child that runs a shard under a supervisor of its own. */
export const shardChild = (
  environment: ShardEnvironment,
  shard: Shard,
  mayAct: () => boolean,
): ChildSpec<ShardServices> => {
  const name = shardName(shard);
  const worker: ChildSpec<ShardServices> = {
    id: `${name}-loop`,
    start: (control) => live(environment, shard, mayAct, control),
    restart: "transient",
    shutdown_ms: 5_000,
    type: "worker",
    trapExit: true,
  };
  const supervisor = makeSupervisor<ShardServices>({
    id: name,
    strategy: "one_for_one",
    intensity: 5,
    period_ms: 60_000,
    backoff: restartBackoff(50, 5_000),
    children: [worker],
    onEvent: environment.onEvent,
  });
  return supervisorChild(supervisor, "temporary");
};

/** Runs the shard until it fails, is asked to stop (then it drains), or is over for this node. */
const live = (
  environment: ShardEnvironment,
  shard: Shard,
  mayAct: () => boolean,
  control: ChildControl,
) =>
  Effect.gen(function* () {
    let drain: Effect.Effect<void> = Effect.void;
    const enter = (own: Effect.Effect<void>): Effect.Effect<void> => {
      drain = own;
      return control.ready;
    };
    const life =
      shard.kind === "acct"
        ? accountLife(environment, shard, mayAct, enter)
        : venueLife(environment, shard, mayAct, enter);
    const running = yield* Effect.forkScoped(life);
    yield* Effect.raceFirst(
      Fiber.join(running),
      Effect.andThen(
        control.stopping,
        Effect.suspend(() => drain),
      ),
    );
  }).pipe(
    Effect.catchTag("JournalFenced", () =>
      over(environment, shard, "fenced", "another process writes its journal"),
    ),
    Effect.catchTag("TakeoverLost", () =>
      over(environment, shard, "fenced", "another process writes its journal"),
    ),
    Effect.catchTag("JournalBroken", (broken) => {
      environment.registry.quarantined.set(shardName(shard), String(broken.cause));
      return over(environment, shard, "broken", String(broken.cause));
    }),
    Effect.ensuring(
      Effect.sync(() => {
        environment.registry.accounts.delete(shardName(shard));
        environment.registry.venues.delete(shardName(shard));
      }),
    ),
  );

const over = (
  environment: ShardEnvironment,
  shard: Shard,
  barred: Barred,
  reason: string,
): Effect.Effect<void> => Effect.sync(() => environment.ended(shard, barred, reason));

const accountLife = (
  { config, market, registry, observer, options, timers }: ShardEnvironment,
  shard: Shard,
  mayAct: () => boolean,
  enter: (drain: Effect.Effect<void>) => Effect.Effect<void>,
) =>
  runShard({
    shard,
    node: options.node,
    model: accountShardModel({
      shardIndex: Number(shard.key),
      accountShards: config.accountShards,
      reference: config.reference,
      market,
    }),
    driver: accountDriver(market, config.reference, timers.now_ns),
    mayAct,
    observer,
    onLive: (view: ShardView<AccountKinds>) =>
      Effect.suspend(() => {
        registry.accounts.set(shardName(shard), view);
        return enter(view.drain);
      }),
  });

const venueLife = (
  environment: ShardEnvironment,
  shard: Shard,
  mayAct: () => boolean,
  enter: (drain: Effect.Effect<void>) => Effect.Effect<void>,
) => {
  const { config, registry, observer, options, timers } = environment;
  const address = addressOf(options, shard);
  if (address === undefined) return Effect.die(new Error(`no address for venue ${shard.key}`));
  const watch = environment.venueObserver(address.venue);
  const rate = config.rates.get(address.venue as VenueId);
  const session = config.sessions.get(address.venue) ?? sessionOfFile({});
  const connector = simConnector({
    ...socketOptions(address, timers),
    venue: address.venue,
    session: "natoms",
    instruments: config.reference.instruments,
    logonTimeout_ms,
    cancelOnDisconnect: session.cancelOnDisconnect,
  });
  return runShard({
    shard,
    node: options.node,
    model: venueShardModel({
      ...venueOptions_default,
      venue: address.venue as VenueId,
      accountShards: config.accountShards,
      ...(rate === undefined ? {} : { rate }),
      ...(connector.capabilities.massCancel === true ? { massCancel: true } : {}),
      reconcile: reconcileFor(session.reconcile, connector.capabilities.snapshot),
      breaker: session.breaker,
    }),
    driver: (context) =>
      venueDriver({
        connector,
        timers,
        backOff: backOff_default,
        intensity: linkIntensity,
        observer: {
          ...watch.driver,
          unreachable: (reason) => environment.unreachable(shard, reason),
          linkStable: () => environment.reached(shard),
        },
      })(watch.inputs(context)),
    mayAct,
    observer,
    onLive: (view) =>
      Effect.suspend(() => {
        registry.venues.set(shardName(shard), view);
        return enter(view.drain);
      }),
  });
};

const addressOf = (options: NodeOptions, shard: Shard): VenueAddress | undefined =>
  options.venues.find(({ venue }) => venue === shard.key);
