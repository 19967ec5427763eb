/** Behavioural scenario 11: busts and corrections reverse or adjust exactly; leaves follow. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded } from "../../../protocols/ord_status.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { OrderBench, alarms, lastId, limit10, said, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";
import { orderings } from "./permutations.ts";

/** Two fills, 4 at 100 and 3 at 99.5, with a fee on the first. */
const twice = (): OrderBench => {
  const bench = working();
  bench.fill(4, { execId: "t1", fee: { amount: "0.4", currency: "USDT" } });
  bench.fill(3, { execId: "t2", lastPx_ticks: 199 });
  return bench;
};

const bust = (bench: OrderBench, refExecId: string, fields: object = {}): Outcome =>
  bench.report("trade_cancel", { refExecId, ...fields });

const correct = (bench: OrderBench, refExecId: string, to: [number, number], more = {}) =>
  bench.report("trade_correct", { refExecId, lastQty_lots: to[0], lastPx_ticks: to[1], ...more });

describe("11: a bust", () => {
  it("takes quantity, value and fee of the trade back", () => {
    const bench = twice();
    const outcome = bust(bench, "t1", { cumQty_lots: 3, leavesQty_lots: 7 });
    expect(said(outcome)).toEqual(["trade_cancel partially_filled"]);
    expect(outcome.events[0]).toMatchObject({
      execType: "trade_cancel",
      leg: 0,
      refExecId: "t1",
      lastQty_lots: 4,
      lastPx_ticks: 200,
      fee: { amount: "0.4", currency: "USDT" },
    });
    expect(outcome.bodies[0]).toMatchObject({
      cumQty: "3",
      leavesQty: "7",
      avgPx: "99.5",
      lastQty: "4",
      execRefId: "t1",
    });
    expect(worstOpen_lots(bench.order)).toBe(7);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("of the only trade leaves the order as it was before it", () => {
    const bench = working();
    bench.fill(4, { execId: "t1" });
    expect(said(bust(bench, "t1", { cumQty_lots: 0 }))).toEqual(["trade_cancel new"]);
    expect(bench.bodies.at(-1)).not.toHaveProperty("avgPx");
    expect(bench.order.cumValue).toBe(0n);
  });

  it("repeated, also under another id, changes nothing; nor does the trade again", () => {
    const bench = twice();
    bust(bench, "t1", { execId: "b1", cumQty_lots: 3 });
    const before = bench.order;
    expect(bust(bench, "t1", { execId: "b1", cumQty_lots: 3 }).events).toEqual([]);
    expect(bust(bench, "t1", { execId: "b9", cumQty_lots: 3 }).events).toEqual([]);
    expect(bench.fill(4, { execId: "t1", cumQty_lots: 4 }).events).toEqual([]);
    expect(bench.order).toBe(before);
    expect(bench.incidents).toEqual([]);
  });

  it("of what is not booked is an incident", () => {
    const bench = twice();
    expect(alarms(bust(bench, "t9"))).toEqual(["execution_unknown"]);
    expect(alarms(bench.report("trade_cancel"))).toEqual(["report_unreadable"]);
    expect(bench.order.cumQty_lots).toBe(7);
  });

  it("of an id that stands for several executions needs their numbers", () => {
    const bench = working();
    bench.fill(4, { execId: "x", cumQty_lots: 4 });
    bench.fill(3, { execId: "x", cumQty_lots: 7 });
    expect(alarms(bust(bench, "x"))).toEqual(["execution_contradiction"]);
    expect(said(bust(bench, "x", { lastQty_lots: 3, cumQty_lots: 4 }))).toEqual([
      "trade_cancel partially_filled",
    ]);
    expect(bench.order.cumQty_lots).toBe(4);
  });

  const filled = (): OrderBench => {
    const bench = working();
    bench.fill(6, { execId: "t1" });
    bench.fill(4, { execId: "t2" });
    return bench;
  };

  it("reopens a filled order where the venue says that it works", () => {
    const bench = filled();
    const outcome = bust(bench, "t2", { cumQty_lots: 6, leavesQty_lots: 4 });
    expect(said(outcome)).toEqual(["trade_cancel partially_filled"]);
    expect(hasEnded(bench.order)).toBe(false);
    expect(worstOpen_lots(bench.order)).toBe(4);
    expect(bench.order).not.toHaveProperty("closedAt");
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["pending_cancel pending_cancel"]);
    bench.report("cancel_rejected", { clOrdId: lastId(bench) });
    expect(said(bench.fill(4, { execId: "t3" }))).toEqual(["trade filled"]);
  });

  it("ends a filled order with less where the venue does not say so", () => {
    for (const fields of [{}, { leavesQty_lots: 0 }]) {
      const bench = filled();
      expect(said(bust(bench, "t2", { cumQty_lots: 6, ...fields }))).toEqual([
        "trade_cancel canceled",
      ]);
      expect(bench.bodies.at(-1)).toMatchObject({ cumQty: "6", leavesQty: "0" });
      expect(hasEnded(bench.order)).toBe(true);
      expect(worstOpen_lots(bench.order)).toBe(0);
    }
  });

  it("leaves an overfilled order filled while its quantity is reached", () => {
    const bench = filled();
    bench.fill(2, { execId: "t3" });
    expect(said(bust(bench, "t3", { cumQty_lots: 10 }))).toEqual(["trade_cancel filled"]);
    expect(bench.short).toBe("filled 10/10");
  });

  it("restates the order where less works than it would", () => {
    const bench = twice();
    const outcome = bust(bench, "t1", { cumQty_lots: 3, leavesQty_lots: 3 });
    expect(said(outcome)).toEqual(["trade_cancel partially_filled", "restated partially_filled"]);
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "6", cumQty: "3", leavesQty: "3" });
    expect(worstOpen_lots(bench.order)).toBe(3);
  });

  it("ends an order of which nothing works any more", () => {
    const bench = twice();
    const outcome = bust(bench, "t1", { cumQty_lots: 3, leavesQty_lots: 0 });
    expect(said(outcome)).toEqual(["trade_cancel partially_filled", "canceled canceled"]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it.each(["canceled", "expired", "rejected"] as const)("applies after %s", (end) => {
    const bench = twice();
    bench.report(end);
    expect(said(bust(bench, "t1", { cumQty_lots: 3 }))).toEqual([`trade_cancel ${end}`]);
    expect(bench.bodies.at(-1)).toMatchObject({ cumQty: "3", leavesQty: "0" });
    const late = bust(bench, "t2", { cumQty_lots: 0, leavesQty_lots: 10 });
    expect(said(late)).toEqual([`trade_cancel ${end}`]);
    expect(alarms(late)).toEqual(["end_contradicted"]);
  });

  it("of the last fill while a replace or a cancel is on its way waits for the answer", () => {
    for (const [ask, refusal] of [
      [(b: OrderBench) => b.cancel({ cancelId: "c1" }), "cancel_rejected"],
      [(b: OrderBench) => b.replace({ replaceId: "r1", orderQty: "12" }), "replace_rejected"],
    ] as const) {
      const bench = working();
      ask(bench);
      bench.fill(10, { execId: "t1" });
      bust(bench, "t1", { cumQty_lots: 0, leavesQty_lots: 0 });
      expect(bench.order.phase).toBe("new");
      expect(worstOpen_lots(bench.order)).toBeGreaterThanOrEqual(10);
      expect(said(bench.report(refusal, { clOrdId: lastId(bench) })).at(-1)).toBe(
        "canceled canceled",
      );
      expect(worstOpen_lots(bench.order)).toBe(0);
    }
  });
});

describe("11: a correction", () => {
  it("adjusts quantity, value and fee, and says what they were", () => {
    const bench = twice();
    const fee = { amount: "0.3", currency: "USDT" };
    const outcome = correct(bench, "t1", [3, 198], { fee, cumQty_lots: 6, leavesQty_lots: 4 });
    expect(said(outcome)).toEqual(["trade_correct partially_filled"]);
    expect(outcome.events[0]).toMatchObject({
      from: { qty_lots: 4, px_ticks: 200, fee: { amount: "0.4", currency: "USDT" } },
      lastQty_lots: 3,
      lastPx_ticks: 198,
      fee,
    });
    expect(bench.order.cumValue).toBe(BigInt(3 * 198 + 3 * 199));
    expect(bench.bodies.at(-1)).toMatchObject({ cumQty: "6", leavesQty: "4", lastQty: "3" });
  });

  it("of a correction, by either id, starts from its numbers; then a bust takes those back", () => {
    for (const ref of ["t1", "k1"]) {
      const bench = twice();
      correct(bench, "t1", [3, 198], { execId: "k1", cumQty_lots: 6 });
      const again = correct(bench, ref, [5, 197], { execId: "k2", cumQty_lots: 8 });
      expect(again.events[0]).toMatchObject({ from: { qty_lots: 3, px_ticks: 198 } });
      expect(bench.order.cumQty_lots).toBe(8);
      const outcome = bust(bench, "k2", { cumQty_lots: 3 });
      expect(outcome.events[0]).toMatchObject({ lastQty_lots: 5, lastPx_ticks: 197 });
      expect(bench.order.cumValue).toBe(BigInt(3 * 199));
    }
  });

  it("repeated, or to what is booked, changes nothing; without numbers it is an incident", () => {
    const bench = twice();
    correct(bench, "t1", [3, 198], { execId: "k1", cumQty_lots: 6 });
    expect(correct(bench, "t1", [3, 198], { execId: "k1", cumQty_lots: 6 }).events).toEqual([]);
    expect(said(correct(bench, "t1", [3, 198], { execId: "k7", cumQty_lots: 6 }))).toEqual([]);
    expect(bench.short).toBe("partially_filled 6/10");
    expect(alarms(bench.report("trade_correct", { refExecId: "t1" }))).toEqual([
      "report_unreadable",
    ]);
  });

  it("that changes nothing can be named by the next one, before it and after it", () => {
    const bench = twice();
    correct(bench, "t1", [4, 200], { execId: "k1", cumQty_lots: 7 });
    expect(correct(bench, "t1", [4, 200], { execId: "k1", cumQty_lots: 7 }).events).toEqual([]);
    expect(said(correct(bench, "k1", [3, 200], { execId: "k2", cumQty_lots: 6 }))).toEqual([
      "trade_correct partially_filled",
    ]);
    const early = bust(bench, "k9", { execId: "b1", cumQty_lots: 3, lastQty_lots: 3 });
    expect(alarms(early)).toEqual(["execution_unknown"]);
    const tsEvent = early.events[0]?.tsEvent ?? bench.now;
    const told = correct(bench, "k2", [3, 200], { execId: "k9", cumQty_lots: 6, tsEvent });
    expect(said(told)).toEqual(["trade_cancel partially_filled"]);
    expect(bench.order).not.toHaveProperty("earlyAmends");
    expect(bench.short).toBe("partially_filled 3/10");
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("that a record tells after a later one does not undo that, and can be named", () => {
    const bench = twice();
    correct(bench, "t1", [2, 200], { execId: "k2", cumQty_lots: 5, tsEvent: toNanos(9_000n) });
    const older = { execId: "k1", cumQty_lots: 6, tsEvent: toNanos(8_000n), fromRecord: true };
    expect(said(correct(bench, "t1", [3, 199], older))).toEqual([]);
    expect(bench.short).toBe("partially_filled 5/10");
    expect(said(bust(bench, "k1", { cumQty_lots: 3 }))).toEqual(["trade_cancel partially_filled"]);
  });

  it("that changes nothing lets an execution under another id be known again", () => {
    const bench = twice();
    correct(bench, "t1", [4, 200], { execId: "k1", cumQty_lots: 7 });
    const again = bench.fill(3, { execId: "other", lastPx_ticks: 199, cumQty_lots: 7 });
    expect(alarms(again)).toEqual(["execution_renamed"]);
  });

  it("to nothing is a bust", () => {
    const bench = twice();
    expect(said(correct(bench, "t1", [0, 200], { cumQty_lots: 3 }))).toEqual([
      "trade_cancel partially_filled",
    ]);
  });

  it("up to the whole fills the order, down from it reopens or ends it", () => {
    const bench = twice();
    expect(said(correct(bench, "t2", [6, 199], { cumQty_lots: 10 }))).toEqual([
      "trade_correct filled",
    ]);
    expect(hasEnded(bench.order)).toBe(true);
    const down = correct(bench, "t2", [5, 199], { cumQty_lots: 9, leavesQty_lots: 1 });
    expect(said(down)).toEqual(["trade_correct partially_filled"]);
    expect(worstOpen_lots(bench.order)).toBe(1);
    correct(bench, "t2", [6, 199], { cumQty_lots: 10 });
    expect(said(correct(bench, "t2", [4, 199], { cumQty_lots: 8 }))).toEqual([
      "trade_correct canceled",
    ]);
  });

  it("above the whole is an overfill", () => {
    const bench = twice();
    const outcome = correct(bench, "t2", [8, 199], { cumQty_lots: 12 });
    expect(alarms(outcome)).toEqual(["overfill"]);
    expect(bench.short).toBe("filled 12/10");
  });
});

describe("11: busts, corrections and fills in any order end in the same books", () => {
  const acts = {
    bust: (bench: OrderBench) => bust(bench, "t1", { execId: "b", cumQty_lots: 3 }),
    correct: (bench: OrderBench) => correct(bench, "t2", [2, 198], { execId: "k", cumQty_lots: 6 }),
    fill: (bench: OrderBench) => bench.fill(1, { execId: "t3", cumQty_lots: 8 }),
    repeat: (bench: OrderBench) => bench.fill(4, { execId: "t1", cumQty_lots: 4 }),
  };
  it.each(orderings(acts))("%s", (_names, inOrder) => {
    const bench = twice();
    for (const act of inOrder) act(bench);
    expect(bench.order.cumQty_lots).toBe(3);
    expect(bench.order.cumValue).toBe(BigInt(2 * 198 + 200));
    expect(bench.short).toBe("partially_filled 3/10");
    expect(bench.incidents).toEqual([]);
    expect(bench.replayed()).toEqual(bench.order);
  });
});

it("11: a bust before its order's acknowledgement is known counts too", () => {
  const bench = new OrderBench();
  bench.submit(limit10);
  bench.fill(4, { execId: "t1" });
  bust(bench, "t1", { cumQty_lots: 0 });
  expect(bench.short).toBe("new 0/10");
});
