/**
 * `npm run simulate`: many seeds over several processes, or one seed told in detail.
 *
 * Exit status: 0 where every seed passes; 127 a crash, 129 a wrong result, 128 no rest in time
 * (the first of these that occurred in that order); 2 where the command line cannot be read.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readSimulateOptions, usage } from "./simulate_options.ts";
import type { SimulateOptions } from "./simulate_options.ts";
import { exitStatus, failureText, verdictOf } from "./verdict.ts";
import type { Run, Verdict } from "./verdict.ts";

type Failure = Pick<Verdict, "seed" | "violation">;

const progressEvery_seeds = 100;
const failures_max = 20;

const statusOf = (failures: readonly Failure[]): number => {
  const kinds = new Set(failures.map(({ violation }) => violation?.kind ?? "crash"));
  for (const kind of ["crash", "correctness", "liveness"] as const) {
    if (kinds.has(kind)) return exitStatus[kind];
  }
  return 0;
};

const runOf = ({ steps, faults, conditions, mutant }: SimulateOptions, seed: number): Run => ({
  seed,
  steps,
  ...(faults === undefined ? {} : { faults }),
  ...(conditions === undefined ? {} : { conditions }),
  ...(mutant === undefined ? {} : { mutant }),
});

const runOne = (run: Run): number => {
  const { seed } = run;
  const verdict = verdictOf(run);
  const { frames, fills, schedulerSteps, struck, violation } = verdict;
  console.log(`seed ${seed}: ${frames} frames, ${fills} fills, ${schedulerSteps} scheduler steps`);
  const faults = struck.map(([name, count]) => `${name} ${count}`);
  console.log(`journals: ${verdict.journals}`);
  console.log(`faults: ${faults.length === 0 ? "none" : faults.join(", ")}`);
  if (violation === undefined) {
    console.log("every invariant holds");
    return 0;
  }
  console.error(failureText(run, violation));
  return statusOf([verdict]);
};

const runMany = (options: SimulateOptions): Promise<readonly Failure[]> => {
  const { from, seeds, workers } = options;
  const failures: Failure[] = [];
  const began_ms = performance.now();
  let [next, done, running, frames, fills] = [from, 0, 0, 0, 0];
  const tell = (): void => {
    const rate = (performance.now() - began_ms) / Math.max(1, done);
    const what = `${done} of ${seeds} seeds, ${frames} frames, ${fills} fills`;
    console.log(`${what}, ${failures.length} failed, ${rate.toFixed(0)} ms a seed`);
  };
  const fail = (failure: Failure): void => {
    failures.push(failure);
    console.error(failureText(runOf(options, failure.seed), failure.violation));
  };
  return new Promise((resolve) => {
    const startWorker = (): void => {
      const worker = fork(fileURLToPath(new URL("simulate_worker.ts", import.meta.url)));
      let seed: number | undefined;
      let answered = 0;
      running += 1;
      const hand = (): void => {
        seed = next < from + seeds && failures.length < failures_max ? next : undefined;
        next += 1;
        if (seed === undefined) worker.disconnect();
        else worker.send(runOf(options, seed));
      };
      worker.on("message", (verdict: Verdict) => {
        done += 1;
        answered += 1;
        frames += verdict.frames;
        fills += verdict.fills;
        if (verdict.violation !== undefined) fail(verdict);
        if (done % progressEvery_seeds === 0) tell();
        hand();
      });
      worker.on("exit", () => {
        running -= 1;
        if (seed !== undefined) fail({ seed, violation: undefined });
        // One that cannot even begin would never get further.
        if (seed !== undefined && answered > 0) startWorker();
        if (running > 0) return;
        tell();
        resolve(failures);
      });
      hand();
    };
    for (let i = 0; i < workers; i += 1) startWorker();
  });
};

const main = async (): Promise<number> => {
  let options: SimulateOptions;
  try {
    options = readSimulateOptions(process.argv.slice(2));
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`);
    return 2;
  }
  const { seed } = options;
  return seed === undefined ? statusOf(await runMany(options)) : runOne(runOf(options, seed));
};

process.exitCode = await main();
