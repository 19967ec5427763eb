/** Brackets: an entry, and two exits that follow what it executes and reduce each other. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { isHeld } from "../../../protocols/ord_status.ts";
import { plainOffer } from "../../../protocols/venue_offer.ts";
import { limit10, reference, simx } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const takeProfit = { clOrdId: "t", ordType: "limit", price: "110", timeInForce: "gtc" } as const;
const stopLoss = { clOrdId: "l", ordType: "stop", stopPx: "85", timeInForce: "gtc" } as const;
const reduce = { execInst: ["reduce_only"] } as const;
const bracketOf = (tp: object, sl: object) => ({
  ...limit10,
  contingency: {
    type: "bracket",
    takeProfit: { ...takeProfit, ...tp },
    stopLoss: { ...stopLoss, ...sl },
  },
});
const bracket = bracketOf({}, {});

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const total = (clOrdId: string): number => desk.order(clOrdId).terms?.orderQty_lots ?? -1;
const reserved = (clOrdId: string): number => worstOpen_lots(desk.order(clOrdId));

/** The entry is filled, the profit target works, the stop loss waits. */
const enter = (body: object = bracket): void => {
  desk.submit("e", { ...body });
  desk.ack("e");
  desk.fill("e", 10);
  desk.ack("t");
};

