/**
 * `npm run chaos`: the whole system under every kind of trouble, and the records of both sides.
 *
 *   npm run chaos -- --for 5m [--seed N] [--rate N]
 *
 * Exit status: 0 where the records agree, 1 where they do not or the world does not come to rest, 2
 * where the command line cannot be read.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { readDuration_ms, showDuration } from "../../deploy/start/duration.ts";
import { runChaos } from "./chaos_run.ts";
import type { ChaosOutcome } from "./chaos_run.ts";
import { quantile } from "./gate_times.ts";

const usage = "npm run chaos -- [--for 5m] [--seed N] [--rate commands per second]";
const shown_max = 30;

interface ChaosOptions {
  readonly for_ms: number;
  readonly seed: number;
  readonly rate: number;
}

const readOptions = (args: readonly string[]): ChaosOptions => {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: [...args], options: { for: text, seed: text, rate: text } });
  const for_ms = readDuration_ms(values.for ?? "1m");
  if (for_ms === undefined) throw new Error(`--for is a duration such as 5m, not ${values.for}`);
  const number = (name: "seed" | "rate", fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is a whole number`);
    return value;
  };
  return { for_ms, seed: number("seed", randomInt(1, 1_000_000)), rate: number("rate", 80) };
};

const countsLine = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");

const times = (values_ms: readonly number[]): string => {
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(values_ms, share).toFixed(1));
  return `${values_ms.length} times, p50 ${p50} ms, p99 ${p99} ms`;
};

const report = (outcome: ChaosOutcome, again: string): string => {
  const { contradictions, gate_ms, drill_ms } = outcome;
  const head = [
    `trouble made: ${countsLine(outcome.counts)}`,
    `commands ${outcome.commands}, orders ${outcome.orders}, fills ${outcome.fills}`,
    `orders that were in doubt at some time: ${outcome.doubted}`,
    `incidents: ${countsLine(outcome.incidents)}`,
    `from logged on to gate open, amid the trouble: ${times(gate_ms)}`,
    `from reconnect to gate open, 1,000 open orders, no venue latency: ${times(drill_ms)}`,
  ];
  if (contradictions.length === 0) {
    return [...head, "the venues' records and ours agree, order by order and fill by fill"].join(
      "\n",
    );
  }
  const shown = contradictions.slice(0, shown_max).map((line) => `  ${line}`);
  const said = [`${contradictions.length} CONTRADICTIONS:`, ...shown, ...outcome.stories];
  return [...head, ...said, `again: ${again}`].join("\n");
};

const main = async (): Promise<number> => {
  let options: ChaosOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`);
    return 2;
  }
  const { seed, for_ms, rate } = options;
  const time = `${Math.round(for_ms / 1_000)}s`;
  const again = `npm run chaos -- --for ${time} --seed ${seed} --rate ${rate}`;
  console.log(`chaos for ${showDuration(for_ms)}, seed ${seed}, ${rate} commands per second`);
  try {
    const outcome = await runChaos({
      seed,
      for_ms,
      rate,
      withDrill: true,
      say: (line) => console.log(line),
    });
    console.log(report(outcome, again));
    return outcome.contradictions.length === 0 ? 0 : 1;
  } catch (cause) {
    console.error(cause);
    console.error(`again: ${again}`);
    return 1;
  }
};

process.exitCode = await main();
