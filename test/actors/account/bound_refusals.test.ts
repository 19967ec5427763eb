/** Children of which a venue, or the gate of one, refuses again and again what their group asks. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { limit10 } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const child = { clOrdId: "t", side: "sell", ordType: "limit", price: "110", timeInForce: "gtc" };
const oto = { ...limit10, contingency: { type: "oto", orders: [child] } };

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

describe("children that are refused", () => {
  it("16: are told of once when their venue's gate refuses them, and asked for less often", () => {
    desk.submit("e", oto);
    desk.fill("e", 4);
    const refuse = () => desk.report("t", { execType: "not_sent", code: "TRADING_HALTED" });
    refuse();
    desk.advance(1_100);
    expect([desk.placed("t").length, desk.incidents]).toEqual([2, []]);
    refuse();
    expect(desk.incidents).toEqual(["contingency_short"]);
    const before = desk.placed("t").length;
    for (let second = 0; second < 64; second += 1) {
      const placed = desk.placed("t").length;
      desk.advance(1_000);
      if (desk.placed("t").length > placed) refuse();
    }
    expect(desk.incidents).toEqual(["contingency_short"]);
    expect(desk.placed("t").length - before).toBeGreaterThan(7);
    expect(desk.placed("t").length - before).toBeLessThan(12);
    desk.advance(8_000);
    desk.ack("t");
    const order = desk.order("t");
    expect([order.phase, worstOpen_lots(order)]).toEqual(["new", 4]);
  });

  it("24: are told of once when their venue refuses them a growth again", () => {
    desk.submit("e", oto);
    desk.fill("e", 3);
    desk.ack("t");
    desk.fill("e", 3);
    const refuse = () => {
      const { clOrdId } = desk.asked("t");
      desk.report("t", { execType: "replace_rejected", clOrdId, code: "VENUE_REJECTED" });
    };
    refuse();
    expect(desk.incidents).toEqual([]);
    for (let time = 0; time < 5; time += 1) {
      desk.advance(1_100);
      expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 6 });
      refuse();
    }
    expect(desk.incidents).toEqual(["contingency_short"]);
  });
});
