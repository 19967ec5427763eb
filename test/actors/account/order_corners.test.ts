/**
 * Corners of an order's life that reports seldom reach: what comes late, twice, in another order
 * than it happened, or for very many orders at once.
 */
import { afterEach, describe, expect, it } from "vitest";
import { holdingFaults } from "../../../actors/account_holdings.ts";
import { makeFillTally } from "../../../deploy/fill_tally.ts";
import type { VenueProfile } from "../../../protocols/instrument.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { plainOffer } from "../../../protocols/venue_offer.ts";
import { account, btc, limit10, reference, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const stop = {
  instrument: btc,
  side: "buy",
  ordType: "stop_limit",
  orderQty: "10",
  stopPx: "110",
  price: "112",
  timeInForce: "gtc",
} as const;

/** Venues that trigger stops themselves. */
const stopVenues = (replace: VenueProfile["replace"]) => {
  const offer = { ...plainOffer, ordTypes: new Set(["limit", "stop_limit"] as const) };
  const how = replace === undefined ? {} : { replace };
  return new Map([...reference.venues].map(([id, one]) => [id, { ...one, offer, ...how }]));
};

let desk: DeskShard;
afterEach(() => desk.check());

/** An order that was canceled and forgotten long ago, and a fill of it that comes only now. */
const fillOfForgotten = (): LegReport => {
  desk = new DeskShard({ closedOrder_ms: 60_000 });
  desk.submit("a", limit10);
  desk.ack("a");
  const { orderId, legs } = desk.order("a");
  const [leg] = legs;
  if (leg === undefined) throw new Error("the order has a leg");
  desk.cancel("a");
  desk.canceled("a");
  desk.advance(200_000);
  return {
    kind: "report",
    venue: simx,
    orderId,
    execType: "trade",
    clOrdId: leg.clOrdId,
    execId: "late",
    cumQty_lots: 3,
    lastQty_lots: 3,
    lastPx_ticks: 90,
    instrument: btc,
    side: "buy",
    tsEvent: toNanos(desk.now_ns),
  };
};

describe("12. a fill of a forgotten order", () => {
  it("is booked as external where its clOrdId is another order's now", () => {
    const fill = fillOfForgotten();
    desk.submit("a", { ...limit10, orderQty: "7" });
    desk.message(fill);
    expect(desk.incidents).toEqual(["order_unknown"]);
    expect(desk.order("a").cumQty_lots).toBe(0);
    desk.message(fill);
    expect(desk.net_lots).toBe(3);
  });

  it("is booked as external where only a cancel names its clOrdId", () => {
    const fill = fillOfForgotten();
    desk.cancel("a");
    desk.message(fill);
    expect(desk.net_lots).toBe(3);
  });
});

describe("11. 12. a fill of a forgotten order", () => {
  const booked = (): LegReport => {
    const fill = { ...fillOfForgotten(), fee: { amount: "0.3", currency: "USDT" } };
    desk.message(fill);
    return fill;
  };
  const bucket = () => desk.space.get("position", `${account}.${btc}`);

  it("that is busted leaves the bucket, once", () => {
    const fill = booked();
    const bust = { ...fill, execType: "trade_cancel", execId: "b1", refExecId: "late" } as const;
    desk.message(bust);
    expect(bucket()).toMatchObject({ netQty_lots: 0, externalQty_lots: 0, cost: 0n, realized: 0n });
    expect(bucket()?.fees["USDT"]?.units ?? 0n).toBe(0n);
    const { version } = bucket() ?? {};
    desk.message(bust);
    desk.message({ ...bust, execId: "b2" });
    desk.message(fill);
    expect(bucket()?.version).toBe(version);
    expect(desk.incidents).toEqual(["order_unknown"]);
    expect(holdingFaults(desk.space)).toEqual([]);
  });

  it("that is corrected counts with its new numbers, and may be corrected again", () => {
    const fill = booked();
    const change = { ...fill, execType: "trade_correct", refExecId: "late" } as const;
    desk.message({ ...change, execId: "c1", lastQty_lots: 2, lastPx_ticks: 91 });
    expect(bucket()).toMatchObject({ netQty_lots: 2, externalQty_lots: 2, cost: 182n });
    desk.message({ ...change, execId: "c2", lastQty_lots: 5, lastPx_ticks: 92 });
    desk.message({ ...change, execId: "c2", lastQty_lots: 5, lastPx_ticks: 92 });
    expect(bucket()).toMatchObject({ netQty_lots: 5, externalQty_lots: 5 });
    expect(bucket()?.fees["USDT"]).toEqual({ units: 3n, scale: 1 });
    const tally = makeFillTally();
    for (const fact of desk.facts) tally.count(fact);
    expect(tally.sums.get(`${account}.${btc}`)).toEqual({ fills_lots: 0, external_lots: 5 });
    expect(holdingFaults(desk.space)).toEqual([]);
  });

  it("is left as it is by a bust of another execution", () => {
    const fill = booked();
    desk.message({ ...fill, execType: "trade_cancel", execId: "b1", refExecId: "other" });
    expect(desk.net_lots).toBe(3);
    expect(desk.incidents).toEqual(["order_unknown", "request_unknown"]);
  });
});

describe("a replace of a stop that its venue triggers", () => {
  it("places the new leg with the new stop where a replace is a cancel and a new order", () => {
    desk = new DeskShard({ venues: stopVenues("cancel_replace") });
    desk.submit("a", stop);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", stopPx: "111" });
    desk.replace("a", { replaceId: "r2", orderQty: "12" });
    desk.canceled("a");
    const stops = desk.placed("a").map(({ trigger }) => trigger?.stopPx_ticks);
    expect(stops).toEqual([110, 111]);
    desk.ack("a");
    expect(desk.order("a").terms).toMatchObject({ trigger: { stopPx_ticks: 111 } });
  });

  it("is carried by the replaces after it, whichever is answered first", () => {
    desk = new DeskShard({ venues: stopVenues("native") });
    desk.submit("a", stop);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", stopPx: "111" });
    const { clOrdId: first } = desk.asked("a");
    desk.replace("a", { replaceId: "r2", orderQty: "12" });
    expect(desk.asked("a")).toMatchObject({ kind: "replace", stopPx_ticks: 111 });
    desk.report("a", { execType: "replaced", clOrdId: desk.asked("a").clOrdId });
    desk.report("a", { execType: "replaced", clOrdId: first });
    expect(desk.order("a").terms).toMatchObject({
      orderQty_lots: 12,
      trigger: { stopPx_ticks: 111 },
    });
  });
});

describe("an order whose trigger is met already", () => {
  it.each([
    ["buy", "limit_if_touched", "200", "210"],
    ["buy", "stop_limit", "50", "55"],
    ["sell", "limit_if_touched", "50", "45"],
    ["sell", "stop_limit", "200", "190"],
  ])("is judged at the market: %s %s at %s", (side, ordType, stopPx, price) => {
    desk = new DeskShard();
    expect(desk.submit("a", { ...stop, side, ordType, stopPx, price })).toEqual([
      "a denied denied RISK_PRICE_COLLAR",
    ]);
    expect(desk.sent).toEqual([]);
  });
});

describe("a replace of a stop that was sent", () => {
  it("is judged at the market, not at the stop that is behind it", () => {
    desk = new DeskShard();
    desk.submit("a", { ...stop, price: "95" });
    desk.quote(109, 111);
    desk.ack("a");
    desk.quote(96, 97);
    expect(desk.replace("a", { replaceId: "r1", price: "125" })).toEqual([
      "a replace_rejected new RISK_PRICE_COLLAR",
    ]);
    expect(desk.replace("a", { replaceId: "r2", price: "97" })).toHaveLength(1);
  });
});

describe("a replace of a waiting stop", () => {
  it("is judged at its new stop, also where it lowers the quantity", () => {
    desk = new DeskShard();
    desk.submit("a", { ...stop, stopPx: "200", price: "210" });
    const near = { stopPx: "102", orderQty: "8" };
    expect(desk.replace("a", { replaceId: "r1", ...near })).toEqual([
      "a replace_rejected pending_new RISK_PRICE_COLLAR",
    ]);
    expect(desk.replace("a", { replaceId: "r2", orderQty: "8" })).toEqual([
      "a replaced pending_new",
    ]);
  });
});

describe("a replace", () => {
  it("builds on the terms in force, not on a replace that was overtaken", () => {
    desk = new DeskShard();
    desk.submit("a", limit10);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", orderQty: "20" });
    desk.replace("a", { replaceId: "r2", orderQty: "30" });
    desk.report("a", { execType: "replaced", clOrdId: desk.asked("a").clOrdId });
    desk.replace("a", { replaceId: "r3", price: "91" });
    expect(desk.asked("a")).toMatchObject({ orderQty_lots: 30, price_ticks: 91 });
  });

  it("of an iceberg to more slices than an order may have is refused", () => {
    desk = new DeskShard();
    desk.submit("a", { ...limit10, maxFloor: "2", orderQty: "20" });
    desk.ack("a");
    expect(desk.replace("a", { replaceId: "r1", orderQty: "402" })).toEqual([
      "a replace_rejected new REPLACE_LIMIT",
    ]);
    expect(desk.replace("a", { replaceId: "r2", orderQty: "398" })).toHaveLength(1);
    expect(desk.said.at(-1)).toBe("a pending_replace pending_replace");
  });
});

describe("the end of an order told again", () => {
  it("with more executed keeps that reserved and asks for it", () => {
    desk = new DeskShard();
    desk.submit("a", limit10);
    desk.ack("a");
    desk.report("a", { execType: "canceled" });
    desk.report("a", { execType: "canceled", cumQty_lots: 4 });
    expect(desk.incidents).toEqual(["fills_missing"]);
    expect(desk.asked("a").kind).toBe("query");
    expect(desk.space.get("exposure", `${account}.${btc}`)?.openBuy_lots).toBe(4);
    desk.report("a", { execType: "canceled", cumQty_lots: 4 });
    expect(desk.incidents).toHaveLength(1);
    desk.fill("a", 4, 90);
    expect(desk.space.get("exposure", `${account}.${btc}`)?.openBuy_lots).toBe(0);
    expect(desk.order("a").phase).toBe("canceled");
  });
});

describe("an order that a bust brings back to work", () => {
  it("still ends when its time is over", () => {
    desk = new DeskShard();
    const expireTime = toNanos(desk.now_ns + 60_000_000_000n);
    desk.submit("a", { ...limit10, timeInForce: "gtd", expireTime });
    desk.ack("a");
    desk.fill("a", 10, 90);
    const refExecId = String(desk.bodies.at(-1)?.["execId"]);
    const back = { refExecId, leavesQty_lots: 10, cumQty_lots: 0 };
    expect(desk.report("a", { execType: "trade_cancel", ...back })).toEqual(["a trade_cancel new"]);
    desk.advance(61_000);
    expect(desk.canceled("a")).toEqual(["a expired expired"]);
  });
});

describe("a cancel without an id", () => {
  it("is sent whenever it is asked for, also after cancels of ours were refused", () => {
    desk = new DeskShard();
    const expireTime = toNanos(desk.now_ns + 1_000_000_000n);
    desk.submit("a", { ...limit10, timeInForce: "gtd", expireTime });
    desk.ack("a");
    desk.advance(1_001);
    expect(desk.bodies.at(-1)?.["commandId"]).toBe("cancel:_expire-1");
    for (const commandId of ["cancel:_1", "cancel:_2", "cancel:_3"]) {
      desk.report("a", { execType: "cancel_rejected", clOrdId: desk.asked("a").clOrdId });
      expect(desk.cancel("a")).toEqual(["a pending_cancel pending_cancel"]);
      expect(desk.bodies.at(-1)?.["commandId"]).toBe(commandId);
    }
  });
});

describe("four hundred stops that are met while no venue is there", () => {
  it("are sent some at a time once there is one, and say so once a second until then", () => {
    desk = new DeskShard();
    for (let no = 0; no < 400; no += 1) desk.submit(`a${no}`, { ...stop, orderQty: "2" });
    for (const venue of [simx, simy]) desk.open(venue, false);
    desk.quote(111, 112);
    desk.advance(1);
    const alarms = desk.incidents.length;
    expect(desk.said.filter((one) => one.includes("triggered"))).toHaveLength(400);
    desk.advance(3_000);
    expect(desk.incidents.length - alarms).toBe(3);
    desk.largestTurn = 0;
    desk.open(simx, true);
    desk.advance(1_000);
    expect(desk.sent).toHaveLength(400);
    expect(desk.largestTurn).toBeLessThanOrEqual(50);
  });
});

describe("a reduce-only order that must give way", () => {
  const sell = { ...limit10, side: "sell", price: "105", execInst: ["reduce_only"] };

  const lose = (qty_lots: number): void => {
    desk.message({
      kind: "adjust_position",
      account,
      instrument: btc,
      adjustmentId: `j${desk.facts.length}`,
      reason: "test",
      request: { kind: "quantity", qty_lots: -qty_lots, price_ticks: 100 },
      at: toNanos(desk.now_ns),
    });
  };

  it("is asked again when its venue refuses", () => {
    desk = new DeskShard();
    desk.takePosition(10);
    desk.submit("r", sell);
    desk.ack("r");
    lose(6);
    const { clOrdId } = desk.asked("r");
    desk.report("r", { execType: "replace_rejected", clOrdId });
    desk.advance(1_000);
    expect(desk.asked("r")).toMatchObject({ kind: "replace", orderQty_lots: 4 });
    expect(desk.asked("r").clOrdId).not.toBe(clOrdId);
    desk.report("r", { execType: "replaced", clOrdId: desk.asked("r").clOrdId });
    desk.advance(5_000);
    expect(desk.said.filter((one) => one.includes("pending_replace"))).toHaveLength(2);
  });

  it("keeps the price that a replace on its way asks for", () => {
    desk = new DeskShard();
    desk.takePosition(10);
    desk.submit("r", sell);
    desk.ack("r");
    desk.replace("r", { replaceId: "r1", price: "107" });
    lose(6);
    expect(desk.asked("r")).toMatchObject({ orderQty_lots: 4, price_ticks: 107 });
  });
});
