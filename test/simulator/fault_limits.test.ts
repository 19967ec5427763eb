/** Rate limits: the counting, and the venue that refuses, bans and tells what it has counted. */
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest";
import { SessionLimits } from "../../deploy/simulator/rate_limits.ts";
import type { RateLimits } from "../../deploy/simulator/rate_limits.ts";
import { FaultyVenue } from "./faulty_venue.ts";
import { market, order } from "./venue_fixture.ts";

const limitsOf = (more: Partial<RateLimits> = {}): RateLimits => ({
  rules: [
    { name: "weight_1m", window_ms: 60_000, limit: 100, counts: "weight" },
    { name: "orders_10s", window_ms: 10_000, limit: 3, counts: "orders" },
    { name: "unfilled", window_ms: 86_400_000, limit: 4, counts: "unfilled" },
  ],
  weights: { query_open_orders: 40 },
  ...more,
});
const used = (limits: SessionLimits, rules: RateLimits, now_ms: number): number[] =>
  limits.lines(rules, now_ms).map((line) => line.used);

describe("the counting", () => {
  it("adds up weights, orders, and orders without a fill, each in its own window", () => {
    const rules = limitsOf();
    const limits = new SessionLimits();
    for (const kind of ["new_order", "replace", "cancel", "query_open_orders"] as const) {
      assert.isUndefined(limits.take(kind, rules, 59_000));
    }
    assert.deepStrictEqual(used(limits, rules, 59_000), [43, 2, 1]);
    limits.traded(rules, 59_500);
    assert.deepStrictEqual(used(limits, rules, 59_999), [43, 2, 0]);
    // A window begins at whole multiples of its length: everything fits again one ms later.
    assert.deepStrictEqual(used(limits, rules, 60_000), [0, 0, 0]);
  });

  it("refuses what does not fit, says until when, and lets cancels pass an order limit", () => {
    const rules = limitsOf();
    const limits = new SessionLimits();
    for (let count = 0; count < 3; count += 1) limits.take("new_order", rules, 12_000);
    assert.deepInclude(limits.take("new_order", rules, 12_500), {
      code: "rate_limited",
      retryAfter_ms: 7_500,
    });
    assert.isUndefined(limits.take("cancel", rules, 12_500));
    assert.deepStrictEqual(used(limits, rules, 12_500), [4, 3, 3]);
    assert.isUndefined(limits.take("new_order", rules, 20_000));
    assert.include(limits.take("new_order", rules, 20_000)?.text, "unfilled");
  });

  it("bans after so many refusals within the time, and not after fewer", () => {
    const rules = limitsOf({ ban: { violations: 3, within_ms: 1_000, for_ms: 5_000 } });
    const limits = new SessionLimits();
    for (let count = 0; count < 3; count += 1) limits.take("new_order", rules, 0);
    const codes = [0, 600, 1_100, 1_200].map(
      (now_ms) => limits.take("new_order", rules, now_ms)?.code,
    );
    assert.deepStrictEqual(codes, ["rate_limited", "rate_limited", "rate_limited", "banned"]);
    assert.deepInclude(limits.take("cancel", rules, 2_200), {
      code: "banned",
      retryAfter_ms: 4_000,
    });
    assert.isUndefined(limits.take("cancel", rules, 6_200));
  });
});

describe("a venue with limits", () => {
  let venue: FaultyVenue;
  beforeAll(async () => {
    venue = await FaultyVenue.start();
  });
  afterEach(() => venue.calm());
  afterAll(() => venue.stop());
  const perHour = { window_ms: 3_600_000 } as const;

  it("tells what it has counted at logon and at intervals, and refuses the rest", async () => {
    await venue.control.setFaults({
      rateLimits: {
        rules: [
          { name: "orders", ...perHour, limit: 2, counts: "orders" },
          { name: "unfilled", ...perHour, limit: 9, counts: "unfilled" },
        ],
        report_ms: 50,
      },
    });
    const c = await venue.session("s-limits");
    const told = async (...counts: number[]) => {
      const isTold = (found: readonly { readonly used: number }[]) =>
        JSON.stringify(found.map((one) => one.used)) === JSON.stringify(counts);
      await c.until("limits", ({ limits }) => isTold(limits));
    };
    await told(0, 0);
    c.say(order("o1"));
    await told(1, 1);
    c.say(market("o2", { orderQty: "0.001" }));
    await told(2, 1);
    c.say(order("o3"), { type: "cancel", clOrdId: "x1", origClOrdId: "o1" });
    const refused = await c.until("refused");
    assert.deepInclude(refused, { clOrdId: "o3", code: "rate_limited" });
    assert.isAbove(refused.retryAfter_ms ?? 0, 0);
    await c.untilReport("x1", "canceled");
    c.say({ type: "query_order", requestId: "q", clOrdId: "o3" });
    assert.isFalse((await c.until("order_status")).found);
    assert.lengthOf((await venue.recordOf("s-limits")).orders, 2);
  });

  it("bans a session, closes its connection, refuses its logon until the ban is over", async () => {
    await venue.control.setFaults({
      rateLimits: {
        rules: [{ name: "weight", ...perHour, limit: 1, counts: "weight" }],
        ban: { violations: 2, within_ms: 10_000, for_ms: 400, closes: true },
      },
    });
    const c = await venue.session("s-ban");
    c.say(order("o1"), order("o2"), order("o3"), order("o4"));
    await c.closed;
    assert.deepStrictEqual(
      c.all("refused").map(({ clOrdId, code }) => [clOrdId, code]),
      [
        ["o2", "rate_limited"],
        ["o3", "banned"],
      ],
    );
    const early = venue.connect();
    early.say({ type: "logon", session: "s-ban", lastSeqReceived: 0 });
    await early.closed;
    assert.strictEqual(early.all("refused")[0]?.code, "banned");
    assert.lengthOf(early.all("logon_ack"), 0);
    await venue.session("s-another");
    await new Promise((resolve) => {
      setTimeout(resolve, 400);
    });
    await venue.session("s-ban");
    assert.isAtLeast(await venue.count("banned"), 1);
  });
});