describe("a bracket", () => {
  it("waits with both exits until its entry trades, and reserves nothing for them", () => {
    expect(desk.submit("e", bracket)).toEqual([
      "e pending_new pending_new",
      "t pending_new pending_new",
      "l pending_new pending_new",
    ]);
    expect(["t", "l"].map((id) => isHeld(desk.order(id)))).toEqual([true, true]);
    expect([reserved("t"), reserved("l"), desk.openSell_lots]).toEqual([0, 0, 0]);
    desk.quote(80, 82);
    expect(desk.said).toHaveLength(3);
    expect(desk.bodies.at(-1)).toMatchObject({ side: "sell", orderQty: "10", leavesQty: "0" });
  });

  it("counts what its exits reserve as open orders, and only that", () => {
    const openOrders = (): number => desk.space.get("account", "DESK")?.openOrders ?? 0;
    desk.submit("e", bracket);
    expect(openOrders()).toBe(1);
    desk.fill("e", 10);
    expect(openOrders()).toBe(2);
  });

  it("lets its exits follow every fill of the entry", () => {
    desk.submit("e", bracket);
    desk.ack("e");
    expect(desk.fill("e", 4)).toEqual([
      "e trade partially_filled",
      "t restated pending_new",
      "l restated pending_new",
    ]);
    expect(desk.placed("t")).toMatchObject([{ side: "sell", orderQty_lots: 4, price_ticks: 110 }]);
    expect([total("t"), total("l")]).toEqual([4, 4]);
    desk.ack("t");
    expect(desk.fill("e", 6)).toEqual([
      "e trade filled",
      "t pending_replace pending_replace",
      "l restated pending_new",
    ]);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 10 });
    expect(desk.openSell_lots).toBe(20);
  });

  it("asks for one growth at a time, and then for all that has come meanwhile", () => {
    desk.submit("e", bracket);
    desk.fill("e", 4);
    desk.ack("t");
    desk.fill("e", 2);
    desk.fill("e", 3);
    const request = desk.asked("t");
    expect(request).toMatchObject({ kind: "replace", orderQty_lots: 6 });
    desk.report("t", { execType: "replaced", clOrdId: request.clOrdId, orderQty_lots: 6 });
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 9 });
    expect(reserved("t")).toBe(9);
  });

  it("lets an exit that has done its part go on with the entry", () => {
    desk.submit("e", bracket);
    desk.fill("e", 4);
    desk.ack("t");
    expect(desk.fill("t", 4)).toEqual(["t trade partially_filled", "l restated pending_new"]);
    expect([total("l"), reserved("l"), reserved("t")]).toEqual([0, 0, 0]);
    desk.quote(80, 82);
    expect(desk.order("l").legs).toEqual([]);
    desk.quote(99, 101);
    desk.fill("e", 6);
    expect(desk.placed("t").map(({ orderQty_lots }) => orderQty_lots)).toEqual([4, 6]);
    expect([total("t"), total("l")]).toEqual([4, 6]);
    desk.ack("t");
    expect([total("t"), reserved("t")]).toEqual([10, 6]);
    desk.fill("t", 6);
    expect(desk.said.slice(-2)).toEqual(["t trade filled", "l canceled canceled"]);
    expect(desk.net_lots).toBe(0);
  });

  it("ends its stop loss when its profit is taken", () => {
    enter();
    expect(desk.fill("t", 3)).toEqual(["t trade partially_filled", "l restated pending_new"]);
    expect(total("l")).toBe(7);
    expect(desk.fill("t", 7)).toEqual(["t trade filled", "l canceled canceled"]);
    expect(desk.bodies.at(-1)?.["text"]).toBe("its peers executed the rest");
    expect([desk.net_lots, desk.incidents]).toEqual([0, []]);
  });

  it("ends its profit target when its stop is met", () => {
    enter();
    desk.quote(84, 86);
    expect(desk.said.slice(-2)).toEqual([
      "l triggered pending_new",
      "t pending_cancel pending_cancel",
    ]);
    expect(desk.placed("l")).toMatchObject([{ ordType: "market", orderQty_lots: 10 }]);
    desk.ack("l");
    desk.canceled("t");
    desk.fill("l", 10);
    expect([desk.net_lots, desk.incidents]).toEqual([0, []]);
  });

  it("is replaced within what its peer has left, also while nothing of it works", () => {
    enter();
    desk.quote(84, 86);
    desk.report("l", { execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
    desk.open(simx, false);
    desk.fill("t", 3);
    expect(total("l")).toBe(10);
    desk.replace("l", { replaceId: "r1", orderQty: "12" });
    expect(desk.placed("l").map(({ orderQty_lots }) => orderQty_lots)).toEqual([10, 7]);
    desk.ack("l");
    desk.canceled("t");
    desk.fill("l", 7);
    expect([desk.net_lots, desk.incidents]).toEqual([0, ["contingency_short"]]);
  });

  it.each([false, true])("triggers its stop once, also where it had nothing to do: %s", (isNew) => {
    desk.submit("e", bracket);
    desk.fill("e", 4);
    desk.ack("t");
    desk.open(simx, false);
    desk.quote(84, 86);
    desk.fill("t", 4);
    expect([total("l"), desk.order("l").legs]).toEqual([0, []]);
    desk.quote(99, 101);
    if (isNew) desk.restart();
    desk.open(simx, true);
    desk.advance(1_100);
    desk.fill("e", 6);
    expect(desk.placed("l")).toMatchObject([{ ordType: "market", orderQty_lots: 6 }]);
    desk.ack("l");
    desk.fill("l", 6);
    expect(desk.said.filter((one) => one.startsWith("l triggered"))).toHaveLength(1);
    expect(desk.net_lots).toBe(0);
  });

  it("is over, with a word, when both exits were filled in a race", () => {
    enter();
    desk.quote(84, 86);
    desk.fill("t", 10);
    expect(desk.incidents).toEqual([]);
    desk.fill("l", 10);
    expect(desk.incidents).toEqual(["contingency_overfilled"]);
    expect(desk.net_lots).toBe(-10);
  });

  it("cancels its exits when its entry ends without a fill", () => {
    desk.submit("e", bracket);
    desk.ack("e");
    desk.cancel("e");
    expect(desk.canceled("e")).toEqual([
      "e canceled canceled",
      "t canceled canceled",
      "l canceled canceled",
    ]);
    expect(desk.bodies.at(-1)?.["text"]).toBe("its parent ended without a fill");
    expect(desk.incidents).toEqual([]);
  });

  it("draws no conclusion from an entry in doubt, or that owes fills", () => {
    desk.submit("e", bracket);
    desk.report("e", { execType: "in_doubt" });
    expect(["t", "l"].map((id) => isHeld(desk.order(id)))).toEqual([true, true]);
    desk.report("e", { execType: "canceled", cumQty_lots: 4 });
    expect(desk.order("e").phase).toBe("canceled");
    expect(["t", "l"].map((id) => isHeld(desk.order(id)))).toEqual([true, true]);
    desk.fill("e", 4);
    expect([total("t"), total("l")]).toEqual([4, 4]);
  });

  it("keeps its exits at what the entry had executed when that is canceled", () => {
    desk.submit("e", bracket);
    desk.ack("e");
    desk.fill("e", 4);
    desk.ack("t");
    desk.cancel("e");
    desk.canceled("e");
    expect([total("t"), total("l")]).toEqual([4, 4]);
    expect(desk.fill("t", 4)).toEqual([
      "t trade partially_filled",
      "t restated filled",
      "l canceled canceled",
    ]);
    expect(desk.net_lots).toBe(0);
  });

  it("says that an entry is unprotected when its stop loss ends by itself", () => {
    enter();
    expect(desk.cancel("l")).toEqual(["l canceled canceled"]);
    expect(desk.incidents).toEqual(["contingency_unprotected"]);
    expect(desk.order("t").phase).toBe("new");
  });

  it("says that a late fill of an entry has no exit any more", () => {
    desk.submit("e", bracket);
    desk.ack("e");
    desk.cancel("e");
    desk.canceled("e");
    desk.fill("e", 4);
    expect(desk.incidents).toEqual(["late_fill", "contingency_unprotected"]);
  });

  it("takes its exits back with a bust of the entry", () => {
    desk.submit("e", bracket);
    desk.ack("e");
    desk.fill("e", 4);
    desk.ack("t");
    const execId = "x2";
    const bust = {
      execType: "trade_cancel",
      refExecId: execId,
      cumQty_lots: 0,
      leavesQty_lots: 10,
    };
    desk.report("e", bust as never);
    expect(desk.asked("t")).toMatchObject({ kind: "cancel" });
    expect([total("l"), reserved("l")]).toEqual([0, 0]);
    const { clOrdId } = desk.asked("t");
    desk.report("t", { execType: "canceled", clOrdId });
    expect([desk.order("t").phase, total("t"), reserved("t")]).toEqual(["new", 0, 0]);
    desk.fill("e", 10);
    expect(desk.placed("t").at(-1)).toMatchObject({ orderQty_lots: 10 });
    expect(total("l")).toBe(10);
  });

  it("waits for more where the entry's fill is below the smallest order", () => {
    desk.submit("e", bracket);
    desk.fill("e", 1);
    expect([total("t"), total("l")]).toEqual([0, 0]);
    desk.fill("e", 1);
    expect([total("t"), total("l")]).toEqual([2, 2]);
  });

  it("tells what the entry executed and no exit can close", () => {
    desk.submit("e", bracket);
    desk.ack("e");
    desk.fill("e", 1);
    desk.cancel("e");
    desk.canceled("e");
    expect(desk.said.slice(-2)).toEqual(["t canceled canceled", "l canceled canceled"]);
    expect(desk.incidents).toEqual(["contingency_rest", "contingency_rest"]);
  });
});

