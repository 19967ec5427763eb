/** Bound orders that cannot follow for now, many of them at once, and what operators hear of it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, limit10 } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "test" });
const bracketOf = (no: string) => ({
  ...limit10,
  contingency: {
    type: "bracket",
    takeProfit: { clOrdId: `t${no}`, ordType: "limit", price: "110", timeInForce: "gtc" },
    stopLoss: { clOrdId: `l${no}`, ordType: "stop", stopPx: "85", timeInForce: "gtc" },
  },
});

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const state = (requestId: string, to: string): unknown =>
  desk.control("trading_state", { ...by(requestId), account, state: to });
const total = (clOrdId: string): number => desk.order(clOrdId).terms?.orderQty_lots ?? -1;

/** The entry is filled, the profit target works, the stop loss waits. */
const enter = (): void => {
  desk.submit("e", bracketOf(""));
  desk.ack("e");
  desk.fill("e", 10);
  desk.ack("t");
};

describe("where an account may only reduce", () => {
  it("a stop loss that is met is sent: what its profit target reserves is the same quantity", () => {
    enter();
    state("r1", "reducing");
    desk.quote(84, 86);
    expect(desk.said.slice(-2)).toEqual([
      "l triggered pending_new",
      "t pending_cancel pending_cancel",
    ]);
    expect(desk.placed("l")).toMatchObject([{ side: "sell", orderQty_lots: 10 }]);
    expect(desk.incidents).toEqual([]);
  });

  it("an exit still grows with its entry", () => {
    desk.submit("e", bracketOf(""));
    desk.fill("e", 4);
    desk.ack("t");
    state("r1", "reducing");
    desk.fill("e", 6);
    expect(desk.asked("t")).toMatchObject({ kind: "replace", orderQty_lots: 10 });
    expect([total("l"), desk.incidents]).toEqual([10, []]);
  });
});
