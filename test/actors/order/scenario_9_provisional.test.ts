/** Behavioural scenario 9: fills that a venue counts and has not told. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { OrderBench, alarms, lastId, limit10, said, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";
import { orderings } from "./permutations.ts";

type Fields = Partial<Omit<LegReport, "clOrdId">>;
const told = (bench: OrderBench, execId: string, cum: number, qty: number, more: Fields = {}) =>
  bench.report("trade", {
    execId,
    cumQty_lots: cum,
    lastQty_lots: qty,
    lastPx_ticks: 199,
    ...more,
  });

const queries = ({ requests }: Outcome): string[] => requests.map(({ command }) => command.kind);

/** Of 10, 3 were executed and lost; then 2 were told, which counted them. */
const missing3 = (bench = working()): OrderBench => {
  told(bench, "t2", 5, 2);
  return bench;
};

const provisional3 = (): OrderBench => {
  const bench = missing3();
  bench.provisional();
  return bench;
};

describe("9: of a leg that another one followed", () => {
  it("an execution in the place of a provisional one is no late fill, one beyond it is", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    bench.report("new", { venueOrderId: "v2", cumQty_lots: 0 });
    bench.provisional();
    expect(bench.order.legs[0]).toMatchObject({ provisionalQty_lots: 3 });
    const { clOrdId = "" } = bench.order.legs[0] ?? {};
    const came = told(bench, "t1", 3, 3, { clOrdId } as Fields);
    expect(alarms(came)).toEqual(["provisional_resolved"]);
    expect(alarms(told(bench, "t2", 4, 1, { clOrdId } as Fields))).toEqual(["late_fill"]);
  });

  it("an execution in the place of a provisional one leaves total and leg as they are", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    bench.report("new", { venueOrderId: "v2", cumQty_lots: 0 });
    bench.provisional();
    const { clOrdId = "" } = bench.order.legs[0] ?? {};
    const came = told(bench, "t1", 3, 3, { clOrdId } as Fields);
    expect(said(came)).toEqual(["trade_cancel new", "trade partially_filled"]);
    expect(bench.short).toBe("partially_filled 3/12");
    expect(came.requests).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(9);
    expect(bench.replayed()).toEqual(bench.order);
  });
});

describe("9: a count above what is booked", () => {
  it("asks for the executions at once, reserves what it did, and tells nobody anything yet", () => {
    const bench = working();
    const outcome = told(bench, "t2", 5, 2);
    expect(said(outcome)).toEqual(["trade partially_filled"]);
    expect(queries(outcome)).toEqual(["query"]);
    expect(outcome.incidents).toEqual([]);
    expect(bench.short).toBe("partially_filled 2/10");
    expect(bench.order).toMatchObject({ owedQty_lots: 3, legs: [{ owedQty_lots: 3 }] });
    expect(worstOpen_lots(bench.order)).toBe(8);
  });

  it.each([
    "new",
    "restated",
    "suspended",
    "done_for_day",
    "cancel_rejected",
    "replace_rejected",
    "canceled",
    "expired",
    "rejected",
  ] as const)("is noticed on %s", (execType) => {
    const bench = working();
    const outcome = bench.report(execType, { cumQty_lots: 3 });
    expect(queries(outcome)).toEqual(["query"]);
    expect(bench.order.owedQty_lots).toBe(3);
    expect(queries(bench.report(execType, { cumQty_lots: 3 }))).toEqual([]);
    bench.provisional();
    expect(bench.order).toMatchObject({ cumQty_lots: 3 });
    expect(bench.replayed()).toEqual(bench.order);
  });

  it("is noticed on the answer to a replace and to a cancel", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.report("replaced", { clOrdId: lastId(bench), cumQty_lots: 3 });
    expect(bench.order.owedQty_lots).toBe(3);
    const clOrdId = lastId(bench);
    bench.cancel();
    bench.report("cancel_rejected", { clOrdId: lastId(bench), cumQty_lots: 4 });
    expect(bench.order.owedQty_lots).toBe(4);
    bench.report("canceled", { clOrdId, cumQty_lots: 5 });
    expect(bench.order.owedQty_lots).toBe(5);
    expect(worstOpen_lots(bench.order)).toBe(5);
  });

  it("is nothing more where the fills come before their time", () => {
    const bench = missing3();
    told(bench, "t1", 3, 3);
    expect(bench.order).not.toHaveProperty("owedQty_lots");
    expect(bench.order.legs[0]).not.toHaveProperty("missing");
    expect(bench.provisional().events).toEqual([]);
    expect(bench.incidents).toEqual([]);
  });
});

