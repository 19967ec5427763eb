/** Siblings that cancel or reduce each other, and children that follow their parent. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { isHeld } from "../../../protocols/ord_status.ts";
import { account, btc, limit10, reference, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const sell = { side: "sell", ordType: "limit", price: "110", timeInForce: "gtc" } as const;
const stop = { side: "sell", ordType: "stop", stopPx: "85", timeInForce: "gtc" } as const;
const t = { ...sell, clOrdId: "t" } as const;
const l = { ...stop, clOrdId: "l" } as const;
const high = { ...limit10, side: "sell", price: "112" } as const;
const group = (type: string, orders: readonly object[], more: object = {}) => ({
  ...(type === "oco" ? high : limit10),
  contingency: { type, orders, ...more },
});
const cancelling = group("oco", [t, l]);
const reducing = group("oco", [t, l], { onFill: "reduce" });

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const total = (clOrdId: string): number => desk.order(clOrdId).terms?.orderQty_lots ?? -1;
const reserved = (clOrdId: string): number => worstOpen_lots(desk.order(clOrdId));
const phases = (...ids: readonly string[]): readonly string[] =>
  ids.map((id) => desk.order(id).phase);

describe("siblings that cancel each other", () => {
  it("all work at once, and all reserve", () => {
    desk.submit("e", cancelling);
    expect([desk.placed("e").length, desk.placed("t").length]).toEqual([1, 1]);
    expect(isHeld(desk.order("l"))).toBe(true);
    expect(desk.openSell_lots).toBe(30);
  });

  it("end with the first fill of one, however small", () => {
    desk.submit("e", cancelling);
    desk.ack("e");
    desk.ack("t");
    expect(desk.fill("t", 1)).toEqual([
      "t trade partially_filled",
      "e pending_cancel pending_cancel",
      "l canceled canceled",
    ]);
    desk.canceled("e");
    desk.fill("t", 9);
    expect([phases("e", "t", "l"), desk.incidents]).toEqual([
      ["canceled", "filled", "canceled"],
      [],
    ]);
  });

  it("end when the trigger of one is met, before that one is filled", () => {
    desk.submit("e", cancelling);
    desk.quote(84, 86);
    expect(desk.said.slice(-3)).toEqual([
      "l triggered pending_new",
      "e pending_cancel pending_cancel",
      "t pending_cancel pending_cancel",
    ]);
  });

  it("never trade both when one look meets two triggers: the first price counts", () => {
    const up = { ...stop, clOrdId: "u", side: "buy", stopPx: "115" };
    desk.submit("e", group("oco", [l, up]));
    desk.isDown = true;
    for (const mid of [116, 84]) {
      desk.quote(mid - 1, mid + 1);
      desk.watch.changed(simx, btc);
    }
    desk.isDown = false;
    desk.quote(99, 101);
    expect(desk.order("u").legs).toHaveLength(1);
    expect(phases("l", "u")).toEqual(["canceled", "pending_new"]);
  });

  it("go on with the one that trades more when both did and a cancel was refused", () => {
    desk.submit("e", group("oco", [t]));
    desk.ack("e");
    desk.ack("t");
    desk.fill("t", 4);
    desk.fill("e", 2);
    desk.report("e", { execType: "cancel_rejected", clOrdId: desk.asked("e").clOrdId });
    expect(desk.order("t").pendingCancel).toBeUndefined();
    desk.advance(1_100);
    expect(desk.order("e").pendingCancel).toBeDefined();
    expect(desk.order("t").pendingCancel).toBeUndefined();
  });

  it.each(["canceled", "rejected", "expired"] as const)("stay when one is %s unfilled", (end) => {
    desk.submit("e", group("oco", [t]));
    desk.report("e", { execType: end });
    expect([phases("e", "t"), desk.incidents]).toEqual([[end, "pending_new"], []]);
    desk.ack("t");
    expect(desk.fill("t", 10)).toEqual(["t trade filled"]);
  });

  it("are asked again to cancel when a venue refuses, once a second", () => {
    desk.submit("e", group("oco", [t]));
    desk.ack("e");
    desk.fill("t", 3);
    const first = desk.asked("e");
    desk.report("e", { execType: "cancel_rejected", clOrdId: first.clOrdId });
    expect(desk.order("e").pendingCancel).toBeUndefined();
    desk.advance(1_100);
    expect(desk.asked("e")).toMatchObject({ kind: "cancel" });
    expect(desk.asked("e").clOrdId).not.toBe(first.clOrdId);
    const sent = desk.sent.length;
    desk.advance(5_000);
    expect(desk.sent).toHaveLength(sent);
  });
});

describe("siblings that reduce each other", () => {
  it("share one quantity", () => {
    desk.submit("e", reducing);
    desk.ack("e");
    desk.ack("t");
    expect(desk.fill("t", 3)).toEqual([
      "t trade partially_filled",
      "e pending_replace pending_replace",
      "l restated pending_new",
    ]);
    expect(desk.asked("e")).toMatchObject({ kind: "replace", orderQty_lots: 7 });
    expect([reserved("e"), reserved("l")]).toEqual([10, 7]);
    desk.report("e", { execType: "replaced", clOrdId: desk.asked("e").clOrdId, orderQty_lots: 7 });
    expect([total("e"), reserved("e")]).toEqual([7, 7]);
    desk.fill("e", 7);
    expect(desk.said.slice(-3)).toEqual([
      "e trade filled",
      "t pending_cancel pending_cancel",
      "l canceled canceled",
    ]);
  });

  it("4: count a fill that comes after one was canceled", () => {
    desk.submit("e", reducing);
    desk.ack("e");
    desk.ack("t");
    desk.cancel("e");
    desk.canceled("e");
    desk.fill("e", 4);
    expect(desk.incidents).toEqual(["late_fill"]);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 6 });
    expect(total("l")).toBe(6);
    desk.fill("t", 10);
    expect(desk.incidents).toEqual(["late_fill", "contingency_overfilled"]);
  });

  it("grow again when a fill is taken back", () => {
    desk.submit("e", reducing);
    desk.ack("e");
    desk.fill("e", 4);
    expect(total("l")).toBe(6);
    const bust = { execType: "trade_cancel", refExecId: "x2", leavesQty_lots: 10 } as const;
    desk.report("e", { ...bust, cumQty_lots: 0 });
    expect(total("l")).toBe(10);
  });

  it("follow their strategy's replace: what it asks for is the most", () => {
    desk.submit("e", reducing);
    desk.fill("e", 4);
    desk.replace("l", { replaceId: "r1", orderQty: "3" });
    expect(total("l")).toBe(3);
    desk.replace("l", { replaceId: "r2", orderQty: "9" });
    expect(total("l")).toBe(6);
    expect(desk.bodies.at(-1)).toMatchObject({ execType: "restated", orderQty: "6" });
  });
});

describe("children of an oto", () => {
  const oto = group("oto", [t, { ...t, clOrdId: "u", orderQty: "4", price: "111" }]);

  it("each follow the parent up to their own quantity", () => {
    desk.submit("e", oto);
    desk.fill("e", 3);
    expect([total("t"), total("u")]).toEqual([3, 3]);
    desk.ack("t");
    desk.ack("u");
    desk.fill("e", 7);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 10 });
    expect(desk.asked("u")).toMatchObject({ kind: "replace", orderQty_lots: 4 });
  });

  it("24: ask again for a growth that a venue refused, once a second", () => {
    desk.submit("e", oto);
    desk.fill("e", 3);
    desk.ack("t");
    desk.fill("e", 3);
    const first = desk.asked("t");
    desk.report("t", { execType: "replace_rejected", clOrdId: first.clOrdId });
    expect(total("t")).toBe(3);
    desk.advance(1_100);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 6 });
    expect(desk.asked("t").clOrdId).not.toBe(first.clOrdId);
  });

  it("take a replace while they wait, and a cancel, each answered once", () => {
    desk.submit("e", oto);
    expect(desk.replace("t", { replaceId: "r1", orderQty: "6", price: "109" })).toEqual([
      "t replaced pending_new",
    ]);
    expect(desk.bodies.at(-1)).toMatchObject({ orderQty: "6", leavesQty: "0", price: "109" });
    expect(desk.replace("t", { replaceId: "r2", orderQty: "6" })).toEqual([
      "t replace_rejected pending_new REPLACE_CHANGES_NOTHING",
    ]);
    expect(desk.cancel("u")).toEqual(["u canceled canceled"]);
    desk.fill("e", 10);
    expect(desk.placed("t")).toMatchObject([{ orderQty_lots: 6, price_ticks: 109 }]);
    expect(phases("u")).toEqual(["canceled"]);
  });

  it("are canceled at once when they have done what is in force", () => {
    desk.submit("e", oto);
    desk.fill("e", 4);
    desk.ack("t");
    desk.fill("t", 4);
    expect(desk.order("t").phase).toBe("new");
    expect(desk.replace("t", { replaceId: "r1", price: "108" })).toEqual([
      "t pending_replace pending_replace",
      "t replaced partially_filled",
    ]);
    expect(desk.cancel("t")).toEqual(["t canceled canceled"]);
    desk.fill("e", 6);
    expect(desk.placed("t")).toHaveLength(1);
  });

  it("are canceled when their cancel came too late for what was in force", () => {
    desk.submit("e", oto);
    desk.fill("e", 4);
    desk.ack("t");
    desk.cancel("t", { cancelId: "c1" });
    const { clOrdId } = desk.asked("t");
    desk.fill("t", 4);
    expect(desk.report("t", { execType: "cancel_rejected", clOrdId })).toEqual([
      "t canceled canceled",
    ]);
    expect(desk.bodies.at(-1)?.["commandId"]).toBe("cancel:c1");
  });

  it("are not released past the position limit, and later when there is room", () => {
    const limits = { maxOrderQty_lots: 100, maxOrderNotional: 10_000_000n, collar_bps: 2_000 };
    const instruments = new Map([[btc, { ...limits, maxPosition_lots: 15 }]]);
    const accounts = new Map([[account, { account, maxOpenOrders: 10, instruments }]]);
    desk = new DeskShard({ accounts });
    const more = { ...t, side: "buy", price: "88" };
    desk.submit("e", group("oto", [more]));
    desk.fill("e", 10);
    expect([desk.incidents, reserved("t")]).toEqual([["contingency_short"], 0]);
    desk.submit("x", { ...high, orderQty: "6" });
    desk.fill("x", 6);
    desk.advance(1_100);
    expect(desk.placed("t")).toMatchObject([{ orderQty_lots: 10 }]);
  });

  it("wait for a venue, when none is there at their release", () => {
    desk.quote(99, 101, simy);
    desk.submit("e", group("oto", [{ ...t, route: { policy: "direct", venue: "SIMY" } }]));
    desk.open(simy, false);
    desk.fill("e", 10);
    expect([desk.placed("t"), desk.incidents]).toEqual([[], ["trigger_unrouted"]]);
    desk.open(simy, true);
    desk.advance(1_100);
    expect(desk.placed("t")).toMatchObject([{ venue: "SIMY", orderQty_lots: 10 }]);
  });

  it("16: are sent again when their leg never left, not while the venue is closed", () => {
    desk.submit("e", oto);
    desk.fill("e", 4);
    expect(desk.report("t", { execType: "not_sent", code: "ROUTE_VENUE_DOWN" })).toEqual([]);
    expect([desk.order("t").phase, reserved("t")]).toEqual(["pending_new", 4]);
    desk.open(simx, false);
    desk.advance(3_000);
    expect(desk.placed("t")).toHaveLength(1);
    expect(new Set(desk.incidents)).toEqual(new Set(["contingency_short"]));
    desk.open(simx, true);
    desk.advance(1_100);
    expect(desk.placed("t").map(({ orderQty_lots }) => orderQty_lots)).toEqual([4, 4]);
    desk.ack("t");
    desk.fill("e", 6);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 10 });
  });

  it("can be canceled while they wait for their venue", () => {
    desk.submit("e", oto);
    desk.fill("e", 4);
    desk.report("t", { execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
    expect(desk.cancel("t")).toEqual(["t canceled canceled"]);
    expect(reserved("t")).toBe(0);
  });

  it("trail from their release on, not from their submit", () => {
    const trail = { clOrdId: "t", side: "sell", ordType: "trailing_stop", trailOffset: "5" };
    desk.submit("e", group("oto", [{ ...trail, timeInForce: "gtc" }]));
    desk.quote(119, 121);
    desk.quote(99, 101);
    desk.fill("e", 10);
    desk.quote(98, 100);
    expect(isHeld(desk.order("t"))).toBe(true);
    desk.quote(93, 95);
    expect(desk.placed("t")).toHaveLength(1);
  });
});

describe("bound orders over time", () => {
  it("expire by themselves while they wait, at their own time", () => {
    const expireTime = String(desk.now_ns + 5_000_000_000n);
    desk.submit("e", group("oto", [{ ...t, timeInForce: "gtd", expireTime }]));
    expect(desk.advance(6_000)).toEqual(["t expired expired"]);
    desk.fill("e", 10);
    expect(desk.placed("t")).toEqual([]);
  });

  it("expire after they did what was in force", () => {
    const expireTime = String(desk.now_ns + 5_000_000_000n);
    desk.submit("e", group("oto", [{ ...t, timeInForce: "gtd", expireTime }]));
    desk.fill("e", 4);
    desk.fill("t", 4);
    expect(desk.advance(6_000)).toEqual(["t expired expired"]);
  });

  it("end when their parent's time is over", () => {
    const expireTime = String(desk.now_ns + 5_000_000_000n);
    desk.submit("e", { ...group("oto", [t]), timeInForce: "gtd", expireTime });
    desk.ack("e");
    desk.advance(6_000);
    desk.canceled("e");
    expect(phases("e", "t")).toEqual(["expired", "canceled"]);
  });

  it("are all canceled by a mass cancel, each answered once", () => {
    desk.submit("e", group("oto", [t, { ...t, clOrdId: "u" }]));
    desk.ack("e");
    desk.fill("e", 4);
    desk.ack("t");
    desk.cancel("_all", { cancelId: "m1" });
    for (const id of ["e", "t", "u"]) desk.canceled(id);
    const answers = desk.said.filter((one) => one.endsWith(" canceled canceled"));
    expect(answers).toEqual(["e canceled canceled", "t canceled canceled", "u canceled canceled"]);
  });

  it.each([0, 1, 2, 3])("go on after a restart: stage %i", (stage) => {
    const steps = [
      () => desk.submit("e", group("oto", [t, l])),
      () => desk.fill("e", 4),
      () => desk.ack("t"),
      () => desk.quote(84, 86),
      () => desk.fill("e", 6),
    ];
    steps.forEach((step, at) => {
      step();
      if (at === stage) desk.restart();
    });
    expect([total("l"), total("t")]).toEqual([4, 4]);
    expect(desk.placed("l")).toMatchObject([{ ordType: "market", orderQty_lots: 4 }]);
    desk.fill("l", 4);
    expect(desk.placed("l").at(-1)).toMatchObject({ ordType: "market", orderQty_lots: 6 });
  });

  it("are forgotten together, when the last of them ended long ago", () => {
    desk.submit("e", group("oto", [t]));
    desk.ack("e");
    desk.fill("e", 10);
    desk.ack("t");
    desk.advance(reference.closedOrder_ms + 120_000);
    expect(desk.order("e").phase).toBe("filled");
    desk.fill("t", 10);
    desk.advance(reference.closedOrder_ms + 120_000);
    expect(desk.space.size("order")).toBe(0);
    expect(desk.space.size("contingency")).toBe(0);
  });
});
