/**
 * What `npm run simulate` can be asked.
 */
import { parseArgs } from "node:util";
import { actions_default } from "./simulation.ts";

/** What to run. */
export interface SimulateOptions {
  /** One seed to run by itself; undefined: many. */
  readonly seed: number | undefined;
  /** How many seeds, from `from` on. */
  readonly seeds: number;
  readonly from: number;
  /** Things that strategies do per seed. */
  readonly steps: number;
  readonly workers: number;
}

/** How to ask. */
export const usage = `npm run simulate -- [options]
  --seeds <n>    run n seeds (default 200)
  --from <n>     the first of them (default 1)
  --seed <n>     run this one seed and tell about it
  --steps <n>    things that strategies do per seed (default ${actions_default})
  --workers <n>  processes to share the seeds (default 2)`;

/** Reads the command line. Throws an `Error` that says what is wrong with it. */
export const readSimulateOptions = (args: readonly string[]): SimulateOptions => {
  const number = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seed: number, seeds: number, from: number, steps: number, workers: number },
  });
  const read = (name: keyof typeof values, least: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) {
      throw new Error(`--${name} is a whole number from ${least} on, not ${text}`);
    }
    return value;
  };
  return {
    seed: read("seed", 0),
    seeds: read("seeds", 1) ?? 200,
    from: read("from", 0) ?? 1,
    steps: read("steps", 1) ?? actions_default,
    workers: read("workers", 1) ?? 2,
  };
};
