/** The schedules against what they promise, over random windows, fills and volumes. */
import { describe, expect, it } from "vitest";
import { beginOf, shareOf, slotAt } from "../../../actors/algo/schedule.ts";
import { participation_lots } from "../../../actors/algo/pov_model.ts";
import { pause_ms, slicesEver_max } from "../../../actors/algo/slice_plan.ts";
import { planTwap } from "../../../actors/algo/twap_model.ts";
import { planVwap, weightsOf } from "../../../actors/algo/vwap_model.ts";
import type { AlgoTerms } from "../../../protocols/algo.ts";
import { belowOf, Life, origin_ns, timedTerms } from "./worked_life.ts";

const runs = 300;

describe("a window in stretches", () => {
  it("has every moment in the stretch that begins at or before it", () => {
    const below = belowOf(1);
    for (let run = 0; run < runs; run += 1) {
      const start_ns = origin_ns + BigInt(below(1_000));
      const end_ns = start_ns + 1_000n + BigInt(below(1_000_000));
      const window = { start_ns, end_ns, slots: 1 + below(100) };
      expect(slotAt(window, start_ns - 1n)).toBe(-1);
      expect(slotAt(window, start_ns)).toBe(0);
      expect(slotAt(window, end_ns)).toBe(window.slots - 1);
      for (let slot = 1; slot < window.slots; slot += 1) {
        const begin_ns = beginOf(window, slot);
        expect(slotAt(window, begin_ns)).toBe(slot);
        expect(slotAt(window, begin_ns - 1n)).toBe(slot - 1);
      }
    }
  });

  it("shares a quantity exactly, also beyond the safe integers", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(shareOf(most, 10_000, 10_000)).toBe(most);
    expect(shareOf(most, 1, 3)).toBe(Math.floor(most / 3));
    expect(shareOf(7, 2, 3)).toBe(4);
    expect(participation_lots(99, 1_000)).toBe(9);
  });
});

describe("a schedule", () => {
  it("never falls, is a share of the whole by each stretch, and is exact in the last", () => {
    const below = belowOf(2);
    for (let run = 0; run < runs; run += 1) {
      const terms = timedTerms(below, 1);
      const orderQty_lots = 1 + below(1_000_000);
      const plan = (now_ns: bigint) =>
        terms.type === "vwap"
          ? planVwap(terms, { orderQty_lots, now_ns })
          : planTwap(terms as Extract<AlgoTerms, { type: "twap" }>, { orderQty_lots, now_ns });
      expect(plan(BigInt(terms.start) - 1n).target_lots).toBe(0);
      let [now_ns, before, looks] = [BigInt(terms.start), 0, 0];
      for (;;) {
        const { target_lots, next_ns, slot } = plan(now_ns);
        expect(target_lots).toBeGreaterThanOrEqual(before);
        expect(slot).toBe(looks);
        before = target_lots;
        if (next_ns === undefined) break;
        expect(plan(next_ns - 1n).target_lots).toBe(target_lots);
        expect(next_ns).toBeGreaterThan(now_ns);
        now_ns = next_ns;
        looks += 1;
      }
      expect(before).toBe(orderQty_lots);
      expect(plan(BigInt(terms.end) + 1n).target_lots).toBe(orderQty_lots);
    }
  });

  it("cut out of a day has the day's shares, across midnight too", () => {
    const day = Date.parse("2026-01-05T00:00:00Z");
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    const at = (hour: number): bigint => BigInt(day + hour * 3_600_000) * 1_000_000n;
    const cut = (from: number, to: number, slots: number) =>
      weightsOf(hours, { start_ns: at(from), end_ns: at(to), slots });
    const shares = (weights: readonly number[] | undefined): readonly number[] =>
      (weights ?? []).map((weight) => Math.round((weight / (weights?.at(-1) ?? 1)) * 1_000));
    expect(shares(cut(1, 5, 4))).toEqual([250, 500, 750, 1_000]);
    expect(shares(cut(22, 26, 4))).toEqual([22_000, 23_000, 0, 1_000]);
    expect(shares(cut(4.5, 6.5, 2))).toEqual([818, 1_000]);
    expect(weightsOf([1, 0], { start_ns: at(13), end_ns: at(14), slots: 2 })).toBeUndefined();
  });
});

describe("a worked order's whole life", () => {
  it("is never above its schedule or its share, and sends only what is an order", () => {
    let sent = 0;
    for (let seed = 0; seed < runs; seed += 1) {
      const life = new Life(seed);
      life.run();
      sent += life.sent;
    }
    expect(sent).toBeGreaterThan(runs);
  });

  it("cannot use its slices up within an hour", () => {
    let passed_ms = 0;
    for (let slices = 0; slices < slicesEver_max; slices += 1) passed_ms += pause_ms(slices);
    expect(passed_ms).toBeGreaterThan(3_600_000);
  });
});
