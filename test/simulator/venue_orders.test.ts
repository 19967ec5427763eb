/** Orders at the simulator as a client sees them: a real process, real TCP. */
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import type { SimNewOrder, SimReport } from "../../protocols/sim_wire.ts";
import { Clients, market, moved, order, topOf } from "./venue_fixture.ts";
import { startVenue } from "./venue_process.ts";
import type { VenueProcess } from "./venue_process.ts";

let venue: VenueProcess;
const clients = new Clients();

beforeAll(async () => {
  // A market that stands still: what an order meets is then known.
  venue = await startVenue("--speed", "0", "--seed", "7", "--latency", "constant:1ms");
});
afterEach(() => clients.closeAll());
afterAll(() => venue.stop());

const kinds = (reports: readonly SimReport[], clOrdId: string): string[] =>
  reports.filter((r) => r.clOrdId === clOrdId).map((r) => r.execType);

describe("orders", () => {
  it("rest, are queried, replaced and canceled", async () => {
    const c = clients.open(venue.port);
    const ack = await c.logon("s-rest");
    assert.deepStrictEqual([ack.lastSeqSent, ack.firstSeqAvailable], [0, 1]);
    c.say(order("r1"));
    const placed = await c.untilReport("r1", "new");
    assert.deepInclude(placed, {
      seq: 1,
      ordStatus: "new",
      orderQty: "0.01",
      price: "50000",
      cumQty: "0",
      leavesQty: "0.01",
      avgPx: "0",
    });

    c.say({
      type: "replace",
      clOrdId: "r2",
      origClOrdId: "r1",
      orderQty: "0.02",
      price: "50001.5",
    });
    const replaced = await c.untilReport("r2", "replaced");
    assert.deepInclude(replaced, {
      venueOrderId: placed.venueOrderId,
      origClOrdId: "r1",
      ordStatus: "new",
      orderQty: "0.02",
      price: "50001.5",
    });

    c.say({ type: "query_order", requestId: "q1", clOrdId: "r1" });
    const byOldId = await c.until("order_status", (m) => m.requestId === "q1");
    assert.isTrue(byOldId.found);
    assert.strictEqual(byOldId.order?.clOrdId, "r2");
    c.say({ type: "query_order", requestId: "q2", clOrdId: "nobody" });
    assert.isFalse((await c.until("order_status", (m) => m.requestId === "q2")).found);
    c.say({ type: "query_open_orders", requestId: "q3" });
    const open = await c.until("open_orders", (m) => m.requestId === "q3");
    assert.deepStrictEqual([open.orders.map((o) => o.clOrdId), open.last], [["r2"], true]);

    c.say({ type: "cancel", clOrdId: "r3", origClOrdId: "r2" });
    const canceled = await c.untilReport("r3", "canceled");
    assert.deepInclude(canceled, { origClOrdId: "r2", ordStatus: "canceled", leavesQty: "0" });
    c.say({ type: "query_open_orders", requestId: "q4" });
    const none = await c.until("open_orders", (m) => m.requestId === "q4");
    assert.deepStrictEqual([none.orders, none.last, none.asOfSeq], [[], true, canceled.seq]);
  });

  it("take the market, with exact fees and average price", async () => {
    const c = clients.open(venue.port);
    const { ask } = await topOf(venue.port);
    await c.logon("s-take");
    c.say(order("t1", { price: moved(ask, 10_000), timeInForce: "ioc", orderQty: "0.00003" }));
    const fill = await c.untilReport("t1", "trade");
    assert.deepInclude(fill, {
      ordStatus: "filled",
      lastQty: "0.00003",
      lastPx: ask.replace(/\.?0+$/, ""),
      cumQty: "0.00003",
      leavesQty: "0",
      lastLiquidityInd: "removed",
    });
    assert.strictEqual(fill.avgPx, fill.lastPx);
    // price × quantity × 2 bp, to the last digit
    const cents = BigInt(Math.round(Number(ask) * 100));
    const fee = (cents * 3n * 2n).toString().padStart(12, "0");
    const exact = `${fee.slice(0, -11)}.${fee.slice(-11)}`.replace(/\.?0+$/, "");
    assert.deepStrictEqual(fill.fee, { amount: exact, currency: "USDT" });
  });

  it("end what may not rest: ioc and market remainders, unfillable fok", async () => {
    const c = clients.open(venue.port);
    const { bid } = await topOf(venue.port, "ETH-USDT");
    await c.logon("s-end");
    const eth = { instrument: "ETH-USDT", side: "sell" } as const;
    c.say(
      order("e1", { ...eth, price: moved(bid, 500_00), timeInForce: "ioc", orderQty: "1" }),
      order("e2", { ...eth, price: bid, timeInForce: "fok", orderQty: "900000" }),
      order("e3", { ...eth, price: moved(bid, -1), timeInForce: "ioc", orderQty: "100000" }),
      market("e4", { ...eth, side: "buy", timeInForce: "day", orderQty: "0.001" }),
    );
    await c.untilReport("e4", "trade");
    assert.deepStrictEqual(kinds(c.reports(), "e1"), ["new", "expired"]);
    assert.deepStrictEqual(kinds(c.reports(), "e2"), ["new", "expired"]);
    const swept = kinds(c.reports(), "e3");
    assert.deepStrictEqual([swept[0], swept[1], swept.at(-1)], ["new", "trade", "expired"]);
    const last = c.reports().find((r) => r.clOrdId === "e3" && r.execType === "expired");
    assert.deepInclude(last, { ordStatus: "expired", leavesQty: "0" });
    assert.isAbove(Number(last?.cumQty), 0);
  });

  it("meet each other, with maker and taker fees", async () => {
    const maker = clients.open(venue.port);
    const taker = clients.open(venue.port);
    const { bid, ask } = await topOf(venue.port);
    assert.isAbove(Number(moved(ask, 0)), Number(bid));
    await maker.logon("s-maker");
    await taker.logon("s-taker");
    // Improves the bid inside the market's own spread, or joins nobody at a cent above it.
    const price = moved(bid, 0);
    maker.say(order("m1", { price, orderQty: "0.4" }));
    await maker.untilReport("m1", "new");
    maker.say(
      { type: "query_order", requestId: "q", clOrdId: "m1" },
      { type: "replace", clOrdId: "m2", origClOrdId: "m1", orderQty: "0.3", price },
    );
    await maker.untilReport("m2", "replaced");
    taker.say(order("k1", { side: "sell", price, orderQty: "500", timeInForce: "ioc" }));
    const made = await maker.untilReport("m2", "trade");
    assert.deepInclude(made, { lastLiquidityInd: "added", lastQty: "0.3", ordStatus: "filled" });
    await taker.untilReport("k1", "expired");
    const took = taker.reports().filter((r) => r.execType === "trade");
    // First the market that stood there, then the client behind it.
    assert.strictEqual(took.length, 2);
    assert.strictEqual(took[1]?.lastQty, "0.3");
    assert.isAbove(Number(took[1]?.fee?.amount), Number(made.fee?.amount));
  });

  it("are done when a replace asks for no more than is filled", async () => {
    const c = clients.open(venue.port);
    const d = clients.open(venue.port);
    await c.logon("s-done");
    await d.logon("s-done-taker");
    const eth = { instrument: "ETH-USDT" } as const;
    c.say(order("f1", { ...eth, side: "sell", price: "2500", orderQty: "9000" }));
    await c.untilReport("f1", "new");
    const status = async (requestId: string) => {
      c.say({ type: "query_order", requestId, clOrdId: "f1" });
      return (await c.until("order_status", (m) => m.requestId === requestId)).order;
    };
    const before = await status("q1");
    if (before === undefined) throw new Error("the venue forgot an order");
    assert.strictEqual(before.ordStatus, "partially_filled");
    c.say({
      type: "replace",
      clOrdId: "f2",
      origClOrdId: "f1",
      orderQty: "0.0001",
      price: "2500",
    });
    const replaced = await c.untilReport("f2", "replaced");
    assert.deepInclude(replaced, {
      ordStatus: "filled",
      orderQty: before.cumQty,
      cumQty: before.cumQty,
      leavesQty: "0",
    });
    c.say({ type: "cancel", clOrdId: "f3", origClOrdId: "f2" });
    assert.strictEqual((await c.untilReport("f3", "cancel_rejected")).rejectCode, "too_late");
  });
});

