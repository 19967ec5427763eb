/**
 * A node's supervision tree (rest_for_one): shards, each under a supervisor of its own → keeper of
 * the leases. If the shards' supervisor gives up, the keeper is started anew with it; if the root
 * gives up, the process ends and its own supervisor (Kubernetes, `npm start`) decides.
 */
import { Effect, Fiber } from "effect";
import type { Logger } from "pino";
import { shardName } from "../protocols/kernel/shard.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { restartBackoff } from "../runtime/child_spec.ts";
import type { Leases } from "../runtime/leases.ts";
import { makeOwnership } from "../runtime/ownership.ts";
import type { Ownership } from "../runtime/ownership.ts";
import { makeSupervisor } from "../runtime/supervisor.ts";
import type { Supervisor } from "../runtime/supervisor.ts";
import { ownershipEvents } from "./node_events.ts";
import { shardChild } from "./shard_children.ts";
import type { ShardEnvironment, ShardServices } from "./shard_children.ts";

/** The supervision tree: nothing of it runs yet. */
export const makeTree = (
  environment: ShardEnvironment,
  shards: readonly Shard[],
  log: Logger,
): { readonly supervisor: Supervisor<ShardServices | Leases>; readonly ownership: Ownership } => {
  const { options, onEvent } = environment;
  const spec = {
    intensity: 3,
    period_ms: 60_000,
    backoff: restartBackoff(100, 5_000),
    onEvent,
  } as const;
  const owned: Supervisor<ShardServices> = makeSupervisor<ShardServices>({
    ...spec,
    id: "shards",
    strategy: "one_for_one",
    children: [],
    // A shard whose own supervisor gave up is given away.
    onEvent: (event) => {
      onEvent(event);
      if (event.type === "child_failed") ownership.ended(event.child, "exhausted");
      if (event.type === "child_ended") ownership.ended(event.child);
    },
  });
  const ownership: Ownership = makeOwnership({
    node: options.node,
    weight: 1,
    shards,
    start: (shard, mayAct) => owned.startChild(shardChild(environment, shard, mayAct)),
    stop: (shard) => owned.stopChild(shardName(shard)),
    force: options.force,
    onEvent: ownershipEvents(log),
  });
  const supervisor = makeSupervisor<ShardServices | Leases>({
    ...spec,
    id: options.node,
    strategy: "rest_for_one",
    children: [
      {
        id: "shards",
        start: owned.run,
        restart: "permanent",
        shutdown_ms: Number.POSITIVE_INFINITY,
        type: "supervisor",
      },
      {
        id: "leases",
        start: ownership.run,
        restart: "permanent",
        shutdown_ms: 30_000,
        type: "worker",
      },
    ],
  });
  return { supervisor, ownership };
};

/** Runs the tree; when it is to end, shards are handed over before anything is torn down. */
export const runTree = <E, R>(
  run: Effect.Effect<never, E, R>,
  ownership: Ownership,
  log: Logger,
): Effect.Effect<void, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const running = yield* Effect.forkChild(Effect.interruptible(run));
      yield* restore(Fiber.join(running)).pipe(
        Effect.onInterrupt(() =>
          Effect.gen(function* () {
            log.info("draining");
            yield* ownership.drain();
            yield* Fiber.interrupt(running);
            log.info("drained");
          }),
        ),
      );
    }),
  );
