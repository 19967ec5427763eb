/**
 * The comparison of a venue's snapshot with our record, without a shard: what is a finding, what is
 * left for the next run, and that it never says more than the snapshot does.
 */
import { describe, expect, test } from "vitest";
import {
  compareExecutions,
  compareOrders,
  comparePositions,
} from "../../../actors/venue/reconcile_model.ts";
import type { Finding, OwnRecord } from "../../../actors/venue/reconcile_model.ts";
import type { VenueOrderView, VenueReport } from "../../../actors/venue/venue_link.ts";
import type { SnapshotOrder } from "../../../actors/venue/venue_snapshot.ts";
import type { VenueOrderState } from "../../../actors/venue/venue_state.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { report } from "./venue_bench_steps.ts";
import { btc, legOf, orderOf } from "./venue_requests.ts";
import { randomOf } from "./random_of.ts";

const at = toNanos(1n);
const id = (name: string): LegClOrdId => legOf(name, "new:0");

const ours = (name: string, change: Partial<VenueOrderState> = {}): VenueOrderState => ({
  orderId: orderOf(name),
  instrument: btc,
  ids: [id(name)],
  current: id(name),
  cumQty_lots: 0,
  told_lots: 0,
  side: "buy",
  terms: { orderQty_lots: 1_000, price_ticks: 5 },
  ...change,
});

const theirs = (name: string, change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: id(name),
  venueOrderId: `O-${name}`,
  ordStatus: "new",
  orderQty_lots: 1_000,
  price_ticks: 5,
  cumQty_lots: 0,
  ...change,
});

/** A record of orders by the id that placed them. */
const record = (
  orders: Readonly<Record<string, VenueOrderState>>,
  change: Partial<OwnRecord> = {},
): OwnRecord => {
  const roots = new Map<string, LegClOrdId>();
  const states = new Map<string, VenueOrderState>();
  for (const [name, order] of Object.entries(orders)) {
    states.set(id(name), order);
    for (const one of order.ids) roots.set(one, id(name));
  }
  return {
    rootOf: (clOrdId) => roots.get(clOrdId),
    order: (root) => states.get(root),
    openRoots: () =>
      [...states].flatMap(([root, { endedAt }]) =>
        endedAt === undefined ? [root as LegClOrdId] : [],
      ),
    isBusy: () => false,
    isAbsent: ({ absent }) => absent === true,
    knowsListing: ({ listingTaken }, listing) => listingTaken === listing,
    net_lots: () => 0,
    instruments: () => [],
    ...change,
  };
};

const orders = (
  own: OwnRecord,
  there: readonly SnapshotOrder[],
  younger: readonly LegClOrdId[] = [],
) => compareOrders(own, { part: "open_orders", askedAt: at, asOfSeq: 9, younger, orders: there });

