/** Orders that waited with us, were sent, and never left: they wait again, and are sent again. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import { btc, simx } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const stopBuy = {
  instrument: btc,
  side: "buy",
  ordType: "stop",
  orderQty: "10",
  stopPx: "110",
  timeInForce: "gtc",
} as const;

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

/** The id of a leg of the order `a`. */
const sentAs = (no: number): LegClOrdId => {
  const leg = desk.order("a").legs[no];
  if (leg === undefined) throw new Error("it was sent");
  return leg.clOrdId;
};

describe("a stop that was met", () => {
  it("that never left, since the gate closed in that moment, is sent when it opens again", () => {
    desk.submit("a", { ...stopBuy, side: "sell", stopPx: "90" });
    desk.quote(89, 91);
    const [first] = desk.placed("a");
    expect(desk.report("a", { execType: "not_sent", code: "ROUTE_VENUE_DOWN" })).toEqual([]);
    expect(desk.incidents).toEqual(["trigger_unrouted"]);
    expect(desk.openSell_lots).toBe(10);
    desk.open(simx, false);
    desk.quote(99, 101);
    desk.advance(5_000);
    expect(desk.placed("a")).toHaveLength(1);
    desk.open(simx, true);
    desk.advance(5_000);
    const [, second] = desk.placed("a");
    expect(second).toMatchObject({ ordType: "market", orderQty_lots: 10 });
    expect(second?.clOrdId).not.toBe(first?.clOrdId);
    expect(desk.said.filter((line) => line.includes("triggered"))).toHaveLength(1);
    expect(desk.ack("a")).toEqual(["a new new"]);
    expect(desk.fill("a", 10)).toEqual(["a trade filled"]);
  });

  it("that had left, says its venue after the proof that it had not, is not sent again", () => {
    desk.submit("a", stopBuy);
    desk.quote(109, 110);
    desk.report("a", { execType: "not_sent" });
    expect(desk.ack("a")).toEqual(["a new new"]);
    expect(desk.incidents).toEqual(["trigger_unrouted", "end_contradicted"]);
    desk.advance(10_000);
    expect(desk.placed("a")).toHaveLength(1);
    expect(desk.openBuy_lots).toBe(10);
    expect(desk.cancel("a")).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.fill("a", 10)).toEqual(["a trade pending_cancel"]);
    expect(desk.net_lots).toBe(10);
  });

  it("that had left, and was sent again before that was known, is taken back there", () => {
    desk.submit("a", stopBuy);
    desk.quote(109, 110);
    const clOrdId = sentAs(0);
    desk.report("a", { execType: "not_sent" });
    desk.advance(3_000);
    expect(desk.placed("a")).toHaveLength(2);
    desk.report("a", { execType: "new", clOrdId, venueOrderId: "v1", cumQty_lots: 0 });
    expect(desk.asked("a")).toMatchObject({ kind: "cancel", origClOrdId: clOrdId });
    expect(desk.openBuy_lots).toBe(20);
    desk.report("a", { execType: "not_sent", clOrdId: sentAs(1) });
    desk.advance(10_000);
    expect(desk.placed("a")).toHaveLength(2);
    const leave = desk.asked("a");
    desk.report("a", { execType: "canceled", clOrdId: leave.clOrdId, cumQty_lots: 0 });
    desk.advance(10_000);
    expect(desk.placed("a")).toHaveLength(3);
    expect(desk.openBuy_lots).toBe(10);
  });

  it("that trades after the proof that it had not left, is looked up", () => {
    desk.submit("a", stopBuy);
    desk.quote(109, 110);
    desk.report("a", { execType: "not_sent" });
    const trade = { lastQty_lots: 3, lastPx_ticks: 110, cumQty_lots: 3, venueOrderId: "v1" };
    expect(desk.report("a", { execType: "trade", ...trade })).toEqual(["a trade partially_filled"]);
    expect(desk.asked("a").kind).toBe("query");
    const record = {
      fromRecord: true,
      recounted: true,
      cumQty_lots: 3,
      orderQty_lots: 10,
    } as const;
    desk.report("a", { execType: "new", ...record });
    expect(desk.order("a").legs).toMatchObject([{ state: "working", cumQty_lots: 3 }]);
    expect(desk.placed("a")).toHaveLength(1);
    expect(desk.fill("a", 7)).toEqual(["a trade filled"]);
  });

  it("that never leaves is tried less and less often", () => {
    desk.submit("a", stopBuy);
    desk.quote(109, 110);
    const sentAt: number[] = [];
    for (let second = 0; second < 64; second += 1) {
      if (desk.placed("a").length > sentAt.length) {
        sentAt.push(second);
        desk.report("a", { execType: "not_sent" });
      }
      desk.advance(1_000);
    }
    expect(sentAt).toEqual([0, 2, 5, 10, 19, 36]);
    expect(desk.incidents).toEqual(["trigger_unrouted"]);
  });

  it("that is sent again is rejected, doubted and canceled as any first leg", () => {
    for (const name of ["a", "b", "c"]) desk.submit(name, stopBuy);
    desk.quote(109, 110);
    for (const name of ["a", "b", "c"]) desk.report(name, { execType: "not_sent" });
    desk.advance(3_000);
    expect(desk.report("a", { execType: "rejected", code: "VENUE_REJECTED" })).toEqual([
      "a rejected rejected VENUE_REJECTED",
    ]);
    desk.cancel("b");
    expect(desk.report("b", { execType: "not_sent" })).toEqual(["b canceled canceled"]);
    const { clOrdId } = desk.placed("c").at(-1) ?? {};
    if (clOrdId === undefined) throw new Error("it was sent again");
    desk.report("c", { execType: "in_doubt", clOrdId });
    expect(desk.report("c", { execType: "not_sent", clOrdId })).toEqual([]);
    desk.advance(6_000);
    expect(desk.placed("c")).toHaveLength(3);
    expect(desk.fill("c", 10)).toEqual(["c trade filled"]);
  });

  it("that never left is changed and canceled at once, and ends with its day", () => {
    const limited = { ...stopBuy, ordType: "stop_limit", price: "112" };
    for (const name of ["a", "b"]) desk.submit(name, limited);
    desk.submit("c", { ...stopBuy, timeInForce: "day" });
    desk.quote(109, 110);
    desk.replace("a", { replaceId: "r1", orderQty: "8" });
    for (const name of ["a", "b", "c"]) {
      const said = desk.report(name, { execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
      const refused = "a replace_rejected pending_new ROUTE_VENUE_DOWN";
      expect(said).toEqual(name === "a" ? [refused] : []);
    }
    expect(desk.replace("a", { replaceId: "r2", orderQty: "6" })).toEqual([
      "a replaced pending_new",
    ]);
    expect(desk.openBuy_lots).toBe(26);
    expect(desk.cancel("b")).toEqual(["b canceled canceled"]);
    desk.open(simx, false);
    desk.advance(3_000);
    desk.open(simx, true);
    desk.advance(5_000);
    expect(desk.placed("a").at(-1)).toMatchObject({ orderQty_lots: 6 });
    expect(desk.placed("b")).toHaveLength(1);
    expect(desk.placed("c")).toHaveLength(2);
  });

  it("that never left ends where the account is halted meanwhile", () => {
    desk.submit("a", stopBuy);
    desk.quote(109, 110);
    desk.report("a", { execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
    const trade = (tradingState: "halted" | "active"): void => {
      const before = desk.space.get("account", "DESK");
      if (before === undefined) throw new Error("the account is there");
      desk.space.set("account", "DESK", { ...before, tradingState });
    };
    trade("halted");
    desk.advance(3_000);
    trade("active");
    expect(desk.said.at(-1)).toBe("a canceled canceled");
    expect(desk.bodies.at(-1)?.["text"]).toContain("TRADING_HALTED");
  });
});
