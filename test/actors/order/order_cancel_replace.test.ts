/** Cancels and replaces, each with its races. A number in a name is a behavioural scenario. */
import { describe, expect, it } from "vitest";
import { commands_max } from "../../../actors/order/order_memory.ts";
import { pendingReplaces_max } from "../../../actors/order/order_replace.ts";
import { worstOpen_lots, worstPrice_ticks } from "../../../actors/order/order_reservation.ts";
import { OrderBench, alarms, limit10, said, sentIds, working } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";

const lastId = (bench: OrderBench): string => sentIds(bench).at(-1) ?? "";

describe("a cancel", () => {
  it("is sent and answered", () => {
    const bench = working();
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["pending_cancel pending_cancel"]);
    expect(bench.requests.at(-1)?.command).toMatchObject({
      kind: "cancel",
      origClOrdId: sentIds(bench)[0],
    });
    expect(worstOpen_lots(bench.order)).toBe(10);
    const end = bench.report("canceled", { clOrdId: lastId(bench) });
    expect(said(end)).toEqual(["canceled canceled"]);
    expect(end.bodies[0]?.commandId).toBe("cancel:c1");
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("asked again gets the status; another one, while it is at work, a refusal", () => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["order_status pending_cancel"]);
    expect(said(bench.cancel({ cancelId: "c2" }))).toEqual([
      "cancel_rejected pending_cancel ORDER_PENDING_CANCEL",
    ]);
    expect(said(bench.cancel())).toEqual(["cancel_rejected pending_cancel ORDER_PENDING_CANCEL"]);
    expect(bench.requests).toHaveLength(2);
  });

  it("without an id is a repeat until it is refused, then a new attempt", () => {
    const bench = working();
    expect(said(bench.cancel())).toEqual(["pending_cancel pending_cancel"]);
    expect(said(bench.cancel())).toEqual(["order_status pending_cancel"]);
    bench.report("cancel_rejected", { clOrdId: lastId(bench) });
    expect(said(bench.cancel())).toEqual(["pending_cancel pending_cancel"]);
    expect(bench.bodies.at(-1)?.commandId).toBe("cancel:_2");
    bench.report("canceled", { clOrdId: lastId(bench) });
    expect(said(bench.cancel())).toEqual(["order_status canceled"]);
    expect(new Set(sentIds(bench)).size).toBe(3);
  });

  it("of an ended order is refused", () => {
    const bench = working();
    bench.fill(10);
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["cancel_rejected filled ORDER_CLOSED"]);
  });

  it("refused by the venue leaves the order as it is", () => {
    const bench = working();
    bench.fill(3);
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.report("cancel_rejected", { clOrdId: lastId(bench), text: "no" }))).toEqual([
      "cancel_rejected partially_filled VENUE_REJECTED",
    ]);
    expect(bench.bodies.at(-1)).toMatchObject({ commandId: "cancel:c1", text: "no" });
    expect(bench.report("cancel_rejected", { clOrdId: lastId(bench) }).events).toEqual([]);
  });

  const three: readonly ((bench: OrderBench) => Outcome)[] = [
    (bench) => bench.fill(10, { clOrdId: sentIds(bench)[0] ?? "" }),
    (bench) => bench.report("new", { clOrdId: sentIds(bench)[0] ?? "" }),
    (bench) => bench.report("cancel_rejected", { clOrdId: sentIds(bench)[1] ?? "" }),
  ];
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  it.each(orders)("(13) with full fill, ack and refusal as %i %i %i ends filled", (...order) => {
    const bench = new OrderBench();
    bench.submit(limit10);
    bench.cancel({ cancelId: "c1" });
    for (const index of order) three[index]?.(bench);
    expect(bench.short).toBe("filled 10/10");
    expect(bench.order).not.toHaveProperty("pendingCancel");
    expect(bench.incidents).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("answered by the end of a filled order leaves it filled", () => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.fill(10))).toEqual(["trade pending_cancel"]);
    expect(bench.bodies.at(-1)?.leavesQty).toBe("0");
    const end = bench.report("canceled", { clOrdId: lastId(bench), cumQty_lots: 10 });
    expect(said(end)).toEqual(["canceled filled"]);
  });

  it("is refused where the order ended otherwise", () => {
    const bench = working();
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.report("expired"))).toEqual([
      "expired expired",
      "cancel_rejected expired ORDER_CLOSED",
    ]);
  });
});