describe("9: when grace expires", () => {
  it("a provisional trade is booked, marked, and asked for", () => {
    const bench = missing3();
    const outcome = bench.provisional();
    expect(said(outcome)).toEqual(["trade partially_filled"]);
    expect(outcome.bodies[0]).toMatchObject({
      provisional: true,
      commandId: "timer:provisional",
      lastQty: "3",
      lastPx: "100.0",
      cumQty: "5",
      leavesQty: "5",
      text: "provisional, priced by limit",
    });
    expect(outcome.bodies[0]).not.toHaveProperty("fee");
    expect(outcome.bodies[0]?.execId).toMatch(/^prov-[0-9a-f]{16}$/);
    expect(queries(outcome)).toEqual(["query"]);
    expect(alarms(outcome)).toEqual(["fills_provisional"]);
    expect(bench.order.legs[0]).toMatchObject({ cumQty_lots: 5, provisionalQty_lots: 3 });
    expect(bench.order).not.toHaveProperty("owedQty_lots");
    expect(worstOpen_lots(bench.order)).toBe(5);
  });

  it("once: a second look books nothing, and asks again", () => {
    const bench = provisional3();
    const again = bench.provisional();
    expect([again.events, again.incidents, queries(again)]).toEqual([[], [], ["query"]]);
  });

  it("the id follows from order, leg, venue and stretch, and from nothing else", () => {
    const ids = [provisional3(), provisional3()].map(({ bodies }) => bodies.at(-1)?.execId);
    expect(ids[0]).toBe(ids[1]);
    const bench = working();
    told(bench, "t2", 6, 2);
    expect(bench.provisional().bodies[0]?.execId).not.toBe(ids[0]);
  });

  it("the price is what the venue's average leaves, where it gives one", () => {
    const bench = missing3();
    // (5 × 198.4 − 2 × 199) / 3 = 198
    bench.report("new", { cumQty_lots: 5, avgPx: { ticks: 198, millionths: 400_000 } });
    expect(bench.provisional().events[0]).toMatchObject({
      lastPx_ticks: 198,
      pricedBy: "venue_average",
    });
  });

  it("the average of another count, or one beyond the limit, is not used", () => {
    const other = missing3();
    other.report("new", { cumQty_lots: 5, avgPx: { ticks: 198, millionths: 0 } });
    told(other, "t4", 7, 1);
    expect(other.provisional().events[0]).toMatchObject({ lastQty_lots: 4, pricedBy: "limit" });
    const beyond = missing3();
    beyond.report("new", { cumQty_lots: 5, avgPx: { ticks: 300, millionths: 0 } });
    expect(beyond.provisional().events[0]).toMatchObject({ pricedBy: "limit" });
  });

  it("without a limit it is the last execution's, or what was reserved", () => {
    const { price: _, ...market } = { ...limit10, ordType: "market", timeInForce: "day" };
    const bench = new OrderBench();
    bench.submit(market, undefined, 210);
    expect(missing3(bench).provisional().events[0]).toMatchObject({
      lastPx_ticks: 199,
      pricedBy: "last_fill",
    });
    const unfilled = new OrderBench();
    unfilled.submit(market, undefined, 210);
    unfilled.report("new", { cumQty_lots: 3 });
    expect(unfilled.provisional().events[0]).toMatchObject({
      lastPx_ticks: 210,
      pricedBy: "risk_price",
    });
    const unpriced = new OrderBench();
    unpriced.submit(market);
    unpriced.report("new", { cumQty_lots: 3 });
    expect(alarms(unpriced.provisional())).toEqual(["fills_unpriced"]);
    expect(unpriced.order.owedQty_lots).toBe(3);
  });

  it("an order that its venue filled is filled", () => {
    const bench = working();
    bench.report("canceled", { cumQty_lots: 10 });
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(said(bench.provisional())).toEqual(["trade filled"]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    // Its executions restate it, and it is filled at the end of each of their turns.
    expect(said(told(bench, "t1", 4, 4))).toEqual(["trade_correct canceled", "trade filled"]);
    expect(said(told(bench, "t2", 10, 6))).toEqual(["trade_cancel canceled", "trade filled"]);
    expect(bench.order.cumValue).toBe(1990n);
  });
});

describe("9: the real executions", () => {
  it("take its place in the same turn, say so, and P&L restates", () => {
    const bench = provisional3();
    const execId = bench.bodies.at(-1)?.execId;
    const outcome = told(bench, "t1", 3, 3, { fee: { amount: "0.1", currency: "USDT" } });
    expect(outcome.bodies).toMatchObject([
      {
        execType: "trade_cancel",
        provisional: true,
        execRefId: execId,
        commandId: "report:SIMX:t1",
        lastQty: "3",
        cumQty: "2",
      },
      { execType: "trade", execId: "t1", commandId: "report:SIMX:t1", cumQty: "5" },
    ]);
    expect(outcome.bodies[1]).not.toHaveProperty("provisional");
    expect(alarms(outcome)).toEqual(["provisional_resolved"]);
    expect(bench.order).toMatchObject({ cumQty_lots: 5, cumValue: 995n });
    expect(bench.order.legs[0]).not.toHaveProperty("provisionalQty_lots");
    expect(bench.order.legs[0]).not.toHaveProperty("missing");
    expect(bench.provisional().requests).toEqual([]);
  });

  it.each(orderings({ one: [1, 1], two: [2, 1], three: [3, 1] } as const))(
    "one by one shrink it: %s",
    (_names, parts) => {
      const bench = provisional3();
      for (const [index, [cum, qty]] of parts.entries()) {
        const outcome = told(bench, `t1-${cum}`, cum, qty, { fromRecord: true });
        expect(outcome.bodies.at(-1)?.cumQty).toBe("5");
        expect(bench.order.legs[0]?.provisionalQty_lots ?? 0).toBe(2 - index);
      }
      expect(bench.order.cumValue).toBe(995n);
      expect(bench.incidents.map(({ what }) => what)).toEqual([
        "fills_provisional",
        "provisional_resolved",
      ]);
    },
  );

  it("told twice, or at exactly the price of the provisional trade, are booked once", () => {
    const bench = provisional3();
    const same = { lastPx_ticks: 200, fromRecord: true } as const;
    told(bench, "t1", 3, 3, same);
    expect(told(bench, "t1", 3, 3, same).events).toEqual([]);
    expect(alarms(told(bench, "rest-1", 3, 3, same))).toEqual(["execution_renamed"]);
    expect(bench.short).toBe("partially_filled 5/10");
  });

  it("of another stretch leave it as it is", () => {
    const bench = provisional3();
    told(bench, "t3", 9, 4);
    expect(bench.short).toBe("partially_filled 9/10");
    expect(bench.order.legs[0]?.provisionalQty_lots).toBe(3);
    expect(said(told(bench, "t4", 10, 1))).toEqual(["trade filled"]);
  });

  it("missing again are booked again, under another id", () => {
    const bench = provisional3();
    told(bench, "t4", 8, 1);
    expect(bench.order.owedQty_lots).toBe(2);
    bench.provisional();
    expect(bench.order.legs[0]).toMatchObject({ cumQty_lots: 8, provisionalQty_lots: 5 });
    told(bench, "t1", 3, 3, { fromRecord: true });
    told(bench, "t3", 7, 2, { fromRecord: true });
    expect(bench.short).toBe("partially_filled 8/10");
    expect(bench.order.cumValue).toBe(8n * 199n);
    const ids = bench.bodies.filter(({ provisional }) => provisional).map(({ execId }) => execId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("after the end of an order restate it all the same", () => {
    const bench = missing3();
    bench.report("canceled", { cumQty_lots: 5 });
    bench.provisional();
    expect(bench.short).toBe("canceled 5/10");
    const outcome = told(bench, "t1", 3, 3, { fromRecord: true });
    expect(said(outcome)).toEqual(["trade_cancel canceled", "trade canceled"]);
    expect(bench.short).toBe("canceled 5/10");
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});

describe("9: a bust", () => {
  const bust = (bench: OrderBench, refExecId: string, more: Fields): Outcome =>
    bench.report("trade_cancel", { refExecId, lastQty_lots: 3, ...more });

  it("of the missing execution takes the provisional trade back", () => {
    const bench = provisional3();
    const outcome = bust(bench, "t1", { cumQty_lots: 2, leavesQty_lots: 8 });
    expect(said(outcome)).toEqual(["trade_cancel partially_filled"]);
    expect(outcome.bodies[0]).toMatchObject({ provisional: true, cumQty: "2", leavesQty: "8" });
    expect(alarms(outcome)).toEqual(["execution_unknown", "provisional_resolved"]);
    expect(worstOpen_lots(bench.order)).toBe(8);
    // The record tells it later all the same: it is booked, and taken back at once.
    told(bench, "t1", 3, 3, { fromRecord: true, tsEvent: "1" as never });
    expect(bench.short).toBe("partially_filled 2/10");
    expect(bench.order).not.toHaveProperty("owedQty_lots");
  });

  it("of the missing execution before grace expires leaves nothing to book", () => {
    const bench = missing3();
    bust(bench, "t1", { cumQty_lots: 2, leavesQty_lots: 8 });
    expect(bench.order).not.toHaveProperty("owedQty_lots");
    expect(bench.provisional().events).toEqual([]);
  });

  it("of an order that is filled by it ends what does not work again", () => {
    const bench = working();
    bench.report("new", { cumQty_lots: 10 });
    bench.provisional();
    expect(bench.short).toBe("filled 10/10");
    bust(bench, "t1", { cumQty_lots: 7, leavesQty_lots: 0 });
    expect(bench.short).toBe("canceled 7/10");
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("of a told execution leaves the provisional trade", () => {
    const bench = provisional3();
    bust(bench, "t2", { lastQty_lots: 2, cumQty_lots: 3, leavesQty_lots: 7 });
    expect(bench.short).toBe("partially_filled 3/10");
    expect(bench.order.legs[0]?.provisionalQty_lots).toBe(3);
    told(bench, "t1", 3, 3, { fromRecord: true });
    expect(bench.short).toBe("partially_filled 3/10");
    expect(bench.order.legs[0]).not.toHaveProperty("provisionalQty_lots");
  });

  it("is not undone by a record of the time before it", () => {
    const bench = working();
    told(bench, "t1", 3, 3);
    bust(bench, "t1", { cumQty_lots: 0, leavesQty_lots: 10 });
    const outcome = bench.report("new", { cumQty_lots: 3, fromRecord: true });
    expect(outcome.requests).toEqual([]);
    expect(bench.provisional().events).toEqual([]);
    expect(bench.short).toBe("new 0/10");
  });
});

describe("9: an order in several legs", () => {
  it("books what an earlier leg is owed, and never revives it", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", price: "99.5" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 4 });
    const first = bench.order.legs[0]?.clOrdId ?? "";
    expect(bench.order.legs).toMatchObject([{ owedQty_lots: 4 }, { orderQty_lots: 6 }]);
    bench.provisional();
    bench.report("new", { venueOrderId: "v2" });
    bench.fill(6);
    expect(bench.short).toBe("filled 10/10");
    const outcome = bench.report("trade", {
      clOrdId: first,
      execId: "t1",
      cumQty_lots: 2,
      lastQty_lots: 2,
      lastPx_ticks: 200,
      fromRecord: true,
    });
    expect(said(outcome)).toEqual(["trade_correct partially_filled", "trade filled"]);
    expect(outcome.requests).toEqual([]);
    expect(bench.order.legs[0]).toMatchObject({ state: "ended", provisionalQty_lots: 2 });
  });
});
