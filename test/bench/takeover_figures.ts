/**
 * Taking over a shard with many open orders, and how fast its journal is replayed.
 *
 * The shard was drained: its snapshot is of the last frame, and only the new owner's own epoch
 * record is read behind it. After a crash the frames since the last snapshot come on top, at the
 * replay's rate.
 */
import { startNatsServer } from "../support/nats_server.ts";
import type { BenchSize } from "./bench_options.ts";
import type { Figure } from "./figure.ts";
import { median } from "./statistics.ts";
import type { ReplayRound, TakeoverJobs } from "./takeover_worker.ts";
import { startWorker } from "./worker.ts";
import type { Worker } from "./worker.ts";

const mode = "R1";
const megabyte = 1_000_000;

/** Measures takeovers and replays on a server of their own. */
export const takeoverFigures = async (
  { openOrders: orders, takeovers }: BenchSize,
  profile: string | undefined,
): Promise<readonly Figure[]> => {
  await using nats = await startNatsServer();
  const server = nats.url;
  const profiling = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile];
  /** A process that has done nothing yet does the work. */
  const fresh = async <A>(work: (worker: Worker<TakeoverJobs>) => Promise<A>): Promise<A> => {
    const worker = startWorker<TakeoverJobs>("takeover_worker.ts", profiling);
    try {
      return await work(worker);
    } finally {
      await worker.end();
    }
  };
  const { journal_bytes, snapshot_bytes } = await fresh((worker) =>
    worker.ask("fill", { server, orders }),
  );
  const takeOver = (useSnapshot: boolean) =>
    fresh((worker) => worker.ask("takeOver", { server, orders, useSnapshot }));
  const taken: Awaited<ReturnType<typeof takeOver>>[] = [];
  for (let index = 0; index < takeovers; index += 1) taken.push(await takeOver(true));
  const cpu_ms = median(taken.map((one) => one.cpu_ms));
  const withoutSnapshot = await takeOver(false);
  const rounds = await fresh((worker) => worker.ask("replay", { server, rounds: takeovers }));
  const show = (bytes: number): string => `${(bytes / megabyte).toFixed(0)} MB`;
  return [
    {
      name: `takeover, ${orders} open orders`,
      mode,
      unit: "ms",
      measured: median(taken.map((one) => one.took_ms)),
      budget: { of: "measured", comparison: "<", value: 1_000 },
      note: `snapshot of ${show(snapshot_bytes)}, ${Math.round(cpu_ms)} ms CPU, fresh process`,
    },
    {
      name: `takeover without a snapshot`,
      mode,
      unit: "ms",
      measured: withoutSnapshot.took_ms,
      note: `${withoutSnapshot.replayed} frames, ${show(journal_bytes)}, fresh process`,
    },
    ...replayFigures(rounds),
  ];
};

const replayFigures = (rounds: readonly ReplayRound[]): readonly Figure[] => {
  const compare = (
    name: string,
    unit: Figure["unit"],
    amount: (round: ReplayRound) => number,
  ): Figure => ({
    name,
    mode,
    unit,
    floor: median(rounds.map((round) => amount(round) / (round.raw_ms / 1_000))),
    measured: median(rounds.map((round) => amount(round) / (round.replay_ms / 1_000))),
    ratio: median(rounds.map((round) => round.raw_ms / round.replay_ms)),
  });
  return [
    {
      ...compare("replay of the journal", "MB/s", ({ bytes }) => bytes / megabyte),
      budget: { of: "ratio", comparison: ">=", value: 0.5 },
      note: "floor: batch get alone; same process, in turn",
    },
    compare("replay of the journal", "frames/s", ({ frames }) => frames),
    compare("replay of the journal", "events/s", ({ events }) => events),
  ];
};
