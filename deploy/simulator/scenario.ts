/**
 * A scenario: faults by time since the venue's start, from a file.
 *
 * The file is JSON in the words of `set_faults`: `{"seed": 1, "steps": [{"at_ms": 0, "clear": true,
 * "off": ["outage"], "faults": {…}}, …]}`. A latency `{"kind": "empirical", "file": "NAME"}` takes
 * its samples from a file beside it: whole ns, one a line.
 *
 * Owns: reading it and keeping its times.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Result, Schema } from "effect";
import { FaultScenario } from "../../protocols/sim_faults.ts";
import type { SimFaultScenario } from "../../protocols/sim_wire.ts";
import type { FaultOperator } from "./fault_operator.ts";
import type { VenueClock } from "./venue_clock.ts";

/** A scenario file that cannot be used. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

const decode = Schema.decodeUnknownResult(FaultScenario, { onExcessProperty: "error" });

const readText = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ScenarioError(`cannot read ${path}`, { cause });
  }
};

/** Reads a scenario. Throws `ScenarioError`. */
export const readScenario = (path: string): SimFaultScenario => {
  const withSamples = (_key: string, value: unknown): unknown => {
    if (typeof value !== "object" || value === null || !("file" in value)) return value;
    const { file, ...rest } = value;
    if (typeof file !== "string") throw new ScenarioError(`${path}: file is a name`);
    const samples_ns = readText(resolve(dirname(path), file))
      .split(/\s+/)
      .filter(Boolean);
    return { ...rest, samples_ns };
  };
  let content: unknown;
  try {
    content = JSON.parse(readText(path), withSamples);
  } catch (cause) {
    if (cause instanceof ScenarioError) throw cause;
    throw new ScenarioError(`${path} is no JSON`, { cause });
  }
  const decoded = decode(content);
  if (Result.isSuccess(decoded)) return decoded.success;
  throw new ScenarioError(`${path}: ${decoded.failure.message.slice(0, 400)}`);
};

/** Sets each step's faults at its time. Throws `ScenarioError` at once if one is impossible. */
export const playScenario = (
  scenario: SimFaultScenario,
  operator: FaultOperator,
  clock: VenueClock,
): void => {
  const { seed, steps } = scenario;
  for (const { faults } of steps) {
    const refusal = operator.check(faults);
    if (refusal !== undefined) throw new ScenarioError(refusal);
  }
  if (seed !== undefined) operator.set({ seed, faults: {} });
  for (const step of steps) {
    if (step.at_ms === 0) operator.set(step);
    else clock.schedule(step.at_ms * 1_000_000, () => operator.set(step));
  }
};
