/**
 * Memory of an open order in its account shard.
 */
import type { BenchSize } from "./bench_options.ts";
import type { Figure } from "./figure.ts";
import type { MemoryJobs } from "./memory_worker.ts";
import { startWorker } from "./worker.ts";

/** Weighs open orders in a process of their own. */
export const memoryFigures = async ({ openOrders }: BenchSize): Promise<readonly Figure[]> => {
  const worker = startWorker<MemoryJobs>("memory_worker.ts", ["--expose-gc"]);
  try {
    const { heap_bytes, resident_bytes } = await worker.ask("weigh", openOrders);
    const each = (bytes: number): number => bytes / openOrders;
    return [
      {
        name: "memory per open order",
        mode: "account shard",
        unit: "bytes",
        measured: each(heap_bytes),
        budget: { of: "measured", comparison: "<", value: 4_096 },
        note: `${openOrders} open orders; heap and external after gc`,
      },
      {
        name: "resident growth per open order",
        mode: "account shard",
        unit: "bytes",
        measured: each(resident_bytes),
        note: "with what V8 keeps for later",
      },
    ];
  } finally {
    await worker.end();
  }
};