describe("open orders", () => {
  test("that agree are no finding", () => {
    const own = record({ a: ours("a"), b: ours("b", { endedAt: at }) });
    expect(orders(own, [theirs("a")])).toEqual({ findings: [], compared: 1, left: 0 });
  });

  test.each([
    ["another count", theirs("a", { cumQty_lots: 7 })],
    ["another id", theirs("a", { clOrdId: legOf("a", "replace:1") })],
    ["other terms", theirs("a", { price_ticks: 6 })],
    ["figures that cannot be read", { ...theirs("a"), unreadable: "price" }],
  ])("with %s are news", (_, there) => {
    const own = record({ a: ours("a", { ids: [id("a"), legOf("a", "replace:1")] }) });
    expect(orders(own, [there]).findings).toEqual([{ type: "news", root: id("a") }]);
  });

  test("one that ended here and is alive there is news", () => {
    const own = record({ a: ours("a", { endedAt: at }) });
    expect(orders(own, [theirs("a")]).findings).toEqual([{ type: "news", root: id("a") }]);
  });

  test("one of ours that is not listed is missing, unless that is known already", () => {
    const own = record({ a: ours("a"), b: ours("b", { absent: true }) });
    expect(orders(own, []).findings).toEqual([{ type: "missing", root: id("a") }]);
  });

  test("what is on its way, or younger than the snapshot, is left for the next run", () => {
    const own = record({ a: ours("a"), b: ours("b") }, { isBusy: (root) => root === id("b") });
    const found = orders(own, [theirs("b", { cumQty_lots: 3 })], [id("a"), id("new")]);
    expect(found).toEqual({ findings: [], compared: 1, left: 2 });
    expect(orders(own, [theirs("new")], [id("a"), id("new")]).findings).toEqual([]);
  });

  test("scenario 42: each venue order maps to exactly one of ours", () => {
    const own = record({ a: ours("a", { ids: [id("a"), legOf("a", "replace:1")] }), b: ours("b") });
    const second = theirs("a", { clOrdId: legOf("a", "replace:1"), venueOrderId: "O-other" });
    expect(orders(own, [theirs("a"), second, theirs("b")]).findings).toMatchObject([
      { type: "duplicate", text: `O-a and O-other are both ${id("a")}` },
    ]);
    const moved = theirs("a", { origClOrdId: id("b") });
    expect(orders(own, [moved, theirs("b")]).findings).toMatchObject([{ type: "duplicate" }]);
  });

  test("an order that pages repeat is one, also an unknown one", () => {
    const own = record({ a: ours("a") });
    expect(orders(own, [theirs("a"), theirs("a")]).findings).toEqual([]);
    expect(orders(own, [theirs("a"), theirs("x"), theirs("x")]).findings).toHaveLength(1);
  });

  test("two orders of one venue id, after a restart that began its ids anew, map to ours", () => {
    const own = record({ a: ours("a"), b: ours("b") });
    const reused = theirs("b", { venueOrderId: "O-a" });
    expect(orders(own, [theirs("a"), reused]).findings).toEqual([]);
  });
});

test("executions that no report told are found once per order, those on their way are left", () => {
  const own = record({ a: ours("a", { cumQty_lots: 5 }), b: ours("b") });
  const trade = (name: string, cumQty_lots: number): VenueReport =>
    report(id(name), { execType: "trade", cumQty_lots });
  const executions = [
    { seq: 0, report: trade("a", 5) },
    { seq: 0, report: trade("a", 8) },
    { seq: 0, report: trade("a", 9) },
    { seq: 12, report: trade("b", 1) },
    { seq: 0, report: trade("nobody", 1) },
  ];
  const part = { part: "executions", askedAt: at, asOfSeq: 9, younger: [], executions } as const;
  expect(compareExecutions(own, part, 9)).toEqual({
    findings: [{ type: "execution", root: id("a") }],
    compared: 5,
    left: 1,
  });
});

test("executions of an order that is busy wait to be listed once more", () => {
  const isBusy = (root: LegClOrdId): boolean => root === id("a");
  const own = record({ a: ours("a"), b: ours("b") }, { isBusy });
  const executions = ["a", "b"].map((name) => ({
    seq: name === "a" ? 0 : 12,
    report: report(id(name), { execType: "trade", cumQty_lots: 1 }),
  }));
  const part = { part: "executions", askedAt: at, asOfSeq: 9, younger: [], executions } as const;
  const compared = { findings: [], compared: 2, left: 2, isWaiting: true };
  expect(compareExecutions(own, part, 9)).toEqual(compared);
});

test("a bust that is listed is asked for, whatever it counts: only its order knows it", () => {
  const own = record({ a: ours("a", { cumQty_lots: 5 }), b: ours("b", { cumQty_lots: 5 }) });
  const bust = report(id("a"), { execType: "trade_cancel", refExecId: "T1", cumQty_lots: 0 });
  const younger = { ...bust, clOrdId: id("b") };
  const executions = [
    { seq: 0, report: bust },
    { seq: 12, report: younger },
  ];
  const part = { part: "executions", askedAt: at, asOfSeq: 9, younger: [], executions } as const;
  const listing = expect.any(String) as string;
  const findings = [{ type: "execution", root: id("a"), listing }];
  expect(compareExecutions(own, part, 9)).toEqual({ findings, compared: 2, left: 1 });
});

