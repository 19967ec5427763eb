/**
 * What a run of a seed is told as, between processes and to a person.
 */
import type { Violation, ViolationKind } from "./checkers/checker.ts";
import { actions_default, simulate } from "./simulation.ts";

/** The outcome of one seed. */
export interface Verdict {
  readonly seed: number;
  readonly frames: number;
  readonly fills: number;
  readonly schedulerSteps: number;
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
export const verdictOf = (seed: number, steps: number): Verdict => {
  const result = simulate({ seed, actions: steps });
  return {
    seed,
    frames: result.frames,
    fills: result.fills,
    schedulerSteps: result.steps,
    struck: [...result.struck],
    violation: told(result.violation),
  };
};

const told = (violation: Violation | undefined): Verdict["violation"] =>
  violation === undefined ? undefined : { kind: violation.kind, text: violation.message };

/** What is printed of a seed that failed: what is wrong, and how to see it again. */
export const failureText = (
  seed: number,
  steps: number,
  violation: Verdict["violation"],
): string => {
  const { kind = "crash", text = "its process ended" } = violation ?? {};
  const more = steps === actions_default ? "" : ` --steps ${steps}`;
  return `seed ${seed} ${kind}: ${text}\n  replay: npm run simulate -- --seed ${seed}${more}`;
};
