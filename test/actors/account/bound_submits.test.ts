/** A submit of bound orders: accepted or denied as a whole, repeated as a whole. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, btc, limit10, reference } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const sell = { side: "sell", ordType: "limit", price: "110", timeInForce: "gtc" } as const;
const oto = (...orders: readonly object[]) => ({
  ...limit10,
  contingency: { type: "oto", orders },
});
const oco = (...orders: readonly object[]) => ({
  ...limit10,
  contingency: { type: "oco", orders },
});
const a = { ...sell, clOrdId: "a" };
const b = { ...sell, clOrdId: "b", price: "112" };

let desk: DeskShard;
beforeEach(() => {
  desk = new DeskShard();
});
afterEach(() => desk.check());

const whole = [
  "e denied denied CONTINGENCY_PEER_DENIED",
  "b denied denied CONTINGENCY_PEER_DENIED",
];

describe("a group", () => {
  const faults: readonly (readonly [string, object, string])[] = [
    ["a price off the grid", { price: "110.5" }, "PRICE_OFF_TICK"],
    ["too small a quantity", { orderQty: "1" }, "QTY_BELOW_MINIMUM"],
    ["a missing stop", { ordType: "stop", price: undefined }, "PRICE_REQUIRED"],
    ["a contradiction", { timeInForce: "ioc", execInst: ["post_only"] }, "EXEC_INST_UNSUPPORTED"],
    ["too large an order", { orderQty: "2000" }, "RISK_MAX_ORDER_QTY"],
    ["a price far away", { price: "200" }, "RISK_PRICE_COLLAR"],
    ["an unknown venue", { route: { policy: "direct", venue: "NONE" } }, "ROUTE_VENUE_UNKNOWN"],
    ["the id of the submitted order", { clOrdId: "e" }, "CONTINGENCY_INVALID"],
  ];
  it.each(faults)("is denied whole for %s of one order", (_what, change, code) => {
    const { clOrdId } = { ...a, ...change };
    const said = desk.submit("e", oto({ ...a, ...change }, b));
    expect(said.filter((one) => !one.startsWith(`${clOrdId} `))).toEqual(
      whole.filter((one) => !one.startsWith(`${clOrdId} `)),
    );
    expect(said.find((one) => one.startsWith(`${clOrdId} `))).toBe(
      `${clOrdId} denied denied ${code}`,
    );
    expect([desk.sent, desk.openSell_lots]).toEqual([[], 0]);
  });

  it("names the order that was denied", () => {
    desk.submit("e", oto({ ...a, orderQty: "1" }, b));
    expect(desk.bodies.map(({ text }) => text)).toEqual([
      "clOrdId=a code=QTY_BELOW_MINIMUM",
      "orderQty=1 minimum=2",
      "clOrdId=a code=QTY_BELOW_MINIMUM",
    ]);
  });

  it("is denied whole because of the submitted order", () => {
    expect(desk.submit("e", { ...oto(a), instrument: "X" })).toEqual([
      "e denied denied INSTRUMENT_UNKNOWN",
      "a denied denied CONTINGENCY_PEER_DENIED",
    ]);
    expect(desk.submit("f", { ...oto(b), validUntil: "1" })).toEqual([
      "f expired expired COMMAND_EXPIRED",
      "b denied denied CONTINGENCY_PEER_DENIED",
    ]);
  });

  it("is judged with what its own orders reserve", () => {
    const tight = { maxOrderQty_lots: 1_000, maxOrderNotional: 10_000_000n, collar_bps: 2_000 };
    const limits = { ...tight, maxPosition_lots: 15 };
    const accounts = new Map([
      [account, { account, maxOpenOrders: 2, instruments: new Map([[btc, limits]]) }],
    ]);
    desk = new DeskShard({ accounts });
    const buy = { ...limit10, clOrdId: "a", instrument: undefined };
    expect(desk.submit("e", oco(buy))).toEqual([
      "e denied denied CONTINGENCY_PEER_DENIED",
      "a denied denied RISK_POSITION_LIMIT",
    ]);
    const small = { ...buy, orderQty: "2" };
    expect(desk.submit("f", oco({ ...small, clOrdId: "b" }, { ...small, clOrdId: "c" }))).toEqual([
      "f denied denied CONTINGENCY_PEER_DENIED",
      "b denied denied CONTINGENCY_PEER_DENIED",
      "c denied denied RISK_OPEN_ORDERS",
    ]);
    expect(reference.accounts.get(account)?.maxOpenOrders).toBe(1_000);
  });

  it("is denied whole where an order may only reduce and has nothing to", () => {
    expect(desk.submit("e", oco({ ...a, execInst: ["reduce_only"] }))).toEqual([
      "e denied denied CONTINGENCY_PEER_DENIED",
      "a denied denied RISK_REDUCE_ONLY",
    ]);
  });

  it.each(["take_profit", "stop_loss"])("is denied where the %s opens more", (role) => {
    const takeProfit = { clOrdId: "t", ordType: "limit", price: "110" };
    const stopLoss = { clOrdId: "l", ordType: "stop", stopPx: "85" };
    const wrong = { side: "buy" };
    const exits =
      role === "take_profit"
        ? { takeProfit: { ...takeProfit, ...wrong }, stopLoss }
        : { takeProfit, stopLoss: { ...stopLoss, ...wrong } };
    desk.submit("e", { ...limit10, contingency: { type: "bracket", ...exits } });
    expect(desk.said.filter((one) => one.endsWith("CONTINGENCY_INVALID"))).toHaveLength(1);
    expect(desk.said.filter((one) => one.endsWith("CONTINGENCY_PEER_DENIED"))).toHaveLength(2);
  });
});

describe("28: a repeated group", () => {
  it("answers for each of its orders, and changes nothing", () => {
    desk.submit("e", oto(a, b));
    desk.fill("e", 4);
    const { facts, sent } = desk;
    const before = [facts.length, sent.length];
    expect(desk.submit("e", oto(a, { ...b, execInst: [], route: { policy: "smart" } }))).toEqual([
      "e order_status partially_filled",
      "a order_status pending_new",
      "b order_status pending_new",
    ]);
    expect([facts.length, sent.length]).toEqual([(before[0] ?? 0) + 3, before[1]]);
  });

  it("answers for each order of a group that was denied", () => {
    desk.submit("e", oto({ ...a, orderQty: "1" }));
    expect(desk.submit("e", oto({ ...a, orderQty: "1" }))).toEqual([
      "e order_status denied",
      "a order_status denied",
    ]);
  });

  it("with another body is a conflict, and leaves the orders as they are", () => {
    desk.submit("e", oto(a, b));
    expect(desk.submit("e", oto(a))).toEqual([
      "e denied pending_new ID_CONFLICT",
      "a denied pending_new ID_CONFLICT",
    ]);
    expect(desk.submit("e", oto(a, { ...b, clOrdId: "c" }))).toEqual([
      "e denied pending_new ID_CONFLICT",
      "a denied pending_new ID_CONFLICT",
      "c denied denied CONTINGENCY_PEER_DENIED",
    ]);
    desk.fill("e", 10);
    expect(desk.said.slice(-2)).toEqual(["a restated pending_new", "b restated pending_new"]);
  });

  it("is denied where a bound order's id was used before", () => {
    desk.submit("a", limit10);
    expect(desk.submit("e", oto(a, b))).toEqual([
      "e denied denied CONTINGENCY_PEER_DENIED",
      "a denied pending_new ID_CONFLICT",
      "b denied denied CONTINGENCY_PEER_DENIED",
    ]);
    expect(desk.submit("e", oto(a, b))).toEqual([
      "e order_status denied",
      "a denied pending_new ID_CONFLICT",
      "b order_status denied",
    ]);
  });

  it("is not what a submit of one bound order alone is", () => {
    desk.submit("e", oto(a));
    expect(desk.submit("a", { ...limit10 })).toEqual(["a denied pending_new ID_CONFLICT"]);
  });
});

describe("a cancel that came before its group", () => {
  it("of the parent ends the whole group", () => {
    desk.cancel("e", { cancelId: "c1" });
    expect(desk.submit("e", oto(a, b))).toEqual([
      "e pending_new pending_cancel",
      "e canceled canceled",
      "a pending_new pending_new",
      "b pending_new pending_new",
      "a canceled canceled",
      "b canceled canceled",
    ]);
    expect(desk.sent).toEqual([]);
  });

  it("of a child ends the child alone", () => {
    desk.cancel("a");
    desk.submit("e", oto(a, b));
    expect([desk.order("a").phase, desk.order("b").phase]).toEqual(["canceled", "pending_new"]);
    desk.fill("e", 4);
    expect(desk.placed("b")).toMatchObject([{ orderQty_lots: 4 }]);
  });

  it("of a sibling leaves the other one alive", () => {
    desk.cancel("a");
    desk.submit("e", oco(a));
    expect([desk.order("a").phase, desk.placed("e").length]).toEqual(["canceled", 1]);
  });

  it("of one order of a group that is denied is answered", () => {
    desk.cancel("b");
    expect(desk.submit("e", oto({ ...a, orderQty: "1" }, b)).slice(-1)).toEqual([
      "b cancel_rejected denied ORDER_CLOSED",
    ]);
  });
});

it("33: a group that failed every time is answered for each of its orders", () => {
  desk.parkSubmit("e", oto(a, b));
  expect(["e", "a", "b"].map((id) => desk.order(id).phase)).toEqual(["denied", "denied", "denied"]);
  expect(desk.said).toEqual([
    "e denied denied INTERNAL_ERROR",
    "a denied denied INTERNAL_ERROR",
    "b denied denied INTERNAL_ERROR",
  ]);
});
