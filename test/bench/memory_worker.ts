/**
 * Weighs open orders: a process that opens them in a real account shard and asks V8 what they hold.
 * Needs `--expose-gc`.
 */
import { Effect, Layer } from "effect";
import { Journal } from "../../runtime/journal.ts";
import { SnapshotStore } from "../../runtime/snapshot_store.ts";
import { holdOpenOrders } from "./open_order_shard.ts";
import { serveJobs } from "./worker.ts";

/** What the worker is asked. */
export type MemoryJobs = { readonly weigh: (orders: number) => Promise<OpenOrderWeight> };

/** What the orders hold, bytes in all. */
export interface OpenOrderWeight {
  /** On the heap of V8 and outside it, garbage collected. */
  readonly heap_bytes: number;
  /** Of the process's resident memory, garbage collected; what V8 keeps for later included. */
  readonly resident_bytes: number;
}

/** Keeps nothing: what is weighed is the shard, not a journal in memory. */
const noStores = Layer.merge(
  Layer.succeed(
    Journal,
    Journal.of({
      last: () => Effect.succeed(undefined),
      append: (_shard, expectedSeq) => Effect.as(Effect.yieldNow, expectedSeq + 1),
      read: () => Effect.void,
    }),
  ),
  Layer.succeed(
    SnapshotStore,
    SnapshotStore.of({ save: () => Effect.void, load: () => Effect.succeed(undefined) }),
  ),
);

const settle_ms = 100;

const memoryNow = async () => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("the worker runs with --expose-gc");
  for (let round = 0; round < 3; round += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, settle_ms));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap_bytes: heapUsed + external, resident_bytes: rss };
};

const weigh: MemoryJobs["weigh"] = (orders) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        // Code, caches and empty structures are there before and after.
        yield* Effect.scoped(holdOpenOrders(1_000));
        const before = yield* Effect.promise(memoryNow);
        yield* holdOpenOrders(orders);
        const after = yield* Effect.promise(memoryNow);
        return {
          heap_bytes: after.heap_bytes - before.heap_bytes,
          resident_bytes: after.resident_bytes - before.resident_bytes,
        };
      }),
    ).pipe(Effect.provide(noStores)),
  );

const jobs: MemoryJobs = { weigh };
serveJobs(jobs);
