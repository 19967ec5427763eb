/** Behavioural scenarios 1 to 11: acknowledgements, fills and their order. Numbers are theirs. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { OrderBench, alarms, limit10, said, sentIds, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";
import { orderings, permutations } from "./permutations.ts";

type Act = (bench: OrderBench) => Outcome;

const submitted = (): OrderBench => {
  const bench = new OrderBench();
  bench.submit(limit10);
  return bench;
};

const ack: Act = (bench) => bench.report("new", { venueOrderId: "v1" });
const fillTo =
  (cumQty_lots: number, lastQty_lots: number, execId = `t${cumQty_lots}`): Act =>
  (bench) =>
    bench.report("trade", { execId, cumQty_lots, lastQty_lots, lastPx_ticks: 200 });

describe("1: fills before the acknowledgement", () => {
  it.each(orderings({ ack, three: fillTo(3, 3), seven: fillTo(10, 7) }))("%s", (_names, acts) => {
    const bench = submitted();
    for (const act of acts) act(bench);
    expect(bench.short).toBe("filled 10/10");
    expect(bench.order.legs[0]).toMatchObject({ venueOrderId: "v1", cumQty_lots: 10 });
    expect(bench.bodies.filter(({ execType }) => execType === "trade")).toHaveLength(2);
    expect(bench.incidents).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});

describe("2: a late answer to the create", () => {
  it.each(orderings({ filled: fillTo(10, 10), again: fillTo(10, 10), ack, acked: ack }))(
    "%s",
    (_names, acts) => {
      const bench = submitted();
      let wasFilled = false;
      for (const act of acts) {
        act(bench);
        wasFilled ||= bench.order.phase === "filled";
        expect(bench.order.phase === "filled").toBe(wasFilled);
      }
      expect(bench.short).toBe("filled 10/10");
      expect(worstOpen_lots(bench.order)).toBe(0);
    },
  );
});

describe("4: a genuine fill of a canceled order", () => {
  const canceled: Act = (bench) => bench.report("canceled", { cumQty_lots: 0 });

  it.each(orderings({ canceled, fill: fillTo(4, 4), repeat: fillTo(4, 4) }))(
    "%s",
    (_names, acts) => {
      const bench = working();
      const late = acts[0] === canceled;
      for (const act of acts) act(bench);
      expect(bench.short).toBe("canceled 4/10");
      expect(bench.incidents.map(({ what }) => what)).toEqual(late ? ["late_fill"] : []);
      expect(bench.bodies.at(-1)?.leavesQty).toBe("0");
      expect(worstOpen_lots(bench.order)).toBe(0);
    },
  );
});

describe("5: a fill after another end", () => {
  const ends: readonly (readonly [string, Act, string])[] = [
    ["expired", (bench) => bench.report("expired"), "expired"],
    ["rejected", (bench) => bench.report("rejected"), "rejected"],
    ["proven unsent", (bench) => bench.report("not_sent"), "rejected"],
    [
      "timed out and proven unsent",
      (bench) => {
        bench.report("in_doubt");
        return bench.report("not_sent");
      },
      "rejected",
    ],
  ];
  it.each(ends)("%s", (_name, end, status) => {
    const bench = submitted();
    end(bench);
    expect(worstOpen_lots(bench.order)).toBe(0);
    const late = fillTo(4, 4)(bench);
    expect(said(late)).toEqual([`trade ${status}`]);
    expect(alarms(late)).toEqual(["late_fill"]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(said(fillTo(10, 6)(bench))).toEqual(["trade filled"]);
  });
});

describe("6: a booked execution again", () => {
  const reportOf = (bench: OrderBench, n: number): LegReport => ({
    kind: "report",
    venue: bench.requests[0]?.venue ?? ("" as never),
    orderId: bench.order.orderId,
    execType: "trade",
    clOrdId: (sentIds(bench)[0] ?? "") as never,
    execId: `e${n}`,
    cumQty_lots: n,
    lastQty_lots: 1,
    lastPx_ticks: 200,
    tsEvent: bench.now,
  });

  it("in a replay of the last fifty changes nothing", () => {
    const bench = working({ ...limit10, orderQty: "60" });
    for (let n = 1; n <= 55; n += 1) bench.deliver(reportOf(bench, n));
    const before = bench.order;
    for (let n = 6; n <= 55; n += 1) {
      expect(bench.deliver(reportOf(bench, n))).toMatchObject({ events: [], incidents: [] });
    }
    expect(bench.order).toBe(before);
    expect(bench.short).toBe("partially_filled 55/60");
  });

  it("under another id is recognised by the stretch that it covers, and is counted", () => {
    const bench = working();
    bench.deliver(reportOf(bench, 1));
    const again = bench.deliver({ ...reportOf(bench, 1), execId: "rest-17" });
    expect(again.events).toEqual([]);
    expect(alarms(again)).toEqual(["execution_renamed"]);
    expect(said(bench.deliver({ ...reportOf(bench, 2), execId: "rest-18" }))).toEqual([
      "trade partially_filled",
    ]);
    expect(bench.order.cumQty_lots).toBe(2);
  });

  it("after a restart changes nothing", () => {
    const bench = working();
    bench.deliver(reportOf(bench, 1));
    bench.restart();
    expect(bench.deliver(reportOf(bench, 1)).events).toEqual([]);
  });
});

describe("7: one execution id with another quantity", () => {
  it.each(permutations([5, 7]))("%i then %i: the first is booked, the other set aside", (a, b) => {
    const bench = working();
    bench.fill(a, { execId: "X", cumQty_lots: a });
    const other = bench.fill(b, { execId: "X", cumQty_lots: b });
    expect(other.events).toEqual([]);
    expect(alarms(other)).toEqual(["execution_contradiction"]);
    expect(bench.order.cumQty_lots).toBe(a);
    expect(worstOpen_lots(bench.order)).toBe(10 - a);
  });
});
