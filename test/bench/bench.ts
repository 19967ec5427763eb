/**
 * `npm run bench`: the table of the budgets, each figure beside its floor measured in the same run.
 *
 *   node test/bench/bench.ts [--quick] [--json FILE] [--mode "R1,R1 sync,R3"]
 *     [--only path,load,calls,memory,takeover] [--profile FOLDER]
 *
 * Prints the table and writes the same as JSON. A missed budget is printed as such and does not
 * change the exit status: speed on an unknown machine is a measurement, not a test. A benchmark
 * that cannot be run ends with status 1.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { dirname, resolve } from "node:path";
import { readBenchOptions } from "./bench_options.ts";
import type { BenchOptions } from "./bench_options.ts";
import { callFigures } from "./call_figures.ts";
import { startDeployment } from "./deployment.ts";
import { verdictOf } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { figureTable } from "./figure_table.ts";
import { loadFigures, warmUp } from "./load_figures.ts";
import { memoryFigures } from "./memory_figures.ts";
import { pathFigures } from "./path_figures.ts";
import { takeoverFigures } from "./takeover_figures.ts";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const measure = async (options: BenchOptions): Promise<readonly Figure[]> => {
  const { only, profile, size } = options;
  const figures: Figure[] = [];
  if (only.has("path") || only.has("load")) {
    for (const mode of size.modes) {
      say(`order path and load, ${mode}`);
      await using deployment = await startDeployment(mode, profile);
      await warmUp(deployment, size.warmUpOrders);
      if (only.has("path")) figures.push(...(await pathFigures(deployment, size)));
      if (only.has("load")) figures.push(...(await loadFigures(deployment, size)));
    }
  }
  if (only.has("calls")) {
    say("pure functions");
    figures.push(...callFigures(size));
  }
  if (only.has("memory")) {
    say(`memory of ${size.openOrders} open orders`);
    figures.push(...(await memoryFigures(size)));
  }
  if (only.has("takeover")) {
    say(`takeover of ${size.openOrders} open orders, replay`);
    figures.push(...(await takeoverFigures(size, profile)));
  }
  return figures;
};

const run = async (): Promise<void> => {
  const options = readBenchOptions(process.argv.slice(2));
  const began_ms = performance.now();
  const load = loadavg()[0] ?? Number.NaN;
  const figures = await measure(options);
  const took_s = (performance.now() - began_ms) / 1_000;
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    node: process.version,
    /** Runnable processes of others at the start: above zero the figures are pessimistic. */
    loadAverage: load,
  };
  const verdicts = figures.map(verdictOf);
  const count = (verdict: string): number => verdicts.filter((one) => one === verdict).length;
  process.stdout.write(
    `${figureTable(figures)}\n\n` +
      `${count("hit")} budgets hit, ${count("miss")} missed; ` +
      `${options.quick ? "quick" : "full"} run of ${took_s.toFixed(0)} s ` +
      `on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, ` +
      `load average ${load.toFixed(1)} at its start\n` +
      "servers, venue, client and node share the machine; R1 and R3: default fsync interval; " +
      "R1 sync: fsync before every acknowledgement; R3: three servers on loopback\n" +
      "the load's floor publishes into one stream; with fsync that is one disk write at a time, " +
      "where the product's streams write side by side, so its share can exceed 100 %\n",
  );
  const json = resolve(options.json);
  mkdirSync(dirname(json), { recursive: true });
  const rows = figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
  const at = new Date().toISOString();
  writeFileSync(json, `${JSON.stringify({ at, quick: options.quick, machine, rows }, null, 2)}\n`);
  say(`written to ${options.json}`);
};

run().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
