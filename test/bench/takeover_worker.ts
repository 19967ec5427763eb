/**
 * Fills a shard's journal on a server, takes it over, and replays it; each in a process of its own.
 */
import { Effect, Layer } from "effect";
import { connectionLayer, provision, runtimeServices } from "../../deploy/node_layers.ts";
import { journalStream, streams } from "../../protocols/kernel/subjects.ts";
import { NatsConnection } from "../../runtime/nats_connection.ts";
import { recover } from "../../runtime/recovery.ts";
import { SnapshotStore } from "../../runtime/snapshot_store.ts";
import { heldShard, heldShardModel, holdOpenOrders, openOrdersIn } from "./open_order_shard.ts";
import { rawRead } from "./raw_read.ts";
import { streamTotals } from "./stream_facts.ts";
import { serveJobs } from "./worker.ts";

/** What the worker is asked. `server` is a URL. */
export type TakeoverJobs = {
  /** Provisions, opens the orders, drains: journal and snapshot are complete. */
  readonly fill: (setup: {
    readonly server: string;
    readonly orders: number;
  }) => Promise<{ readonly journal_bytes: number; readonly snapshot_bytes: number }>;
  /** Claims and rebuilds the shard. */
  readonly takeOver: (setup: {
    readonly server: string;
    readonly orders: number;
    readonly useSnapshot: boolean;
  }) => Promise<{
    readonly took_ms: number;
    /** Processor time of it; what the wall clock would say on a machine of one's own, about. */
    readonly cpu_ms: number;
    readonly replayed: number;
  }>;
  /** Reads the journal raw and replays it, in turn. */
  readonly replay: (setup: {
    readonly server: string;
    readonly rounds: number;
  }) => Promise<readonly ReplayRound[]>;
};

/** One round of the comparison. */
export interface ReplayRound {
  readonly raw_ms: number;
  readonly replay_ms: number;
  readonly frames: number;
  readonly events: number;
  readonly bytes: number;
}

const now_ns = (): bigint => BigInt(Date.now()) * 1_000_000n;
const stream = journalStream(heldShard);
const noSnapshots = Layer.succeed(
  SnapshotStore,
  SnapshotStore.of({ save: () => Effect.void, load: () => Effect.succeed(undefined) }),
);
const nats = (server: string) => connectionLayer([server], "bench");

const fill: TakeoverJobs["fill"] = ({ server, orders }) =>
  Effect.gen(function* () {
    yield* provision([heldShard], { replicas: 1, accountShards: 1 });
    const held = yield* holdOpenOrders(orders);
    yield* held.drain;
    const { client } = yield* NatsConnection;
    const journal = yield* Effect.promise(() => streamTotals(client, stream));
    const snapshots = yield* Effect.promise(() => streamTotals(client, streams.snapshots));
    return { journal_bytes: journal.bytes, snapshot_bytes: snapshots.bytes };
  }).pipe(
    Effect.scoped,
    Effect.provide(runtimeServices),
    Effect.provide(nats(server)),
    Effect.runPromise,
  );

const takeOver: TakeoverJobs["takeOver"] = ({ server, orders, useSnapshot }) => {
  const timed = Effect.gen(function* () {
    const model = heldShardModel();
    const began_ms = performance.now();
    const before = process.cpuUsage();
    const { state, replayed } = yield* recover(heldShard, model, "bench", now_ns);
    const took_ms = performance.now() - began_ms;
    const { user, system } = process.cpuUsage(before);
    const cpu_ms = (user + system) / 1_000;
    const open = openOrdersIn(state.space);
    if (open !== orders) return yield* Effect.die(`${open} of ${orders} orders were recovered`);
    return { took_ms, cpu_ms, replayed };
  });
  return (useSnapshot ? timed : timed.pipe(Effect.provide(noSnapshots))).pipe(
    Effect.provide(runtimeServices),
    Effect.provide(nats(server)),
    Effect.runPromise,
  );
};

const replay: TakeoverJobs["replay"] = ({ server, rounds }) =>
  Effect.gen(function* () {
    const { client } = yield* NatsConnection;
    const model = heldShardModel();
    const done: ReplayRound[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { lastSeq } = yield* Effect.promise(() => streamTotals(client, stream));
      const began_ms = performance.now();
      const { bytes, messages } = yield* Effect.promise(() => rawRead(client, stream, lastSeq));
      const read_ms = performance.now();
      let events = 0;
      const counting: typeof model = {
        ...model,
        evolve: (space, event) => {
          events += 1;
          model.evolve(space, event);
        },
      };
      yield* recover(heldShard, counting, "bench", now_ns);
      const replay_ms = performance.now() - read_ms;
      done.push({ raw_ms: read_ms - began_ms, replay_ms, frames: messages, events, bytes });
    }
    return done;
  }).pipe(
    Effect.provide(noSnapshots),
    Effect.provide(runtimeServices),
    Effect.provide(nats(server)),
    Effect.runPromise,
  );

const jobs: TakeoverJobs = { fill, takeOver, replay };
serveJobs(jobs);
