/** Behavioural scenarios 45, 47 and 52: the worst case counts, and no doubt is passed over. */
import { afterEach, describe, expect, it } from "vitest";
import { account, btc, limit10, reference, simy } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

let desk = new DeskShard();
const fresh = (change: ConstructorParameters<typeof DeskShard>[0] = {}): DeskShard => {
  desk = new DeskShard(change);
  return desk;
};
afterEach(() => desk.check());

/** A desk that may hold 100, and holds 60. */
const holding60 = (): void => {
  const limits = reference.accounts.get(account);
  const of = limits?.instruments.get(btc);
  if (limits === undefined || of === undefined) throw new Error("the desk has limits");
  const instruments = new Map([[btc, { ...of, maxPosition_lots: 100 }]]);
  fresh({ accounts: new Map([[account, { ...limits, instruments }]]) });
  desk.takePosition(60);
};

const buy30 = { ...limit10, orderQty: "30" };

describe("45: a limit of 100 and a position of 60", () => {
  it("lets one of two orders of 30 pass", () => {
    holding60();
    expect(desk.submit("a", buy30)).toEqual(["a pending_new pending_new"]);
    expect(desk.submit("b", buy30)).toEqual(["b denied denied RISK_POSITION_LIMIT"]);
    expect(desk.submit("c", { ...buy30, orderQty: "10" })).toEqual(["c pending_new pending_new"]);
  });

  it("lets nothing in the room of an order whose cancel is not confirmed", () => {
    holding60();
    desk.submit("a", buy30);
    desk.ack("a");
    desk.cancel("a");
    expect(desk.submit("b", buy30)).toEqual(["b denied denied RISK_POSITION_LIMIT"]);
    desk.report("a", { execType: "in_doubt" });
    expect(desk.submit("c", buy30)).toEqual(["c denied denied RISK_POSITION_LIMIT"]);
    desk.canceled("a");
    expect(desk.submit("d", buy30)).toEqual(["d pending_new pending_new"]);
  });

  it("counts what a venue counts: before it is told, provisionally, and when it is told", () => {
    holding60();
    desk.submit("a", buy30);
    desk.ack("a");
    desk.report("a", { execType: "canceled", cumQty_lots: 20 });
    expect(desk.submit("b", buy30)).toEqual(["b denied denied RISK_POSITION_LIMIT"]);
    desk.advance(6_000);
    expect(desk.net_lots).toBe(80);
    expect(desk.submit("c", buy30)).toEqual(["c denied denied RISK_POSITION_LIMIT"]);
    desk.report("a", {
      execType: "trade",
      lastQty_lots: 20,
      lastPx_ticks: 90,
      cumQty_lots: 20,
      fromRecord: true,
    });
    expect(desk.net_lots).toBe(80);
    expect(desk.submit("d", buy30)).toEqual(["d denied denied RISK_POSITION_LIMIT"]);
    expect(desk.submit("e", { ...buy30, orderQty: "20" })).toEqual(["e pending_new pending_new"]);
  });
});

describe("47: a reference price", () => {
  const { price: _, ...plain } = limit10;
  const market = { ...plain, ordType: "market", timeInForce: "ioc" };

  it.each([
    ["a market order", market],
    ["a limit order, for its collar", limit10],
  ])("that is stale denies %s with a code of its own", (_what, body) => {
    fresh();
    desk.now_ns += 11_000_000_000n;
    expect(desk.submit("a", body)).toEqual(["a denied denied RISK_PRICE_STALE"]);
  });

  it.each([
    ["a market order", market],
    ["a limit order, for its collar", limit10],
  ])("that is missing denies %s with a code of its own", (_what, body) => {
    fresh();
    // Nothing was ever heard of that venue's market.
    const route = { policy: "direct", venue: simy };
    expect(desk.submit("a", { ...body, route })).toEqual(["a denied denied RISK_PRICE_MISSING"]);
  });
});

describe("52: what is in doubt", () => {
  it("is not placed a second time by a replace where that needs a new leg", () => {
    fresh({
      venues: new Map(
        [...reference.venues].map(([id, of]) => [
          id,
          { ...of, replace: "cancel_replace" as const },
        ]),
      ),
    });
    desk.submit("a", limit10);
    desk.ack("a");
    desk.replace("a", { replaceId: "r1", price: "91" });
    desk.report("a", { execType: "in_doubt" });
    expect(desk.replace("a", { replaceId: "r2", price: "92" })).toEqual([
      "a replace_rejected in_doubt ORDER_IN_DOUBT",
    ]);
    desk.advance(60_000);
    expect(desk.placed("a")).toHaveLength(1);
  });

  it("of a slice is not followed by the next one", () => {
    fresh();
    desk.submit("a", { ...limit10, maxFloor: "4" });
    desk.report("a", { execType: "in_doubt" });
    desk.advance(60_000);
    expect(desk.placed("a")).toHaveLength(1);
    desk.ack("a");
    desk.fill("a", 4, 90);
    desk.advance(2_000);
    expect(desk.placed("a")).toHaveLength(2);
  });
});