describe("a bracket at a venue without replace", () => {
  const venues = new Map(reference.venues);
  for (const [id, venue] of venues) venues.set(id, { ...venue, replace: "cancel_replace" });
  beforeEach(() => {
    desk = new DeskShard({ venues });
  });

  it("places no exit again with what the other one executed meanwhile", () => {
    const meanwhile = [
      () => desk.open(simx, false),
      () => desk.report("l", { execType: "in_doubt", clOrdId: desk.asked("l").clOrdId }),
    ];
    for (const happens of meanwhile) {
      desk = new DeskShard({ venues });
      enter(bracketOf({}, { ordType: "stop_limit", price: "84" }));
      desk.quote(84, 86);
      desk.ack("l");
      desk.replace("l", { replaceId: "r1", price: "83" });
      happens();
      desk.fill("t", 4, 110);
      desk.open(simx, true);
      desk.canceled("l");
      expect(desk.placed("l").map(({ orderQty_lots }) => orderQty_lots)).toEqual([10, 6]);
      desk.ack("l");
      expect(total("l")).toBe(6);
      desk.check();
    }
  });

  it("grows an exit by another leg, with never more live than the entry executed", () => {
    desk.submit("e", bracket);
    desk.fill("e", 4);
    desk.ack("t");
    desk.fill("e", 6);
    const cancel = desk.asked("t");
    expect(cancel.kind).toBe("cancel");
    expect(reserved("t")).toBe(10);
    desk.report("t", { execType: "canceled", clOrdId: cancel.clOrdId });
    expect(desk.placed("t").map(({ orderQty_lots }) => orderQty_lots)).toEqual([4, 10]);
    desk.ack("t");
    expect(total("t")).toBe(10);
  });
});

