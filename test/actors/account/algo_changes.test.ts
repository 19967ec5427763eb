/** Suspending, releasing, replacing and cancelling worked orders, at each moment of a slice. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { btc } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const at = (ms: number): string => `${desk.now_ns + BigInt(ms) * 1_000_000n}`;

const submit = (algo: object = {}, order: object = {}): void => {
  desk.submit("a", {
    ...{ instrument: btc, side: "buy", ordType: "limit", orderQty: "40", price: "105" },
    timeInForce: "gtc",
    ...order,
    algo: { type: "twap", endTime: at(40_000), slices: 4, ...algo },
  });
};

const sizes = (): readonly number[] => desk.placed("a").map((leg) => leg.orderQty_lots);
const suspend = (id: string, suspended: boolean): readonly string[] =>
  desk.replace("a", { replaceId: id, suspended });

/** The moments of a slice, each with what is executed then. */
const moments: readonly (readonly [what: string, until: () => void, isLive: boolean])[] = [
  ["before its start", () => submit({ startTime: at(5_000) }), false],
  ["with a slice on its way", () => submit({ childStyle: "passive" }), true],
  [
    "with a slice that works",
    () => {
      submit({ childStyle: "passive" });
      desk.ack("a");
    },
    true,
  ],
  [
    "with a slice that is filled in part",
    () => {
      submit({ childStyle: "passive" });
      desk.ack("a");
      desk.fill("a", 4, 99);
    },
    true,
  ],
  [
    "with a slice in doubt",
    () => {
      submit({ childStyle: "passive" });
      desk.report("a", { execType: "in_doubt" });
    },
    true,
  ],
  [
    "between two slices",
    () => {
      submit();
      desk.fill("a", 10, 101);
    },
    false,
  ],
];

describe.each(moments)("a worked order %s", (_what, until, isLive) => {
  it("is suspended: its slice is taken back, none follows, and the time goes on", () => {
    until();
    expect(suspend("r1", true)[0]).toMatch(/^a replaced (suspended|in_doubt)$/);
    if (isLive) expect(desk.canceled("a").filter((said) => !said.includes("leg"))).toEqual([]);
    const before = sizes();
    const { cumQty_lots } = desk.order("a");
    desk.advance(15_000);
    expect(sizes()).toEqual(before);
    expect(desk.openBuy_lots).toBe(40 - cumQty_lots);
    desk.restart();
    expect(suspend("r2", false)[0]).toMatch(/^a replaced (new|pending_new|partially_filled)$/);
    expect(sizes().at(-1)).toBe(20 - cumQty_lots);
  });

  it("is cancelled: at once, or when its slice's end is proven", () => {
    until();
    const said = desk.cancel("a");
    if (isLive) {
      expect(said[0]).toMatch(/^a pending_cancel (pending_cancel|in_doubt)$/);
      expect(desk.canceled("a")).toEqual(["a canceled canceled"]);
    } else {
      expect(said).toEqual(["a canceled canceled"]);
    }
    const before = sizes();
    desk.advance(60_000);
    expect(sizes()).toEqual(before);
    expect(desk.openBuy_lots).toBe(0);
  });

  it("is cancelled while it is suspended and its slice is still being taken back", () => {
    until();
    suspend("r1", true);
    desk.cancel("a");
    if (isLive) {
      const { clOrdId } = desk.asked("a");
      const leaving = desk.order("a").legs.at(-1)?.leaving ?? clOrdId;
      desk.report("a", { execType: "canceled", clOrdId: leaving });
      desk.report("a", { execType: "cancel_rejected", clOrdId, code: "ORDER_UNKNOWN" });
    }
    expect(desk.said.filter((one) => one === "a canceled canceled")).toHaveLength(1);
    expect(desk.openBuy_lots).toBe(0);
  });

  it("takes a new total and price from its next slice on", () => {
    until();
    expect(desk.replace("a", { replaceId: "r1", orderQty: "20", price: "100" })[0]).toMatch(
      /^a replaced /,
    );
    expect(desk.bodies.at(-1)).toMatchObject({ orderQty: "20", price: "100" });
    desk.quote(97, 98);
    desk.advance(6_000);
    if (desk.asked("a").kind === "cancel") desk.canceled("a");
    desk.advance(20_000);
    const last = desk.placed("a").at(-1);
    expect(last?.price_ticks).toBeLessThanOrEqual(100);
    const { cumQty_lots, legs } = desk.order("a");
    const open = legs.reduce(
      (sum, leg) => sum + (leg.state === "ended" ? 0 : leg.orderQty_lots - leg.cumQty_lots),
      0,
    );
    expect(cumQty_lots + open).toBeLessThanOrEqual(20);
  });
});

