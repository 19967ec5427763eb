/** Busts and corrections, positions and mass cancels at a real venue. */
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import { FaultyVenue, standingQty } from "./faulty_venue.ts";
import { market, order, topOf } from "./venue_fixture.ts";

let venue: FaultyVenue;
beforeAll(async () => {
  venue = await FaultyVenue.start();
});
afterEach(() => venue.calm());
afterAll(() => venue.stop());

const netOf = async (client: Awaited<ReturnType<FaultyVenue["session"]>>, requestId: string) => {
  client.say({ type: "query_positions", requestId });
  const { positions, asOfSeq } = await client.until("positions", (m) => m.requestId === requestId);
  return { net: positions.map(({ netQty }) => netQty), asOfSeq };
};

describe("a position", () => {
  it("sums what a session traded, busts and corrections included", async () => {
    const c = await venue.session("s-net");
    assert.deepStrictEqual(await netOf(c, "p0"), { net: [], asOfSeq: 0 });
    c.say(market("b1", { orderQty: "0.003" }));
    const bought = await c.untilReport("b1", "trade");
    assert.deepStrictEqual((await netOf(c, "p1")).net, ["0.003"]);
    c.say(market("a1", { side: "sell", orderQty: "0.005" }));
    await c.untilReport("a1", "trade");
    assert.deepStrictEqual((await netOf(c, "p2")).net, ["-0.002"]);
    await venue.control.amend(bought.execId);
    const { net, asOfSeq } = await netOf(c, "p3");
    assert.deepStrictEqual(net, ["-0.005"]);
    assert.strictEqual(asOfSeq, c.reports().at(-1)?.seq);
  });
});

describe("a bust", () => {
  it("takes a fill back; the order stays filled, the record shows both", async () => {
    const c = await venue.session("s-bust");
    c.say(market("m1", { orderQty: "0.004" }));
    const fill = await c.untilReport("m1", "trade");
    await venue.control.amend(fill.execId);
    const bust = await c.untilReport("m1", "trade_cancel");
    assert.deepInclude(bust, {
      seq: fill.seq + 1,
      execRefId: fill.execId,
      ordStatus: "filled",
      cumQty: "0",
      leavesQty: "0",
      lastQty: "0.004",
      lastPx: fill.lastPx ?? "",
    });
    assert.notStrictEqual(bust.execId, fill.execId);
    const { executions } = await venue.recordOf("s-bust");
    assert.lengthOf(executions, 1);
    assert.deepInclude(executions[0], { execId: fill.execId, lastQty: "0.004" });
    assert.deepInclude(executions[0]?.amendments?.[0], {
      execId: bust.execId,
      execType: "trade_cancel",
      lastQty: "0",
    });
    // What is gone cannot be taken back again.
    await venue.control.amend(fill.execId).then(
      () => assert.fail("a second bust"),
      (error: unknown) => assert.include(String(error), "taken back before"),
    );
  });

  it("gives the quantity back where the venue does that: the order works again", async () => {
    const c = await venue.session("s-reopen");
    const { ask } = await topOf(venue.process.port);
    c.say(order("l1", { price: ask, orderQty: "0.00002" }));
    const fill = await c.until("report", (r) => r.ordStatus === "filled");
    c.say(order("far", { price: "40000", orderQty: "0.00002" }));
    // The market has what fills it again at once.
    await venue.control.amend(fill.execId, { reopen: true });
    const bust = await c.untilReport("l1", "trade_cancel");
    assert.deepInclude(bust, { ordStatus: "new", cumQty: "0", leavesQty: "0.00002" });
    const again = await c.until("report", (r) => r.execType === "trade" && r.seq > bust.seq);
    assert.deepInclude(again, { clOrdId: "l1", ordStatus: "filled", cumQty: "0.00002" });
    const { executions } = await venue.recordOf("s-reopen");
    assert.strictEqual(
      executions.map(standingQty).reduce((sum, one) => sum + one),
      0.00002,
    );
  });

  it("of a part leaves the rest open, and the order ends with less than was asked", async () => {
    const maker = await venue.session("s-part");
    const other = await venue.session("s-part-other");
    const feed = venue.connect();
    feed.say({ type: "subscribe", instruments: ["BTC-USDT"] });
    const { askPx: price = "", askQty = "" } = await feed.until("bbo");
    const orderQty = (Number(askQty) + 0.003).toFixed(5);
    maker.say(order("rest", { price, orderQty }));
    const part = await maker.untilReport("rest", "trade");
    assert.strictEqual(part.lastQty, askQty);
    await venue.control.amend(part.execId);
    const bust = await maker.untilReport("rest", "trade_cancel");
    assert.deepInclude(bust, { ordStatus: "new", cumQty: "0", leavesQty: "0.003" });
    other.say(order("t2", { side: "sell", price, orderQty: "0.003", timeInForce: "ioc" }));
    const end = await maker.untilReport("rest", "canceled");
    assert.deepInclude(end, { cumQty: "0.003", leavesQty: "0" });
    assert.strictEqual(Number(end.orderQty), Number(orderQty));
  });
});

