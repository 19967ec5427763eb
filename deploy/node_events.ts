/**
 * What happens to a node's shards and leases, as log lines and metrics.
 */
import { Cause } from "effect";
import type { Logger } from "pino";
import type { SupervisionEvent } from "../runtime/child_spec.ts";
import type { OwnershipEvent } from "../runtime/ownership.ts";
import type { ShardObserver } from "../runtime/shard_options.ts";
import { traceIdOf } from "./log.ts";
import type { NodeMetrics } from "./metrics.ts";

/** Logs and counts supervision. */
export const supervisionEvents =
  (log: Logger, metrics: NodeMetrics) =>
  (event: SupervisionEvent): void => {
    switch (event.type) {
      case "child_failed": {
        const cause = event.cause === undefined ? "ended" : Cause.pretty(event.cause);
        log.error({ supervisor: event.supervisor, child: event.child, cause }, "child failed");
        return;
      }
      case "child_restarting":
        metrics.shardRestarted(event.child);
        log.warn({ ...event, type: undefined }, "child restarts");
        return;
      case "supervisor_exhausted":
        log.error({ supervisor: event.supervisor, child: event.child }, "supervisor gives up");
        return;
      case "child_stopped":
        if (event.outcome === "stopped") log.debug({ child: event.child }, "child stopped");
        else log.error({ child: event.child, outcome: event.outcome }, "child did not stop");
        return;
      case "child_starting":
      case "child_running":
      case "child_ended":
      case "child_stopping":
      case "supervisor_running":
      case "supervisor_stopped":
        log.debug(event, "supervision");
        return;
      default:
        event satisfies never;
    }
  };

/** Logs ownership. */
export const ownershipEvents =
  (log: Logger) =>
  (event: OwnershipEvent): void => {
    switch (event.type) {
      case "start_failed":
      case "stop_failed":
        log.error({ shard: event.shard, cause: Cause.pretty(event.cause) }, event.type);
        return;
      case "leases_unavailable":
        log.warn({ operation: event.operation }, "leases unavailable");
        return;
      case "ending":
        log.info({ shard: event.shard, reason: event.reason }, "shard ends here");
        return;
      case "acquired":
      case "running":
      case "released":
        log.debug(event, "ownership");
        return;
      default:
        event satisfies never;
    }
  };

/** Counts what shards do, and logs what a person should know. */
export const shardEvents = (log: Logger, metrics: NodeMetrics): ShardObserver => {
  const { shardObserver } = metrics;
  return {
    recovered: (shard, epoch, replayed, took_ms) => {
      shardObserver.recovered(shard, epoch, replayed, took_ms);
      log.info({ shard, epoch, replayed, took_ms }, "shard recovered");
    },
    taken: (shard, subject, seq, traceparent) => {
      if (!log.isLevelEnabled("debug")) return;
      log.debug({ shard, subject, seq, traceId: traceIdOf(traceparent) }, "message taken");
    },
    committed: shardObserver.committed,
    backlog: shardObserver.backlog,
    readFailed: (shard, cause) => {
      shardObserver.readFailed(shard, cause);
      log.error({ shard, cause: String(cause) }, "a query failed");
    },
    undelivered: (shard, destination, cause) => {
      shardObserver.undelivered(shard, destination, cause);
      log.warn({ shard, destination, cause: String(cause) }, "delivery is repeated");
    },
    parked: (shard, cause) => {
      shardObserver.parked(shard, cause);
      log.error({ shard, cause }, "message parked");
    },
    snapshot: (shard, outcome, seq) => {
      shardObserver.snapshot(shard, outcome, seq);
      log.debug({ shard, outcome, seq }, "snapshot");
    },
  };
};
