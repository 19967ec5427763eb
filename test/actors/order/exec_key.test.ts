/**
 * What one execution is: venue and leg, id, stretch of the count, price. A venue that begins anew
 * and uses ids again loses no fill; one that sends its reports again after a reconnect books none
 * twice.
 */
import { describe, expect, it } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { alarms, lastId, limit10, said, working } from "./order_bench.ts";
import type { OrderBench, Outcome } from "./order_bench.ts";

type Fields = Partial<Omit<LegReport, "clOrdId" | "tsEvent">> & { readonly clOrdId?: string };

const fill = (bench: OrderBench, cum: number, qty: number, at: number, more: Fields = {}) =>
  bench.report("trade", {
    execId: "X1",
    cumQty_lots: cum,
    lastQty_lots: qty,
    lastPx_ticks: 200,
    tsEvent: String(at) as Nanos,
    ...more,
  });

const bust = (bench: OrderBench, at: number, more: Fields = {}): Outcome =>
  bench.report("trade_cancel", {
    execId: `b${at}`,
    refExecId: "X1",
    cumQty_lots: 0,
    leavesQty_lots: 10,
    tsEvent: String(at) as Nanos,
    ...more,
  });

describe("a venue that begins anew uses ids again", () => {
  it("for the next stretch of the same order", () => {
    const bench = working();
    fill(bench, 5, 5, 10);
    expect(said(fill(bench, 8, 3, 20))).toEqual(["trade partially_filled"]);
    expect(bench.order.cumQty_lots).toBe(8);
  });

  it("for another leg of the order, whose count begins at zero", () => {
    const bench = working(limit10, "cancel_replace");
    fill(bench, 5, 5, 10);
    bench.replace({ replaceId: "r1", price: "99.5" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 5 });
    bench.report("new", { venueOrderId: "v2" });
    expect(said(fill(bench, 5, 5, 20))).toEqual(["trade filled"]);
  });

  it("for the very stretch and price of one that it took back: a repeat, and then missing", () => {
    const bench = working();
    fill(bench, 5, 5, 10);
    bust(bench, 15);
    // It cannot be told from a report that is sent again: it is not booked as that execution, but
    // what the venue counts is not lost.
    expect(fill(bench, 5, 5, 20).events).toEqual([]);
    bench.report("new", { cumQty_lots: 5 });
    bench.provisional();
    expect(bench.short).toBe("partially_filled 5/10");
    expect(bench.bodies.at(-1)).toMatchObject({ provisional: true, lastQty: "5" });
  });
});

describe("a venue that sends its reports again", () => {
  it.each([
    ["word for word", {}],
    ["from its record", { fromRecord: true }],
  ] as const)("%s books nothing twice", (_how, more) => {
    const bench = working();
    fill(bench, 5, 5, 10);
    fill(bench, 8, 3, 11, { execId: "X2" });
    const before = bench.order;
    expect(fill(bench, 5, 5, 10, more).events).toEqual([]);
    expect(fill(bench, 8, 3, 11, { execId: "X2", ...more }).events).toEqual([]);
    expect(bench.order).toBe(before);
  });

  it("after it took one back does not bring that one back", () => {
    const bench = working();
    fill(bench, 5, 5, 10);
    bust(bench, 15);
    expect(fill(bench, 5, 5, 10).events).toEqual([]);
    expect(fill(bench, 5, 5, 10, { fromRecord: true }).events).toEqual([]);
    expect(bench.short).toBe("new 0/10");
  });

  it("under other ids is recognised by the stretch and the price", () => {
    const bench = working();
    fill(bench, 5, 5, 10);
    expect(alarms(fill(bench, 5, 5, 10, { execId: "rest-1" }))).toEqual(["execution_renamed"]);
  });

  it("with other numbers under the same id is set aside", () => {
    const bench = working();
    fill(bench, 5, 5, 10);
    expect(alarms(fill(bench, 5, 4, 10))).toEqual(["execution_contradiction"]);
    expect(bench.order.cumQty_lots).toBe(5);
  });
});
