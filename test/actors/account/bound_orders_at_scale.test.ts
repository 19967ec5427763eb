/** Bound orders that cannot follow for now, many of them at once, and what operators hear of it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, btc, limit10 } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const by = (requestId: string) => ({ requestId, operator: "ann", reason: "test" });
const exit = { side: "sell", ordType: "limit", price: "110", timeInForce: "gtc" } as const;
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

describe("many groups", () => {
  const many = Array.from({ length: 130 }, (_, no) => String(no));

  it("that cannot follow are each tried once a second, told once, and follow in the end", () => {
    for (const no of many) {
      desk.submit(`e${no}`, bracketOf(no));
      desk.fill(`e${no}`, 4);
      desk.ack(`t${no}`);
    }
    state("h1", "cancel_only");
    for (const no of many) desk.fill(`e${no}`, 6);
    const told = desk.incidents.length;
    let turns = 0;
    const takeTimer = desk.timers.delete.bind(desk.timers);
    desk.timers.delete = (id) => {
      if (id.startsWith("contingency")) turns += 1;
      if (turns > 1_000) throw new Error("the timer never comes to an end");
      return takeTimer(id);
    };
    desk.advance(3_000);
    expect([turns, desk.incidents.length]).toEqual([3 * many.length, told]);
    state("h2", "active");
    desk.advance(1_000);
    expect(many.filter((no) => desk.asked(`t${no}`).kind !== "replace")).toEqual([]);
  });

  it("of which the parents end at once take several turns, each of bounded size", () => {
    const stop = { ordType: "stop_limit", price: "110", stopPx: "109" } as const;
    for (const no of many.slice(0, 100)) {
      const orders = Array.from({ length: 8 }, (_, at) => ({ ...exit, clOrdId: `c${no}-${at}` }));
      desk.submit(`p${no}`, { ...limit10, ...stop, contingency: { type: "oto", orders } });
    }
    desk.largestTurn = 0;
    desk.control("mass_cancel", { ...by("m1"), side: "buy" });
    expect(desk.largestTurn).toBeLessThan(300);
    desk.advance(1);
    expect(desk.space.size("open")).toBe(0);
  });
});

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

describe("where an account is halted", () => {
  it("an exit that should give way waits without a word for the resume", () => {
    const other = { ...exit, clOrdId: "b", price: "111" };
    const pair = { type: "oco", onFill: "reduce", orders: [other] };
    desk.submit("a", { ...exit, instrument: btc, orderQty: "10", contingency: pair });
    desk.ack("a");
    desk.ack("b");
    state("h1", "halted");
    desk.fill("a", 3);
    const said = desk.said.length;
    desk.advance(10_000);
    expect(desk.said).toHaveLength(said);
    state("h2", "active");
    desk.advance(1_000);
    expect(desk.asked("b")).toMatchObject({ kind: "replace", orderQty_lots: 7 });
  });
});
