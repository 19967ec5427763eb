/** Several replaces on their way (FIX D16 to D18), at both kinds of venues. */
import { describe, expect, it } from "vitest";
import { pendingReplaces_max } from "../../../actors/order/order_replace.ts";
import { worstOpen_lots, worstPrice_ticks } from "../../../actors/order/order_reservation.ts";
import { lastId, limit10, said, sentIds, working } from "./order_bench.ts";
import type { OrderBench, Outcome } from "./order_bench.ts";
import { orderings } from "./permutations.ts";

type Act = (bench: OrderBench) => Outcome;
const idOf = (bench: OrderBench, n: number): string => sentIds(bench)[n] ?? "";

/** 10 at 100, on its way to 20 at 100 and on to 15 at 101. */
const chained = (how: "native" | "cancel_replace" = "native"): OrderBench => {
  const bench = working(limit10, how);
  bench.replace({ replaceId: "r1", orderQty: "20" });
  bench.replace({ replaceId: "r2", orderQty: "15", price: "101" });
  return bench;
};

describe("two replaces on their way", () => {
  it("each name the order as the venue has it, and reserve the worst of all", () => {
    const bench = chained();
    const [, first, second] = bench.requests.map(({ command }) => command);
    expect([first, second]).toMatchObject([
      { kind: "replace", origClOrdId: idOf(bench, 0), orderQty_lots: 20, price_ticks: 200 },
      { kind: "replace", origClOrdId: idOf(bench, 0), orderQty_lots: 15, price_ticks: 202 },
    ]);
    expect([worstOpen_lots(bench.order), worstPrice_ticks(bench.order)]).toEqual([20, 202]);
  });

  it("leave out what stays as the one before asked", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", price: "99" });
    bench.replace({ replaceId: "r2", orderQty: "12" });
    expect(bench.requests.at(-1)?.command).toMatchObject({ orderQty_lots: 12, price_ticks: 198 });
    expect(said(bench.replace({ replaceId: "r3", orderQty: "12" }))).toEqual([
      "replace_rejected pending_replace REPLACE_CHANGES_NOTHING",
    ]);
  });

  const accepted: Readonly<Record<string, Act>> = {
    first: (bench) => bench.report("replaced", { clOrdId: idOf(bench, 1), orderQty_lots: 20 }),
    second: (bench) => bench.report("replaced", { clOrdId: idOf(bench, 2), orderQty_lots: 15 }),
    fill: (bench) => bench.fill(4, { execId: "t", cumQty_lots: 4 }),
  };
  it.each(orderings(accepted))("both accepted: %s (FIX D16)", (_names, acts) => {
    const bench = chained();
    for (const act of acts) act(bench);
    expect(bench.short).toBe("partially_filled 4/15");
    expect(bench.bodies.at(-1)).toMatchObject({ price: "101.0", leavesQty: "11" });
    expect(bench.order.legs[0]?.clOrdId).toBe(idOf(bench, 2));
    expect(worstOpen_lots(bench.order)).toBe(11);
    expect(bench.incidents).toEqual([]);
    for (const id of ["replace:r1", "replace:r2"]) {
      const answers = bench.bodies.filter(({ commandId }) => commandId === id);
      expect(answers.map(({ execType }) => execType)).toEqual(["pending_replace", "replaced"]);
    }
  });

  const refusals: readonly (readonly [string, string, string, string, number])[] = [
    ["the first refused (the second does not depend on it)", "rejected", "replaced", "101.0", 15],
    ["the second refused because one is pending (FIX D17)", "replaced", "rejected", "100.0", 20],
    ["both refused", "rejected", "rejected", "100.0", 10],
  ];
  for (const [name, first, second, price, qty] of refusals) {
    const answer =
      (n: number, what: string): Act =>
      (bench) =>
        bench.report(what === "replaced" ? "replaced" : "replace_rejected", {
          clOrdId: idOf(bench, n),
        });
    it.each(orderings({ first: answer(1, first), second: answer(2, second) }))(
      `${name}: %s`,
      (_names, acts) => {
        const bench = chained();
        for (const act of acts) act(bench);
        expect(bench.short).toBe(`new 0/${qty}`);
        expect(bench.order.terms?.price_ticks).toBe(Number(price) * 2);
        expect(worstOpen_lots(bench.order)).toBe(qty);
        expect(bench.order).not.toHaveProperty("pendingReplaces");
      },
    );
  }

  it("and a cancel: its end answers all of them", () => {
    const bench = chained();
    bench.cancel({ cancelId: "c1" });
    expect(bench.short).toBe("pending_cancel 0/10");
    expect(said(bench.report("canceled", { clOrdId: lastId(bench) }))).toEqual([
      "canceled canceled",
      "replace_rejected canceled ORDER_CLOSED",
      "replace_rejected canceled ORDER_CLOSED",
    ]);
    expect(bench.report("replaced", { clOrdId: idOf(bench, 2) }).events).toEqual([]);
  });

  it("a filled order stays open until the last is answered", () => {
    const bench = chained();
    bench.fill(10);
    expect(worstOpen_lots(bench.order)).toBe(10);
    bench.report("replace_rejected", { clOrdId: idOf(bench, 1) });
    expect(worstOpen_lots(bench.order)).toBe(5);
    expect(said(bench.report("replaced", { clOrdId: idOf(bench, 2) }))).toEqual([
      "replaced partially_filled",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(5);
  });

  it("are bounded in number, and a slot is free again after an answer", () => {
    const bench = working();
    for (let n = 0; n < pendingReplaces_max; n += 1) {
      bench.replace({ replaceId: `r${n}`, price: String(99 - n) });
    }
    expect(said(bench.replace({ replaceId: "more", price: "50" }))).toEqual([
      "replace_rejected pending_replace ORDER_PENDING_REPLACE",
    ]);
    bench.report("replace_rejected", { clOrdId: idOf(bench, 1) });
    expect(said(bench.replace({ replaceId: "again", price: "50" }))).toEqual([
      "pending_replace pending_replace",
    ]);
    expect(bench.replayed()).toEqual(bench.order);
  });
});

describe("two replaces where the venue has none", () => {
  it("share one cancel and one new leg, with the terms of the last", () => {
    const bench = chained("cancel_replace");
    expect(bench.requests.map(({ command }) => command.kind)).toEqual(["place", "cancel"]);
    const gone = bench.report("canceled", { clOrdId: lastId(bench) });
    expect(gone.requests.map(({ command }) => command)).toMatchObject([
      { kind: "place", orderQty_lots: 15, price_ticks: 202 },
    ]);
    expect(said(bench.report("new"))).toEqual(["replaced pending_replace", "replaced new"]);
    expect(bench.short).toBe("new 0/15");
  });

  it("the second while the first's leg is being placed: one leg more", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "20" });
    bench.report("canceled", { clOrdId: lastId(bench) });
    bench.replace({ replaceId: "r2", orderQty: "15" });
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "cancel" });
    const leave = lastId(bench);
    expect(said(bench.report("new"))).toEqual(["replaced pending_replace"]);
    bench.fill(4);
    bench.report("canceled", { clOrdId: leave });
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "place", orderQty_lots: 11 });
    expect(said(bench.report("new"))).toEqual(["replaced partially_filled"]);
    expect(bench.short).toBe("partially_filled 4/15");
  });

  it("the second goes on where the first's leg is refused", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "20" });
    bench.report("canceled", { clOrdId: lastId(bench) });
    bench.replace({ replaceId: "r2", orderQty: "15" });
    const refused = bench.report("rejected");
    expect(said(refused)).toEqual(["replace_rejected pending_replace VENUE_REJECTED"]);
    expect(refused.requests.map(({ command }) => command)).toMatchObject([
      { kind: "place", orderQty_lots: 15 },
    ]);
    bench.report("new");
    expect(bench.short).toBe("new 0/15");
    expect(bench.incidents).toEqual([]);
  });

  it("may leave only until the replace was meant to", () => {
    const bench = working(limit10, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "20", validUntil: "1500" });
    bench.report("canceled", { clOrdId: lastId(bench) });
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "place", deadline: "1500" });
  });
});
