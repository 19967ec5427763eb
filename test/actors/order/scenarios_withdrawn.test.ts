/** Behavioural scenario 16: requests that were taken back before they left for the venue. */
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { OrderBench, lastId, limit10, said, sentIds } from "./order_bench.ts";

const idOf = (bench: OrderBench, n: number): string => sentIds(bench)[n] ?? "";
const withdraw = (bench: OrderBench, clOrdId: string) =>
  bench.report("not_sent", { clOrdId, code: "VENUE_WITHDRAWN", text: "while it waited" });
const unsent = (bench: OrderBench, clOrdId: string) =>
  bench.report("not_sent", { clOrdId, code: "VENUE_NOT_SENT" });

const submitted = (how: "native" | "cancel_replace" = "native"): OrderBench => {
  const bench = new OrderBench(how);
  bench.submit(limit10);
  return bench;
};

describe("16: an order that waited when its cancel came", () => {
  it("is canceled once, and its cancel is answered by that", () => {
    const bench = submitted();
    bench.cancel({ cancelId: "c1" });
    expect(said(withdraw(bench, idOf(bench, 0)))).toEqual(["canceled canceled"]);
    expect(bench.bodies.at(-1)?.commandId).toBe("cancel:c1");
    expect(said(unsent(bench, idOf(bench, 1)))).toEqual([]);
    expect(said(withdraw(bench, idOf(bench, 0)))).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.incidents).toEqual([]);
  });

  it("is canceled with its waiting replace refused", () => {
    const bench = submitted();
    bench.replace({ replaceId: "r1", orderQty: "12" });
    bench.cancel({ cancelId: "c1" });
    expect(said(withdraw(bench, idOf(bench, 0)))).toEqual([
      "canceled canceled",
      "replace_rejected canceled ORDER_CLOSED",
    ]);
    for (const clOrdId of [idOf(bench, 1), idOf(bench, 2)]) unsent(bench, clOrdId);
    expect(bench.short).toBe("canceled 0/10");
    expect(bench.incidents).toEqual([]);
  });

  it("that waited for room in the venue's budget too long is rejected with that", () => {
    const bench = submitted();
    const late = { clOrdId: idOf(bench, 0), code: "VENUE_RATE_LIMITED" } as const;
    expect(said(bench.report("not_sent", late))).toEqual(["rejected rejected VENUE_RATE_LIMITED"]);
  });
});

describe("16: at a venue where a replace is a cancel and a new order", () => {
  it("a replace of an order that waits goes on in another leg; the first never leaves", () => {
    const bench = submitted("cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "12", price: "101" });
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "cancel" });
    const outcome = withdraw(bench, idOf(bench, 0));
    expect(outcome.requests.map(({ command }) => command)).toMatchObject([
      { kind: "place", orderQty_lots: 12, price_ticks: 202 },
    ]);
    expect(said(unsent(bench, idOf(bench, 1)))).toEqual([]);
    expect(said(bench.report("new", { clOrdId: lastId(bench), venueOrderId: "v2" }))).toEqual([
      "replaced new",
    ]);
    expect(bench.short).toBe("new 0/12");
    expect(worstOpen_lots(bench.order)).toBe(12);
    expect(bench.incidents).toEqual([]);
  });

  it("a second replace while the new leg waits goes on in a third", () => {
    const bench = submitted("cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    withdraw(bench, idOf(bench, 0));
    unsent(bench, idOf(bench, 1));
    const second = lastId(bench);
    bench.replace({ replaceId: "r2", orderQty: "14" });
    expect(said(withdraw(bench, second))).toEqual([
      "replace_rejected pending_replace VENUE_WITHDRAWN",
    ]);
    expect(bench.requests.at(-1)?.command).toMatchObject({ kind: "place", orderQty_lots: 14 });
    bench.report("new", { clOrdId: lastId(bench), venueOrderId: "v3" });
    expect(bench.short).toBe("new 0/14");
    expect(bench.incidents).toEqual([]);
  });

  it("a cancel while the new leg waits ends the order", () => {
    const bench = submitted("cancel_replace");
    bench.replace({ replaceId: "r1", orderQty: "12" });
    withdraw(bench, idOf(bench, 0));
    const second = lastId(bench);
    bench.cancel({ cancelId: "c1" });
    expect(said(withdraw(bench, second))).toEqual([
      "canceled canceled",
      "replace_rejected canceled VENUE_WITHDRAWN",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });
});
