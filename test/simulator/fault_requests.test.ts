/** What can go wrong with a request at a real venue: each fault alone, set while it runs. */
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import type { SimClient } from "./sim_client.ts";
import { FaultyVenue } from "./faulty_venue.ts";
import { market, order } from "./venue_fixture.ts";

let venue: FaultyVenue;
beforeAll(async () => {
  venue = await FaultyVenue.start();
});
afterEach(() => venue.calm());
afterAll(() => venue.stop());

const find = async (client: SimClient, clOrdId: string) => {
  const requestId = `find-${clOrdId}-${client.heard.length}`;
  client.say({ type: "query_order", requestId, clOrdId });
  return (await client.until("order_status", (m) => m.requestId === requestId)).order?.ordStatus;
};

const pause = (time_ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, time_ms);
  });

describe("rejects", () => {
  it("come by kind, with the reasons given, and a rejected order is in the record", async () => {
    const before = await venue.count("rejected");
    await venue.control.setFaults({
      rejects: { new_order: { probability: 1, reasons: ["insufficient_funds", "halted"] } },
    });
    const c = await venue.session("s-rejects");
    for (let index = 0; index < 20; index += 1) c.say(order(`r${index}`));
    await c.untilReport("r19", "rejected");
    const codes = new Set(c.reports().map(({ rejectCode }) => rejectCode));
    assert.deepStrictEqual(codes, new Set(["insufficient_funds", "halted"] as const));
    assert.strictEqual(await find(c, "r3"), "rejected");
    assert.strictEqual((await venue.count("rejected")) - before, 20);
    const { orders } = await venue.recordOf("s-rejects");
    assert.isTrue(orders.every((one) => one.order.ordStatus === "rejected"));

    await venue.control.setFaults({
      rejects: { cancel: { probability: 1, reasons: ["halted"] } },
    });
    c.say(order("ok"), { type: "cancel", clOrdId: "x", origClOrdId: "ok" });
    assert.deepInclude(await c.untilReport("x", "cancel_rejected"), {
      rejectCode: "halted",
      ordStatus: "new",
    });
    assert.strictEqual(await find(c, "ok"), "new");
  });
});

describe("silence", () => {
  it("swallows a request: nothing is said, nothing is in the book", async () => {
    await venue.control.setFaults({ silence: { swallow: 1 } });
    const c = await venue.session("s-swallow");
    c.say(order("s1"));
    await pause(50);
    assert.lengthOf(c.reports(), 0);
    await venue.control.clearFaults();
    assert.isUndefined(await find(c, "s1"));
    assert.lengthOf((await venue.recordOf("s-swallow")).orders, 0);
  });

  it("or carries it out and tells only who asks, or logs on again", async () => {
    await venue.control.setFaults({ silence: { unreported: 1 } });
    const c = await venue.session("s-unreported");
    c.say(market("u1", { orderQty: "0.001" }), order("u2"));
    assert.strictEqual(await find(c, "u1"), "filled");
    assert.lengthOf(c.reports(), 0);
    c.say({ type: "query_executions", requestId: "x", afterSeq: 0 });
    const { reports } = await c.until("executions");
    assert.deepStrictEqual(
      reports.map((r) => r.execType),
      ["new", "trade", "new"],
    );
    await venue.control.clearFaults();
    c.say(order("u3"));
    // The gap shows with the next report.
    assert.strictEqual((await c.untilReport("u3", "new")).seq, 4);
    const again = await venue.session("s-unreported");
    await again.untilReport("u3", "new");
    assert.deepStrictEqual(
      again.reports().map((r) => r.seq),
      [1, 2, 3, 4],
    );
  });
});

describe("late answers", () => {
  it("hold a report and all behind it; answers to queries pass them", async () => {
    await venue.control.setFaults({ late: { report: 1, delay_ms: 300 } });
    const c = await venue.session("s-late-report");
    const start = Date.now();
    c.say(order("l1"), order("l2"));
    assert.strictEqual(await find(c, "l2"), "new");
    assert.lengthOf(c.reports(), 0);
    await c.untilReport("l2", "new");
    assert.isAtLeast(Date.now() - start, 290);
    assert.deepStrictEqual(
      c.reports().map((r) => r.seq),
      [1, 2],
    );
  });

  it("or let a request lie about while later ones overtake it", async () => {
    await venue.control.setFaults({ late: { request: 1, delay_ms: 300 } });
    const c = await venue.session("s-late-request");
    c.say(order("l1"));
    await pause(30);
    await venue.control.clearFaults();
    assert.isUndefined(await find(c, "l1"));
    await c.untilReport("l1", "new");
    assert.strictEqual(await find(c, "l1"), "new");
  });

  it("never outlast the session: a new logon carries out what lies about", async () => {
    await venue.control.setFaults({ late: { request: 1, delay_ms: 60_000 } });
    const c = await venue.session("s-late-logon");
    c.say(order("l1"));
    await pause(30);
    const again = await venue.session("s-late-logon");
    await venue.control.clearFaults();
    assert.strictEqual(await find(again, "l1"), "new");
  });
});