test("busts that are listed as they were when their order's record was taken are no news", () => {
  const bust = report(id("a"), { execType: "trade_cancel", refExecId: "T1", cumQty_lots: 0 });
  const other = { ...bust, refExecId: "T2" };
  const listingOf = (own: OwnRecord, ...listed: readonly VenueReport[]): string | undefined => {
    const executions = listed.map((one) => ({ seq: 0, report: one }));
    const part = { part: "executions", askedAt: at, asOfSeq: 9, younger: [], executions } as const;
    const [finding] = compareExecutions(own, part, 9).findings;
    return finding?.type === "execution" ? finding.listing : undefined;
  };
  const listingTaken = listingOf(record({ a: ours("a") }), bust);
  const own = record({ a: ours("a", listingTaken === undefined ? {} : { listingTaken }) });
  expect(listingTaken).toBeDefined();
  expect(listingOf(own, bust)).toBeUndefined();
  expect(listingOf(own, bust, other)).toBeDefined();
  expect(listingOf(own, other)).toBeDefined();
});

test("positions are compared at one moment only, and what one side does not name is flat", () => {
  const lots: Record<string, number> = { [btc]: 5, gone: -2 };
  const own = record({}, { net_lots: (name) => lots[name] ?? 0, instruments: () => [btc, "gone"] });
  const positions = [
    { instrument: btc, net_lots: 5 },
    { instrument: "new", net_lots: 3 },
    { instrument: "odd", net_lots: 0, unreadable: "netQty=1.5" },
  ];
  const part = { part: "positions", askedAt: at, asOfSeq: 9, younger: [], positions } as const;
  expect(comparePositions(own, part, 9).findings).toEqual([
    { type: "position", instrument: "new", lots: 3 },
    { type: "unreadable", instrument: "odd", text: "netQty=1.5" },
    { type: "position", instrument: "gone", lots: 2 },
  ]);
  expect(comparePositions(own, part, 10)).toEqual({ findings: [], compared: 0, left: 4 });
});

/** What a look-up, or the policy, makes of our record. */
const settle = (
  known: Readonly<Record<string, VenueOrderState>>,
  there: readonly VenueOrderView[],
  findings: readonly Finding[],
): Record<string, VenueOrderState> => {
  const next = { ...known };
  for (const finding of findings) {
    const root = finding.type === "unknown" ? finding.order.clOrdId : undefined;
    for (const [name, order] of Object.entries(known)) {
      if (!("root" in finding) || finding.root !== id(name)) continue;
      const view = there.find(({ clOrdId }) => order.ids.includes(clOrdId));
      const { endedAt: _, ...alive } = order;
      next[name] =
        view === undefined
          ? { ...order, endedAt: at }
          : {
              ...alive,
              current: view.clOrdId,
              told_lots: view.cumQty_lots,
              terms: { orderQty_lots: view.orderQty_lots, price_ticks: view.price_ticks ?? 0 },
            };
    }
    const name = there.find(({ clOrdId }) => clOrdId === root)?.venueOrderId.slice(2);
    if (name !== undefined) next[name] = ours(name, { external: "adopted" });
  }
  return next;
};

test.each(Array.from({ length: 200 }, (_, seed) => seed + 1))(
  "whatever differs, nothing is concluded, and once settled nothing is found again, seed %i",
  (seed) => {
    const random = randomOf(seed);
    const names = Array.from({ length: 12 }, (_, no) => `o${no}`);
    const known: Record<string, VenueOrderState> = {};
    const there: VenueOrderView[] = [];
    for (const name of names) {
      const isOurs = random() < 0.8;
      if (isOurs) known[name] = ours(name, random() < 0.3 ? { endedAt: at } : {});
      if (random() < 0.6) {
        const cumQty_lots = isOurs && random() < 0.3 ? 7 : 0;
        there.push(theirs(name, { cumQty_lots }));
      }
    }
    const first = orders(record(known), there);
    // A finding names an order and never an end: absence is a question.
    const kinds = new Set(first.findings.map(({ type }) => type));
    expect([...kinds].every((kind) => ["missing", "news", "unknown"].includes(kind))).toBe(true);
    const second = orders(record(settle(known, there, first.findings)), there);
    expect(second.findings).toEqual([]);
  },
);
