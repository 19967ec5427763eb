/**
 * Behavioural scenario 11, out of order: a bust or a correction whose execution is told only later,
 * because its own report was lost or could not be read.
 */
import { describe, expect, it } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { alarms, lastId, said, working } from "./order_bench.ts";
import type { OrderBench, Outcome } from "./order_bench.ts";

const bust = (bench: OrderBench, fields: Parameters<OrderBench["report"]>[1]): Outcome =>
  bench.report("trade_cancel", { refExecId: "t1", ...fields });

describe("11: a bust before its execution", () => {
  const early = (fields: Parameters<typeof bust>[1] = {}): OrderBench => {
    const bench = working();
    expect(alarms(bust(bench, { execId: "b1", cumQty_lots: 0, ...fields }))).toEqual([
      "execution_unknown",
    ]);
    return bench;
  };

  it("waits for it, and takes it back as soon as it is booked", () => {
    const bench = early({ tsEvent: "9000" as Nanos });
    const before = bench.order;
    expect(bust(bench, { execId: "b1", cumQty_lots: 0 }).events).toEqual([]);
    expect(bench.order).toBe(before);
    expect(said(bench.fill(4, { execId: "t1" }))).toEqual([
      "trade partially_filled",
      "trade_cancel new",
    ]);
    expect(bench.order).toMatchObject({ cumQty_lots: 0, cumValue: 0n });
    expect(bench.order).not.toHaveProperty("earlyAmends");
    expect(bench.fill(4, { execId: "t1", cumQty_lots: 4 }).events).toEqual([]);
    expect(said(bench.fill(10, { execId: "t2", cumQty_lots: 10 }))).toEqual(["trade filled"]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is none that is still to come where its venue counts it no more", () => {
    const bench = working();
    bench.report("canceled", { cumQty_lots: 8 });
    expect(bench.order.owedQty_lots).toBe(8);
    expect(worstOpen_lots(bench.order)).toBe(8);
    bust(bench, { execId: "b1", cumQty_lots: 3, lastQty_lots: 5, tsEvent: "9000" as Nanos });
    expect(worstOpen_lots(bench.order)).toBe(3);
    bust(bench, { execId: "b2", refExecId: "t2", cumQty_lots: 0, tsEvent: "9001" as Nanos });
    expect(bench.order).not.toHaveProperty("owedQty_lots");
    expect(worstOpen_lots(bench.order)).toBe(0);
    // Told after all, it is booked and taken back.
    expect(said(bench.fill(5, { execId: "t1" }))).toEqual([
      "trade canceled",
      "trade_cancel canceled",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("ends an order of which its venue says that nothing works any more", () => {
    const bench = working();
    bench.fill(4, { execId: "t2", cumQty_lots: 10 });
    expect(bench.order.owedQty_lots).toBe(6);
    const outcome = bust(bench, { execId: "b1", cumQty_lots: 4, leavesQty_lots: 0 });
    expect(said(outcome)).toEqual(["canceled canceled"]);
    expect(bench.short).toBe("canceled 4/10");
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("leaves an order with what its venue says to work", () => {
    const bench = working();
    bench.fill(4, { execId: "t2", cumQty_lots: 9 });
    bust(bench, { execId: "b1", cumQty_lots: 4, leavesQty_lots: 1 });
    expect(bench.short).toBe("partially_filled 4/5");
    expect(said(bench.fill(1, { execId: "t3" }))).toEqual(["trade filled"]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("leaves an order that its venue says to be over asked for where more was missing", () => {
    const bench = working();
    bench.fill(4, { execId: "t3", cumQty_lots: 10 });
    bust(bench, { execId: "b1", cumQty_lots: 6, leavesQty_lots: 0 });
    bench.fill(2, { execId: "t2", cumQty_lots: 8, fromRecord: true });
    expect(bench.short).toBe("partially_filled 6/10");
    const asked = bench.requests.length;
    bench.cancel({ cancelId: "c1" });
    const late = { clOrdId: lastId(bench), cumQty_lots: 6, code: "ORDER_CLOSED" } as const;
    expect(said(bench.report("cancel_rejected", late))).toEqual([
      "cancel_rejected partially_filled ORDER_CLOSED",
    ]);
    expect(bench.requests.slice(asked).map(({ command }) => command.kind)).toEqual([
      "cancel",
      "query",
    ]);
    bench.report("canceled", { cumQty_lots: 6, fromRecord: true, recounted: true });
    expect(bench.short).toBe("canceled 6/10");
  });

  it("takes nothing back that happened after it under the same id", () => {
    const bench = early({ tsEvent: "1" as Nanos });
    expect(said(bench.fill(4, { execId: "t1" }))).toEqual(["trade partially_filled"]);
    expect(bench.order.cumQty_lots).toBe(4);
  });

  it("takes back only what has its numbers, where it says them", () => {
    const bench = early({ tsEvent: "9000" as Nanos, lastQty_lots: 4 });
    bench.fill(3, { execId: "t1" });
    expect(bench.order.cumQty_lots).toBe(3);
    bench.fill(4, { execId: "t1" });
    expect(bench.order.cumQty_lots).toBe(3);
  });

  it("corrects it, and ends the order that it had filled", () => {
    const bench = working();
    const to = { lastQty_lots: 6, lastPx_ticks: 199, cumQty_lots: 6, leavesQty_lots: 0 };
    const tsEvent = "9000" as Nanos;
    bench.report("trade_correct", { execId: "c1", refExecId: "t1", ...to, tsEvent });
    expect(said(bench.fill(10, { execId: "t1" }))).toEqual([
      "trade filled",
      "trade_correct canceled",
    ]);
    expect(bench.order).toMatchObject({ cumQty_lots: 6, cumValue: 1194n });
  });

  it("corrected first, it is taken back with the numbers of the correction", () => {
    const bench = working();
    const tsEvent = "9000" as Nanos;
    const to = { lastQty_lots: 2, lastPx_ticks: 199 };
    bench.report("trade_correct", { refExecId: "t1", ...to, cumQty_lots: 2, tsEvent });
    bench.report("trade_cancel", { refExecId: "t1", ...to, cumQty_lots: 0, tsEvent });
    bench.fill(4, { execId: "t1" });
    expect(bench.order).toMatchObject({ cumQty_lots: 0, cumValue: 0n });
  });

  it("is followed through every correction, each named by the one before it", () => {
    const bench = working();
    const correct = (execId: string, refExecId: string, lots: number, ns: number): void => {
      const to = { lastQty_lots: lots, lastPx_ticks: 199, cumQty_lots: lots };
      bench.report("trade_correct", { execId, refExecId, ...to, tsEvent: `${ns}` as Nanos });
    };
    // Heard in another order than they were made.
    correct("c2", "c1", 9, 9_001);
    correct("c1", "t1", 5, 9_000);
    expect(said(bench.fill(4, { execId: "t1" }))).toEqual([
      "trade partially_filled",
      "trade_correct partially_filled",
      "trade_correct partially_filled",
    ]);
    expect(bench.order).toMatchObject({ cumQty_lots: 9, cumValue: 1791n });
    expect(bench.order).not.toHaveProperty("earlyAmends");
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("waits for a correction as for an execution, and follows it", () => {
    const bench = working();
    const to = { lastPx_ticks: 200, leavesQty_lots: 0, tsEvent: "9001" as Nanos };
    bench.fill(4, { execId: "t1" });
    bench.report("trade_cancel", { execId: "b", refExecId: "c1", cumQty_lots: 0, ...to });
    expect(bench.order.cumQty_lots).toBe(4);
    const first = { refExecId: "t1", lastQty_lots: 5, cumQty_lots: 5 };
    bench.report("trade_correct", { execId: "c1", ...first, ...to, tsEvent: "9000" as Nanos });
    expect(bench.order).toMatchObject({ cumQty_lots: 0, cumValue: 0n });
    expect(bench.order).not.toHaveProperty("earlyAmends");
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("counts for what is missing with the last of its corrections", () => {
    const bench = working();
    bench.report("canceled", { cumQty_lots: 4 });
    expect(worstOpen_lots(bench.order)).toBe(4);
    const to = { lastPx_ticks: 199, tsEvent: "9000" as Nanos };
    const first = { refExecId: "t1", lastQty_lots: 5, cumQty_lots: 5 };
    bench.report("trade_correct", { execId: "c1", ...first, ...to });
    const second = { refExecId: "c1", lastQty_lots: 8, cumQty_lots: 8 };
    bench.report("trade_correct", { execId: "c2", ...second, ...to });
    bench.fill(4, { execId: "t1", cumQty_lots: 4, fromRecord: true });
    expect(bench.short).toBe("canceled 8/10");
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is of the one that happened before it, where another one has that id since", () => {
    const cash = { lastPx_ticks: 199, lastQty_lots: 1, cumQty_lots: 2 };
    for (const kind of ["trade_correct", "trade_cancel"] as const) {
      const bench = working();
      const tsEvent = "9000" as Nanos;
      const what = kind === "trade_correct" ? cash : { lastQty_lots: 1, cumQty_lots: 0 };
      bench.report(kind, { execId: "c1", refExecId: "t1", ...what, tsEvent });
      const fee = { amount: "0.1", currency: "USD" };
      bench.fill(1, { execId: "t1", cumQty_lots: 2, tsEvent: "9500" as Nanos, fee });
      expect(bench.order.cumValue).toBe(200n);
      const at = { tsEvent: "5000" as Nanos, fromRecord: true } as const;
      const told = bench.fill(1, { execId: "t1", cumQty_lots: 1, ...at });
      expect(said(told)).toEqual(["trade partially_filled", `${kind} partially_filled`]);
      expect(alarms(told)).toEqual([]);
      expect(bench.order.cumValue).toBe(kind === "trade_correct" ? 399n : 200n);
      expect(bench.order.amends?.map(({ of }) => of)).toEqual([
        expect.stringMatching("t1.trade.1"),
      ]);
      expect(bench.replayed()).toEqual(bench.order);
    }
  });

  it("does not bring an order back that has ended since", () => {
    const bench = early({ tsEvent: "9000" as Nanos, cumQty_lots: 0, leavesQty_lots: 10 });
    bench.report("canceled");
    expect(bench.fill(10, { execId: "t1" }).bodies.at(-1)?.ordStatus).toBe("canceled");
    expect(bench.short).toBe("canceled 0/10");
  });

  it("makes room for another one over the same stretch, which is no repeat of a third", () => {
    const bench = working();
    const px = { lastPx_ticks: 200 };
    bench.fill(2, { execId: "t2", cumQty_lots: 4, ...px });
    bust(bench, { execId: "b1", cumQty_lots: 2, lastQty_lots: 2, tsEvent: "9000" as Nanos });
    expect(said(bench.fill(2, { execId: "t3", cumQty_lots: 4, ...px }))).toEqual([
      "trade partially_filled",
    ]);
    expect(bench.order.cumQty_lots).toBe(4);
  });
});
