/**
 * Simulated worlds: a fixed set of seeds, a few fresh ones, and that a seed says it all.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { faultTable } from "./faults.ts";
import { actions_default, simulate } from "./simulation.ts";
import type { SimulationResult } from "./simulation.ts";
import { exitStatus, failureText, verdictOf } from "./verdict.ts";

const fixedSeeds = Array.from({ length: 20 }, (_, at) => at + 1);
const freshSeeds_max = 5;

const journalsOf = ({ shards, journals }: SimulationResult): Buffer =>
  Buffer.concat(shards.flatMap((shard) => journals.entries(shard).map(({ data }) => data)));

const struck = new Set<string>();

const expectToHold = (seed: number): void => {
  const verdict = verdictOf(seed, actions_default);
  for (const [name] of verdict.struck) struck.add(name);
  const { violation } = verdict;
  expect(violation === undefined ? "" : failureText(seed, actions_default, violation)).toBe("");
};

const command = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [
    fileURLToPath(new URL("simulate.ts", import.meta.url)),
    ...args,
  ]);

describe("a simulated world", () => {
  it.each(fixedSeeds)("keeps every invariant: seed %i", (seed) => expectToHold(seed));

  it("has met nearly every fault of the table in those seeds", () => {
    const missed = Object.keys(faultTable).filter((name) => !struck.has(name));
    expect(missed.length, `never struck: ${missed.join(", ")}`).toBeLessThan(5);
  });

  it("keeps every invariant with fresh seeds", () => {
    const first = Date.now() % 1_000_000_000;
    for (let seed = first; seed < first + freshSeeds_max; seed += 1) expectToHold(seed);
  });

  it("58: writes the same journals, byte for byte, from the same seed", () => {
    const once = simulate({ seed: 7, actions: actions_default });
    const again = simulate({ seed: 7, actions: actions_default });
    expect(once.frames).toBeGreaterThan(200);
    expect(journalsOf(again).equals(journalsOf(once))).toBe(true);
    const other = simulate({ seed: 8, actions: actions_default });
    expect(journalsOf(other).equals(journalsOf(once))).toBe(false);
  });

  it("has no fault in every tenth seed", () => {
    const { struck: none, violation } = verdictOf(10, 20);
    expect([none, violation]).toEqual([[], undefined]);
  });
});

describe("npm run simulate", () => {
  it("runs many seeds over two processes and ends with 0 where all hold", async () => {
    const { stdout } = await command("--seeds", "4", "--steps", "10");
    expect(stdout).toContain("4 of 4 seeds");
    expect(stdout).toContain(" 0 failed");
  });

  it("tells about one seed", async () => {
    const { stdout } = await command("--seed", "3", "--steps", "10");
    expect(stdout).toMatch(/^seed 3: \d+ frames, \d+ fills/);
    expect(stdout).toContain("every invariant holds");
  });

  it("refuses what it cannot read with 2 and says how to ask", async () => {
    await expect(command("--seeds", "none")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--seeds is a whole number") as string,
    });
  });

  it("names the seed and the one command that replays it, and has a status for each kind", () => {
    const violation = { kind: "correctness", text: "single_writer: two of them" } as const;
    expect(failureText(12, actions_default, violation)).toBe(
      "seed 12 correctness: single_writer: two of them\n  replay: npm run simulate -- --seed 12",
    );
    expect(failureText(12, 9, undefined)).toContain("npm run simulate -- --seed 12 --steps 9");
    expect(new Set(Object.values(exitStatus)).size).toBe(3);
  });
});
