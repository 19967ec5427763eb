/**
 * An order has ended, and a bust or a correction lets a leg of it work again at its venue: what may
 * trade stays reserved, the leg is canceled, and the order stays ended.
 */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded, isClosed } from "../../../protocols/ord_status.ts";
import { OrderBench, alarms, lastId, limit10, said, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";

/** An iceberg whose first slice of 4 filled and whose second one was refused: it is canceled. */
const refused = (): OrderBench => {
  const bench = new OrderBench("native", 4);
  bench.submit(limit10);
  bench.report("new", { venueOrderId: "v1" });
  bench.fill(4, { execId: "t1" });
  bench.report("not_sent", { cumQty_lots: 0 });
  expect(bench.short).toBe("canceled 4/10");
  expect(hasEnded(bench.order)).toBe(true);
  return bench;
};

const bust = (bench: OrderBench, leavesQty_lots = 4): Outcome =>
  bench.report("trade_cancel", {
    clOrdId: String(bench.order.legs[0]?.clOrdId),
    refExecId: "t1",
    cumQty_lots: 0,
    leavesQty_lots,
  });

const kindsOf = ({ requests }: Outcome): readonly string[] =>
  requests.map(({ command }) => command.kind);

describe("an order that late fills had filled after its end", () => {
  /** Canceled at 0, filled by late fills, more than it asked for; a bust lets it work again. */
  const worksAgain = (): OrderBench => {
    const bench = working();
    bench.report("canceled");
    bench.fill(4, { execId: "t1" });
    bench.fill(8, { execId: "t2" });
    expect(bench.short).toBe("filled 12/10");
    const taken = { lastQty_lots: 1, lastPx_ticks: 200 };
    const less = { refExecId: "t2", lastQty_lots: 7, cumQty_lots: 11, leavesQty_lots: 9 };
    bench.report("trade_correct", { ...taken, ...less });
    expect(worstOpen_lots(bench.order)).toBe(9);
    return bench;
  };

  it("is back at that end when one is taken back: what was asked for meanwhile is answered", () => {
    const bench = worksAgain();
    bench.cancel({ cancelId: "c1" });
    const cancelId = lastId(bench);
    const outcome = bench.report("trade_cancel", { refExecId: "t1", cumQty_lots: 7 });
    expect(said(outcome)).toEqual([
      "trade_cancel pending_cancel",
      "cancel_rejected canceled ORDER_CLOSED",
    ]);
    expect(bench.report("canceled", { clOrdId: cancelId, cumQty_lots: 7 }).bodies).toEqual([]);
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is back at that end when its venue raises it, and goes there", () => {
    const bench = working();
    bench.report("canceled");
    bench.fill(10, { execId: "t1" });
    const outcome = bench.report("restated", { orderQty_lots: 15 });
    expect(said(outcome)).toEqual(["restated canceled"]);
    expect(kindsOf(outcome)).toEqual(["cancel"]);
    expect(worstOpen_lots(bench.order)).toBe(5);
  });
});

describe("a leg that works again after its order's end", () => {
  it("is reserved for and canceled; the order stays ended", () => {
    const bench = refused();
    const outcome = bust(bench);
    expect(said(outcome)).toEqual(["trade_cancel canceled"]);
    expect(alarms(outcome)).toEqual(["end_contradicted"]);
    expect(worstOpen_lots(bench.order)).toBe(4);
    expect(hasEnded(bench.order)).toBe(false);
    expect(isClosed(bench.order)).toBe(true);
    expect(outcome.requests[0]?.command).toMatchObject({
      kind: "cancel",
      origClOrdId: bench.order.legs[0]?.clOrdId,
    });
    const end = bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect(end.bodies).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("that trades meanwhile is booked, and reserved for what is left", () => {
    const bench = refused();
    bust(bench);
    const clOrdId = String(bench.order.legs[0]?.clOrdId);
    bench.fill(3, { clOrdId, execId: "t2", cumQty_lots: 3 });
    expect(bench.short).toBe("canceled 3/10");
    expect(worstOpen_lots(bench.order)).toBe(1);
    bench.fill(1, { clOrdId, execId: "t3", cumQty_lots: 4 });
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("is reserved for what its venue says, by a correction as well", () => {
    const bench = refused();
    const outcome = bench.report("trade_correct", {
      clOrdId: String(bench.order.legs[0]?.clOrdId),
      refExecId: "t1",
      lastQty_lots: 1,
      lastPx_ticks: 200,
      cumQty_lots: 1,
      leavesQty_lots: 2,
    });
    expect(said(outcome)).toEqual(["trade_correct canceled"]);
    expect(worstOpen_lots(bench.order)).toBe(2);
    expect(kindsOf(outcome)).toEqual(["cancel"]);
  });

  it("stays as it is where nothing of it works", () => {
    const bench = refused();
    expect(kindsOf(bust(bench, 0))).toEqual([]);
    expect(hasEnded(bench.order)).toBe(true);
  });

  it("whose cancel is refused is asked about, stays reserved, and is canceled on request", () => {
    const bench = refused();
    bust(bench);
    const kept = bench.report("cancel_rejected", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect(kindsOf(kept)).toEqual(["query"]);
    expect(alarms(kept)).toEqual(["overcommitted"]);
    expect(worstOpen_lots(bench.order)).toBe(4);
    const again = bench.cancel({ cancelId: "c1" });
    expect(said(again)).toEqual(["cancel_rejected canceled ORDER_CLOSED"]);
    expect(kindsOf(again)).toEqual(["cancel"]);
    // One is on its way already.
    expect(kindsOf(bench.cancel({ cancelId: "c2" }))).toEqual([]);
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("cannot be replaced any more", () => {
    const bench = refused();
    bust(bench);
    const outcome = bench.replace({ replaceId: "r1", orderQty: "12" });
    expect(said(outcome)).toEqual(["replace_rejected canceled ORDER_CLOSED"]);
  });

  it("is the only leg of an order: its venue's end ends it", () => {
    const bench = new OrderBench();
    bench.submit(limit10);
    bench.report("new", { venueOrderId: "v1" });
    bench.fill(4, { execId: "t1" });
    bench.cancel({ cancelId: "c1" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 4 });
    const outcome = bust(bench, 10);
    expect(kindsOf(outcome)).toEqual(["cancel"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    bench.report("expired", { cumQty_lots: 0 });
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.order.phase).toBe("canceled");
  });

  it("was filled after its cancel: what is taken back does not bring the order back", () => {
    const bench = new OrderBench("native", 5);
    bench.submit({ ...limit10, orderQty: "7" });
    bench.report("new", { venueOrderId: "v1" });
    bench.fill(5, { execId: "t1" });
    bench.report("new", { venueOrderId: "v2" });
    bench.cancel();
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
    bench.fill(2, { execId: "t2" });
    expect(bench.short).toBe("filled 7/7");
    const outcome = bust(bench, 5);
    expect(said(outcome)).toEqual(["trade_cancel canceled"]);
    expect(kindsOf(outcome)).toEqual(["cancel"]);
    const end = bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect([end.bodies, end.requests]).toEqual([[], []]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is over while its cancel is in doubt, and stays over when that never arrived", () => {
    const bench = working();
    bench.cancel();
    const cancelId = lastId(bench);
    bench.fill(10, { execId: "t1" });
    bench.report("trade_cancel", { refExecId: "t1", cumQty_lots: 0, leavesQty_lots: 0 });
    bench.report("in_doubt", { clOrdId: cancelId });
    bench.report("not_sent", { clOrdId: cancelId });
    expect(bench.short).toBe("canceled 0/10");
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("and was not given up is canceled with its order", () => {
    const bench = new OrderBench("cancel_replace");
    bench.submit(limit10);
    bench.report("new", { venueOrderId: "v1" });
    bench.fill(4, { execId: "t1" });
    bench.replace({ replaceId: "r1", price: "99.5" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 4 });
    bench.report("new", { venueOrderId: "v2" });
    bust(bench, 4);
    bench.report("cancel_rejected", { clOrdId: lastId(bench), cumQty_lots: 0 });
    const outcome = bench.cancel({ cancelId: "c1" });
    expect(said(outcome)).toEqual(["pending_cancel pending_cancel"]);
    const [first, second] = bench.order.legs.map(({ clOrdId }) => clOrdId);
    expect(outcome.requests.map(({ command }) => command)).toMatchObject([
      { kind: "cancel", origClOrdId: second },
      { kind: "cancel", origClOrdId: first },
    ]);
  });
});
