/** Reduce-only: room, giving way, and no fill order that ever takes the position through zero. */
import { describe, expect, it } from "vitest";
import { closable_lots, givingWay, room_lots } from "../../../actors/held/reduce_only.ts";
import type { ReduceOnlyOrder } from "../../../actors/held/reduce_only.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";

const order = (id: string, worst_lots: number, target_lots = worst_lots): ReduceOnlyOrder => ({
  orderId: id as OrderId,
  side: "sell",
  worst_lots,
  target_lots,
});
const long = (netQty_lots: number, open_lots: number) =>
  ({ netQty_lots, side: "sell", open_lots }) as const;

describe("the room for one more order", () => {
  it("is the position less all that is open on its side", () => {
    expect(room_lots(long(10, 0))).toBe(10);
    expect(room_lots(long(10, 4))).toBe(6);
    expect(room_lots(long(10, 12))).toBe(0);
    expect(room_lots(long(10, 12), 5)).toBe(3);
  });

  it("is none without a position, or with one of the other side", () => {
    expect(room_lots(long(0, 0))).toBe(0);
    expect(room_lots(long(-10, 0))).toBe(0);
    expect(room_lots({ netQty_lots: -10, side: "buy", open_lots: 3 })).toBe(7);
    expect(closable_lots(10, "sell_short")).toBe(10);
    expect(closable_lots(10, "buy")).toBe(0);
  });
});

describe("giving way when the position shrinks", () => {
  it("asks nobody while everything fits", () => {
    expect(givingWay(long(10, 10), [order("a", 10)])).toEqual([]);
  });

  it("takes from the newest first", () => {
    expect(givingWay(long(7, 12), [order("a", 6), order("b", 6)])).toEqual([
      { orderId: "b", leaves_lots: 1 },
    ]);
    expect(givingWay(long(4, 12), [order("a", 6), order("b", 6)])).toEqual([
      { orderId: "b", leaves_lots: 0 },
      { orderId: "a", leaves_lots: 4 },
    ]);
    expect(givingWay(long(-1, 12), [order("a", 6), order("b", 6)])).toEqual([
      { orderId: "b", leaves_lots: 0 },
      { orderId: "a", leaves_lots: 0 },
    ]);
  });

  it("counts what was asked before as done", () => {
    expect(givingWay(long(7, 12), [order("a", 6), order("b", 6, 1)])).toEqual([]);
    expect(givingWay(long(6, 12), [order("a", 6), order("b", 6, 1)])).toEqual([
      { orderId: "b", leaves_lots: 0 },
    ]);
  });

  it("asks no more than reduce-only orders have: a plain order may cross zero", () => {
    expect(givingWay(long(2, 20), [order("a", 3)])).toEqual([{ orderId: "a", leaves_lots: 0 }]);
    expect(givingWay(long(2, 20), [])).toEqual([]);
  });
});

describe("whatever fills first", () => {
  it("no reduce-only fill takes the position through zero", () => {
    const random = createPrng(31);
    const below = (n: number): number => Math.floor(random.nextUnit() * n);
    let reduced = 0;
    for (let run = 0; run < 500; run += 1) {
      let net = 1 + below(50);
      const open: { qty: number; reduceOnly: boolean }[] = [];
      for (let step = 0; step < 40; step += 1) {
        const open_lots = open.reduce((sum, { qty }) => sum + qty, 0);
        const room = room_lots(long(net, open_lots));
        const qty = 1 + below(12);
        const reduceOnly = below(2) === 0;
        const isGuarded = reduceOnly || open.some((one) => one.reduceOnly);
        if (below(2) === 0 && (!isGuarded || qty <= room)) open.push({ qty, reduceOnly });
        const at = below(open.length + 1);
        const filled = open[at];
        if (filled === undefined) continue;
        const fill = 1 + below(filled.qty);
        if (filled.reduceOnly) {
          expect(net).toBeGreaterThanOrEqual(fill);
          reduced += 1;
        }
        net -= fill;
        filled.qty -= fill;
        if (filled.qty === 0) open.splice(at, 1);
        if (net <= 0 && !open.some((one) => one.reduceOnly)) net += 1 + below(50);
      }
    }
    expect(reduced).toBeGreaterThan(1_000);
  });
});
