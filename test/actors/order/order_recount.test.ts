/** A record of a venue that is as young as all that was heard of an order: what it takes over. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded } from "../../../protocols/ord_status.ts";
import { alarms, lastId, limit10, said, working } from "./order_bench.ts";
import type { OrderBench, Outcome } from "./order_bench.ts";

const record = (bench: OrderBench, cumQty_lots: number, orderQty_lots = 10, more = {}): Outcome =>
  bench.report("new", { cumQty_lots, orderQty_lots, fromRecord: true, recounted: true, ...more });

const bust = (bench: OrderBench, refExecId: string, lots: number, cum: number, more = {}) =>
  bench.report("trade_cancel", {
    ...{ execId: `b-${refExecId}`, refExecId, lastQty_lots: lots, lastPx_ticks: 200 },
    ...{ cumQty_lots: cum, fromRecord: true, ...more },
  });

describe("what a record counts", () => {
  it("beyond its executions is missing, also after a bust that was lost", () => {
    const bench = working();
    bench.fill(5, { execId: "t1" });
    bust(bench, "t1", 5, 0, { leavesQty_lots: 10 });
    const outcome = record(bench, 5);
    expect(bench.order).toMatchObject({ cumQty_lots: 0, owedQty_lots: 5 });
    expect(outcome.events).toMatchObject([{ execType: "fills_awaited", owedQty_lots: 5 }]);
    bench.fill(5, { execId: "t2", cumQty_lots: 5, fromRecord: true });
    expect(bench.order.owedQty_lots).toBeUndefined();
    expect(record(bench, 5).events).toEqual([]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("beyond its executions is booked after its grace, also with an end after a bust", () => {
    const bench = working();
    bench.fill(5, { execId: "t1" });
    bust(bench, "t1", 5, 0, { leavesQty_lots: 10 });
    const told = { cumQty_lots: 5, orderQty_lots: 10, fromRecord: true, recounted: true } as const;
    bench.report("canceled", told);
    expect(bench.order).toMatchObject({ phase: "canceled", owedQty_lots: 5 });
    bench.provisional();
    expect(bench.short).toBe("canceled 5/10");
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is all that is missing: a correction had been counted before it was told", () => {
    const bench = working();
    bench.fill(5, { execId: "t1" });
    bench.cancel({ cancelId: "c1" });
    bench.report("cancel_rejected", { clOrdId: lastId(bench), cumQty_lots: 9 });
    expect(bench.order.owedQty_lots).toBe(4);
    bench.report("trade_correct", {
      ...{ execId: "k1", refExecId: "t1", lastQty_lots: 9, lastPx_ticks: 200 },
      ...{ cumQty_lots: 9, leavesQty_lots: 1, fromRecord: true },
    });
    record(bench, 9);
    expect(bench.order).toMatchObject({ cumQty_lots: 9 });
    expect(bench.order).not.toHaveProperty("owedQty_lots");
  });

  it("takes back what is provisional beyond it, and the order goes on with what works", () => {
    const bench = working();
    bench.fill(5, { execId: "t1" });
    bench.report("restated", { cumQty_lots: 10, orderQty_lots: 10 });
    bench.provisional();
    expect(bench.short).toBe("filled 10/10");
    const outcome = record(bench, 5);
    expect(said(outcome)).toEqual(["trade_cancel partially_filled"]);
    expect(worstOpen_lots(bench.order)).toBe(5);
  });
});

describe("what a record says to work", () => {
  it("works, reserved for and asked to go, where the order has ended by what it had heard", () => {
    const bench = working();
    bench.fill(10, { execId: "t1" });
    bust(bench, "t1", 10, 0);
    expect(bench.short).toBe("canceled 0/10");
    const outcome = record(bench, 0);
    expect(alarms(outcome)).toEqual(["end_contradicted"]);
    expect(outcome.requests.map(({ command }) => command.kind)).toEqual(["cancel"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(hasEnded(bench.order)).toBe(false);
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is nothing where it says that a day's order is done with its day", () => {
    const bench = working({ ...limit10, timeInForce: "day" });
    bench.fill(3);
    const done = { fromRecord: true, recounted: true, cumQty_lots: 3, orderQty_lots: 10 } as const;
    const outcome = bench.report("done_for_day", done);
    expect(said(outcome)).toEqual(["done_for_day done_for_day"]);
    expect([outcome.requests, outcome.incidents]).toEqual([[], []]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.report("done_for_day", done).events).toEqual([]);
  });

  it("is taken back where what was provisional of an ended order had been its whole count", () => {
    const bench = working();
    bench.report("expired", { cumQty_lots: 2 });
    bench.provisional();
    const outcome = record(bench, 0);
    expect(said(outcome)).toEqual(["trade_cancel expired"]);
    expect(outcome.requests.map(({ command }) => command.kind)).toEqual(["cancel"]);
    expect(alarms(outcome)).toContain("end_contradicted");
    expect(worstOpen_lots(bench.order)).toBe(10);
  });

  it("is the order's, with total and price as its venue has them", () => {
    const bench = working();
    expect(said(record(bench, 0, 8, { price_ticks: 198 }))).toEqual(["restated new"]);
    expect(bench.order.terms).toMatchObject({ orderQty_lots: 8, price_ticks: 198 });
    expect(record(bench, 0, 8, { price_ticks: 198 }).events).toEqual([]);
  });

  it("is not asked about its terms while a change is on its way", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20" });
    expect(record(bench, 0, 8).events).toEqual([]);
  });

  it("reopens an order that had filled, with a total that was raised unheard", () => {
    const bench = working(limit10);
    bench.fill(10, { execId: "t1" });
    expect(said(record(bench, 10, 12))).toEqual(["restated partially_filled"]);
    expect(worstOpen_lots(bench.order)).toBe(2);
  });
});

it("a record that may be older takes nothing over", () => {
  const bench = working();
  const outcome = record(bench, 0, 8, { recounted: undefined });
  expect(outcome.events).toEqual([]);
});
