/**
 * Planted bugs inside the runtime, where no model or service can be wrapped: its modules are.
 */
import { beforeEach, expect, it, vi } from "vitest";
import { mutantSeeds_max } from "./mutants.ts";
import { simulate } from "./simulation.ts";
import { actions_default } from "./simulation_run.ts";

const planted = vi.hoisted(() => ({ skipsHighWater: false, keepsThrownTurns: false }));

vi.mock(import("../../runtime/parcel.ts"), async (original) => {
  const real = await original();
  return {
    ...real,
    alreadyTaken: (item, high) => !planted.skipsHighWater && real.alreadyTaken(item, high),
  };
});

vi.mock(import("../../runtime/space.ts"), async (original) => {
  const real = await original();
  return {
    ...real,
    makeSpace: (kinds) => {
      const space = real.makeSpace(kinds);
      const rollback = (): void => (planted.keepsThrownTurns ? space.keep() : space.rollback());
      return { ...space, rollback };
    },
  };
});

beforeEach(() => {
  planted.skipsHighWater = false;
  planted.keepsThrownTurns = false;
});

const catcher = (): string | undefined => {
  for (let seed = 1; seed <= mutantSeeds_max; seed += 1) {
    const { violation } = simulate({ seed, actions: actions_default });
    if (violation !== undefined) return violation.checker;
  }
  return undefined;
};

it("nothing is caught where nothing is planted", () => {
  expect(simulate({ seed: 1, actions: actions_default }).violation).toBeUndefined();
});

it("the high-water mark is skipped: a message that comes again is taken again", () => {
  planted.skipsHighWater = true;
  expect(["nothing_acknowledged_is_lost", "single_writer", "one_answer_per_command"]).toContain(
    catcher(),
  );
});

it("a turn that threw leaves its trace in the states", () => {
  planted.keepsThrownTurns = true;
  const catchers = ["replay_equals_live", "no_turn_throws", "one_answer_per_command"];
  expect([...catchers, "no_send_before_commit", "quiescence"]).toContain(catcher());
});
