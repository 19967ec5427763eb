/** Reports of venues, in and out of order. A number in a name is a behavioural scenario. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { OrderBench, alarms, limit10, said, sentIds, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";

const submitted = (): OrderBench => {
  const bench = new OrderBench();
  bench.submit(limit10);
  return bench;
};

describe("acknowledgements and fills", () => {
  it("acknowledges, fills in parts, fills", () => {
    const bench = submitted();
    expect(said(bench.report("new", { venueOrderId: "v1" }))).toEqual(["new new"]);
    expect(said(bench.fill(3))).toEqual(["trade partially_filled"]);
    expect(worstOpen_lots(bench.order)).toBe(7);
    expect(said(bench.fill(7, { lastPx_ticks: 199 }))).toEqual(["trade filled"]);
    expect(bench.bodies.at(-1)).toMatchObject({
      cumQty: "10",
      leavesQty: "0",
      avgPx: "99.65",
      lastQty: "7",
      lastPx: "99.5",
      lastMkt: "SIMX",
    });
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.order.legs[0]?.state).toBe("ended");
  });

  it("(1) books a fill before the acknowledgement, which then only names the order", () => {
    const bench = submitted();
    expect(said(bench.fill(3))).toEqual(["trade partially_filled"]);
    const ack = bench.report("new", { venueOrderId: "v1" });
    expect(ack.bodies).toEqual([]);
    expect(ack.events.map((event) => event.execType)).toEqual(["leg_named"]);
    expect(bench.order.legs[0]?.venueOrderId).toBe("v1");
    expect(bench.order.version).toBe(2);
    expect(bench.report("new", { venueOrderId: "v1" }).events).toEqual([]);
  });

  it("(2) stays filled when the acknowledgement comes last", () => {
    const bench = submitted();
    bench.fill(10);
    expect(bench.report("new").events).toEqual([]);
    expect(bench.short).toBe("filled 10/10");
  });

  it.each([
    [4, "canceled"],
    [5, "expired"],
  ] as const)("(%i) books a late fill after %s, and a full one outranks it", (_scenario, end) => {
    const bench = working();
    expect(said(bench.report(end))).toEqual([`${end} ${end}`]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    const late = bench.fill(4);
    expect(said(late)).toEqual([`trade ${end}`]);
    expect(alarms(late)).toEqual(["late_fill"]);
    expect(bench.bodies.at(-1)).toMatchObject({ cumQty: "4", leavesQty: "0" });
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(said(bench.fill(6))).toEqual(["trade filled"]);
  });

  it("(5) books a fill after a rejection and leaves the order rejected", () => {
    const bench = submitted();
    expect(said(bench.report("rejected", { code: "VENUE_REJECTED", text: "no" }))).toEqual([
      "rejected rejected VENUE_REJECTED",
    ]);
    const late = bench.fill(4);
    expect(said(late)).toEqual(["trade rejected"]);
    expect(alarms(late)).toEqual(["late_fill"]);
  });

  it("(6) books an execution once, however often it comes", () => {
    const bench = working();
    const fill: LegReport = {
      kind: "report",
      venue: bench.requests[0]?.venue ?? ("" as never),
      orderId: bench.order.orderId,
      execType: "trade",
      clOrdId: bench.requests[0]?.command.clOrdId ?? ("" as never),
      execId: "e1",
      cumQty_lots: 3,
      lastQty_lots: 3,
      lastPx_ticks: 200,
      tsEvent: bench.now,
    };
    expect(bench.deliver(fill).events).toHaveLength(1);
    expect(bench.deliver(fill).events).toEqual([]);
    expect(bench.deliver({ ...fill, tsEvent: bench.now }).incidents).toEqual([]);
    // The same id for the next stretch of the order is another execution.
    expect(said(bench.deliver({ ...fill, cumQty_lots: 6 }))).toEqual(["trade partially_filled"]);
    expect(bench.order.cumQty_lots).toBe(6);
  });

  it("(7) sets an execution aside that comes again with other numbers", () => {
    const bench = working();
    bench.fill(5, { execId: "X" });
    const again = bench.fill(7, { execId: "X", cumQty_lots: 7 });
    expect(again.events).toEqual([]);
    expect(alarms(again)).toEqual(["execution_contradiction"]);
    const priced = bench.fill(5, { execId: "X", cumQty_lots: 5, lastPx_ticks: 1 });
    expect(alarms(priced)).toEqual(["execution_contradiction"]);
    expect(bench.order.cumQty_lots).toBe(5);
  });

  it("books an overfill and says so", () => {
    const bench = working();
    bench.fill(8);
    const over = bench.fill(5);
    expect(said(over)).toEqual(["trade filled"]);
    expect(alarms(over)).toEqual(["overfill"]);
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "10", cumQty: "13", leavesQty: "0" });
    expect(alarms(bench.fill(1))).toEqual(["overfill"]);
  });

  it("does not book a fill without quantity or price", () => {
    const bench = working();
    expect(alarms(bench.report("trade", { lastQty_lots: 3 }))).toEqual(["report_unreadable"]);
    expect(alarms(bench.fill(0))).toEqual(["report_unreadable"]);
  });

  it("ignores a report about a request that is none of the order's, loudly", () => {
    const bench = working();
    expect(alarms(bench.fill(1, { clOrdId: "07aaaaaaaaaaaa" }))).toEqual(["request_unknown"]);
    expect(alarms(bench.fill(1, { venue: "OTHER" as never }))).toEqual(["request_unknown"]);
    expect(bench.order.cumQty_lots).toBe(0);
  });

  it("keeps reserved what the venue counted and we have not seen, and asks for it", () => {
    const bench = working();
    const end = bench.report("canceled", { cumQty_lots: 4 });
    expect(said(end)).toEqual(["canceled canceled"]);
    expect(alarms(end)).toEqual(["fills_missing"]);
    expect(end.requests.map(({ command }) => command.kind)).toEqual(["query"]);
    expect(worstOpen_lots(bench.order)).toBe(4);
    bench.fill(3, { cumQty_lots: 3 });
    expect(worstOpen_lots(bench.order)).toBe(1);
    bench.fill(1, { cumQty_lots: 4 });
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("answers a second end with nothing", () => {
    const bench = working();
    bench.report("canceled");
    for (const end of ["canceled", "expired", "rejected", "not_sent", "in_doubt"] as const) {
      expect(bench.report(end)).toMatchObject({ events: [], incidents: [] });
    }
  });

  it("rejects after the acknowledgement, as real venues do", () => {
    const bench = working();
    bench.fill(2);
    expect(said(bench.report("rejected"))).toEqual(["rejected rejected VENUE_REJECTED"]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});

describe("a place request that never left", () => {
  it("(26) is rejected with its code and frees the reservation", () => {
    const bench = submitted();
    expect(said(bench.report("not_sent"))).toEqual(["rejected rejected VENUE_NOT_SENT"]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    const other = submitted();
    expect(said(other.report("not_sent", { code: "ROUTE_VENUE_DOWN", text: "down" }))).toEqual([
      "rejected rejected ROUTE_VENUE_DOWN",
    ]);
    expect(alarms(other.report("new", { venueOrderId: "v" }))).toEqual(["end_contradicted"]);
  });

  it("(26) that its venue has after all is reserved for, and taken back", () => {
    const bench = submitted();
    bench.report("not_sent");
    const outcome = bench.report("new", { venueOrderId: "v" });
    expect(alarms(outcome)).toEqual(["end_contradicted"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    const cancelId = sentIds(bench).at(-1) ?? "";
    expect(cancelId).not.toBe(sentIds(bench)[0]);
    // A repeat asks for nothing more.
    expect(sentIds(bench).length).toBe(2);
    bench.report("new", { venueOrderId: "v" });
    expect(sentIds(bench).length).toBe(2);
    bench.report("canceled", { clOrdId: cancelId });
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.order?.phase).toBe("rejected");
  });

  it("(16) is canceled once where its cancel was on its way", () => {
    const bench = submitted();
    bench.cancel({ cancelId: "c1" });
    const [, cancelId = ""] = sentIds(bench);
    expect(said(bench.report("not_sent"))).toEqual(["canceled canceled"]);
    expect(bench.bodies.at(-1)?.commandId).toBe("cancel:c1");
    expect(bench.report("canceled", { clOrdId: cancelId }).events).toEqual([]);
    expect(bench.report("cancel_rejected", { clOrdId: cancelId }).events).toEqual([]);
  });

  it("is not believed against an acknowledgement", () => {
    const bench = working();
    const outcome = bench.report("not_sent");
    expect(outcome.events).toEqual([]);
    expect(alarms(outcome)).toEqual(["end_contradicted"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
  });
});

describe("an order in doubt", () => {
  const proofs: readonly (readonly [string, (bench: OrderBench) => Outcome, string])[] = [
    ["an acknowledgement", (bench) => bench.report("new"), "new new"],
    ["a fill", (bench) => bench.fill(4), "trade partially_filled"],
    ["a full fill", (bench) => bench.fill(10), "trade filled"],
    ["a cancellation", (bench) => bench.report("canceled"), "canceled canceled"],
    ["a rejection", (bench) => bench.report("rejected"), "rejected rejected VENUE_REJECTED"],
    ["an expiry", (bench) => bench.report("expired"), "expired expired"],
    ["not sent", (bench) => bench.report("not_sent"), "rejected rejected VENUE_NOT_SENT"],
  ];
  it.each(proofs)("(25) keeps its reservation until %s", (_what, prove, expected) => {
    const bench = submitted();
    expect(said(bench.report("in_doubt"))).toEqual(["in_doubt in_doubt"]);
    expect(bench.report("in_doubt").events).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(said(prove(bench))).toEqual([expected]);
    expect(bench.order.legs[0]).not.toHaveProperty("doubtOf");
    expect(bench.requests).toHaveLength(1);
  });

  it("is shown to work again by an acknowledgement after the first", () => {
    const bench = working();
    bench.report("in_doubt");
    expect(said(bench.report("new"))).toEqual(["new new"]);
  });

  it("(15) follows from a venue that does not know it: a refused cancel proves no end", () => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    const [, clOrdId = ""] = sentIds(bench);
    const outcome = bench.report("cancel_rejected", { clOrdId, code: "ORDER_UNKNOWN" });
    expect(said(outcome)).toEqual(["cancel_rejected new ORDER_UNKNOWN", "in_doubt in_doubt"]);
    expect(outcome.requests.map(({ command }) => command.kind)).toEqual(["query"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(said(bench.cancel({ cancelId: "c2" }))).toEqual(["pending_cancel in_doubt"]);
    expect(said(bench.replace({ replaceId: "r1", price: "101" }))).toEqual([
      "replace_rejected in_doubt ORDER_IN_DOUBT",
    ]);
  });

  it("about a request ends with the answer to that request, not with a fill", () => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    const [, clOrdId = ""] = sentIds(bench);
    expect(said(bench.report("in_doubt", { clOrdId }))).toEqual(["in_doubt in_doubt"]);
    expect(said(bench.fill(2))).toEqual(["trade in_doubt"]);
    expect(bench.report("new").bodies).toEqual([]);
    expect(said(bench.report("not_sent", { clOrdId }))).toEqual([
      "cancel_rejected partially_filled VENUE_NOT_SENT",
    ]);
    expect(bench.report("in_doubt", { clOrdId }).events).toEqual([]);
  });
});
