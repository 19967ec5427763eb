/** Behavioural scenario 21: a venue without replace. The order goes from one leg to the next. */
import assert from "node:assert/strict";
import { afterEach, describe, expect, it } from "vitest";
import { legs_max } from "../../../actors/order/order_replace.ts";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded, isLive } from "../../../protocols/ord_status.ts";
import { alarms, lastId, limit10, said, sentIds, working } from "./order_bench.ts";
import type { OrderBench, Outcome } from "./order_bench.ts";
import { orderings } from "./permutations.ts";

type Act = (bench: OrderBench) => Outcome;

const watched: OrderBench[] = [];

/** A working order of 10 at 100, whose whole life is checked at the end of its test. */
const atVenue = (): OrderBench => {
  const bench = working(limit10, "cancel_replace");
  watched.push(bench);
  return bench;
};

/** The same on its way to 15 at 99, 3 filled. */
const moving = (): OrderBench => {
  const bench = atVenue();
  bench.fill(3, { execId: "o1" });
  bench.replace({ replaceId: "r1", orderQty: "15", price: "99" });
  return bench;
};

afterEach(() => {
  for (const bench of watched.splice(0)) {
    assert.deepEqual(bench.replayed(), bench.order);
    const versions = bench.bodies.map(({ version }) => version);
    assert.deepEqual(
      versions,
      versions.map((_, n) => n + 1),
    );
  }
});

/** What holds at every moment of a replace that succeeds, asked for in total. */
const holds = (bench: OrderBench, total: number): void => {
  const { order } = bench;
  expect(bench.bodies.at(-1)?.ordStatus).not.toBe("canceled");
  expect(order.legs.filter(isLive).length).toBeLessThanOrEqual(1);
  let live = 0;
  for (const leg of order.legs) if (isLive(leg)) live += leg.orderQty_lots - leg.cumQty_lots;
  const executed = order.cumQty_lots + (order.owedQty_lots ?? 0);
  expect(executed + live).toBeLessThanOrEqual(total);
  expect(worstOpen_lots(order)).toBe(total - order.cumQty_lots);
};

