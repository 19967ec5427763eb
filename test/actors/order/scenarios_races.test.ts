/** Behavioural scenarios 13 to 20: cancels and amends against everything else. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded } from "../../../protocols/ord_status.ts";
import { OrderBench, alarms, lastId, limit10, said, sentIds, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";
import { orderings } from "./permutations.ts";

type Act = (bench: OrderBench) => Outcome;
const idOf = (bench: OrderBench, n: number): string => sentIds(bench)[n] ?? "";

describe("13: a pending cancel, the full fill, the ack and the refusal", () => {
  const acts: Readonly<Record<string, Act>> = {
    fill: (bench) => bench.fill(10, { clOrdId: idOf(bench, 0) }),
    ack: (bench) => bench.report("new", { clOrdId: idOf(bench, 0), venueOrderId: "v1" }),
    refusal: (bench) => bench.report("cancel_rejected", { clOrdId: idOf(bench, 1) }),
  };
  it.each(orderings(acts))("%s", (_names, inOrder) => {
    const bench = new OrderBench();
    bench.submit(limit10);
    bench.cancel({ cancelId: "c1" });
    for (const act of inOrder) act(bench);
    expect(bench.short).toBe("filled 10/10");
    expect(bench.order).not.toHaveProperty("pendingCancel");
    expect(bench.order.legs[0]?.venueOrderId).toBe("v1");
    expect(bench.incidents).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});

describe("15: a venue that answers a cancel with unknown order", () => {
  const asked = (): OrderBench => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    return bench;
  };

  it("puts the order in doubt and looks it up; nothing is released", () => {
    const bench = asked();
    const answer = bench.report("cancel_rejected", {
      clOrdId: lastId(bench),
      code: "ORDER_UNKNOWN",
    });
    expect(said(answer)).toEqual(["cancel_rejected new ORDER_UNKNOWN", "in_doubt in_doubt"]);
    expect(answer.requests.map(({ command }) => command)).toMatchObject([
      { kind: "query", clOrdId: sentIds(bench)[0] },
    ]);
    expect(worstOpen_lots(bench.order)).toBe(10);
  });

  it.each([
    ["new", "new 0/10", 10],
    ["canceled", "canceled 0/10", 0],
    ["expired", "expired 0/10", 0],
  ] as const)("ends the doubt with what is found: %s", (found, short, open) => {
    const bench = asked();
    bench.report("cancel_rejected", { clOrdId: lastId(bench), code: "ORDER_UNKNOWN" });
    bench.report(found, { clOrdId: idOf(bench, 0) });
    expect(bench.short).toBe(short);
    expect(worstOpen_lots(bench.order)).toBe(open);
  });
});

describe("16: a create that has not left when its cancel comes", () => {
  it("whose cancel came first is never sent and canceled once", () => {
    const bench = new OrderBench();
    bench.cancel({ cancelId: "c1" });
    bench.submit(limit10);
    expect(bench.requests).toEqual([]);
    expect(bench.bodies.filter(({ execType }) => execType === "canceled")).toHaveLength(1);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  const acts: Readonly<Record<string, Act>> = {
    "create unsent": (bench) => bench.report("not_sent", { clOrdId: idOf(bench, 0) }),
    "cancel unsent": (bench) => bench.report("not_sent", { clOrdId: idOf(bench, 1) }),
    "create unsent again": (bench) => bench.report("not_sent", { clOrdId: idOf(bench, 0) }),
  };
  it.each(orderings(acts))("that waits behind the gate: %s", (_names, inOrder) => {
    const bench = new OrderBench();
    bench.submit(limit10);
    bench.cancel({ cancelId: "c1" });
    for (const act of inOrder) act(bench);
    const answers = bench.bodies.filter(({ commandId }) => commandId === "cancel:c1").slice(1);
    expect(answers).toHaveLength(1);
    expect(hasEnded(bench.order)).toBe(true);
    expect(bench.requests.filter(({ command }) => command.kind === "place")).toHaveLength(1);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});

describe("17: a modify 100 to 80 while fills take cum to 70", () => {
  const big = { ...limit10, orderQty: "100" };
  const fills: Readonly<Record<string, Act>> = {
    thirty: (bench) => bench.fill(30, { execId: "a" }),
    forty: (bench) => bench.fill(40, { execId: "b" }),
  };

  it.each(orderings(fills))("%s, then the acceptance", (_names, inOrder) => {
    const bench = working(big);
    bench.replace({ replaceId: "r1", orderQty: "80" });
    for (const fill of inOrder) {
      fill(bench);
      expect(bench.bodies.at(-1)).toMatchObject({ ordStatus: "pending_replace", orderQty: "100" });
      expect(worstOpen_lots(bench.order)).toBe(100 - bench.order.cumQty_lots);
    }
    bench.report("replaced", { clOrdId: lastId(bench) });
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "80", cumQty: "70", leavesQty: "10" });
    expect(worstOpen_lots(bench.order)).toBe(10);
  });

  it("at a venue without replace: the new leg is the ten that are left", () => {
    const bench = working(big, "cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "80" });
    bench.fill(30);
    bench.fill(40);
    bench.report("canceled", { clOrdId: lastId(bench) });
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "place", orderQty_lots: 10 });
    bench.report("new");
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "80", cumQty: "70", leavesQty: "10" });
  });
});

describe("18: a modify to a total at or below what is filled", () => {
  it.each([4, 6])("to %i of 6 fills the order at that, where the venue accepts", (total) => {
    const bench = working();
    bench.fill(6);
    bench.replace({ replaceId: "r1", orderQty: String(total) });
    expect(said(bench.report("replaced", { clOrdId: lastId(bench) }))).toEqual(["replaced filled"]);
    expect(bench.short).toBe("filled 6/6");
    expect(bench.incidents).toEqual([]);
  });

  it.each([4, 6])("to %i of 6 at a venue without replace needs no new leg", (total) => {
    const bench = working(limit10, "cancel_replace");
    bench.fill(6);
    bench.replace({ replaceId: "r1", orderQty: String(total) });
    expect(said(bench.report("canceled", { clOrdId: lastId(bench) }))).toEqual(["replaced filled"]);
    expect(bench.short).toBe("filled 6/6");
    expect(bench.order.legs).toHaveLength(1);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});

describe("20: a cancel while a modify is pending", () => {
  for (const replace of ["replaced", "replace_rejected"] as const) {
    for (const cancel of ["canceled", "cancel_rejected"] as const) {
      const acts: Readonly<Record<string, Act>> = {
        [replace]: (bench) => bench.report(replace, { clOrdId: idOf(bench, 1) }),
        [cancel]: (bench) => bench.report(cancel, { clOrdId: idOf(bench, 2) }),
      };
      it.each(orderings(acts))("%s", (_names, inOrder) => {
        const bench = working();
        bench.replace({ replaceId: "r1", orderQty: "15" });
        bench.cancel({ cancelId: "c1" });
        for (const act of inOrder) act(bench);
        expect(bench.order.phase).toBe(cancel === "canceled" ? "canceled" : "new");
        expect(bench.order).not.toHaveProperty("pendingReplaces");
        expect(bench.order).not.toHaveProperty("pendingCancel");
        const open = cancel === "canceled" ? 0 : replace === "replaced" ? 15 : 10;
        expect(worstOpen_lots(bench.order)).toBe(open);
        for (const id of ["replace:r1", "cancel:c1"]) {
          expect(bench.bodies.filter(({ commandId }) => commandId === id)).toHaveLength(2);
        }
      });
    }
  }

  /** The leg's own cancel and the strategy's are both on their way to the venue. */
  for (const leave of ["canceled", "cancel_rejected"] as const) {
    for (const cancel of ["canceled", "cancel_rejected"] as const) {
      const acts: Readonly<Record<string, Act>> = {
        [`room: ${leave}`]: (bench) => bench.report(leave, { clOrdId: idOf(bench, 1) }),
        [`cancel: ${cancel}`]: (bench) => bench.report(cancel, { clOrdId: idOf(bench, 2) }),
      };
      it.each(orderings(acts))("without a native replace, %s", (names, inOrder) => {
        const bench = working(limit10, "cancel_replace");
        bench.replace({ replaceId: "r1", orderQty: "15" });
        bench.cancel({ cancelId: "c1" });
        for (const act of inOrder) act(bench);
        // Refused first, the cancel no longer stands in the way of the room for the replace.
        const goesOn = names === "cancel: cancel_rejected, room: canceled";
        const ends = !goesOn && (leave === "canceled" || cancel === "canceled");
        if (goesOn) bench.report("new");
        expect(bench.order.phase).toBe(ends ? "canceled" : "new");
        expect(bench.order).not.toHaveProperty("pendingReplaces");
        expect(bench.order).not.toHaveProperty("pendingCancel");
        expect(worstOpen_lots(bench.order)).toBe(ends ? 0 : goesOn ? 15 : 10);
        expect(alarms({ ...emptyOutcome, incidents: bench.incidents })).toEqual([]);
      });
    }
  }
});

const emptyOutcome: Outcome = {
  events: [],
  requests: [],
  incidents: [],
  bodies: [],
  timer: undefined,
};
