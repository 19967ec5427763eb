/**
 * What a simulated world is like besides what goes wrong in it: one table, a condition a line.
 *
 * A condition's probability is per seed, or per venue of a seed. What is rare in a mixed world can
 * be made certain by its name, on the command line or for a planted bug.
 *
 * Owns: which conditions there are and how likely each is. Never: what becomes of one.
 */
import { makePrng } from "./prng.ts";

/** The conditions and their probabilities. */
export const conditionTable = {
  /** Operators are there. */
  operators: 0.6,
  /** They strike at most of what strategies send. */
  busy_operators: 0,
  /** A venue takes few orders in a time. */
  rate_limits: 0.3,
  /** And so few that nearly everything waits, for less than its deadline. */
  tight_limits: 0,
  /** Orders may wait longer for their venue: most that wait leave in the end. */
  long_deadlines: 0,
  /** Venues have bad spells, and their breakers open soon and for a short while. */
  nervous_breakers: 0.25,
  /** Strategies bind orders to each other. */
  bound_orders: 0.3,
  /** Persons trade at the venues by hand, and an account is there for what is nobody's. */
  manual_trades: 0.2,
  /** Venues are reconciled all the time; a world at rest is started again, and stays as it is. */
  eager_reconciliation: 0.15,
} as const;

/** The name of a condition. */
export type ConditionName = keyof typeof conditionTable;

/** Conditions whose probability is as it is said, by name. */
export type ConditionSettings = Readonly<Partial<Record<ConditionName, number>>>;

/** Whether there is a condition of that name. */
export const isConditionName = (name: string): name is ConditionName =>
  Object.hasOwn(conditionTable, name);

/** The conditions of one world. */
export interface Conditions {
  /** How likely one is, for who draws by itself. */
  readonly likely: (name: ConditionName) => number;
  /** Whether the world has it: by a stream of its own, so that it shifts no other choice. */
  readonly holds: (name: ConditionName) => boolean;
}

/** The conditions of a seed; what is set is as it is set, whatever the seed. */
export const makeConditions = (seed: number, settings: ConditionSettings = {}): Conditions => {
  const likely = (name: ConditionName): number => settings[name] ?? conditionTable[name];
  return { likely, holds: (name) => makePrng(seed, `has ${name}`).chance(likely(name)) };
};
