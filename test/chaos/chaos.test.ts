/**
 * The short form of `npm run chaos`: its plan, and a quarter of a minute of it on real processes.
 */
import { expect, test } from "vitest";
import { runChaos } from "./chaos_run.ts";
import { planChaos } from "./chaos_plan.ts";
import type { ChaosKind } from "./chaos_plan.ts";

const setting = { seed: 7, for_ms: 15_000, venues: 3, nodes: 2 };

test("the same seed gives the same plan, and a long one has every kind of trouble", () => {
  expect(planChaos(setting)).toEqual(planChaos(setting));
  expect(planChaos({ ...setting, seed: 8 })).not.toEqual(planChaos(setting));
  const kinds = new Set(planChaos({ ...setting, for_ms: 60_000 }).map(({ action }) => action.kind));
  const all: readonly ChaosKind[] = [
    "disconnect",
    "drain_node",
    "faults",
    "kill_nats",
    "kill_node",
    "kill_venue",
    "suspend_nats",
    "suspend_node",
    "suspend_venue",
  ];
  expect([...kinds].toSorted()).toEqual(all);
});

test("after a quarter of a minute of chaos the venues' records and ours agree", async () => {
  const told: string[] = [];
  const { seed, for_ms } = setting;
  const outcome = await runChaos({
    seed,
    for_ms,
    rate: 60,
    withDrill: false,
    say: (line) => void told.push(line),
  }).catch((error: unknown) => {
    throw new Error(told.join("\n"), { cause: error });
  });
  expect([...outcome.contradictions.slice(0, 20), ...outcome.stories]).toEqual([]);
  expect(outcome.fills).toBeGreaterThan(20);
}, 300_000);
