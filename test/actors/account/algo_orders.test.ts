/** Orders that we work by an algorithm: slices, what becomes of them, and what ends the order. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { btc, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const at = (ms: number): string => `${desk.now_ns + BigInt(ms) * 1_000_000n}`;

const buy = {
  ...{ instrument: btc, side: "buy", ordType: "limit", orderQty: "40", price: "105" },
  timeInForce: "gtc",
} as const;

/** Forty in four slices, ten seconds apart. */
const twap = (change: object = {}, order: object = {}) => ({
  ...buy,
  ...order,
  algo: { type: "twap", endTime: at(40_000), slices: 4, ...change },
});

const sizes = (id = "a"): readonly number[] => desk.placed(id).map((leg) => leg.orderQty_lots);

/** The venue has filled or ended what was sent. */
const ioc = (filled: number, id = "a"): void => {
  if (filled > 0) desk.fill(id, filled, 101);
  const leg = desk.order(id).legs.at(-1);
  if (leg?.state !== "ended") desk.report(id, { execType: "canceled" });
};

describe("a TWAP", () => {
  it("sends equal slices at the touch, immediate or cancel, and is filled in the last", () => {
    expect(desk.submit("a", twap())).toEqual(["a pending_new pending_new"]);
    expect(desk.placed("a")).toMatchObject([
      { ordType: "limit", timeInForce: "ioc", price_ticks: 101, orderQty_lots: 10 },
    ]);
    for (let slice = 1; slice <= 4; slice += 1) {
      ioc(10);
      desk.advance(9_000);
      expect(desk.placed("a")).toHaveLength(slice);
      desk.advance(1_000);
    }
    expect(sizes()).toEqual([10, 10, 10, 10]);
    expect(desk.said.at(-1)).toBe("a trade filled");
    expect(desk.timers.has("slice:DESK.s.a")).toBe(false);
    expect(desk.net_lots).toBe(40);
  });

  it("has all of it reserved from its acceptance on", () => {
    desk.submit("a", twap());
    expect(desk.openBuy_lots).toBe(40);
    ioc(10);
    expect(desk.openBuy_lots).toBe(30);
    desk.cancel("a");
    expect(desk.openBuy_lots).toBe(0);
  });

  it("catches up what a slice left, after a pause and with the next slice, never beyond it", () => {
    desk.submit("a", twap());
    ioc(4);
    expect(sizes()).toEqual([10]);
    desk.advance(999);
    expect(sizes()).toEqual([10]);
    desk.advance(2);
    expect(sizes()).toEqual([10, 6]);
    ioc(0);
    desk.quote(104, 106);
    desk.advance(9_000);
    expect(sizes()).toEqual([10, 6]);
    desk.quote(99, 101);
    desk.advance(500);
    expect(sizes()).toEqual([10, 6, 16]);
    expect(desk.placed("a").at(-1)?.price_ticks).toBe(101);
  });

  it("waits while the market is beyond its limit, and expires with what was not done", () => {
    desk.submit("a", twap());
    ioc(10);
    desk.quote(106, 108);
    const said = desk.advance(60_000);
    expect(said).toEqual(["a expired expired"]);
    expect(sizes()).toEqual([10]);
    expect(desk.incidents).toEqual([]);
    expect(desk.bodies.at(-1)).toMatchObject({ cumQty: "10", leavesQty: "0" });
    expect(desk.openBuy_lots).toBe(0);
  });

  it("takes a live slice back at its end, and expires when that is proven", () => {
    desk.submit("a", twap({ childStyle: "passive" }));
    desk.ack("a");
    desk.fill("a", 10, 99);
    desk.advance(10_000);
    desk.ack("a");
    desk.advance(29_000);
    desk.canceled("a");
    desk.ack("a");
    desk.fill("a", 3, 99);
    expect(desk.advance(2_000)).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
    expect(desk.bodies.at(-1)).toMatchObject({ cumQty: "13" });
  });

  it("begins at its start time", () => {
    desk.submit("a", twap({ startTime: at(20_000) }));
    desk.advance(19_000);
    expect(desk.order("a").legs).toEqual([]);
    desk.advance(1_000);
    expect(sizes()).toEqual([10]);
  });

  it("of a market order takes what the touch has, within the collar", () => {
    desk.submit("a", twap({}, { ordType: "market", price: undefined }));
    expect(desk.placed("a")[0]).toMatchObject({ ordType: "limit", price_ticks: 101 });
    ioc(10);
    desk.quote(140, 160);
    desk.advance(10_000);
    expect(desk.placed("a").at(-1)).toMatchObject({ price_ticks: 160 });
    expect(desk.space.get("exposure", `DESK.${btc}`)?.openBuy_lots).toBe(30);
  });

  it("that rests is moved with the touch, and sent again with what is due by then", () => {
    desk.submit("a", twap({ childStyle: "passive" }));
    expect(desk.placed("a")[0]).toMatchObject({ timeInForce: "gtc", price_ticks: 99 });
    desk.ack("a");
    desk.quote(100, 102);
    desk.advance(1_500);
    expect(desk.asked("a").kind).toBe("cancel");
    expect(desk.placed("a")).toHaveLength(1);
    expect(desk.canceled("a")).toEqual([]);
    expect(desk.placed("a").at(-1)).toMatchObject({ price_ticks: 100, orderQty_lots: 10 });
    desk.ack("a");
    desk.advance(9_000);
    desk.canceled("a");
    expect(sizes()).toEqual([10, 10, 20]);
  });

  it("ends by its cancel where a filled slice is in doubt about one that came too late", () => {
    desk.submit("a", twap({ childStyle: "passive" }));
    desk.ack("a");
    desk.quote(100, 102);
    desk.advance(1_500);
    const { clOrdId } = desk.asked("a");
    desk.report("a", { execType: "in_doubt", clOrdId });
    desk.fill("a", 10, 99);
    desk.advance(10_000);
    desk.ack("a");
    expect(sizes()).toHaveLength(2);
    desk.cancel("a");
    expect(desk.canceled("a")).toEqual(["a canceled in_doubt"]);
    desk.report("a", { execType: "not_sent", clOrdId, cumQty_lots: 10 });
    expect(desk.openBuy_lots).toBe(0);
  });

  it("has no doubt left about the cancel that it ended by, which was about another slice", () => {
    desk.submit("a", twap({ childStyle: "passive" }));
    desk.ack("a");
    const { clOrdId: first } = desk.order("a").legs[0] ?? { clOrdId: "" as never };
    desk.fill("a", 10, 99);
    const refExecId = String(desk.bodies.at(-1)?.["execId"]);
    desk.advance(10_000);
    desk.ack("a");
    desk.cancel("a");
    const { clOrdId } = desk.asked("a");
    desk.fill("a", 10, 99);
    const bust = { refExecId, lastQty_lots: 10, lastPx_ticks: 99, cumQty_lots: 0 };
    desk.report("a", { execType: "trade_cancel", clOrdId: first, ...bust, leavesQty_lots: 10 });
    desk.report("a", { execType: "in_doubt", clOrdId, cumQty_lots: 10 });
    const end = desk.report("a", { execType: "expired", clOrdId: first, cumQty_lots: 0 });
    expect(end).toEqual(["a canceled canceled"]);
    const late = { execType: "cancel_rejected", code: "ORDER_CLOSED", clOrdId } as const;
    expect(desk.report("a", { ...late, cumQty_lots: 10 })).toEqual([]);
    expect(desk.order("a").legs.map(({ state }) => state)).toEqual(["ended", "ended"]);
    expect(desk.openBuy_lots).toBe(0);
  });

  it("goes to another venue for its next slice", () => {
    desk.submit("a", twap());
    const [first] = desk.placed("a");
    ioc(10);
    desk.open(simx, false);
    desk.quote(99, 100, simy);
    desk.advance(10_000);
    expect(first?.venue).toBe("SIMX");
    expect(desk.placed("a").at(-1)).toMatchObject({ venue: "SIMY", price_ticks: 100 });
  });

  it("waits while no venue is open, told once a minute", () => {
    desk.submit("a", { ...twap(), algo: { type: "twap", endTime: at(400_000), slices: 4 } });
    ioc(10);
    desk.open(simx, false);
    desk.open(simy, false);
    desk.advance(90_000);
    expect(desk.incidents).toEqual([]);
    desk.advance(100_000);
    // Without an open venue there is no price to be had either.
    expect(sizes()).toEqual([10]);
    desk.open(simx, true);
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 10]);
  });

  it("goes on after a venue refused a slice, told once", () => {
    desk.submit("a", twap());
    desk.report("a", { execType: "rejected", code: "VENUE_REJECTED" });
    desk.advance(1_000);
    desk.report("a", { execType: "not_sent" });
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 10, 10]);
    expect(desk.incidents).toEqual(["slice_refused"]);
    expect(desk.ack("a")).toEqual(["a new new"]);
    desk.fill("a", 10, 101);
    expect(desk.order("a").phase).toBe("new");
  });

  it("sends nothing beside a slice in doubt, and goes on by what is proven", () => {
    desk.submit("a", twap());
    desk.report("a", { execType: "in_doubt" });
    expect(desk.said.at(-1)).toBe("a in_doubt in_doubt");
    desk.advance(25_000);
    expect(sizes()).toEqual([10]);
    desk.fill("a", 6, 101);
    desk.report("a", { execType: "canceled", cumQty_lots: 6 });
    expect(sizes()).toEqual([10, 24]);
  });

  it("counts what a venue has executed and not reported, until it is", () => {
    desk.submit("a", twap());
    desk.ack("a");
    const { clOrdId } = desk.order("a").legs[0] ?? { clOrdId: "" as never };
    desk.report("a", { execType: "canceled", cumQty_lots: 7 });
    expect(desk.incidents).toEqual(["fills_missing"]);
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 3]);
    const fill = { lastQty_lots: 7, lastPx_ticks: 101, cumQty_lots: 7 };
    desk.report("a", { execType: "trade", clOrdId, ...fill });
    desk.fill("a", 3, 101);
    expect(desk.net_lots).toBe(10);
  });

  it("does again what was busted", () => {
    desk.submit("a", twap());
    desk.fill("a", 10, 101);
    const execId = String(desk.bodies.at(-1)?.["execId"]);
    const bust = { refExecId: execId, lastQty_lots: 10, lastPx_ticks: 101, cumQty_lots: 0 };
    desk.report("a", { execType: "trade_cancel", ...bust });
    desk.advance(10_000);
    expect(sizes().reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(20);
    expect(desk.net_lots).toBe(0);
  });

  it("is owed nothing by a record of a slice that is older than its bust", () => {
    desk.submit("a", twap());
    desk.fill("a", 7, 101);
    const refExecId = String(desk.bodies.at(-1)?.["execId"]);
    const end = { execType: "expired", cumQty_lots: 7 } as const;
    desk.report("a", end);
    const bust = { refExecId, lastQty_lots: 7, lastPx_ticks: 101, cumQty_lots: 0 };
    desk.report("a", { execType: "trade_cancel", ...bust, leavesQty_lots: 0 });
    desk.report("a", { ...end, fromRecord: true });
    expect(desk.order("a").owedQty_lots).toBeUndefined();
    expect(desk.incidents).toEqual([]);
    expect(desk.openBuy_lots).toBe(40);
    desk.report("a", { ...end, cumQty_lots: 8 });
    expect(desk.order("a").owedQty_lots).toBe(8);
    expect(desk.asked("a").kind).toBe("query");
  });

  it("survives a restart between slices and within one", () => {
    desk.submit("a", twap());
    desk.restart();
    ioc(10);
    desk.restart();
    desk.advance(10_000);
    ioc(5);
    desk.restart();
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 10, 5]);
  });

  it("takes a slice back that its venue does not trade for now, and sends another one", () => {
    for (const execType of ["suspended", "done_for_day", "restated"] as const) {
      desk = new DeskShard();
      desk.submit("a", twap({ childStyle: "passive" }));
      const changed = execType === "restated" ? { orderQty_lots: 6 } : {};
      expect(desk.report("a", { execType, ...changed })).toEqual(["a new new"]);
      expect(desk.asked("a").kind).toBe("cancel");
      expect(desk.placed("a")).toHaveLength(1);
      desk.canceled("a");
      desk.advance(1_000);
      expect(sizes()).toEqual([10, 10]);
      desk.check();
    }
  });

  it("asks again for a slice that its venue changed, where the cancel never left", () => {
    for (const execType of ["suspended", "done_for_day", "restated"] as const) {
      desk = new DeskShard();
      const floor = { maxFloor: "10", algo: { type: "iceberg", refreshDelay_ms: 0 } };
      desk.submit("a", { ...buy, price: "99", ...floor });
      desk.ack("a");
      const changed = execType === "restated" ? { orderQty_lots: 6 } : {};
      desk.report("a", { execType, ...changed });
      const { clOrdId } = desk.asked("a");
      desk.report("a", { execType: "not_sent", clOrdId });
      desk.restart();
      desk.advance(1_000);
      const again = desk.asked("a");
      expect(again.kind).toBe("cancel");
      expect(again.clOrdId).not.toBe(clOrdId);
      desk.canceled("a");
      desk.advance(1_000);
      expect(sizes()).toEqual([10, 10]);
      desk.check();
    }
  });

  it("has of a slice what its venue made of it, and goes on behind that", () => {
    desk.submit("a", twap({ childStyle: "passive" }));
    desk.ack("a");
    desk.report("a", { execType: "restated", orderQty_lots: 6 });
    expect(desk.order("a").legs[0]?.orderQty_lots).toBe(6);
    desk.fill("a", 6, 99);
    expect(desk.order("a").legs[0]?.state).toBe("ended");
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 4]);
  });

  it("is rid of a slice that its venue made as small as what it has filled", () => {
    desk.submit("a", twap({ childStyle: "passive" }));
    desk.ack("a");
    desk.fill("a", 4, 99);
    desk.report("a", { execType: "restated", orderQty_lots: 4 });
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 6]);
  });

  it("whose slice was good for the day goes on when its venue's day is over", () => {
    desk.submit("a", twap({ childStyle: "passive" }, { timeInForce: "day" }));
    desk.ack("a");
    desk.report("a", { execType: "done_for_day" });
    desk.advance(1_000);
    expect(sizes()).toEqual([10, 10]);
    expect(desk.order("a").phase).toBe("new");
  });

  it("tells a person when its venue trades a slice again that had ended there", () => {
    desk.submit("a", twap({ childStyle: "passive" }, { timeInForce: "day" }));
    desk.ack("a");
    desk.report("a", { execType: "done_for_day" });
    expect(desk.incidents).toEqual([]);
    for (const execType of ["suspended", "restated"] as const) {
      desk.report("a", { execType });
    }
    expect(desk.incidents).toEqual(["end_contradicted", "end_contradicted"]);
    desk.check();
  });

  it("does not use up its slices on a venue that refuses them all", () => {
    desk.submit("a", { ...twap(), algo: { type: "twap", endTime: at(3_600_000), slices: 4 } });
    for (let second = 0; second < 600; second += 1) {
      const leg = desk.order("a").legs.at(-1);
      if (leg?.state === "pending")
        desk.report("a", { execType: "rejected", code: "VENUE_REJECTED" });
      desk.advance(1_000);
    }
    expect(desk.order("a").legs.length).toBeLessThan(240);
    expect(desk.incidents).toEqual(["slice_refused"]);
    expect(desk.order("a").phase).toBe("pending_new");
  });

  it("is sent without a price check only where there is a price", () => {
    desk.submit("a", twap());
    ioc(10);
    desk.quote(50, 51);
    desk.advance(10_000);
    expect(desk.placed("a").at(-1)).toMatchObject({ price_ticks: 51 });
    ioc(10);
    // Far from the mid of a book that is wide open.
    desk.quote(10, 90);
    desk.advance(10_000);
    expect(desk.incidents).toEqual(["slice_barred"]);
    expect(sizes()).toEqual([10, 10]);
  });
});
