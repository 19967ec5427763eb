/**
 * Simulated worlds: a fixed set of seeds, a few fresh ones, and that a seed says it all.
 */
import { execFile, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { faultTable } from "./faults.ts";
import type { ConditionSettings } from "./conditions.ts";
import type { FaultSettings } from "./faults.ts";
import { simulate } from "./simulation.ts";
import { actions_default } from "./simulation_run.ts";
import type { SimulationResult } from "./simulation_run.ts";
import { exitStatus, failureText, verdictOf } from "./verdict.ts";
import type { Run } from "./verdict.ts";

const fixedSeeds = Array.from({ length: 20 }, (_, at) => at + 1);
const freshSeeds_max = 5;

const journalsOf = ({ shards, journals }: SimulationResult): Buffer =>
  Buffer.concat(shards.flatMap((shard) => journals.entries(shard).map(({ data }) => data)));

/** What some faults have for their occasion. */
const occasions: ConditionSettings = { rate_limits: 1, nervous_breakers: 1 };

const struck = new Set<string>();

const expectToHold = (seed: number, named: Pick<Run, "faults" | "conditions"> = {}): void => {
  const run: Run = { seed, steps: actions_default, ...named };
  const verdict = verdictOf(run);
  for (const [name] of verdict.struck) struck.add(name);
  const { violation } = verdict;
  expect(violation === undefined ? "" : failureText(run, violation)).toBe("");
};

const command = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [
    fileURLToPath(new URL("simulate.ts", import.meta.url)),
    ...args,
  ]);

describe("a simulated world", () => {
  it.each(fixedSeeds)("keeps every invariant: seed %i", (seed) => expectToHold(seed));

  it("has met every fault of the table in those seeds, or meets it where it is made likely", () => {
    const missed = (): string[] => Object.keys(faultTable).filter((name) => !struck.has(name));
    expect(missed().length).toBeLessThan(5);
    let seed = fixedSeeds.length;
    for (const name of missed()) {
      // Most of the rare ones have a venue's restart for their occasion.
      for (let tries = 0; !struck.has(name) && tries < 5; tries += 1) {
        const faults: FaultSettings = { venue_restarts: 0.05, [name]: 0.5 };
        expectToHold((seed += 1), { faults, conditions: occasions });
      }
    }
    expect(missed()).toEqual([]);
  });

  it.each([2923, 2924, 2925])("hears of lost busts by the record: seed %i", (seed) => {
    const amends = { trade_busted: 0.4, trade_corrected: 0.3, report_unreadable: 0.1 };
    const faults = { ...amends, venue_restarts: 0.04, venue_forgets_order: 0 };
    expectToHold(seed, { faults });
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

  it("writes them in another process as in this one", async () => {
    const run = { seed: 7, steps: 40, faults: { node_killed: 0.02 } };
    const worker = fork(fileURLToPath(new URL("simulate_worker.ts", import.meta.url)));
    const there = new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    worker.send(run);
    const verdict = verdictOf(run);
    expect(await there).toEqual(verdict);
    worker.disconnect();
    const { stdout } = await command("--seed", "7", "--steps", "40", "--fault", "node_killed=0.02");
    expect(stdout).toContain(`journals: ${verdict.journals}`);
    const { journals } = verdictOf({ ...run, faults: {} });
    expect(journals).not.toBe(verdict.journals);
  });

  it("lets a fault be set by its name, whatever the seed", () => {
    const never = Object.fromEntries(Object.keys(faultTable).map((name) => [name, 0]));
    expect(verdictOf({ seed: 7, steps: 20, faults: never }).struck).toEqual([]);
    const { struck: often } = verdictOf({ seed: 10, steps: 20, faults: { command_doubled: 1 } });
    expect(often).toEqual([["command_doubled", expect.any(Number)]]);
  });

  it("has no fault in every tenth seed", () => {
    const { struck: none, violation } = verdictOf({ seed: 10, steps: 20 });
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

  it("names the seed of a run that fails and the one command that replays it", async () => {
    const named = ["--fault", "report_late=0", "--condition", "operators=0"];
    const planted = ["--mutant", "position_applied_twice", ...named];
    const failing = command("--seeds", "3", "--workers", "1", ...planted);
    const text = await failing.then(() => "none fails", String);
    const said = /replay: npm run simulate -- (.*)/.exec(text)?.[1] ?? "";
    expect(said).toMatch(
      /^--seed \d --fault report_late=0 --condition operators=0 --mutant position_applied_twice$/,
    );
    await expect(command(...said.split(" "))).rejects.toMatchObject({
      code: exitStatus.correctness,
      stderr: expect.stringContaining("position_equals_fills") as string,
    });
  });

  it.each([
    [["--fault", "no_such=0.1"], "there is no fault no_such"],
    [["--fault", "report_late=2"], "a probability from 0 to 1, not 2"],
    [["--fault", "report_late="], "a probability from 0 to 1, not"],
    [["--condition", "no_such=0.1"], "there is no condition no_such"],
    [["--condition", "bound_orders=2"], "a probability from 0 to 1, not 2"],
    [["--mutant", "none"], "there is no planted bug none"],
  ])("refuses %s", async (args, text) => {
    await expect(command(...args)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(text) as string,
    });
  });

  it("has a status for each kind of failure, and says no more than is needed", () => {
    const violation = { kind: "correctness", text: "single_writer: two of them" } as const;
    const run = { seed: 12, steps: actions_default };
    expect(failureText(run, violation)).toBe(
      "seed 12 correctness: single_writer: two of them\n  replay: npm run simulate -- --seed 12",
    );
    const shorter = failureText({ ...run, steps: 9 }, undefined);
    expect(shorter).toContain("npm run simulate -- --seed 12 --steps 9");
    expect(new Set(Object.values(exitStatus)).size).toBe(3);
  });
});
