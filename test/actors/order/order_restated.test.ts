/** What venues change by themselves: restated, suspended, done for day. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded } from "../../../protocols/ord_status.ts";
import { OrderBench, alarms, lastId, limit10, said, working } from "./order_bench.ts";

const dayOrder = { ...limit10, timeInForce: "day" } as const;

describe("a restated order", () => {
  it("has the venue's terms from then on", () => {
    const bench = working();
    bench.fill(3);
    const outcome = bench.report("restated", { orderQty_lots: 8, price_ticks: 198 });
    expect(said(outcome)).toEqual(["restated partially_filled"]);
    expect(outcome.bodies[0]).toMatchObject({ orderQty: "8", price: "99.0", leavesQty: "5" });
    expect(worstOpen_lots(bench.order)).toBe(5);
    expect(bench.order.legs[0]).toMatchObject({ orderQty_lots: 8, price_ticks: 198 });
    expect(bench.report("restated", { orderQty_lots: 8, price_ticks: 198 }).events).toEqual([]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("down to what is filled is filled, up from there is open again", () => {
    const bench = working();
    bench.fill(3);
    expect(said(bench.report("restated", { orderQty_lots: 2 }))).toEqual(["restated filled"]);
    expect(bench.short).toBe("filled 3/3");
    expect(said(bench.report("restated", { orderQty_lots: 9 }))).toEqual([
      "restated partially_filled",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(6);
  });

  it.each([false, true])(
    "to nothing, of which nothing was executed, is canceled: %s",
    (isThere) => {
      const bench = new OrderBench();
      bench.submit(limit10);
      if (isThere) bench.report("new", { venueOrderId: "v1" });
      bench.cancel({ cancelId: "c1" });
      const outcome = bench.report("restated", { orderQty_lots: 0 });
      expect(said(outcome)).toEqual(["canceled canceled"]);
      expect(hasEnded(bench.order)).toBe(true);
      expect(bench.replayed()).toEqual(bench.order);
    },
  );

  it("before its acknowledgement is accepted", () => {
    const bench = new OrderBench();
    bench.submit(limit10);
    expect(said(bench.report("restated", {}))).toEqual(["restated new"]);
  });

  it("keeps what is on its way", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20" });
    const replaceId = lastId(bench);
    expect(said(bench.report("restated", { orderQty_lots: 8 }))).toEqual([
      "restated pending_replace",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(20);
    expect(said(bench.report("replaced", { clOrdId: replaceId }))).toEqual(["replaced new"]);
    expect(bench.short).toBe("new 0/20");
  });

  it.each(["canceled", "expired", "rejected"] as const)("after %s is an alarm", (end) => {
    const bench = working();
    bench.report(end);
    const outcome = bench.report("restated", { orderQty_lots: 8 });
    expect(outcome.events).toEqual([]);
    expect(alarms(outcome)).toEqual(["end_contradicted"]);
  });
});

describe("an order that its venue made smaller without our hearing of it", () => {
  it.each(["cancel", "replace"] as const)("is filled by what a refused %s says", (what) => {
    const bench = working();
    bench.fill(4);
    if (what === "cancel") bench.cancel({ cancelId: "c1" });
    else bench.replace({ replaceId: "r1", orderQty: "12" });
    const figures = { cumQty_lots: 4, orderQty_lots: 4 };
    const outcome = bench.report(`${what}_rejected`, { clOrdId: lastId(bench), ...figures });
    expect(said(outcome).at(-1)).toBe("restated filled");
    expect(bench.short).toBe("filled 4/4");
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("stays where the figures count executions that we have not seen", () => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    const figures = { cumQty_lots: 4, orderQty_lots: 4 };
    bench.report("cancel_rejected", { clOrdId: lastId(bench), ...figures });
    expect(worstOpen_lots(bench.order)).toBe(10);
  });
});

describe("a suspended order", () => {
  it("stays reserved, can be filled and canceled, and comes back", () => {
    const bench = working();
    expect(said(bench.report("suspended"))).toEqual(["restated suspended"]);
    expect(bench.report("suspended").events).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(said(bench.fill(3))).toEqual(["trade suspended"]);
    expect(bench.bodies.at(-1)).toMatchObject({ cumQty: "3", leavesQty: "7" });
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["pending_cancel pending_cancel"]);
    expect(said(bench.report("cancel_rejected", { clOrdId: lastId(bench) }))).toEqual([
      "cancel_rejected suspended VENUE_REJECTED",
    ]);
    expect(said(bench.report("new"))).toEqual(["new partially_filled"]);
    expect(said(bench.report("suspended"))).toEqual(["restated suspended"]);
    expect(said(bench.report("restated"))).toEqual(["restated partially_filled"]);
    expect(said(bench.fill(7))).toEqual(["trade filled"]);
  });

  it("is traded again in the leg that takes the place of the one that was halted", () => {
    const bench = working(limit10, "cancel_replace");
    bench.report("suspended");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.report("canceled", { clOrdId: lastId(bench) });
    const clOrdId = String(bench.order.legs[1]?.clOrdId);
    const outcome = bench.report("new", { clOrdId, venueOrderId: "v2", cumQty_lots: 0 });
    expect(said(outcome)).toEqual(["replaced suspended", "new new"]);
    expect(said(bench.fill(12))).toEqual(["trade filled"]);
  });
});

describe("an order that is done for the day", () => {
  it("and outlives it, waits for the next day", () => {
    const bench = working();
    bench.fill(3);
    expect(said(bench.report("done_for_day"))).toEqual(["done_for_day done_for_day"]);
    expect(bench.bodies.at(-1)).toMatchObject({ cumQty: "3", leavesQty: "0" });
    expect(hasEnded(bench.order)).toBe(false);
    expect(worstOpen_lots(bench.order)).toBe(7);
    expect(bench.report("done_for_day").events).toEqual([]);
    expect(said(bench.report("new"))).toEqual(["new partially_filled"]);
    expect(said(bench.fill(7))).toEqual(["trade filled"]);
  });

  it("is proven to be there by that, where it was in doubt", () => {
    const bench = working();
    bench.report("done_for_day");
    const { clOrdId } = bench.order.legs[0] ?? {};
    if (clOrdId === undefined) throw new Error("it has a leg");
    expect(said(bench.report("in_doubt", { clOrdId }))).toEqual(["in_doubt in_doubt"]);
    const told = bench.report("done_for_day", { fromRecord: true });
    expect(said(told)).toEqual(["done_for_day done_for_day"]);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("proves the replace whose id it names, and the leg that it is in", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "12" });
    const told = bench.report("done_for_day", { clOrdId: lastId(bench), orderQty_lots: 12 });
    expect(said(told)).toEqual(["replaced new", "done_for_day done_for_day"]);
    const other = working(limit10, "cancel_replace");
    other.replace({ replaceId: "r1", orderQty: "12" });
    other.report("canceled", { clOrdId: lastId(other) });
    const { clOrdId = "" } = other.order.legs[1] ?? {};
    expect(said(other.report("done_for_day", { clOrdId, cumQty_lots: 0 }))).toEqual([
      "replaced new",
      "done_for_day done_for_day",
    ]);
  });

  it("can be canceled and replaced meanwhile", () => {
    const bench = working();
    bench.report("done_for_day");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    expect(said(bench.report("replaced", { clOrdId: lastId(bench) }))).toEqual([
      "replaced done_for_day",
    ]);
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.report("canceled", { clOrdId: lastId(bench) }))).toEqual([
      "canceled canceled",
    ]);
  });

  it("of that day, whose bust lets it work again, is taken back and never placed anew", () => {
    const bench = working(dayOrder);
    bench.fill(4, { execId: "t1" });
    bench.report("done_for_day");
    const bust = { refExecId: "t1", lastQty_lots: 4, lastPx_ticks: 200, cumQty_lots: 0 };
    const outcome = bench.report("trade_cancel", { ...bust, leavesQty_lots: 10 });
    expect(outcome.requests.map(({ command }) => command.kind)).toEqual(["cancel"]);
    expect(alarms(outcome)).toEqual(["end_contradicted"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    const end = bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
    expect(end.requests).toEqual([]);
    expect(bench.order.legs).toHaveLength(1);
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("of that day has ended, and what was on its way is answered", () => {
    const bench = working(dayOrder);
    bench.fill(3);
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.report("done_for_day", { cumQty_lots: 5 }))).toEqual([
      "done_for_day done_for_day",
      "cancel_rejected done_for_day ORDER_CLOSED",
      "replace_rejected done_for_day ORDER_CLOSED",
    ]);
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.order.closedAt).toBeDefined();
    expect(worstOpen_lots(bench.order)).toBe(2);
    expect(said(bench.cancel({ cancelId: "c2" }))).toEqual([
      "cancel_rejected done_for_day ORDER_CLOSED",
    ]);
    const late = bench.fill(2, { cumQty_lots: 5 });
    expect(said(late)).toEqual(["trade done_for_day"]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(said(bench.report("expired"))).toEqual(["expired expired"]);
    expect(bench.replayed()).toEqual(bench.order);
  });
});