describe("a reduce-only bracket", () => {
  const reducing = bracketOf(reduce, reduce);

  it("sends its stop only when the profit target has made room", () => {
    enter(reducing);
    desk.quote(84, 86);
    expect(desk.said.slice(-2)).toEqual([
      "l triggered pending_new",
      "t pending_cancel pending_cancel",
    ]);
    expect(desk.order("l").legs).toEqual([]);
    desk.canceled("t");
    expect(desk.placed("l")).toMatchObject([{ orderQty_lots: 10 }]);
    desk.fill("l", 10);
    expect([desk.net_lots, desk.incidents]).toEqual([0, []]);
  });

  it("never flips the position when the profit target fills first after all", () => {
    enter(reducing);
    desk.quote(84, 86);
    expect(desk.fill("t", 10).at(-1)).toBe("l canceled canceled");
    desk.report("t", { execType: "cancel_rejected", clOrdId: desk.asked("t").clOrdId });
    expect([desk.net_lots, desk.order("l").legs]).toEqual([0, []]);
  });

  it("grows no further than the position leaves room", () => {
    desk.submit("e", reducing);
    desk.fill("e", 4);
    desk.ack("t");
    desk.submit("x", {
      ...limit10,
      side: "sell",
      ordType: "market",
      price: undefined,
      timeInForce: "ioc",
      orderQty: "3",
    });
    expect(desk.said.at(-1)).toBe("x denied denied RISK_REDUCE_ONLY_OPEN");
    desk.fill("e", 6);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 10 });
  });

  it("is denied where only one of its exits is reduce-only", () => {
    expect(desk.submit("e", bracketOf(reduce, {}))).toEqual([
      "e denied denied CONTINGENCY_PEER_DENIED",
      "t denied denied CONTINGENCY_INVALID",
      "l denied denied CONTINGENCY_PEER_DENIED",
    ]);
  });
});

describe("where venues take stops", () => {
  const ordTypes = new Set(["market", "limit", "stop"] as const);
  const offer = { ...plainOffer, ordTypes };
  const venues = new Map([...reference.venues].map(([id, venue]) => [id, { ...venue, offer }]));

  it("a stop loss rests there, beside the profit target", () => {
    desk = new DeskShard({ venues });
    desk.submit("e", bracket);
    desk.fill("e", 10);
    expect(desk.placed("l")).toMatchObject([{ ordType: "stop", orderQty_lots: 10 }]);
    desk.ack("l");
    desk.fill("t", 4);
    expect(desk.asked("l")).toMatchObject({ kind: "cancel" });
  });

  it("a reduce-only one is kept by us, since its profit target holds the room", () => {
    desk = new DeskShard({ venues });
    enter(bracketOf(reduce, reduce));
    expect([desk.order("l").terms?.held?.trigger, desk.placed("l")]).toEqual([true, []]);
    expect(total("l")).toBe(10);
  });
});
