/** Orders that a bust brings back after their end or their day: asked to go until they have. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limit10 } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const bust = (cumQty_lots: number, leavesQty_lots: number): readonly string[] => {
  const [leg] = desk.order("a").legs;
  if (leg === undefined) throw new Error("it is at a venue");
  const refExecId = String(desk.bodies.find(({ execType }) => execType === "trade")?.["execId"]);
  const amend = { execType: "trade_cancel", refExecId, cumQty_lots, leavesQty_lots } as const;
  return desk.report("a", { ...amend, clOrdId: leg.clOrdId });
};

const cancels = (): number => desk.sent.filter(({ command }) => command.kind === "cancel").length;

describe("a leg that works again after its order's end", () => {
  it("is asked to leave again where the cancel never left, and reserved for until it has", () => {
    desk.submit("a", { ...limit10, side: "sell", price: "110", orderQty: "25", maxFloor: "10" });
    desk.ack("a");
    desk.fill("a", 10, 110);
    desk.report("a", { execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
    expect(desk.said.at(-1)).toBe("a canceled canceled");
    expect(desk.openSell_lots).toBe(0);
    bust(0, 10);
    expect(desk.openSell_lots).toBe(10);
    expect(cancels()).toBe(1);
    for (const times of [2, 3]) {
      desk.report("a", { execType: "not_sent", clOrdId: desk.asked("a").clOrdId, cumQty_lots: 0 });
      desk.advance(1_500);
      expect(cancels()).toBe(times);
    }
    expect(desk.openSell_lots).toBe(10);
    desk.canceled("a");
    desk.advance(5_000);
    expect(cancels()).toBe(3);
    expect(desk.openSell_lots).toBe(0);
  });
});

describe("an order of a day that is over", () => {
  it("expires when a bust brings it back", () => {
    desk = new DeskShard({}, "2026-01-05T23:59:00Z");
    desk.submit("a", { ...limit10, timeInForce: "day" });
    desk.ack("a");
    desk.fill("a", 10);
    expect(desk.said.at(-1)).toBe("a trade filled");
    desk.advance(120_000);
    bust(0, 10);
    desk.advance(1_500);
    expect(cancels()).toBe(1);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
  });
});