describe("21: a replace at a venue without one", () => {
  it("cancels the old leg, then places the rest, and is one order all the time", () => {
    const bench = moving();
    expect(bench.requests.at(-1)?.command).toMatchObject({
      kind: "cancel",
      origClOrdId: sentIds(bench)[0],
    });
    holds(bench, 15);
    const gone = bench.report("canceled", { clOrdId: lastId(bench) });
    expect(gone.bodies).toEqual([]);
    expect(gone.events.map(({ execType }) => execType)).toEqual(["leg_ended", "leg_added"]);
    expect(gone.requests.map(({ command }) => command)).toMatchObject([
      { kind: "place", orderQty_lots: 12, price_ticks: 198 },
    ]);
    holds(bench, 15);
    const done = bench.report("new", { venueOrderId: "v2" });
    expect(said(done)).toEqual(["replaced partially_filled"]);
    expect(done.bodies[0]).toMatchObject({
      commandId: "replace:r1",
      orderQty: "15",
      price: "99.0",
      leavesQty: "12",
    });
    holds(bench, 15);
    expect(said(bench.fill(12))).toEqual(["trade filled"]);
    expect(bench.short).toBe("filled 15/15");
    expect(bench.order.legs.map(({ cumQty_lots }) => cumQty_lots)).toEqual([3, 12]);
  });

  /** After the old leg's end, which counted two fills that were not seen yet. */
  const acts: Readonly<Record<string, Act>> = {
    "the old leg's end again": (bench) =>
      bench.report("canceled", { clOrdId: sentIds(bench)[1] ?? "", cumQty_lots: 5 }),
    "the new leg's ack": (bench) => bench.report("new", { venueOrderId: "v2" }),
    "a fill of the new leg": (bench) => bench.fill(4, { execId: "n1", cumQty_lots: 4 }),
    "the old leg's fills": (bench) =>
      bench.fill(2, { execId: "o2", clOrdId: sentIds(bench)[0] ?? "", cumQty_lots: 5 }),
  };
  it.each(orderings(acts))("%s", (_names, inOrder) => {
    const bench = moving();
    const end = bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 5 });
    expect(alarms(end)).toEqual(["fills_missing"]);
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "place", orderQty_lots: 10 });
    holds(bench, 15);
    for (const act of inOrder) {
      act(bench);
      holds(bench, 15);
    }
    expect(bench.short).toBe("partially_filled 9/15");
    expect(bench.order.legs.map(({ cumQty_lots }) => cumQty_lots)).toEqual([5, 4]);
    expect(bench.incidents.map(({ what }) => what)).toEqual(["fills_missing"]);
    expect(bench.order).not.toHaveProperty("owedQty_lots");
  });

  const early: Readonly<Record<string, Act>> = {
    "the cancel's refusal": (bench) =>
      bench.report("cancel_rejected", { clOrdId: sentIds(bench)[1] ?? "", cumQty_lots: 10 }),
    "the new leg's ack": (bench) => bench.report("new", { venueOrderId: "v2" }),
  };
  it.each(orderings(early))("the old leg fills first: %s", (_names, inOrder) => {
    const bench = moving();
    expect(said(bench.fill(7))).toEqual(["trade pending_replace"]);
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "place", orderQty_lots: 5 });
    holds(bench, 15);
    for (const act of inOrder) {
      act(bench);
      holds(bench, 15);
    }
    expect(bench.short).toBe("partially_filled 10/15");
  });

  it("refused, leaves the old leg and the old terms", () => {
    for (const how of ["cancel_rejected", "not_sent"] as const) {
      const bench = moving();
      const answer = bench.report(how, { clOrdId: lastId(bench) });
      expect(said(answer)[0]).toMatch(/^replace_rejected partially_filled/);
      expect(worstOpen_lots(bench.order)).toBe(7);
      expect(bench.order.legs).toHaveLength(1);
      expect(bench.order.legs[0]).not.toHaveProperty("leaving");
    }
  });

  it("in doubt keeps the worst case, and goes on with the proof", () => {
    const bench = moving();
    const leave = lastId(bench);
    expect(said(bench.report("in_doubt", { clOrdId: leave }))).toEqual(["in_doubt in_doubt"]);
    expect(worstOpen_lots(bench.order)).toBe(12);
    bench.report("canceled", { clOrdId: leave });
    expect(said(bench.report("in_doubt"))).toEqual(["in_doubt in_doubt"]);
    expect(worstOpen_lots(bench.order)).toBe(12);
    expect(said(bench.report("new"))).toEqual(["replaced partially_filled"]);
  });

  it("ends by its time what it would have replaced", () => {
    const bench = moving();
    expect(said(bench.report("expired"))).toEqual([
      "expired expired",
      "replace_rejected expired ORDER_CLOSED",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it.each(["rejected", "not_sent"] as const)("whose new leg is %s ends as the facts are", (how) => {
    const bench = moving();
    bench.report("canceled", { clOrdId: lastId(bench) });
    const answer = bench.report(how, { text: "no" });
    const code = how === "rejected" ? "VENUE_REJECTED" : "VENUE_NOT_SENT";
    expect(said(answer)).toEqual(["canceled canceled", `replace_rejected canceled ${code}`]);
    expect(alarms(answer)).toEqual(["leg_refused"]);
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "10", cumQty: "3", leavesQty: "0" });
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(alarms(bench.report("new", { venueOrderId: "v9" }))).toEqual(["end_contradicted"]);
  });

  it("whose new leg is refused after the old one filled leaves it filled", () => {
    const bench = moving();
    bench.fill(7);
    expect(said(bench.report("rejected"))).toEqual(["replace_rejected filled VENUE_REJECTED"]);
    expect(bench.short).toBe("filled 10/10");
    expect(hasEnded(bench.order)).toBe(true);
  });

  it("whose cancel asked for later finds the new leg", () => {
    const bench = moving();
    bench.report("canceled", { clOrdId: lastId(bench) });
    const second = lastId(bench);
    bench.cancel({ cancelId: "c1" });
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "cancel", origClOrdId: second });
    expect(said(bench.report("rejected"))).toEqual([
      "canceled canceled",
      "replace_rejected canceled VENUE_REJECTED",
    ]);
    expect(bench.bodies.at(-2)?.commandId).toBe("cancel:c1");
    expect(bench.incidents).toEqual([]);
  });

  it("gives up the new leg's room to a fill that the old leg's end did not count", () => {
    const bench = moving();
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    bench.report("new", { venueOrderId: "v2" });
    const late = bench.fill(4, { clOrdId: sentIds(bench)[0] ?? "", cumQty_lots: 7 });
    expect(said(late)).toEqual(["trade partially_filled"]);
    expect(alarms(late)).toEqual(["late_fill"]);
    expect(late.requests.map(({ command }) => command.kind)).toEqual(["cancel"]);
    expect(worstOpen_lots(bench.order)).toBe(12);
    const gone = bench.report("canceled", { clOrdId: lastId(bench) });
    expect(gone.bodies).toEqual([]);
    expect(gone.requests.map(({ command }) => command)).toMatchObject([
      { kind: "place", orderQty_lots: 8, price_ticks: 198 },
    ]);
    expect(bench.report("new", { venueOrderId: "v3" }).bodies).toEqual([]);
    holds(bench, 15);
    bench.fill(8);
    expect(bench.short).toBe("filled 15/15");
  });

  it("cancels the new leg altogether where such a fill takes all of its room", () => {
    const bench = moving();
    bench.replace({ replaceId: "r2", orderQty: "8" });
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    bench.report("new", { venueOrderId: "v2" });
    expect(bench.short).toBe("partially_filled 3/8");
    const late = bench.fill(5, { clOrdId: sentIds(bench)[0] ?? "", cumQty_lots: 8 });
    expect(said(late)).toEqual(["trade filled"]);
    expect(hasEnded(bench.order)).toBe(false);
    expect(worstOpen_lots(bench.order)).toBe(5);
    expect(bench.report("canceled", { clOrdId: lastId(bench) }).bodies).toEqual([]);
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.short).toBe("filled 8/8");
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it.each([
    ["refuses to give that room up", {}],
    ["does not know what it is to give up", { code: "ORDER_UNKNOWN" }],
  ] as const)("says so where the venue %s", (_what, code) => {
    const bench = moving();
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    bench.report("new", { venueOrderId: "v2" });
    bench.fill(4, { clOrdId: sentIds(bench)[0] ?? "", cumQty_lots: 7 });
    const refused = bench.report("cancel_rejected", { clOrdId: lastId(bench), ...code });
    expect(alarms(refused)).toEqual(["overcommitted"]);
    expect(worstOpen_lots(bench.order)).toBe(12);
  });

  it("cancels the old leg again where a bust brings it back", () => {
    const bench = moving();
    bench.fill(7, { execId: "o2" });
    const back = bench.report("trade_cancel", {
      clOrdId: sentIds(bench)[0] ?? "",
      refExecId: "o2",
      cumQty_lots: 3,
      leavesQty_lots: 7,
    });
    expect(back.requests.map(({ command }) => command)).toMatchObject([
      { kind: "cancel", origClOrdId: sentIds(bench)[0] },
    ]);
    expect(worstOpen_lots(bench.order)).toBe(12);
    bench.report("new", { venueOrderId: "v2" });
    const gone = bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    expect(said(gone)).toEqual(["restated partially_filled"]);
    expect(bench.short).toBe("partially_filled 3/8");
    expect(worstOpen_lots(bench.order)).toBe(5);
  });

  it("restates the total where what was busted of the old leg works no more", () => {
    const bench = moving();
    bench.report("canceled", { clOrdId: lastId(bench) });
    bench.report("new", { venueOrderId: "v2" });
    const outcome = bench.report("trade_cancel", {
      clOrdId: sentIds(bench)[0] ?? "",
      refExecId: "o1",
      cumQty_lots: 0,
      leavesQty_lots: 0,
    });
    expect(said(outcome)).toEqual(["trade_cancel new", "restated new"]);
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "12", cumQty: "0", leavesQty: "12" });
  });

  it("is owed nothing by a record of the old leg that is older than its bust", () => {
    const bench = moving();
    const clOrdId = sentIds(bench)[0] ?? "";
    bench.report("canceled", { clOrdId: lastId(bench) });
    bench.report("new", { venueOrderId: "v2" });
    const busted = { refExecId: "o1", cumQty_lots: 0, leavesQty_lots: 0 };
    bench.report("trade_cancel", { clOrdId, ...busted });
    const old = bench.report("canceled", { clOrdId, cumQty_lots: 3, fromRecord: true });
    expect([said(old), old.requests, bench.order.owedQty_lots]).toEqual([[], [], undefined]);
    const told = bench.report("canceled", { clOrdId, cumQty_lots: 3 });
    expect(alarms(told)).toEqual(["fills_missing"]);
  });

  /** The old leg filled and made room; a bust brought it back, and it does not go again. */
  const back = (): OrderBench => {
    const bench = moving();
    bench.fill(7, { execId: "o2" });
    const clOrdId = sentIds(bench)[0] ?? "";
    const busted = { refExecId: "o2", cumQty_lots: 3, leavesQty_lots: 7 };
    bench.report("trade_cancel", { clOrdId, ...busted });
    bench.report("new", { clOrdId: bench.order.legs[1]?.clOrdId ?? "", venueOrderId: "v2" });
    const refused = bench.report("cancel_rejected", { clOrdId: lastId(bench), cumQty_lots: 3 });
    expect(refused.requests.map(({ command }) => command.kind)).toEqual(["query"]);
    expect(bench.order.legs.filter(isLive)).toHaveLength(2);
    return bench;
  };

  it("ends the old leg where a bust says that nothing of it works any more", () => {
    const bench = back();
    const clOrdId = sentIds(bench)[0] ?? "";
    const busted = { refExecId: "o1", cumQty_lots: 0, leavesQty_lots: 0 };
    bench.report("trade_cancel", { clOrdId, ...busted });
    expect(bench.order.legs.filter(isLive)).toHaveLength(1);
    expect(worstOpen_lots(bench.order)).toBe(5);
  });

  it("ends the old leg where it is filled by its venue's record, which made it smaller", () => {
    const bench = back();
    const clOrdId = sentIds(bench)[0] ?? "";
    const record = { orderQty_lots: 3, cumQty_lots: 3, fromRecord: true } as const;
    bench.report("new", { clOrdId, ...record });
    expect(bench.order.legs.filter(isLive)).toHaveLength(1);
    expect(worstOpen_lots(bench.order)).toBe(5);
  });

  it("says nothing of a leg that its venue has not shown: it may never have left", () => {
    const late = (): OrderBench => {
      const bench = moving();
      bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
      bench.report("new", { venueOrderId: "v2" });
      // A late fill makes the leg that has entered too large: another one takes its place.
      bench.fill(4, { clOrdId: sentIds(bench)[0] ?? "", execId: "o2", cumQty_lots: 7 });
      bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 0 });
      const busted = { refExecId: "o2", cumQty_lots: 3, leavesQty_lots: 0 };
      bench.report("trade_cancel", { clOrdId: sentIds(bench)[0] ?? "", ...busted });
      expect(bench.short).toBe("partially_filled 3/15");
      return bench;
    };
    const unsent = late();
    expect(said(unsent.report("not_sent", { cumQty_lots: 0 }))).toEqual(["canceled canceled"]);
    expect(worstOpen_lots(unsent.order)).toBe(0);
    const shown = late();
    const outcome = shown.report("new", { venueOrderId: "v3", cumQty_lots: 0 });
    expect(said(outcome)).toEqual(["restated partially_filled"]);
    expect(shown.short).toBe("partially_filled 3/11");
  });

  it("goes on in no other leg where what was rejected counts executions that were not told", () => {
    const bench = moving();
    bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 3 });
    bench.replace({ replaceId: "again", orderQty: "20" });
    const outcome = bench.report("rejected", { cumQty_lots: 4 });
    expect(outcome.requests.map(({ command }) => command.kind)).toEqual(["query"]);
    expect(bench.order).toMatchObject({ phase: "rejected", owedQty_lots: 4 });
    expect(worstOpen_lots(bench.order)).toBe(4);
    expect(bench.order.pendingReplaces).toBeUndefined();
  });

  it("is bounded in its legs", () => {
    const bench = atVenue();
    for (let n = 1; n < legs_max; n += 1) {
      bench.replace({ replaceId: `r${n}`, price: n % 2 === 0 ? "100" : "99" });
      bench.report("canceled", { clOrdId: lastId(bench) });
      bench.report("new");
    }
    expect(said(bench.replace({ replaceId: "more", price: "98" }))).toEqual([
      "replace_rejected new REPLACE_LIMIT",
    ]);
    expect(new Set(sentIds(bench)).size).toBe(2 * legs_max - 1);
  });
});