describe("a replace", () => {
  it("is sent, reserved at the worse of both terms, and answered", () => {
    const bench = working();
    bench.fill(2);
    const sent = bench.replace({ replaceId: "r1", orderQty: "15", price: "99" });
    expect(said(sent)).toEqual(["pending_replace pending_replace"]);
    expect(bench.requests.at(-1)?.command).toMatchObject({
      kind: "replace",
      origClOrdId: sentIds(bench)[0],
      orderQty_lots: 15,
      price_ticks: 198,
    });
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "10", price: "100.0", leavesQty: "8" });
    expect(worstOpen_lots(bench.order)).toBe(13);
    expect(worstPrice_ticks(bench.order)).toBe(200);
    const done = bench.report("replaced", { clOrdId: lastId(bench), venueOrderId: "v2" });
    expect(said(done)).toEqual(["replaced partially_filled"]);
    expect(done.bodies[0]).toMatchObject({
      commandId: "replace:r1",
      orderQty: "15",
      price: "99.0",
      leavesQty: "13",
    });
    expect(bench.order.legs[0]).toMatchObject({ clOrdId: lastId(bench), venueOrderId: "v2" });
    expect(worstPrice_ticks(bench.order)).toBe(198);
    expect(bench.report("replaced", { clOrdId: lastId(bench) }).events).toEqual([]);
  });

  it("(17) leaves fills on the old terms until it is accepted", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "8" });
    expect(said(bench.fill(7))).toEqual(["trade pending_replace"]);
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "10", leavesQty: "3" });
    expect(said(bench.report("replaced", { clOrdId: lastId(bench) }))).toEqual([
      "replaced partially_filled",
    ]);
    expect(bench.bodies.at(-1)).toMatchObject({ orderQty: "8", leavesQty: "1" });
  });

  it("(18) to a total at or below what is filled fills the order at that", () => {
    const bench = working();
    bench.fill(6);
    bench.replace({ replaceId: "r1", orderQty: "4" });
    expect(said(bench.report("replaced", { clOrdId: lastId(bench) }))).toEqual(["replaced filled"]);
    expect(bench.short).toBe("filled 6/6");
    expect(bench.incidents).toEqual([]);
  });

  it("counts fills that the venue has and we have not", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "4" });
    const { clOrdId, cumQty_lots } = { clOrdId: lastId(bench), cumQty_lots: 6 };
    expect(said(bench.report("replaced", { clOrdId, cumQty_lots }))).toEqual(["replaced new"]);
    expect(worstOpen_lots(bench.order)).toBe(6);
    expect(said(bench.fill(6))).toEqual(["trade filled"]);
    expect(bench.incidents).toEqual([]);
  });

  it("that raises the quantity in time reopens a filled order", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20" });
    expect(said(bench.fill(10))).toEqual(["trade pending_replace"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(alarms(bench.fill(2))).toEqual([]);
    const done = bench.report("replaced", { clOrdId: lastId(bench) });
    expect(said(done)).toEqual(["replaced partially_filled"]);
    expect(bench.order).not.toHaveProperty("closedAt");
    expect(bench.order.legs[0]?.state).toBe("working");
    expect(worstOpen_lots(bench.order)).toBe(8);
  });

  it("that came too late leaves the order filled", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20" });
    bench.fill(10);
    expect(said(bench.report("replace_rejected", { clOrdId: lastId(bench) }))).toEqual([
      "replace_rejected filled VENUE_REJECTED",
    ]);
    expect(worstOpen_lots(bench.order)).toBe(0);
  });

  it("that is refused or never left leaves the old terms", () => {
    for (const [how, code] of [
      ["replace_rejected", "VENUE_REJECTED"],
      ["not_sent", "VENUE_NOT_SENT"],
      ["rejected", "VENUE_REJECTED"],
    ] as const) {
      const bench = working();
      bench.replace({ replaceId: "r1", orderQty: "20" });
      expect(said(bench.report(how, { clOrdId: lastId(bench) }))).toEqual([
        `replace_rejected new ${code}`,
      ]);
      expect(worstOpen_lots(bench.order)).toBe(10);
      expect(bench.order.legs[0]?.clOrdId).toBe(sentIds(bench)[0]);
    }
  });

  it("takes the venue's terms where they differ, and says so", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20" });
    const done = bench.report("replaced", { clOrdId: lastId(bench), orderQty_lots: 15 });
    expect(alarms(done)).toEqual(["terms_differ"]);
    expect(bench.short).toBe("new 0/15");
  });

  it("of an order that the venue does not know puts it in doubt", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20" });
    const outcome = bench.report("replace_rejected", {
      clOrdId: lastId(bench),
      code: "ORDER_UNKNOWN",
    });
    expect(said(outcome)).toEqual(["replace_rejected new ORDER_UNKNOWN", "in_doubt in_doubt"]);
    expect(outcome.requests.map(({ command }) => command.kind)).toEqual(["query"]);
  });

  it("in doubt keeps both terms reserved until it is answered", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "20", price: "120" });
    expect(said(bench.report("in_doubt", { clOrdId: lastId(bench) }))).toEqual([
      "in_doubt in_doubt",
    ]);
    expect([worstOpen_lots(bench.order), worstPrice_ticks(bench.order)]).toEqual([20, 240]);
    expect(said(bench.report("replaced", { clOrdId: lastId(bench) }))).toEqual(["replaced new"]);
  });

  const refusals: readonly (readonly [string, (bench: OrderBench) => unknown, object, string])[] = [
    ["an ended order", (bench) => bench.report("canceled"), { price: "101" }, "ORDER_CLOSED"],
    ["a pending cancel", (bench) => bench.cancel(), { price: "101" }, "ORDER_PENDING_CANCEL"],
    [
      "as many replaces on their way as there may be",
      (bench) => {
        for (let n = 0; n < pendingReplaces_max; n += 1) {
          bench.replace({ replaceId: `q${n}`, price: n % 2 === 0 ? "99" : "98" });
        }
      },
      { price: "101" },
      "ORDER_PENDING_REPLACE",
    ],
    ["no change", () => undefined, { price: "100", orderQty: "10" }, "REPLACE_CHANGES_NOTHING"],
    ["nothing asked", () => undefined, {}, "REPLACE_CHANGES_NOTHING"],
    ["a price off the grid", () => undefined, { price: "100.1" }, "PRICE_OFF_TICK"],
    ["a stop price", () => undefined, { stopPx: "100" }, "PRICE_NOT_ALLOWED"],
    ["a quantity off the grid", () => undefined, { orderQty: "9.5" }, "QTY_OFF_LOT"],
    ["a quantity too small", () => undefined, { orderQty: "1" }, "QTY_BELOW_MINIMUM"],
    ["its time", () => undefined, { price: "101", validUntil: "7" }, "COMMAND_EXPIRED"],
  ];
  it.each(refusals)("is refused for %s", (_what, prepare, fields, code) => {
    const bench = working();
    prepare(bench);
    const { requests, short } = bench;
    const sent = requests.length;
    const outcome = bench.replace({ replaceId: "r1", ...fields });
    expect(outcome.bodies[0]).toMatchObject({ execType: "replace_rejected", rejectCode: code });
    expect(bench.requests).toHaveLength(sent);
    expect(bench.short).toBe(short);
  });

  it("of an unknown order is refused, and the versions go on when the order comes", () => {
    const bench = new OrderBench();
    expect(said(bench.replace({ replaceId: "r1", price: "101" }))).toEqual([
      "replace_rejected rejected ORDER_UNKNOWN",
    ]);
    expect(said(bench.replace({ replaceId: "r1", price: "101" }))).toEqual([
      "order_status rejected",
    ]);
    bench.submit(limit10);
    expect(bench.bodies.map((body) => body.version)).toEqual([1, 2, 3]);
    expect(bench.bodies.at(-1)?.ordStatus).toBe("pending_new");
  });

  it("repeated gets the status, with another body a conflict", () => {
    const bench = working();
    bench.replace({ replaceId: "r1", price: "101" });
    expect(said(bench.replace({ replaceId: "r1", price: "101" }))).toEqual([
      "order_status pending_replace",
    ]);
    expect(said(bench.replace({ replaceId: "r1", price: "102" }))).toEqual([
      "replace_rejected pending_replace ID_CONFLICT",
    ]);
    bench.report("replaced", { clOrdId: lastId(bench) });
    expect(said(bench.replace({ replaceId: "r1", price: "101" }))).toEqual(["order_status new"]);
    expect(bench.requests).toHaveLength(2);
    expect(bench.bodies.at(-1)?.price).toBe("101.0");
  });

  it("that cannot be read is denied and leaves the order alone", () => {
    const bench = working();
    const outcome = bench.replace({ replaceId: "no token", price: "101" });
    expect(said(outcome)).toEqual(["denied new MALFORMED"]);
    expect(outcome.bodies[0]).toMatchObject({ commandId: "replace" });
  });

  it("one after the other, many times, keeps memory bounded and ids apart", () => {
    const bench = working();
    for (let n = 0; n < 300; n += 1) {
      bench.replace({ replaceId: `r${n}`, price: n % 2 === 0 ? "101" : "100" });
      bench.report("replaced", { clOrdId: lastId(bench) });
    }
    expect(new Set(sentIds(bench)).size).toBe(301);
    expect(bench.order.commands).toHaveLength(commands_max + 1);
    expect(bench.order.commands[0]?.commandId).toBe("submit");
    // An answer to the very first of them is still known to be old.
    const first = sentIds(bench)[1] ?? "";
    expect(bench.report("replaced", { clOrdId: first })).toMatchObject({
      events: [],
      incidents: [],
    });
    // And so is its command: an old price does not come back because it was sent twice.
    const requests = bench.requests.length;
    expect(said(bench.replace({ replaceId: "r1", price: "100" }))).toEqual(["order_status new"]);
    expect(said(bench.replace({ replaceId: "r0", price: "101" }))).toEqual(["order_status new"]);
    expect(bench.requests).toHaveLength(requests);
    expect(bench.order.longKnown?.length).toBe(13 * (300 - commands_max));
    expect(bench.replayed()).toEqual(bench.order);
  });
});