describe("an ambiguous answer", () => {
  it("says internal_error, whether the request was carried out or not", async () => {
    const c = await venue.session("s-ambiguous");
    await venue.control.setFaults({ ambiguous: { lost: 1 } });
    c.say(order("a1"));
    const lost = await c.until("refused", (m) => m.clOrdId === "a1");
    await venue.control.setFaults({ ambiguous: { executed: 1 } });
    c.say(order("a2"));
    const executed = await c.until("refused", (m) => m.clOrdId === "a2");
    assert.deepStrictEqual({ ...executed, clOrdId: "a1" }, lost);
    assert.strictEqual(lost.code, "internal_error");
    await venue.control.clearFaults();
    assert.isUndefined(await find(c, "a1"));
    assert.strictEqual(await find(c, "a2"), "new");
    await c.untilReport("a2", "new");
  });
});

describe("what a venue has not got", () => {
  it("is refused as not supported, and does nothing", async () => {
    await venue.control.setFaults({ unsupported: ["replace", "mass_cancel", "query_positions"] });
    const c = await venue.session("s-unsupported");
    c.say(order("n1"));
    await c.untilReport("n1", "new");
    c.say({ type: "replace", clOrdId: "n2", origClOrdId: "n1", orderQty: "0.02", price: "50000" });
    c.say({ type: "mass_cancel", clOrdId: "n3" });
    c.say({ type: "query_positions", requestId: "n4" });
    await c.until("refused", (m) => m.requestId === "n4");
    assert.deepStrictEqual(c.all("refused"), [
      { type: "refused", clOrdId: "n2", code: "not_supported" },
      { type: "refused", clOrdId: "n3", code: "not_supported" },
      { type: "refused", requestId: "n4", code: "not_supported" },
    ]);
    assert.strictEqual(await find(c, "n1"), "new");
  });
});

describe("what a venue has forgotten", () => {
  it("is not found, and the window says from where on it knows", async () => {
    const c = await venue.session("s-history");
    for (const id of ["h1", "h2", "h3"]) {
      c.say(order(id), { type: "cancel", clOrdId: `${id}-c`, origClOrdId: id });
    }
    c.say(order("h4"));
    await c.untilReport("h4", "new");
    await venue.control.setFaults({ history: { orders: 1, reports: 2, resend: 3 } });
    const seen: Record<string, string | undefined> = {};
    for (const id of ["h1", "h2", "h3", "h4"]) seen[id] = await find(c, id);
    // An open order is never forgotten.
    assert.deepStrictEqual(seen, { h1: undefined, h2: undefined, h3: "canceled", h4: "new" });
    c.say({ type: "query_executions", requestId: "x", afterSeq: 0 });
    const { reports, firstSeqAvailable } = await c.until("executions");
    assert.strictEqual(firstSeqAvailable, 6);
    assert.deepStrictEqual(
      reports.map((r) => r.seq),
      [6, 7],
    );
    assert.isAbove(await venue.count("history_missing"), 2);

    const again = venue.connect();
    const ack = await again.logon("s-history", 1);
    assert.deepStrictEqual([ack.firstSeqAvailable, ack.lastSeqSent], [5, 7]);
    await again.untilReport("h4", "new");
    assert.deepStrictEqual(
      again.reports().map((r) => r.seq),
      [5, 6, 7],
    );
    await venue.control.setFaults({ history: { age_ms: 3_600_000 } });
    assert.strictEqual(await find(again, "h1"), "canceled");
    await venue.control.setFaults({ history: { age_ms: 0 } });
    assert.isUndefined(await find(again, "h3"));
    assert.strictEqual(await find(again, "h4"), "new");
  });
});

describe("the list of open orders", () => {
  it("leaves orders out, or has them twice, while each is found by its id", async () => {
    const c = await venue.session("s-listing");
    const ids = ["l1", "l2", "l3"];
    c.say(...ids.map((id) => order(id)));
    await c.untilReport("l3", "new");
    const list = async (requestId: string): Promise<readonly (string | undefined)[]> => {
      c.say({ type: "query_open_orders", requestId });
      const { orders } = await c.until("open_orders", (m) => m.requestId === requestId);
      return orders.map(({ venueOrderId }) => venueOrderId);
    };
    const known = await list("whole");
    await venue.control.setFaults({ listing: { omit: 1 } });
    assert.deepStrictEqual(await list("empty"), []);
    for (const id of ids) assert.strictEqual(await find(c, id), "new");
    await venue.control.setFaults({ listing: { twice: 1 } });
    const doubled = known.flatMap((id) => [id, `${id}-again`]);
    assert.deepStrictEqual(await list("doubled"), doubled);
    assert.strictEqual(await venue.count("listing_omitted"), 3);
    assert.strictEqual(await venue.count("listing_doubled"), 3);
  });
});
