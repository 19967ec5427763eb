/** The order event as outsiders see it. */
import { describe, expect, it } from "vitest";
import { OrderBench, limit10, working } from "../actors/order/order_bench.ts";

describe("the order event", () => {
  it("gives the average price to eight digits beyond the tick, half to even, trimmed", () => {
    const bench = working();
    bench.fill(1, { lastPx_ticks: 200 });
    expect(bench.bodies.at(-1)?.avgPx).toBe("100");
    bench.fill(2, { lastPx_ticks: 201 });
    // (100 + 2 × 100.5) / 3 = 100.333…
    expect(bench.bodies.at(-1)?.avgPx).toBe("100.333333333");
    bench.fill(3, { lastPx_ticks: 203 });
    // (100 + 201 + 304.5) / 6 = 100.91666…
    expect(bench.bodies.at(-1)?.avgPx).toBe("100.916666667");
  });

  it("leaves out what is not known", () => {
    const bench = new OrderBench();
    bench.cancel({ what: 1 });
    expect(Object.keys(bench.bodies[0] ?? {})).toEqual([
      "eventId",
      "version",
      "orderId",
      "account",
      "strategy",
      "clOrdId",
      "execType",
      "ordStatus",
      "rejectCode",
      "text",
      "commandId",
      "tsEvent",
      "tsInit",
    ]);
  });

  it("says at its source when a venue said so", () => {
    const bench = working();
    bench.fill(1, { tsEvent: "77" as never });
    const last = bench.bodies.at(-1);
    expect(last?.tsEvent).toBe("77");
    expect(BigInt(last?.tsInit ?? 0)).toBeGreaterThan(1_000n);
    expect(last?.commandId).toBe(`report:SIMX:${last?.execId}`);
  });

  it("shows a fee and the liquidity only on a trade", () => {
    const bench = working(limit10);
    bench.fill(1, { fee: { amount: "-0.01", currency: "BNB" }, lastLiquidityInd: "added" });
    expect(bench.bodies.at(-1)).toMatchObject({
      fee: { amount: "-0.01", currency: "BNB" },
      lastLiquidityInd: "added",
    });
    bench.cancel();
    for (const field of ["fee", "lastQty", "lastPx", "execId"]) {
      expect(bench.bodies.at(-1)).not.toHaveProperty(field);
    }
  });
});