describe("a correction", () => {
  it("of the price alone leaves a filled order filled, whatever works again", async () => {
    const c = await venue.session("s-price");
    const { ask } = await topOf(venue.process.port);
    c.say(order("l1", { price: ask, orderQty: "0.00003" }));
    const fill = await c.until("report", (r) => r.ordStatus === "filled");
    await venue.control.amend(fill.execId, { lastQty: "0.00003", lastPx: "50000", reopen: true });
    const correct = await c.untilReport("l1", "trade_correct");
    assert.deepInclude(correct, { ordStatus: "filled", cumQty: "0.00003", leavesQty: "0" });
    const { orders } = await venue.recordOf("s-price");
    assert.strictEqual(orders[0]?.order.ordStatus, "filled");
  });

  it("changes price and quantity of a fill, and the average with them", async () => {
    const c = await venue.session("s-correct");
    c.say(market("m1", { orderQty: "0.004" }));
    const fill = await c.untilReport("m1", "trade");
    await venue.control.amend(fill.execId, { lastQty: "0.003", lastPx: "60000" });
    const correction = await c.untilReport("m1", "trade_correct");
    assert.deepInclude(correction, {
      execRefId: fill.execId,
      lastQty: "0.003",
      lastPx: "60000",
      cumQty: "0.003",
      avgPx: "60000",
    });
    assert.deepStrictEqual(correction.fee, { amount: "0.036", currency: "USDT" });
    for (const [why, to] of [
      ["grow", { lastQty: "0.004", lastPx: "60000" }],
      ["on the grid", { lastQty: "0.003" }],
      ["on the grid", { lastQty: "0.0000001", lastPx: "60000" }],
    ] as const) {
      await venue.control.amend(fill.execId, to).then(
        () => assert.fail(`amended though it would ${why}`),
        (error: unknown) => assert.include(String(error), why),
      );
    }
  });

  it("and busts come by chance some time after fills, and the record shows them", async () => {
    await venue.control.setFaults(
      { amendments: { bust: 0.5, correct: 1, after_ms: 20 } },
      { seed: 5 },
    );
    const c = await venue.session("s-chance");
    for (let index = 0; index < 20; index += 1) c.say(market(`m${index}`, { orderQty: "0.002" }));
    const isAmendment = (kind: string) => kind === "trade_cancel" || kind === "trade_correct";
    const amended = () => c.reports().filter((r) => isAmendment(r.execType));
    await c.until("report", () => amended().length >= 20);
    const busts = await venue.count("busted");
    assert.strictEqual(await venue.count("corrected"), 20 - busts);
    assert.isTrue(busts > 4 && busts < 16);
    const { executions } = await venue.recordOf("s-chance");
    assert.isTrue(executions.every(({ amendments }) => amendments?.length === 1));
    const net = executions.map(standingQty).reduce((sum, one) => sum + one);
    assert.approximately(Number((await netOf(c, "p")).net[0]), net, 1e-9);
  });
});

describe("a mass cancel", () => {
  it("ends what both fields name, reports each, and then says how many", async () => {
    const c = await venue.session("s-mass");
    c.say(order("b1"), order("b2"), order("s1", { side: "sell", price: "90000" }));
    c.say(order("e1", { instrument: "ETH-USDT", price: "1000" }));
    c.say({ type: "mass_cancel", clOrdId: "mc1", instrument: "BTC-USDT", side: "buy" });
    const first = await c.until("mass_cancel_report");
    assert.deepStrictEqual(first, {
      type: "mass_cancel_report",
      clOrdId: "mc1",
      affected: 2,
      asOfSeq: 6,
    });
    const canceled = c.reports().filter((r) => r.execType === "canceled");
    assert.deepStrictEqual(
      canceled.map((r) => [r.seq, r.clOrdId, r.massCancelId]),
      [
        [5, "b1", "mc1"],
        [6, "b2", "mc1"],
      ],
    );
    c.say({ type: "mass_cancel", clOrdId: "mc2" });
    const second = await c.until("mass_cancel_report", (m) => m.clOrdId === "mc2");
    assert.deepInclude(second, { affected: 2, asOfSeq: 8 });
    // Nobody else's orders are touched, and saying it again does nothing.
    c.say({ type: "mass_cancel", clOrdId: "mc2" });
    const third = await c.until("mass_cancel_report", (m) => m !== second && m.clOrdId === "mc2");
    assert.deepInclude(third, { affected: 0, asOfSeq: 8 });
  });
});