describe("(20) a cancel while a replace is on its way", () => {
  const prepared = (): { bench: OrderBench; replaceId: string; cancelId: string } => {
    const bench = working();
    bench.replace({ replaceId: "r1", orderQty: "15" });
    const replaceId = lastId(bench);
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["pending_cancel pending_cancel"]);
    expect(bench.requests.at(-1)?.command).toMatchObject({ origClOrdId: sentIds(bench)[0] });
    return { bench, replaceId, cancelId: lastId(bench) };
  };

  for (const replace of ["replaced", "replace_rejected"] as const) {
    for (const cancel of ["canceled", "cancel_rejected"] as const) {
      for (const first of ["replace", "cancel"] as const) {
        it(`${replace} and ${cancel}, the ${first} first`, () => {
          const { bench, replaceId, cancelId } = prepared();
          const answerReplace = () => bench.report(replace, { clOrdId: replaceId });
          const answerCancel = () => bench.report(cancel, { clOrdId: cancelId });
          if (first === "replace") answerReplace();
          answerCancel();
          if (first === "cancel") answerReplace();
          const canceledFirst = cancel === "canceled" && first === "cancel";
          const qty = replace === "replaced" && !canceledFirst ? 15 : 10;
          const status = cancel === "canceled" ? "canceled" : "new";
          expect(bench.short).toBe(`${status} 0/${qty}`);
          expect(bench.order).not.toHaveProperty("pendingReplaces");
          expect(bench.order).not.toHaveProperty("pendingCancel");
          const answers = bench.bodies.filter(({ commandId }) => commandId === "replace:r1");
          expect(answers).toHaveLength(2);
          expect(worstOpen_lots(bench.order)).toBe(status === "new" ? qty : 0);
          expect(bench.replayed()).toEqual(bench.order);
        });
      }
    }
  }

  it("an end answers the replace too", () => {
    const { bench, cancelId } = prepared();
    const outcome = bench.report("canceled", { clOrdId: cancelId });
    expect(said(outcome)).toEqual(["canceled canceled", "replace_rejected canceled ORDER_CLOSED"]);
    expect(outcome.bodies.map(({ commandId }) => commandId)).toEqual(["cancel:c1", "replace:r1"]);
  });
});
