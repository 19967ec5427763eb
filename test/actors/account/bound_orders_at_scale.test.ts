/** Bound orders that cannot follow for now, many of them at once, and what operators hear of it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import { account, btc, limit10, reference } from "./desk_reference.ts";
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

  it("of which the parents end at once take several turns, each bounded", () => {
    const stop = { ordType: "stop_limit", price: "110", stopPx: "109" } as const;
    for (const no of many.slice(0, 100)) {
      const orders = [...Array(8).keys()].map((at) => ({ ...exit, clOrdId: `c${no}-${at}` }));
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
  it("a stop loss that is met is sent: its profit target reserves the same quantity", () => {
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

describe("what an exit has executed", () => {
  it("is booked before it is said to be filled", () => {
    const venues = new Map(
      [...reference.venues].map(([id, venue]): [typeof id, VenueProfile] => [
        id,
        { ...venue, replace: "cancel_replace" },
      ]),
    );
    desk = new DeskShard({ venues });
    desk.submit("e", bracketOf(""));
    desk.ack("e");
    desk.fill("e", 4);
    desk.ack("t");
    desk.replace("t", { replaceId: "r1", price: "111" });
    const { clOrdId } = desk.asked("t");
    // The venue counts 4, and the execution itself is still on its way.
    desk.report("t", { execType: "canceled", clOrdId, cumQty_lots: 4 });
    desk.cancel("e");
    desk.canceled("e");
    expect(desk.order("t").phase).toBe("new");
    const fill = { execType: "trade", lastQty_lots: 4, lastPx_ticks: 110, cumQty_lots: 4 } as const;
    expect(desk.report("t", fill)).toEqual(["t trade partially_filled", "t restated filled"]);
    expect([total("t"), desk.incidents]).toEqual([4, ["fills_missing"]]);
  });

  it("is bare again after a bust, when the stop loss has gone", () => {
    enter();
    const fill = { execType: "trade", lastQty_lots: 10, lastPx_ticks: 110 } as const;
    desk.report("t", { ...fill, execId: "T", cumQty_lots: 10 });
    expect(desk.order("l").phase).toBe("canceled");
    desk.report("t", { execType: "trade_cancel", refExecId: "T", cumQty_lots: 0 });
    expect([desk.net_lots, desk.incidents]).toEqual([10, ["contingency_unprotected"]]);
  });

  it("is bare beyond what the stop loss was asked for, where the entry was made larger", () => {
    enter();
    desk.submit("f", bracketOf("f"));
    desk.ack("f");
    desk.fill("f", 6);
    desk.replace("f", { replaceId: "r1", orderQty: "20" });
    const { clOrdId } = desk.asked("f");
    desk.report("f", { execType: "replaced", clOrdId, orderQty_lots: 20 });
    desk.fill("f", 4);
    expect(desk.incidents).toEqual([]);
    desk.fill("f", 10);
    expect([total("lf"), desk.incidents]).toEqual([10, ["contingency_unprotected"]]);
  });
});
