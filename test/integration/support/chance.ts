/**
 * A test's seed of random choices: new each run, told when the test fails, given by
 * `NATOMS_TEST_SEED` to make the same choices again (what comes of them still depends on time).
 */
import { randomInt } from "node:crypto";
import { onTestFailed } from "vitest";

const seed_max = 1_000_000;

/** A test's seed, and what else is to be told when it fails. */
export interface Chance {
  readonly seed: number;
  readonly notes: (() => string)[];
}

/** Picks the seed of the running test. */
export const drawChance = (): Chance => {
  const given = process.env["NATOMS_TEST_SEED"];
  const seed = given === undefined ? randomInt(seed_max) : Number(given);
  const notes: (() => string)[] = [];
  onTestFailed(() => {
    const story = notes.map((note) => note()).join("\n");
    process.stderr.write(`seed ${seed}\n${story}\n`);
  });
  return { seed, notes };
};
