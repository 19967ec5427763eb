/** Submits: repeats, conflicts, denials, and cancels that came before them. */
import { describe, expect, it } from "vitest";
import { refuse } from "../../../protocols/kernel/reject_code.ts";
import { shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import { worstOpen_lots, worstPrice_ticks } from "../../../actors/order/order_reservation.ts";
import { OrderBench, alarms, limit10, said, venue, working } from "./order_bench.ts";

describe("a submit", () => {
  it("opens the order with one leg and asks its venue for it", () => {
    const bench = new OrderBench();
    const { events, requests } = bench.submit({ ...limit10, execInst: ["post_only"] });
    expect(events).toHaveLength(1);
    expect(bench.bodies[0]).toMatchObject({
      version: 1,
      orderId: "DEMO.hand.h1",
      execType: "pending_new",
      ordStatus: "pending_new",
      orderQty: "10",
      price: "100.0",
      cumQty: "0",
      leavesQty: "10",
      commandId: "submit",
    });
    expect(requests).toEqual([
      {
        venue,
        command: expect.objectContaining({
          kind: "place",
          orderQty_lots: 10,
          price_ticks: 200,
          postOnly: true,
        }) as unknown,
      },
    ]);
    expect(shardIndexOfLeg(requests[0]?.command.clOrdId ?? "")).toBe(7);
    expect(worstOpen_lots(bench.order)).toBe(10);
    expect(worstPrice_ticks(bench.order)).toBe(200);
  });

  it("(28) answers a repeat with the order's status and a conflict without touching it", () => {
    const bench = working();
    const { price, ...rest } = limit10;
    expect(said(bench.submit({ price, ...rest }))).toEqual(["order_status new"]);
    const conflict = bench.submit({ ...limit10, orderQty: "11" });
    expect(said(conflict)).toEqual(["denied new ID_CONFLICT"]);
    expect(conflict.requests).toEqual([]);
    expect(said(bench.submit(limit10))).toEqual(["order_status new"]);
    expect(bench.requests).toHaveLength(1);
    expect(bench.order.version).toBe(5);
  });

  const trailing = (more: object): object => ({
    ordType: "trailing_stop",
    price: undefined,
    ...more,
  });
  const denials: readonly (readonly [string, object, string])[] = [
    ["a price off the tick grid", { price: "100.25" }, "PRICE_OFF_TICK"],
    ["a limit without a price", { price: undefined }, "PRICE_REQUIRED"],
    ["a market order with a price", { ordType: "market" }, "PRICE_NOT_ALLOWED"],
    ["a limit with a stop price", { stopPx: "100" }, "PRICE_NOT_ALLOWED"],
    ["a stop without its stop price", { ordType: "stop", price: undefined }, "PRICE_REQUIRED"],
    ["a quantity off the lot grid", { orderQty: "10.5" }, "QTY_OFF_LOT"],
    ["a quantity too large to count", { orderQty: "9".repeat(30) }, "QTY_OFF_LOT"],
    ["a quantity below the smallest", { orderQty: "1" }, "QTY_BELOW_MINIMUM"],
    ["a stop price off the grid", { ordType: "stop_limit", stopPx: "99.1" }, "PRICE_OFF_TICK"],
    ["an offset without a trailing stop", { trailOffset: "1" }, "PRICE_NOT_ALLOWED"],
    ["a trigger price without a trigger", { triggerPrice: "last" }, "PRICE_NOT_ALLOWED"],
    ["a trailing stop without an offset", trailing({}), "PRICE_REQUIRED"],
    [
      "a trailing stop with both offsets",
      trailing({ trailOffset: "1", trailOffset_bps: 10 }),
      "PRICE_NOT_ALLOWED",
    ],
    ["an offset off the tick grid", trailing({ trailOffset: "0.3" }), "PRICE_OFF_TICK"],
    ["a floor off the lot grid", { maxFloor: "2.5" }, "MAX_FLOOR_INVALID"],
    ["a floor that hides nothing", { maxFloor: "10" }, "MAX_FLOOR_INVALID"],
    ["an unreadable field", { orderQty: 10 }, "MALFORMED"],
  ];
  it.each(denials)("is denied for %s", (_what, change, code) => {
    const bench = new OrderBench();
    const outcome = bench.submit({ ...limit10, ...change });
    expect(said(outcome)).toEqual([`denied denied ${code}`]);
    expect(outcome.requests).toEqual([]);
    expect(worstOpen_lots(bench.order)).toBe(0);
    expect(bench.order.closedAt).toBeDefined();
  });

  it("keeps what kind of order was denied, and the numbers that broke it", () => {
    const bench = new OrderBench();
    bench.submit({ ...limit10, price: "100.25" });
    const [body] = bench.bodies;
    expect(body).toMatchObject({ instrument: "BTC-USDT", side: "buy", ordType: "limit" });
    expect(body?.text).toBe("price=100.25 tick=0.5");
    expect(body).not.toHaveProperty("orderQty");
  });

  it("is denied with its terms where risk refuses", () => {
    const bench = new OrderBench();
    bench.submit(limit10, refuse("RISK_MAX_ORDER_QTY", { orderQty: "10", limit: "5" }));
    expect(bench.bodies[0]).toMatchObject({
      rejectCode: "RISK_MAX_ORDER_QTY",
      text: "orderQty=10 limit=5",
      orderQty: "10",
      leavesQty: "0",
    });
  });

  it("is answered expired, never executed, after its validUntil", () => {
    const bench = new OrderBench();
    expect(said(bench.submit({ ...limit10, validUntil: "1000" }))).toEqual([
      "expired expired COMMAND_EXPIRED",
    ]);
    expect(bench.requests).toEqual([]);
  });

  it("may leave until the earlier of validUntil and the deadline", () => {
    const bench = new OrderBench();
    bench.submit({ ...limit10, validUntil: "1500" });
    expect(bench.requests[0]?.command).toMatchObject({ deadline: "1500" });
    const other = new OrderBench();
    other.submit({ ...limit10, validUntil: "99999" });
    expect(other.requests[0]?.command).toMatchObject({ deadline: "6001" });
  });

  it("values a market order at risk's price", () => {
    const bench = new OrderBench();
    const { price: _none, ...market } = { ...limit10, ordType: "market" };
    bench.submit(market, undefined, 210);
    expect(worstPrice_ticks(bench.order)).toBe(210);
    expect(bench.bodies[0]).not.toHaveProperty("price");
  });

  it("that cannot be read uses its id up, and its repeat is recognised", () => {
    const bench = new OrderBench();
    const bad = { ...limit10, colour: "blue" };
    expect(said(bench.submit(bad))).toEqual(["denied denied MALFORMED"]);
    expect(bench.bodies[0]?.text).toBe("colour: Expected no excess property");
    expect(said(bench.submit(bad))).toEqual(["order_status denied"]);
    expect(said(bench.submit(limit10))).toEqual(["denied denied ID_CONFLICT"]);
  });

  it("that cannot be read leaves a live order alone", () => {
    const bench = working();
    expect(said(bench.submit({ ...limit10, colour: "blue" }))).toEqual(["denied new MALFORMED"]);
    expect(worstOpen_lots(bench.order)).toBe(10);
  });
});

describe("a cancel that overtakes its submit", () => {
  it("ends the order before anything is sent", () => {
    const bench = new OrderBench();
    const first = bench.cancel({ cancelId: "c1" });
    expect(first.bodies).toEqual([]);
    expect(first.timer).toEqual({ at: "1101" });
    const second = bench.submit(limit10);
    expect(said(second)).toEqual(["pending_new pending_cancel", "canceled canceled"]);
    expect(bench.bodies.map((body) => body.commandId)).toEqual(["submit", "cancel:c1"]);
    expect(second.timer).toEqual({ at: undefined });
    expect(bench.requests).toEqual([]);
    expect(bench.order.version).toBe(2);
    expect(bench.timeout().events).toEqual([]);
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["order_status canceled"]);
  });

  it("is answered when its time is over, and the order may still come", () => {
    const bench = new OrderBench();
    bench.cancel();
    expect(said(bench.timeout())).toEqual(["cancel_rejected rejected ORDER_UNKNOWN"]);
    expect(bench.bodies[0]?.commandId).toBe("cancel:_1");
    expect(said(bench.submit(limit10))).toEqual(["pending_new pending_new"]);
    expect(bench.order.version).toBe(2);
  });

  it("is answered when its submit is denied", () => {
    const bench = new OrderBench();
    bench.cancel({ cancelId: "c1" });
    const outcome = bench.submit({ ...limit10, price: "0.1" });
    expect(said(outcome)).toEqual([
      "denied denied PRICE_OFF_TICK",
      "cancel_rejected denied ORDER_CLOSED",
    ]);
    expect(outcome.timer).toEqual({ at: undefined });
  });

  it("is one of its kind: another one is refused, a repeat gets the status", () => {
    const bench = new OrderBench();
    bench.cancel({ cancelId: "c1" });
    expect(said(bench.cancel({ cancelId: "c2" }))).toEqual([
      "cancel_rejected pending_cancel ORDER_PENDING_CANCEL",
    ]);
    expect(said(bench.cancel({ cancelId: "c1" }))).toEqual(["order_status pending_cancel"]);
  });

  it("that cannot be read is denied and leaves the id free", () => {
    const bench = new OrderBench();
    expect(said(bench.cancel({ why: "because" }))).toEqual(["denied rejected MALFORMED"]);
    expect(said(bench.submit(limit10))).toEqual(["pending_new pending_new"]);
  });
});

describe("a report about an order that was never sent", () => {
  it("raises an incident and changes nothing", () => {
    const bench = new OrderBench();
    expect(alarms(bench.report("new"))).toEqual(["request_unknown"]);
    bench.submit({ ...limit10, price: "0.1" });
    expect(alarms(bench.fill(1))).toEqual(["request_unknown"]);
    expect(bench.order.cumQty_lots).toBe(0);
  });
});
