/** What a leg that is to follow another one may be, at venues where a replace is two orders. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limit10, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const takeProfit = { clOrdId: "t", ordType: "limit", price: "110", timeInForce: "gtc" } as const;
const stopLoss = { clOrdId: "l", ordType: "stop", stopPx: "85", timeInForce: "gtc" } as const;
const bracket = { ...limit10, contingency: { type: "bracket", takeProfit, stopLoss } };

let desk: DeskShard;
beforeEach(() => {
  const venues = new Map([...reference.venues].map(([id, venue]) => [id, { ...venue }]));
  for (const [id, venue] of venues) venues.set(id, { ...venue, replace: "cancel_replace" });
  desk = new DeskShard({ venues });
});
afterEach(() => desk.check());

/** The venue has refused a cancel, and then says that the leg had made room. */
const tooLate = (clOrdId: string): void => {
  const cancel = desk.asked(clOrdId).clOrdId;
  desk.report(clOrdId, { execType: "cancel_rejected", clOrdId: cancel });
  desk.report(clOrdId, { execType: "canceled" });
};

describe("a leg that is to follow another one", () => {
  it("does not leave once the group ends its order, also between two cancels", () => {
    desk.submit("e", bracket);
    desk.fill("e", 10);
    desk.ack("t");
    desk.replace("t", { replaceId: "r1", price: "112" });
    desk.quote(84, 86);
    expect(desk.order("t").pendingCancel).toBeDefined();
    tooLate("t");
    expect(desk.placed("t")).toHaveLength(1);
    expect([desk.order("t").phase, desk.order("t").pendingReplaces]).toEqual([
      "canceled",
      undefined,
    ]);
    desk.ack("l");
    desk.fill("l", 10);
    expect([desk.net_lots, desk.incidents]).toEqual([0, []]);
  });

  it("ends its order where a sibling has executed", () => {
    const sibling = { ...takeProfit, side: "sell" };
    const high = { ...limit10, side: "sell", price: "112" };
    desk.submit("e", { ...high, contingency: { type: "oco", orders: [sibling] } });
    desk.ack("e");
    desk.ack("t");
    desk.replace("t", { replaceId: "r1", price: "111" });
    desk.fill("e", 1);
    tooLate("t");
    expect(desk.placed("t")).toHaveLength(1);
    expect([desk.order("t").phase, desk.order("t").pendingReplaces]).toEqual([
      "canceled",
      undefined,
    ]);
    expect(desk.incidents).toEqual(["leg_refused"]);
  });
});
