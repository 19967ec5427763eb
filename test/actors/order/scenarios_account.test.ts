/** Behavioural scenarios 11, 12 and 24 in a whole account shard. Numbers are theirs. */
import { describe, expect, it } from "vitest";
import type { LegClOrdId, OrderId } from "../../../protocols/kernel/ids.ts";
import type { LegExecType, LegReport } from "../../../protocols/venue.ts";
import { AccountBench, btc, desk, legOf, simx } from "../account/account_bench.ts";

const report = (
  bench: AccountBench,
  orderId: OrderId,
  execType: LegExecType,
  fields: Partial<LegReport> = {},
) =>
  bench.deliver({
    kind: "report",
    venue: simx,
    orderId,
    execType,
    clOrdId: legOf(orderId) as LegClOrdId,
    execId: `${execType}-1`,
    cumQty_lots: 0,
    tsEvent: bench.now,
    ...fields,
  });

const fill = (bench: AccountBench, orderId: OrderId, fields: Partial<LegReport> = {}) =>
  report(bench, orderId, "trade", {
    execId: "t1",
    cumQty_lots: 4,
    lastQty_lots: 4,
    lastPx_ticks: 100,
    ...fields,
  });

const whats = (published: readonly { readonly body: object }[]): unknown[] =>
  published.flatMap(({ body }) => ("what" in body ? [body.what] : []));

describe("11: a bust and a correction", () => {
  it("move position and reservation with the order, and can be replayed", () => {
    const bench = new AccountBench();
    const orderId = bench.order("hand", "h1", "buy", 10);
    fill(bench, orderId);
    fill(bench, orderId, { execId: "t2", cumQty_lots: 6, lastQty_lots: 2, lastPx_ticks: 98 });
    expect(bench.position.netQty_lots).toBe(6);
    report(bench, orderId, "trade_cancel", { refExecId: "t1", cumQty_lots: 2 });
    const numbers = { lastQty_lots: 1, lastPx_ticks: 97, cumQty_lots: 1 };
    report(bench, orderId, "trade_correct", { refExecId: "t2", ...numbers });
    expect(bench.position).toMatchObject({ netQty_lots: 1, cost: 97n });
    const order = bench.space.get("order", orderId);
    expect(order).toMatchObject({ cumQty_lots: 1, cumValue: 97n });
    expect(bench.space.get("exposure", `${desk}.${btc}`)?.openBuy_lots).toBe(9);
  });
});

describe("12: a fill of an order that is not known", () => {
  const traded = { instrument: btc, side: "buy" } as const;

  it("is booked into the external bucket once, and operators hear of it", () => {
    const bench = new AccountBench();
    const orderId = bench.order("hand", "h1", "buy", 10);
    bench.turn().emit({ what: "orders_retired", orderIds: [orderId] });
    const first = fill(bench, orderId, traded);
    expect(whats(first)).toEqual(["order_unknown"]);
    expect(bench.position).toMatchObject({ netQty_lots: 4, externalQty_lots: 4 });
    expect(bench.events.at(-1)).toMatchObject({
      what: "external_trade",
      account: desk,
      venue: simx,
      instrument: btc,
      side: "buy",
      execId: "t1",
      lastQty_lots: 4,
      lastPx_ticks: 100,
      clOrdId: legOf(orderId),
    });
    expect(fill(bench, orderId, traded)).toEqual([]);
    expect(bench.position.netQty_lots).toBe(4);
    expect(bench.space.get("order", orderId)).toBeUndefined();
    expect(bench.replayed().text()).toBe(bench.text());
  });

  it("that does not say what was traded is an alarm and nothing else", () => {
    const bench = new AccountBench();
    const orderId = "DESK.hand.never" as OrderId;
    expect(whats(fill(bench, orderId))).toEqual(["request_unknown"]);
    expect(whats(fill(bench, orderId, { ...traded, lastQty_lots: 0 }))).toEqual([
      "request_unknown",
    ]);
    expect(bench.space.size("position")).toBe(0);
  });

  it("becomes the order's own where the order comes to be known", () => {
    const bench = new AccountBench();
    const orderId = "DESK.hand.h1" as OrderId;
    fill(bench, orderId, { ...traded, clOrdId: legOf(orderId) as LegClOrdId });
    expect(bench.position.externalQty_lots).toBe(4);
    bench.order("hand", "h1", "buy", 10);
    expect(bench.position).toMatchObject({ netQty_lots: 4, externalQty_lots: 0 });
    expect(bench.space.get("order", orderId)?.cumQty_lots).toBe(4);
    fill(bench, orderId, traded);
    expect(bench.position.netQty_lots).toBe(4);
  });
});

describe("24: a mass cancel of five", () => {
  const canceling = (): { bench: AccountBench; ids: readonly OrderId[]; cancels: LegClOrdId[] } => {
    const bench = new AccountBench();
    const ids = [1, 2, 3, 4, 5].map((n) => bench.order("hand", `h${n}`, "buy", 10));
    for (const id of ids) report(bench, id, "new", { venueOrderId: `v${id}` });
    const mass = { kind: "mass_cancel", account: desk, strategy: "hand" } as const;
    bench.deliver({ ...mass, cancelId: "m1", digest: "d", asked: 0, at: bench.now });
    const cancels = bench.sent.flatMap((message) =>
      message.kind === "cancel" ? [message.clOrdId] : [],
    );
    return { bench, ids, cancels };
  };
  const statusOf = (bench: AccountBench, id: OrderId) => {
    const last = bench.published.findLast(({ body }) => body["orderId"] === id);
    return last?.body["ordStatus"];
  };

  it("of which three are canceled, one is unknown and one is not answered", () => {
    const { bench, ids, cancels } = canceling();
    const answers = [
      ["canceled", {}],
      ["canceled", {}],
      ["canceled", {}],
      ["cancel_rejected", { code: "ORDER_UNKNOWN" }],
      ["in_doubt", {}],
    ] as const;
    for (const [n, [execType, more]] of answers.entries()) {
      const orderId = ids[n] ?? ("" as OrderId);
      report(bench, orderId, execType, { clOrdId: cancels[n] ?? ("" as LegClOrdId), ...more });
    }
    expect(ids.map((id) => statusOf(bench, id))).toEqual([
      "canceled",
      "canceled",
      "canceled",
      "in_doubt",
      "in_doubt",
    ]);
    expect(bench.space.get("exposure", `${desk}.${btc}`)).toMatchObject({
      openOrders: 2,
      openBuy_lots: 20,
    });
    expect(bench.sent.filter(({ kind }) => kind === "query")).toHaveLength(1);
  });

  it("that fails as a whole leaves each order in doubt, and each with its own proof", () => {
    const { bench, ids, cancels } = canceling();
    const answerAll = (execType: LegExecType) => {
      for (const [n, orderId] of ids.entries()) {
        report(bench, orderId, execType, { clOrdId: cancels[n] ?? ("" as LegClOrdId) });
      }
    };
    answerAll("in_doubt");
    expect(new Set(ids.map((id) => statusOf(bench, id)))).toEqual(new Set(["in_doubt"]));
    expect(bench.space.get("exposure", `${desk}.${btc}`)?.openOrders).toBe(5);
    answerAll("not_sent");
    expect(new Set(ids.map((id) => statusOf(bench, id)))).toEqual(new Set(["new"]));
    expect(bench.space.get("exposure", `${desk}.${btc}`)?.openOrders).toBe(5);
  });
});
