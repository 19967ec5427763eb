/**
 * What a run of one seed is asked for, and what came of it.
 */
import type { Shard } from "../../protocols/kernel/shard.ts";
import type { JournalMemory } from "../../runtime/journal_memory.ts";
import type { Violation } from "./checkers/checker.ts";
import type { ConditionSettings } from "./conditions.ts";
import type { FaultName, FaultSettings } from "./faults.ts";
import type { Mutation } from "./mutation.ts";

/** How to run a seed. */
export interface SimulationOptions {
  readonly seed: number;
  /** Things that strategies do. */
  readonly actions: number;
  readonly mutation?: Mutation;
  /** Probabilities that are not left to the seed. */
  readonly faults?: FaultSettings;
  /** Conditions that are not left to the seed. */
  readonly conditions?: ConditionSettings;
}

/** What came of a seed. */
export interface SimulationResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Steps of the scheduler. */
  readonly steps: number;
  readonly frames: number;
  readonly fills: number;
  readonly struck: ReadonlyMap<FaultName, number>;
  readonly journals: JournalMemory;
  readonly shards: readonly Shard[];
}

/** Actions per seed unless said otherwise. */
export const actions_default = 120;
