/**
 * What a run of a seed is asked for and told as, between processes and to a person.
 */
import { createHash } from "node:crypto";
import type { Violation, ViolationKind } from "./checkers/checker.ts";
import type { ConditionSettings } from "./conditions.ts";
import type { FaultSettings } from "./faults.ts";
import { mutants } from "./mutants.ts";
import type { MutantName } from "./mutants.ts";
import type { Mutant } from "./mutant.ts";
import { simulate } from "./simulation.ts";
import { actions_default } from "./simulation_run.ts";
import type { SimulationResult } from "./simulation_run.ts";

/** What to run; the same run gives the same verdict in any process. */
export interface Run {
  readonly seed: number;
  /** Things that strategies do. */
  readonly steps: number;
  /** Faults whose probability is not left to the seed. */
  readonly faults?: FaultSettings;
  /** Conditions whose probability is not left to the seed. */
  readonly conditions?: ConditionSettings;
  /** A bug to plant. */
  readonly mutant?: MutantName;
}

/** The outcome of one seed. */
export interface Verdict {
  readonly seed: number;
  readonly frames: number;
  readonly fills: number;
  readonly schedulerSteps: number;
  /** SHA-256 of every byte of every journal. */
  readonly journals: string;
  /** How often each fault struck. */
  readonly struck: readonly (readonly [string, number])[];
  readonly violation: { readonly kind: ViolationKind; readonly text: string } | undefined;
}

/** Exit status by what went wrong. */
export const exitStatus: Readonly<Record<ViolationKind, number>> = {
  crash: 127,
  liveness: 128,
  correctness: 129,
};

/** Runs a seed. */
export const verdictOf = ({ seed, steps, faults, conditions, mutant }: Run): Verdict => {
  const bug: Mutant | undefined = mutant === undefined ? undefined : mutants[mutant];
  const result = simulate({
    seed,
    actions: steps,
    faults: { ...bug?.faults, ...faults },
    conditions: { ...bug?.conditions, ...conditions },
    ...(bug === undefined ? {} : { mutation: bug.mutation }),
  });
  return {
    seed,
    frames: result.frames,
    fills: result.fills,
    schedulerSteps: result.steps,
    journals: journalsSum(result),
    struck: [...result.struck],
    violation: told(result.violation),
  };
};

const journalsSum = ({ shards, journals }: SimulationResult): string => {
  const hash = createHash("sha256");
  for (const shard of shards) for (const { data } of journals.entries(shard)) hash.update(data);
  return hash.digest("hex");
};

const told = (violation: Violation | undefined): Verdict["violation"] =>
  violation === undefined ? undefined : { kind: violation.kind, text: violation.message };

/** What is printed of a seed that failed: what is wrong, and how to see it again. */
export const failureText = (
  { seed, steps, faults = {}, conditions = {}, mutant }: Run,
  violation: Verdict["violation"],
): string => {
  const { kind = "crash", text = "its process ended" } = violation ?? {};
  const more = [
    ...(steps === actions_default ? [] : [`--steps ${steps}`]),
    ...Object.entries(faults).map(([name, probability]) => `--fault ${name}=${probability}`),
    ...Object.entries(conditions).map(([name, likely]) => `--condition ${name}=${likely}`),
    ...(mutant === undefined ? [] : [`--mutant ${mutant}`]),
  ];
  const replay = ["npm run simulate -- --seed", seed, ...more].join(" ");
  return `seed ${seed} ${kind}: ${text}\n  replay: ${replay}`;
};