describe("refusals", () => {
  it("name their code, one first answer each, and touch nothing", async () => {
    const c = clients.open(venue.port);
    const { ask } = await topOf(venue.port);
    await c.logon("s-refuse");
    c.say(order("live"));
    await c.untilReport("live", "new");
    const cases: [SimNewOrder, string][] = [
      [order("live", { orderQty: "9" }), "duplicate_cl_ord_id"],
      [order("n1", { instrument: "DOGE-USDT" }), "unknown_instrument"],
      [order("n2", { orderQty: "0" }), "invalid_quantity"],
      [order("n3", { orderQty: "0.000001" }), "quantity_off_grid"],
      [order("n4", { price: "0" }), "invalid_price"],
      [order("n5", { price: "50000.001" }), "price_off_grid"],
      [market("n6", { ordType: "limit" }), "price_required"],
      [order("n7", { ordType: "market" }), "price_not_allowed"],
      [order("n8", { postOnly: true, timeInForce: "ioc" }), "post_only_not_allowed"],
      [order("n9", { postOnly: true, price: ask }), "post_only_would_cross"],
      [order("n10", { orderQty: "999999999999999" }), "invalid_quantity"],
      [order("n1"), "duplicate_cl_ord_id"],
    ];
    c.say(...cases.map(([request]) => request));
    c.say(
      { type: "cancel", clOrdId: "x1", origClOrdId: "nobody" },
      { type: "cancel", clOrdId: "live", origClOrdId: "live" },
      { type: "replace", clOrdId: "x2", origClOrdId: "nobody", orderQty: "1", price: "1" },
      { type: "replace", clOrdId: "x3", origClOrdId: "live", orderQty: "1", price: "1.001" },
      { type: "replace", clOrdId: "x4", origClOrdId: "n2", orderQty: "1", price: "1" },
      { type: "cancel", clOrdId: "x5", origClOrdId: "live" },
      { type: "cancel", clOrdId: "x6", origClOrdId: "live" },
    );
    await c.untilReport("x6", "cancel_rejected");
    const codes = c
      .reports()
      .slice(1)
      .map((r) => r.rejectCode ?? r.execType);
    assert.deepStrictEqual(codes, [
      ...cases.map(([, code]) => code),
      "unknown_order",
      "duplicate_cl_ord_id",
      "unknown_order",
      "price_off_grid",
      "too_late",
      "canceled",
      "too_late",
    ]);
    const unchanged = c.reports().find((r) => r.clOrdId === "x5");
    assert.deepInclude(unchanged, { orderQty: "0.01", price: "50000" });
    c.say({ type: "query_order", requestId: "q", clOrdId: "n3" });
    assert.strictEqual((await c.until("order_status")).order?.ordStatus, "rejected");
  });
});
