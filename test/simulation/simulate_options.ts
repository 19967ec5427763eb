/**
 * What `npm run simulate` can be asked.
 */
import { parseArgs } from "node:util";
import { conditionTable, isConditionName } from "./conditions.ts";
import type { ConditionSettings } from "./conditions.ts";
import { faultTable, isFaultName } from "./faults.ts";
import type { FaultSettings } from "./faults.ts";
import { mutants } from "./mutants.ts";
import type { MutantName } from "./mutants.ts";
import { actions_default } from "./simulation_run.ts";

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
  /** Faults whose probability is not left to the seed. */
  readonly faults: FaultSettings | undefined;
  /** Conditions whose probability is not left to the seed. */
  readonly conditions: ConditionSettings | undefined;
  /** A bug to plant: what the checkers say of it. */
  readonly mutant: MutantName | undefined;
}

/** How to ask. */
export const usage = `npm run simulate -- [options]
  --seeds <n>    run n seeds (default 200)
  --from <n>     the first of them (default 1)
  --seed <n>     run this one seed and tell about it
  --steps <n>    things that strategies do per seed (default ${actions_default})
  --workers <n>  processes to share the seeds (default 2)
  --fault <name>=<p>  how likely a fault is, 0 to 1, whatever the seed; may be said again
  --condition <name>=<p>  how likely a condition is, likewise
  --mutant <name>     plant a bug, one of ${Object.keys(mutants).join(", ")}
faults: ${Object.keys(faultTable).join(", ")}
conditions: ${Object.keys(conditionTable).join(", ")}`;

/** Reads the command line. Throws an `Error` that says what is wrong with it. */
export const readSimulateOptions = (args: readonly string[]): SimulateOptions => {
  const number = { type: "string" } as const;
  const named = { type: "string", multiple: true } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seed: number, seeds: number, from: number, steps: number, workers: number },
      ...{ fault: named, condition: named, mutant: { type: "string" } },
    },
  });
  const read = (
    name: "seed" | "seeds" | "from" | "steps" | "workers",
    least: number,
  ): number | undefined => {
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
    faults: readLikely(values.fault, "fault", isFaultName),
    conditions: readLikely(values.condition, "condition", isConditionName),
    mutant: readMutant(values.mutant),
  };
};

/** How likely things are, by their names. */
const readLikely = <Name extends string>(
  said: readonly string[] | undefined,
  what: "fault" | "condition",
  isName: (name: string) => name is Name,
): Partial<Record<Name, number>> | undefined => {
  if (said === undefined) return undefined;
  const likely: Partial<Record<Name, number>> = {};
  for (const text of said) {
    const [name = "", value = ""] = text.split("=");
    const probability = Number(value);
    if (!isName(name)) throw new Error(`--${what}: there is no ${what} ${name}`);
    if (value === "" || !(probability >= 0 && probability <= 1)) {
      throw new Error(`--${what} ${name}=<p> is a probability from 0 to 1, not ${value}`);
    }
    likely[name] = probability;
  }
  return likely;
};

const readMutant = (name: string | undefined): MutantName | undefined => {
  if (name === undefined || isMutantName(name)) return name;
  throw new Error(`--mutant: there is no planted bug ${name}`);
};

const isMutantName = (name: string): name is MutantName => Object.hasOwn(mutants, name);
