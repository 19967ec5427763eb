/**
 * The window of restarts: OTP's rule at its edges, and against a plain recount.
 */
import { assert, describe, it } from "@effect/vitest";
import { addRestart, emptyRestartWindow } from "../../runtime/restart_intensity.ts";
import type { RestartWindow } from "../../runtime/restart_intensity.ts";

const exceededAt = (times_ms: readonly number[], intensity: number, period_ms: number) => {
  let window: RestartWindow = emptyRestartWindow;
  return times_ms.map((now_ms) => {
    const next = addRestart(window, now_ms, { intensity, period_ms });
    window = next.window;
    return next.exceeded;
  });
};

describe("restart intensity", () => {
  it("allows exactly `intensity` restarts within the period", () => {
    assert.deepStrictEqual(exceededAt([0, 1, 2, 3], 3, 5_000), [false, false, false, true]);
  });

  it("forgets restarts older than the period, and counts one exactly as old as it", () => {
    assert.deepStrictEqual(exceededAt([0, 5_001], 1, 5_000), [false, false]);
    assert.deepStrictEqual(exceededAt([0, 5_000], 1, 5_000), [false, true]);
  });

  it("with intensity 0 gives up at the first restart", () => {
    assert.deepStrictEqual(exceededAt([7], 0, 5_000), [true]);
  });

  it("slides: a steady rate at the limit goes on for ever, one above it does not", () => {
    const steady = Array.from({ length: 100 }, (_, index) => index * 1_001);
    assert.isFalse(exceededAt(steady, 5, 5_000).includes(true));
    const faster = Array.from({ length: 100 }, (_, index) => index * 999);
    assert.strictEqual(exceededAt(faster, 5, 5_000).indexOf(true), 5);
  });

  it("agrees with a recount of the whole history, and stays bounded", () => {
    let seed = 12_345;
    const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff) / 2 ** 31;
    for (let round = 0; round < 200; round += 1) {
      const limit = { intensity: Math.floor(random() * 5), period_ms: 1_000 };
      const history: number[] = [];
      let window: RestartWindow = emptyRestartWindow;
      for (let now_ms = 0, step = 0; step < 30; step += 1) {
        now_ms += Math.floor(random() * 600);
        history.push(now_ms);
        const next = addRestart(window, now_ms, limit);
        window = next.window;
        const counted = history.filter((at_ms) => now_ms - at_ms <= limit.period_ms).length;
        assert.strictEqual(next.exceeded, counted > limit.intensity);
        assert.isAtMost(window.length, limit.intensity + 1);
      }
    }
  });
});
