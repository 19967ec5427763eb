/** Orders that wait with us for a trigger: from the submit to the venue, and every way out. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { btc, limit10, simx, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const stopBuy = {
  instrument: btc,
  side: "buy",
  ordType: "stop",
  orderQty: "10",
  stopPx: "110",
  timeInForce: "gtc",
} as const;
const trailSell = {
  instrument: btc,
  side: "sell",
  ordType: "trailing_stop",
  orderQty: "10",
  trailOffset: "5",
  timeInForce: "gtc",
} as const;

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

describe("a stop", () => {
  it("waits with us, is triggered by the ask, and goes to the venue as a market order", () => {
    expect(desk.submit("a", stopBuy)).toEqual(["a pending_new pending_new"]);
    expect(desk.sent).toEqual([]);
    desk.quote(107, 109);
    expect(desk.looks).toBe(0);
    desk.quote(108, 110);
    expect(desk.said.at(-1)).toBe("a triggered pending_new");
    expect(desk.bodies.at(-1)).toMatchObject({ stopPx: "110", commandId: "timer:trigger" });
    expect(desk.placed("a")).toMatchObject([
      { ordType: "market", timeInForce: "gtc", orderQty_lots: 10, venue: "SIMX" },
    ]);
    expect(desk.ack("a")).toEqual(["a new new"]);
    expect(desk.fill("a", 4)).toEqual(["a trade partially_filled"]);
    expect(desk.fill("a", 6)).toEqual(["a trade filled"]);
    expect(desk.net_lots).toBe(10);
  });

  it("is triggered at once where its price is already met", () => {
    desk.submit("a", { ...stopBuy, stopPx: "101" });
    expect(desk.said).toEqual(["a pending_new pending_new", "a triggered pending_new"]);
  });

  it("is triggered once, by a price that jumps over it", () => {
    desk.submit("a", stopBuy);
    desk.quote(150, 151);
    desk.quote(160, 161);
    desk.quote(90, 91);
    expect(desk.placed("a")).toHaveLength(1);
  });

  it("with a limit keeps it, and rests at the venue", () => {
    desk.submit("a", { ...stopBuy, ordType: "stop_limit", price: "112" });
    desk.quote(109, 111);
    expect(desk.placed("a")).toMatchObject([{ ordType: "limit", price_ticks: 112 }]);
  });

  it("far from the market is judged at its own price, not at the market's", () => {
    const far = { ...stopBuy, ordType: "stop_limit", stopPx: "200", price: "210" };
    expect(desk.submit("a", far)).toEqual(["a pending_new pending_new"]);
    expect(desk.submit("b", { ...far, price: "300" })).toEqual([
      "b denied denied RISK_PRICE_COLLAR",
    ]);
    // At their stop and the collar 1000 lots are worth 10.8 million; an order may be 10 million.
    const large = { ...stopBuy, stopPx: "9000", orderQty: "1000" };
    expect(desk.submit("c", large)).toEqual(["c denied denied RISK_MAX_NOTIONAL"]);
  });

  it("reserves its worst case while it waits", () => {
    desk.submit("a", { ...stopBuy, side: "sell", stopPx: "90" });
    expect(desk.openSell_lots).toBe(10);
    desk.cancel("a");
    expect(desk.openSell_lots).toBe(0);
  });

  it("that touches another price is told which: last or mid", () => {
    desk.submit("a", { ...stopBuy, triggerPrice: "last" });
    desk.submit("b", { ...stopBuy, triggerPrice: "mid" });
    desk.quote(108, 111);
    expect(desk.said.filter((line) => line.includes("triggered"))).toEqual([]);
    desk.quote(109, 111);
    expect(desk.said.at(-1)).toBe("b triggered pending_new");
    desk.trade(110);
    expect(desk.said.at(-1)).toBe("a triggered pending_new");
  });

  it("to one venue looks at that venue alone", () => {
    desk.quote(99, 101, simy);
    desk.submit("a", { ...stopBuy, route: { policy: "direct", venue: "SIMY" } });
    desk.quote(120, 121, simx);
    expect(desk.looks).toBe(0);
    desk.quote(109, 110, simy);
    expect(desk.placed("a")).toMatchObject([{ venue: "SIMY" }]);
  });

  it("over several venues is triggered when none offers a better price any more", () => {
    desk.quote(99, 101, simy);
    desk.submit("a", stopBuy);
    desk.quote(110, 111, simx);
    expect(desk.placed("a")).toEqual([]);
    desk.quote(110, 112, simy);
    expect(desk.placed("a")).toHaveLength(1);
  });
});

describe("an if-touched order", () => {
  it("is triggered when the price comes to meet it", () => {
    desk.submit("a", { ...stopBuy, ordType: "market_if_touched", stopPx: "95" });
    desk.submit("b", { ...stopBuy, ordType: "limit_if_touched", stopPx: "95", price: "94" });
    desk.quote(95, 96);
    expect(desk.sent).toEqual([]);
    desk.quote(93, 95);
    expect(desk.placed("a")).toMatchObject([{ ordType: "market" }]);
    expect(desk.placed("b")).toMatchObject([{ ordType: "limit", price_ticks: 94 }]);
  });
});

describe("a trailing stop", () => {
  it("follows the bid up, stays, and fires its distance below the peak", () => {
    desk.submit("a", trailSell);
    for (const bid of [103, 110, 107, 106]) desk.quote(bid, bid + 2);
    expect(desk.placed("a")).toEqual([]);
    desk.quote(105, 107);
    expect(desk.said.at(-1)).toBe("a triggered pending_new");
    expect(desk.bodies.at(-1)).toMatchObject({ stopPx: "105" });
    expect(desk.placed("a")).toMatchObject([{ ordType: "market" }]);
  });

  it("remembers its peak over a restart", () => {
    desk.submit("a", trailSell);
    desk.quote(120, 121);
    desk.restart();
    desk.quote(116, 117);
    expect(desk.placed("a")).toEqual([]);
    desk.quote(115, 116);
    expect(desk.placed("a")).toHaveLength(1);
  });

  it("begins no lower than at its stop price, and keeps a distance in basis points", () => {
    const { trailOffset: _ticks, ...rest } = trailSell;
    desk.submit("a", { ...rest, trailOffset_bps: 1_000, stopPx: "95" });
    desk.quote(96, 98);
    expect(desk.placed("a")).toEqual([]);
    desk.quote(120, 121);
    desk.quote(108, 110);
    expect(desk.bodies.at(-1)).toMatchObject({ execType: "triggered", stopPx: "108" });
  });
});

describe("a waiting order", () => {
  it("is cancelled at once, and is never sent then", () => {
    desk.submit("a", stopBuy);
    expect(desk.cancel("a", { cancelId: "c1" })).toEqual(["a canceled canceled"]);
    expect(desk.bodies.at(-1)).toMatchObject({ commandId: "cancel:c1" });
    expect(desk.cancel("a", { cancelId: "c1" })).toEqual(["a order_status canceled"]);
    desk.quote(120, 121);
    expect(desk.sent).toEqual([]);
  });

  it("is replaced at once: quantity, stop and limit", () => {
    desk.submit("a", { ...stopBuy, ordType: "stop_limit", price: "112" });
    const change = { replaceId: "r1", orderQty: "20", stopPx: "115", price: "116" };
    expect(desk.replace("a", change)).toEqual(["a replaced pending_new"]);
    expect(desk.bodies.at(-1)).toMatchObject({ orderQty: "20", stopPx: "115", price: "116" });
    expect(desk.replace("a", change)).toEqual(["a order_status pending_new"]);
    expect(desk.replace("a", { ...change, replaceId: "r2" })).toEqual([
      "a replace_rejected pending_new REPLACE_CHANGES_NOTHING",
    ]);
    desk.quote(112, 114);
    expect(desk.sent).toEqual([]);
    desk.quote(113, 115);
    expect(desk.placed("a")).toMatchObject([{ orderQty_lots: 20, price_ticks: 116 }]);
  });

  it("has no stop to replace any more once it is sent", () => {
    desk.submit("a", { ...stopBuy, ordType: "stop_limit", price: "112" });
    desk.quote(109, 111);
    desk.ack("a");
    expect(desk.replace("a", { replaceId: "r1", stopPx: "130" })).toEqual([
      "a replace_rejected new PRICE_NOT_ALLOWED",
    ]);
    expect(desk.replace("a", { replaceId: "r2", price: "111" })).toEqual([
      "a pending_replace pending_replace",
    ]);
  });

  it("whose new quantity risk refuses stays as it is", () => {
    desk.submit("a", stopBuy);
    expect(desk.replace("a", { replaceId: "r1", orderQty: "1001" })).toEqual([
      "a replace_rejected pending_new RISK_MAX_ORDER_QTY",
    ]);
    desk.quote(109, 110);
    expect(desk.placed("a")).toMatchObject([{ orderQty_lots: 10 }]);
  });

  it("goes with a mass cancel", () => {
    desk.submit("a", stopBuy);
    desk.submit("b", trailSell);
    desk.cancel("_all", {});
    expect(desk.said.slice(-2)).toEqual(["a canceled canceled", "b canceled canceled"]);
  });

  it("whose cancel came first is never watched", () => {
    desk.cancel("a", { cancelId: "c1" });
    expect(desk.submit("a", stopBuy)).toEqual([
      "a pending_new pending_cancel",
      "a canceled canceled",
    ]);
    desk.quote(120, 121);
    expect(desk.looks).toBe(0);
  });

  it("is triggered by a price that came while nobody was there", () => {
    desk.submit("a", stopBuy);
    desk.isDown = true;
    desk.quote(109, 112);
    expect(desk.placed("a")).toEqual([]);
    desk.restart();
    expect(desk.placed("a")).toHaveLength(1);
  });

  it("that was met is tried again until a venue takes it, with one word to operators a try", () => {
    desk.submit("a", stopBuy);
    desk.open(simx, false);
    desk.quote(109, 110);
    expect(desk.said.at(-1)).toBe("a triggered pending_new");
    expect(desk.incidents).toEqual(["trigger_unrouted"]);
    desk.advance(1_500);
    expect(desk.sent).toEqual([]);
    desk.open(simx, true);
    desk.advance(1_000);
    expect(desk.placed("a")).toHaveLength(1);
    desk.advance(60_000);
    expect(desk.placed("a")).toHaveLength(1);
  });

  it("that was met survives a restart before it was sent", () => {
    desk.submit("a", stopBuy);
    desk.open(simx, false);
    desk.quote(109, 110);
    desk.restart();
    desk.open(simx, true);
    desk.advance(1_000);
    expect(desk.placed("a")).toHaveLength(1);
  });

  it("that was met and not sent can still be cancelled", () => {
    desk.submit("a", stopBuy);
    desk.open(simx, false);
    desk.quote(109, 110);
    expect(desk.cancel("a")).toEqual(["a canceled canceled"]);
    desk.open(simx, true);
    desk.advance(5_000);
    expect(desk.sent).toEqual([]);
  });

  it("is rejected like any other once it was sent", () => {
    desk.submit("a", stopBuy);
    desk.quote(109, 110);
    expect(desk.report("a", { execType: "rejected", code: "VENUE_REJECTED" })).toEqual([
      "a rejected rejected VENUE_REJECTED",
    ]);
  });

  it("fires with hundreds of others, each once", () => {
    for (let i = 0; i < 230; i += 1) desk.submit(`a${i}`, { ...stopBuy, orderQty: "2" });
    desk.quote(109, 110);
    desk.quote(99, 101);
    desk.advance(50);
    const ids = desk.sent.map(({ command }) => command.orderId);
    expect(new Set(ids).size).toBe(230);
    expect(ids).toHaveLength(230);
  });
});

describe("an account that may not trade", () => {
  const lock = (tradingState: "halted" | "reducing"): void => {
    const before = desk.space.get("account", "DESK");
    if (before !== undefined) desk.space.set("account", "DESK", { ...before, tradingState });
  };
  const unlock = (): void => {
    const before = desk.space.get("account", "DESK");
    if (before !== undefined)
      desk.space.set("account", "DESK", { ...before, tradingState: "active" });
  };

  it("sends no stop that is met then: the order ends, and says why", () => {
    desk.submit("a", stopBuy);
    lock("halted");
    desk.quote(109, 110);
    expect(desk.said.slice(-2)).toEqual(["a triggered pending_new", "a canceled canceled"]);
    expect(desk.bodies.at(-1)?.["text"]).toContain("TRADING_HALTED");
    expect(desk.sent).toEqual([]);
    unlock();
  });

  it("while it only reduces, sends a stop that lowers the position", () => {
    desk.takePosition(20);
    desk.submit("a", { ...stopBuy, side: "sell", stopPx: "90" });
    desk.submit("b", stopBuy);
    lock("reducing");
    desk.quote(89, 120);
    expect(desk.placed("a")).toHaveLength(1);
    expect(desk.placed("b")).toEqual([]);
    unlock();
  });
});

describe("a plain order", () => {
  it("asks nothing of the market", () => {
    desk.submit("a", limit10);
    desk.quote(50, 51);
    expect(desk.looks).toBe(0);
    expect(desk.placed("a")).toHaveLength(1);
  });
});
