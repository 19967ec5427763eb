/** Iceberg slices: sizes, and the sum over a whole life with replaces of the total. */
import { describe, expect, it } from "vitest";
import { nextSlice_lots, slicesOf } from "../../../actors/order/iceberg_model.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";

const figures = { orderQty_lots: 100, cumQty_lots: 0, open_lots: 0, maxFloor_lots: 30 };

describe("the next slice", () => {
  it.each([
    ["shows the floor", {}, 30],
    ["waits while another is open", { cumQty_lots: 10, open_lots: 20 }, 0],
    ["shows the rest at the end", { cumQty_lots: 90 }, 10],
    ["is none when all is filled", { cumQty_lots: 100 }, 0],
    ["is none after an overfill", { cumQty_lots: 120 }, 0],
  ])("%s", (_name, change, expected) => {
    expect(nextSlice_lots({ ...figures, minQty_lots: 1, ...change })).toBe(expected);
  });

  it("never leaves a rest that is too small to be sent", () => {
    const small = { ...figures, minQty_lots: 15 };
    expect(nextSlice_lots({ ...small, cumQty_lots: 60 })).toBe(25);
    expect(nextSlice_lots({ ...small, cumQty_lots: 85 })).toBe(15);
    expect(nextSlice_lots({ ...small, maxFloor_lots: 15, cumQty_lots: 72 })).toBe(28);
    expect(nextSlice_lots({ ...small, cumQty_lots: 95 })).toBe(5);
  });

  it("is counted beforehand", () => {
    expect(slicesOf(100, 30)).toBe(4);
    expect(slicesOf(90, 30)).toBe(3);
  });
});

describe("an iceberg's whole life", () => {
  it("fills its total exactly, whatever fills and replaces come", () => {
    const random = createPrng(21);
    const below = (n: number): number => Math.floor(random.nextUnit() * n);
    for (let run = 0; run < 400; run += 1) {
      const minQty_lots = 1 + below(10);
      const maxFloor_lots = minQty_lots + below(40);
      let orderQty_lots = maxFloor_lots + 1 + below(300);
      let cumQty_lots = 0;
      let slice = { orderQty_lots: 0, cumQty_lots: 0 };
      for (let step = 0; cumQty_lots < orderQty_lots; step += 1) {
        expect(step).toBeLessThan(5_000);
        const open_lots = slice.orderQty_lots - slice.cumQty_lots;
        const shown = nextSlice_lots({
          orderQty_lots,
          cumQty_lots,
          open_lots,
          maxFloor_lots,
          minQty_lots,
        });
        if (open_lots > 0) {
          expect(shown).toBe(0);
          const fill = 1 + below(open_lots);
          slice = { ...slice, cumQty_lots: slice.cumQty_lots + fill };
          cumQty_lots += fill;
          if (below(8) === 0) {
            // A replace: the slice makes room for another one.
            orderQty_lots = Math.max(cumQty_lots, orderQty_lots + below(60) - 30);
            slice = { orderQty_lots: 0, cumQty_lots: 0 };
          }
        } else {
          const left = orderQty_lots - cumQty_lots;
          expect(shown).toBeGreaterThan(0);
          expect(shown).toBeLessThanOrEqual(Math.max(maxFloor_lots, 2 * minQty_lots - 1));
          if (left >= minQty_lots) expect(shown).toBeGreaterThanOrEqual(minQty_lots);
          slice = { orderQty_lots: shown, cumQty_lots: 0 };
        }
        expect(cumQty_lots + slice.orderQty_lots - slice.cumQty_lots).toBeLessThanOrEqual(
          orderQty_lots,
        );
      }
      expect(cumQty_lots).toBe(orderQty_lots);
    }
  });
});
