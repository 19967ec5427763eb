/** Icebergs that we show slice by slice, through fills, replaces, cancels and busts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { btc, limit10, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const iceberg = { ...limit10, orderQty: "25", maxFloor: "10" } as const;

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const shown = (): readonly number[] => desk.placed("a").map((leg) => leg.orderQty_lots);

describe("an iceberg", () => {
  it("shows one slice after the other, each under an id of its own, until all is filled", () => {
    expect(desk.submit("a", iceberg)).toEqual(["a pending_new pending_new"]);
    expect(shown()).toEqual([10]);
    expect(desk.placed("a")[0]).not.toHaveProperty("maxFloor_lots");
    desk.ack("a");
    expect(desk.fill("a", 4)).toEqual(["a trade partially_filled"]);
    expect(shown()).toEqual([10]);
    desk.fill("a", 6);
    expect(shown()).toEqual([10, 10]);
    expect(desk.ack("a")).toEqual([]);
    desk.fill("a", 10);
    expect(shown()).toEqual([10, 10, 5]);
    expect(desk.fill("a", 5)).toEqual(["a trade filled"]);
    expect(shown()).toEqual([10, 10, 5]);
    expect(new Set(desk.placed("a").map(({ clOrdId }) => clOrdId)).size).toBe(3);
    expect(desk.net_lots).toBe(25);
    expect(desk.bodies.at(-1)).toMatchObject({ orderQty: "25", cumQty: "25", leavesQty: "0" });
  });

  it.each(["suspended", "done_for_day"] as const)(
    "%s between two slices can be replaced",
    (halt) => {
      desk.submit("a", iceberg);
      desk.ack("a");
      desk.report("a", { execType: halt });
      desk.open(simx, false);
      desk.fill("a", 10);
      expect(desk.replace("a", { replaceId: "r1", orderQty: "20" })).toEqual([
        `a replaced ${halt}`,
      ]);
      expect(desk.replace("a", { replaceId: "r2", orderQty: "10" })).toEqual(["a replaced filled"]);
    },
  );

  it("leaves no rest below the smallest order", () => {
    desk.submit("a", { ...iceberg, orderQty: "21" });
    desk.ack("a");
    desk.fill("a", 10);
    desk.fill("a", 9);
    expect(shown()).toEqual([10, 9, 2]);
  });

  it("keeps all of it reserved, shown or not", () => {
    desk.submit("a", { ...iceberg, side: "sell", price: "110" });
    expect(desk.openSell_lots).toBe(25);
    desk.ack("a");
    desk.fill("a", 10, 110);
    expect(desk.openSell_lots).toBe(15);
  });

  it("is replaced by a slice that makes room for another: new total, new price", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.fill("a", 4);
    expect(desk.replace("a", { replaceId: "r1", orderQty: "12", price: "91" })).toEqual([
      "a pending_replace pending_replace",
    ]);
    expect(desk.canceled("a")).toEqual([]);
    expect(desk.placed("a").at(-1)).toMatchObject({ orderQty_lots: 8, price_ticks: 91 });
    expect(desk.ack("a")).toEqual(["a replaced partially_filled"]);
    expect(desk.fill("a", 8, 91)).toEqual(["a trade filled"]);
    expect(desk.net_lots).toBe(12);
  });

  it("with a higher total shows more slices", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", orderQty: "40" });
    desk.canceled("a");
    desk.ack("a");
    for (let filled = 0; filled < 40; filled += 10) desk.fill("a", 10);
    expect(desk.said.at(-1)).toBe("a trade filled");
    expect(desk.net_lots).toBe(40);
  });

  it("is cancelled with its slice, and shows no other", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.fill("a", 10);
    desk.ack("a");
    expect(desk.cancel("a")).toEqual(["a pending_cancel pending_cancel"]);
    expect(desk.canceled("a")).toEqual(["a canceled canceled"]);
    expect(shown()).toEqual([10, 10]);
    expect(desk.bodies.at(-1)).toMatchObject({ cumQty: "10", leavesQty: "0" });
  });

  it("whose slice fills while its cancel is on its way is cancelled, and shows no other", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.cancel("a");
    desk.fill("a", 10);
    expect(shown()).toEqual([10]);
    const { clOrdId, kind } = desk.asked("a");
    expect(kind).toBe("cancel");
    const said = desk.report("a", {
      execType: "cancel_rejected",
      clOrdId,
      code: "VENUE_REJECTED",
      cumQty_lots: 10,
    });
    expect(said).toEqual(["a canceled canceled"]);
    expect(desk.bodies.at(-1)).toMatchObject({ cumQty: "10", commandId: "cancel:_1" });
    expect(shown()).toEqual([10]);
  });

  it("ends when its venue cancels the slice by itself", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    expect(desk.report("a", { execType: "canceled" })).toEqual(["a canceled canceled"]);
    desk.advance(5_000);
    expect(shown()).toEqual([10]);
  });

  it("ends, with what it has, when its next slice is refused", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.fill("a", 10);
    desk.report("a", { execType: "rejected", code: "VENUE_REJECTED" });
    expect(desk.said.at(-1)).toBe("a canceled canceled");
    expect(desk.incidents).toEqual(["leg_refused"]);
    expect(desk.bodies.at(-1)).toMatchObject({ cumQty: "10" });
  });

  it("shows what a bust gave back once the slice is done", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.fill("a", 10);
    const execId = String(desk.bodies.at(-1)?.["execId"]);
    const first = desk.order("a").legs[0];
    desk.ack("a");
    desk.report("a", {
      execType: "trade_cancel",
      clOrdId: first?.clOrdId ?? desk.asked("a").clOrdId,
      refExecId: execId,
      lastQty_lots: 10,
      lastPx_ticks: 100,
      cumQty_lots: 0,
    });
    expect(desk.net_lots).toBe(0);
    for (let filled = 0; filled < 20; filled += 10) desk.fill("a", 10);
    desk.fill("a", 5);
    expect(desk.said.at(-1)).toBe("a trade filled");
    expect(desk.net_lots).toBe(25);
  });

  it("whose old slice a bust brings back takes the answers about that one for no other's", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.fill("a", 10);
    const execId = String(desk.bodies.at(-1)?.["execId"]);
    const { clOrdId } = desk.placed("a")[0] ?? desk.asked("a");
    desk.ack("a");
    const bust = { refExecId: execId, lastQty_lots: 10, lastPx_ticks: 100, leavesQty_lots: 10 };
    desk.report("a", { execType: "trade_cancel", clOrdId, ...bust, cumQty_lots: 0 });
    const leave = desk.asked("a");
    expect(leave).toMatchObject({ kind: "cancel", origClOrdId: clOrdId });
    const fill = { lastQty_lots: 10, lastPx_ticks: 100, cumQty_lots: 10 };
    desk.report("a", { execType: "trade", clOrdId, ...fill });
    const again = { refExecId: String(desk.bodies.at(-1)?.["execId"]), leavesQty_lots: 0 };
    desk.report("a", { execType: "trade_correct", clOrdId, ...fill, ...again, lastPx_ticks: 99 });
    desk.report("a", {
      ...{ execType: "cancel_rejected", clOrdId: leave.clOrdId, origClOrdId: clOrdId },
      ...{ code: "ORDER_CLOSED", cumQty_lots: 10 },
    });
    expect(desk.order("a").owedQty_lots).toBeUndefined();
    expect(desk.order("a").legs[1]?.owedQty_lots).toBeUndefined();
  });

  it("that ended cancels a slice that a bust brings back, and again when that never left", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.quote(200, 202);
    desk.fill("a", 10);
    const refExecId = String(desk.bodies.at(-1)?.["execId"]);
    desk.cancel("a");
    const bust = { lastQty_lots: 10, lastPx_ticks: 100, leavesQty_lots: 10, cumQty_lots: 0 };
    desk.report("a", { execType: "trade_cancel", refExecId, ...bust });
    const first = desk.asked("a");
    expect(first.kind).toBe("cancel");
    desk.report("a", { execType: "not_sent", clOrdId: first.clOrdId, cumQty_lots: 0 });
    const again = desk.sent.filter(({ command }) => command.kind === "cancel");
    expect(new Set(again.map(({ command }) => command.clOrdId)).size).toBe(2);
    expect(desk.openBuy_lots).toBe(10);
    desk.canceled("a");
    expect(desk.openBuy_lots).toBe(0);
  });

  it("behind a stop shows its first slice when that is met", () => {
    const stop = { ...iceberg, ordType: "stop_limit", stopPx: "105", price: "106" };
    desk.submit("a", stop);
    expect(shown()).toEqual([]);
    desk.quote(104, 105);
    expect(shown()).toEqual([10]);
    desk.ack("a");
    desk.fill("a", 10, 105);
    expect(shown()).toEqual([10, 10]);
  });

  it("shows its next slice where resting is best then, and waits while no venue is open", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.open(desk.placed("a")[0]?.venue === "SIMX" ? simx : simy, false);
    desk.quote(99, 101, simx, simy);
    desk.fill("a", 10);
    expect(new Set(desk.placed("a").map(({ venue }) => venue)).size).toBe(2);
    desk.ack("a");
    for (const venue of [simx, simy]) desk.open(venue, false);
    desk.fill("a", 10);
    expect(desk.incidents).toEqual(["slice_barred"]);
    desk.advance(30_000);
    expect(desk.incidents).toEqual(["slice_barred"]);
    expect(shown()).toEqual([10, 10]);
    expect(desk.order("a").phase).toBe("new");
    desk.open(simy, true);
    desk.advance(1_000);
    expect(shown()).toEqual([10, 10, 5]);
  });

  it("shows no slice far from the market, and goes on when the market is back", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.quote(200, 202);
    desk.fill("a", 10);
    expect(desk.incidents).toEqual(["slice_barred"]);
    expect(shown()).toEqual([10]);
    desk.restart();
    desk.quote(99, 101);
    desk.advance(1_000);
    expect(shown()).toEqual([10, 10]);
  });

  it("can be cancelled and replaced while its next slice waits", () => {
    desk.submit("a", iceberg);
    desk.ack("a");
    desk.quote(200, 202);
    desk.fill("a", 10);
    desk.quote(99, 101);
    expect(desk.replace("a", { replaceId: "r1", orderQty: "30" })).toEqual([
      "a replaced partially_filled",
    ]);
    desk.ack("a");
    expect(shown()).toEqual([10, 10]);
    desk.quote(200, 202);
    desk.fill("a", 10);
    expect(desk.cancel("a")).toEqual(["a canceled canceled"]);
    desk.advance(5_000);
    expect(shown()).toEqual([10, 10]);
    expect(desk.openBuy_lots).toBe(0);
  });

  it.each([
    ["off the lot grid", { maxFloor: "2.5" }],
    ["below the smallest order", { maxFloor: "1" }],
    ["not below the quantity", { maxFloor: "25" }],
    ["in too many slices", { orderQty: "900", maxFloor: "4" }],
  ])("is denied with a floor %s", (_name, change) => {
    expect(desk.submit("a", { ...iceberg, ...change })).toEqual([
      "a denied denied MAX_FLOOR_INVALID",
    ]);
  });

  it("goes to a venue that shows parts by itself as one order", () => {
    const offer = {
      ordTypes: new Set(["limit"] as const),
      timesInForce: new Set(["gtc"] as const),
      execInsts: new Set([] as const),
      maxFloor: true,
    };
    const venues = new Map(
      [...desk.world.reference.venues].map(([id, profile]) => [id, { ...profile, offer }]),
    );
    const rich = new DeskShard({ venues });
    rich.submit("a", iceberg);
    expect(rich.placed("a")).toMatchObject([{ orderQty_lots: 25, maxFloor_lots: 10 }]);
    expect(btc).toBe(rich.placed("a")[0]?.instrument);
    rich.check();
  });
});