describe("a worked order of an account that may not trade", () => {
  const by = { operator: "op", reason: "test" };
  const state = (requestId: string, to: string): void => {
    desk.control("trading_state", { ...by, requestId, account: "DESK", state: to });
  };

  it("waits while the account may only cancel, told, and goes on when it may trade", () => {
    submit();
    desk.fill("a", 10, 101);
    state("t1", "cancel_only");
    desk.advance(11_000);
    expect(sizes()).toEqual([10]);
    expect(desk.incidents).toEqual(["slice_barred"]);
    state("t2", "active");
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 10]);
  });

  it("ends when a slice is due while the account is halted: a resume sends nothing", () => {
    submit();
    desk.fill("a", 10, 101);
    state("t1", "halted");
    expect(desk.advance(11_000)).toEqual(["a canceled canceled"]);
    state("t2", "active");
    desk.advance(60_000);
    expect(sizes()).toEqual([10]);
    expect(desk.openBuy_lots).toBe(0);
  });

  it("can be suspended while the account is halted", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    state("t1", "halted");
    expect(suspend("r1", true)).toEqual(["a replaced suspended"]);
    expect(desk.canceled("a")).toEqual([]);
    expect(desk.order("a").phase).toBe("new");
  });
});

describe("a replace of a worked order", () => {
  it("takes a slice back that is above the new total, or beyond the new limit", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    desk.fill("a", 4, 99);
    expect(desk.replace("a", { replaceId: "r1", orderQty: "8" })).toEqual([
      "a pending_replace pending_replace",
    ]);
    expect(desk.asked("a").kind).toBe("cancel");
    expect(desk.openBuy_lots).toBe(36);
    expect(desk.canceled("a")).toEqual(["a replaced partially_filled"]);
    expect(desk.openBuy_lots).toBe(4);
    desk.advance(1_000);
    desk.quote(99, 101);
    desk.advance(20_000);
    desk.ack("a");
    desk.replace("a", { replaceId: "r2", price: "98" });
    expect(desk.replace("a", { replaceId: "r3", suspended: true })).toEqual([
      "a pending_replace pending_replace",
    ]);
    expect(desk.asked("a").kind).toBe("cancel");
    expect(desk.canceled("a")).toEqual(["a replaced pending_replace", "a replaced suspended"]);
    desk.advance(5_000);
    suspend("r4", false);
    desk.advance(1_000);
    expect(desk.placed("a").at(-1)?.price_ticks).toBe(98);
  });

  it("to no more than what is filled fills it, when its live slice has gone", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    desk.fill("a", 4, 99);
    desk.replace("a", { replaceId: "r1", orderQty: "3" });
    expect(desk.canceled("a")).toEqual(["a replaced filled"]);
    expect(desk.openBuy_lots).toBe(0);
    expect(desk.bodies.at(-1)).toMatchObject({ orderQty: "4", cumQty: "4" });
    expect(desk.replace("a", { replaceId: "r2", orderQty: "9" })).toEqual([
      "a replace_rejected filled ORDER_CLOSED",
    ]);
  });

  it("is in force when the slice that it breaks was filled, and is refused when that stays", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", orderQty: "8" });
    const { clOrdId } = desk.asked("a");
    desk.report("a", { execType: "cancel_rejected", clOrdId, code: "VENUE_REJECTED" });
    expect(desk.said.at(-1)).toBe("a replace_rejected new VENUE_REJECTED");
    desk.replace("a", { replaceId: "r2", orderQty: "8" });
    expect(desk.fill("a", 10, 99)).toEqual(["a trade pending_replace", "a replaced filled"]);
    expect(desk.bodies.at(-1)).toMatchObject({ orderQty: "10", cumQty: "10" });
    expect(desk.incidents).toEqual([]);
  });

  it("on its way is refused by the end of the order", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", orderQty: "8" });
    desk.cancel("a");
    const { clOrdId } = desk.asked("a");
    expect(desk.report("a", { execType: "canceled", clOrdId })).toEqual([
      "a canceled canceled",
      "a replace_rejected canceled ORDER_CLOSED",
    ]);
  });

  it("is refused with the order's end where its cancel came too late for the slice alone", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", orderQty: "30", price: "98" });
    const leaving = desk.asked("a").clOrdId;
    desk.report("a", { execType: "in_doubt", clOrdId: leaving });
    desk.cancel("a");
    const { clOrdId } = desk.asked("a");
    expect(desk.fill("a", 10, 99)).toEqual(["a trade in_doubt"]);
    expect(desk.report("a", { execType: "cancel_rejected", clOrdId })).toEqual([
      "a canceled canceled",
      "a replace_rejected canceled ORDER_CLOSED",
    ]);
    desk.report("a", { execType: "not_sent", clOrdId: leaving });
    desk.advance(60_000);
    expect(desk.bodies.at(-1)).toMatchObject({ ordStatus: "canceled", cumQty: "10" });
    expect(sizes()).toEqual([10]);
    expect(desk.openBuy_lots).toBe(0);
  });

  it("is in force when a cancel is refused that came between it and its slice's end", () => {
    submit({ childStyle: "passive" });
    const first = desk.asked("a").clOrdId;
    desk.ack("a");
    desk.fill("a", 10, 99);
    desk.advance(10_000);
    const second = desk.asked("a").clOrdId;
    desk.ack("a");
    // A bust brings the first slice back; it is taken back.
    desk.report("a", {
      ...{ execType: "trade_cancel", clOrdId: first, execId: "b1", refExecId: "x2" },
      ...{ lastQty_lots: 10, cumQty_lots: 0, leavesQty_lots: 3 },
    });
    const stray = desk.asked("a").clOrdId;
    desk.replace("a", { replaceId: "r1", orderQty: "12", price: "97" });
    const leaving = desk.asked("a").clOrdId;
    desk.cancel("a");
    const { clOrdId } = desk.asked("a");
    desk.report("a", { execType: "canceled", clOrdId: leaving, origClOrdId: second });
    expect(desk.report("a", { execType: "cancel_rejected", clOrdId })).toEqual([
      "a cancel_rejected pending_replace VENUE_REJECTED",
      "a replaced new",
    ]);
    desk.report("a", { execType: "canceled", clOrdId: stray, cumQty_lots: 0 });
    desk.advance(10_000);
    expect(desk.placed("a").at(-1)).toMatchObject({ price_ticks: 97 });
  });

  it("that changes nothing is refused, as is suspending an order without an algorithm", () => {
    submit();
    expect(suspend("r1", false)).toEqual([
      "a replace_rejected pending_new REPLACE_CHANGES_NOTHING",
    ]);
    suspend("r2", true);
    expect(suspend("r3", true)).toEqual(["a replace_rejected suspended REPLACE_CHANGES_NOTHING"]);
    const plain = { instrument: btc, side: "buy", ordType: "limit", orderQty: "4", price: "90" };
    desk.submit("b", plain);
    expect(desk.replace("b", { replaceId: "r1", suspended: true })).toEqual([
      "b replace_rejected pending_new ALGO_UNSUPPORTED",
    ]);
  });

  it("is answered the same when it comes again", () => {
    submit();
    suspend("r1", true);
    expect(suspend("r1", true)).toEqual(["a order_status suspended"]);
  });

  it("of a suspended order whose venue keeps the slice asks again, a second later", () => {
    submit({ childStyle: "passive" });
    desk.ack("a");
    suspend("r1", true);
    const first = desk.asked("a").clOrdId;
    desk.report("a", { execType: "cancel_rejected", clOrdId: first, code: "VENUE_REJECTED" });
    expect(desk.asked("a").clOrdId).toBe(first);
    desk.advance(1_000);
    expect(desk.asked("a").clOrdId).not.toBe(first);
    desk.fill("a", 10, 99);
    expect(desk.bodies.at(-1)).toMatchObject({ ordStatus: "suspended", cumQty: "10" });
    desk.advance(60_000);
    expect(sizes()).toEqual([10]);
    expect(desk.said.at(-1)).toBe("a expired expired");
  });
});
