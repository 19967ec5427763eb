/**
 * Sustained orders per second over the whole lifecycle, beside what a bare publisher could carry.
 *
 * The floor: how many messages per second one process can publish into a stream, divided by the
 * messages that an order's life stores. Those are counted: the growth of every stream of the
 * product, over the orders of the run. The publisher's messages have the mean size of
 * the run before.
 */
import type { NatsConnection } from "nats";
import { accounts } from "./bench_config.ts";
import type { BenchSize } from "./bench_options.ts";
import type { Deployment } from "./deployment.ts";
import type { Figure } from "./figure.ts";
import type { LoadGeneratorJobs } from "./load_generator.ts";
import { processTime_ms } from "./process_time.ts";
import type { PublishFloorJobs } from "./publish_floor.ts";
import { median } from "./statistics.ts";
import { streamNames, streamTotals } from "./stream_facts.ts";
import type { Worker } from "./worker.ts";
import { startWorker } from "./worker.ts";

const window = 256;
const publishWindow = 512;
const strategy = "load";
const warmUp_ms_max = 10_000;

interface Run {
  readonly ordersPerSecond: number;
  readonly messagesPerOrder: number;
  readonly publishesPerSecond: number;
  readonly bytesPerMessage: number;
  readonly nodeShare: number | undefined;
  readonly serverShare: number | undefined;
}

/** Sends orders until everything is warm, or long enough. */
export const warmUp = async ({ server }: Deployment, orders: number): Promise<void> => {
  const generator = startWorker<LoadGeneratorJobs>("load_generator.ts");
  try {
    await generator.ask("run", {
      server: server.url,
      accounts,
      strategy,
      window,
      orders_max: orders,
      run_ms: warmUp_ms_max,
    });
  } finally {
    await generator.end();
  }
};

/** Measures the sustained load. */
export const loadFigures = async (
  deployment: Deployment,
  size: BenchSize,
): Promise<readonly Figure[]> => {
  const generator = startWorker<LoadGeneratorJobs>("load_generator.ts");
  const publisher = startWorker<PublishFloorJobs>("publish_floor.ts");
  try {
    const runs: Run[] = [];
    const warm = { ...size, load_ms: size.load_ms / 2 };
    let { bytesPerMessage } = await oneRun(deployment, warm, 1_024, generator, publisher);
    for (let index = 0; index < size.loadRuns; index += 1) {
      const run = await oneRun(deployment, size, bytesPerMessage, generator, publisher);
      bytesPerMessage = run.bytesPerMessage;
      runs.push(run);
    }
    return [figureOf(runs, deployment.mode)];
  } finally {
    await generator.end();
    await publisher.end();
  }
};

/** One run of the load between two halves of its floor: a slow disk is slow for both. */
const oneRun = async (
  { connection, nodePid, server }: Deployment,
  size: BenchSize,
  bytes: number,
  generator: Worker<LoadGeneratorJobs>,
  publisher: Worker<PublishFloorJobs>,
): Promise<Run> => {
  const publish = () =>
    publisher.ask("run", {
      server: server.url,
      bytes,
      window: publishWindow,
      run_ms: size.load_ms / 4,
    });
  const publishedBefore = await publish();
  const before = await totals(connection);
  const node_ms = processTime_ms(nodePid);
  const server_ms = processTime_ms(server.pid);
  const { orders, took_ms } = await generator.ask("run", {
    server: server.url,
    accounts,
    strategy,
    window,
    run_ms: size.load_ms,
  });
  const nodeEnd_ms = processTime_ms(nodePid);
  const serverEnd_ms = processTime_ms(server.pid);
  const after = await totals(connection);
  const messages = after.messages - before.messages;
  const bytesPerMessage = Math.round((after.bytes - before.bytes) / messages);
  const publishesPerSecond = (publishedBefore + (await publish())) / 2;
  const share = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : (to - from) / took_ms;
  return {
    ordersPerSecond: (orders / took_ms) * 1_000,
    messagesPerOrder: messages / orders,
    publishesPerSecond,
    bytesPerMessage,
    nodeShare: share(node_ms, nodeEnd_ms),
    serverShare: share(server_ms, serverEnd_ms),
  };
};

/** Sums over the product's streams. */
const totals = async (connection: NatsConnection) => {
  let messages = 0;
  let bytes = 0;
  for (const stream of await streamNames(connection)) {
    if (stream.startsWith("BENCH_") || stream.startsWith("KV_")) continue;
    const one = await streamTotals(connection, stream);
    messages += one.lastSeq;
    bytes += one.bytes;
  }
  return { messages, bytes };
};

const figureOf = (runs: readonly Run[], mode: string): Figure => {
  const floorOf = (run: Run): number => run.publishesPerSecond / run.messagesPerOrder;
  const of = (read: (run: Run) => number): number => median(runs.map(read));
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const node = of((run) => run.nodeShare ?? Number.NaN);
  const server = of((run) => run.serverShare ?? Number.NaN);
  const each_us = of((run) => ((run.nodeShare ?? Number.NaN) / run.ordersPerSecond) * 1e6);
  const busy = Number.isNaN(node)
    ? ""
    : `; node ${percent(node)} of a core, ${Math.round(each_us)} us CPU an order; ` +
      `server ${percent(server)}`;
  return {
    name: "sustained orders, whole lifecycle",
    mode,
    unit: "per s",
    floor: of(floorOf),
    measured: of((run) => run.ordersPerSecond),
    ratio: of((run) => run.ordersPerSecond / floorOf(run)),
    budget: { of: "ratio", comparison: ">=", value: 0.6 },
    note:
      `${of((run) => run.messagesPerOrder).toFixed(1)} messages of ` +
      `${of((run) => run.bytesPerMessage)} bytes an order, ` +
      `${Math.round(of((run) => run.publishesPerSecond))} publishes/s${busy}`,
  };
};
