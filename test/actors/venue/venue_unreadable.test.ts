/**
 * A report that cannot be read: the session goes on behind it, nobody's order is forgotten, and
 * only an instrument of which it repeats takes no new orders.
 */
import { expect, test } from "vitest";
import type { UnreadableReport, VenueOrderView } from "../../../actors/venue/venue_link.ts";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
import { btc, cancel, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const unreadable = (name: string, change: Partial<UnreadableReport> = {}): UnreadableReport => ({
  reason: "lastPx=50000.001 step=0.01",
  raw: '{"type":"report","lastPx":"50000.001"}',
  clOrdId: legOf(name, "new:0"),
  ...change,
});

const hearUnreadable = (
  bench: VenueShardBench,
  seq: number,
  said: UnreadableReport,
  link = 1,
): void => bench.local({ type: "unreadable", link, seq, report: said });

const working = (options = {}): VenueShardBench => {
  const bench = new VenueShardBench(options);
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(legOf("a", "new:0")));
  bench.takeEffects();
  return bench;
};

const view = (change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: legOf("a", "new:0"),
  venueOrderId: "O1",
  ordStatus: "partially_filled",
  orderQty_lots: 1_000,
  cumQty_lots: 0,
  ...change,
});

test("advances the sequence, keeps the line, and leaves the link and the gate open", () => {
  const bench = working();
  hearUnreadable(bench, 2, unreadable("a"));
  expect(bench.session).toMatchObject({
    status: "open",
    inboundSeq: 2,
    counters: { unreadable: 1, disconnects: 0 },
  });
  expect(bench.effects.some(({ type }) => type === "restart_link")).toBe(false);
  expect(bench.incidents()).toEqual(["report_unreadable"]);
  const [incident, letter] = bench.published.slice(-2);
  expect(incident?.body).toMatchObject({ raw: unreadable("a").raw, seq: 2 });
  expect(letter?.subject).toBe("oms.v1.dlq.venue-SIMX");
  expect(letter?.body).toMatchObject({ in: "local:unreadable", cause: unreadable("a").reason });
  hear(bench, 3, report(legOf("a", "new:0"), { execType: "trade", cumQty_lots: 9 }));
  expect(bench.session?.inboundSeq).toBe(3);
});

test("does not take an answer for news that is older than a bust", () => {
  const bench = working();
  const root = legOf("a", "new:0");
  hearUnreadable(bench, 2, unreadable("a"));
  const [asked] = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  if (asked === undefined) throw new Error("the order is asked for");
  const amend = { execType: "trade_cancel", refExecId: "T1", lastQty_lots: 400 } as const;
  hear(bench, 3, report(root, { ...amend, cumQty_lots: 0 }));
  const late = { ...asked, order: view({ ordStatus: "canceled", cumQty_lots: 400 }), asOfSeq: 2 };
  bench.local({ type: "answer", link: 1, answer: late });
  expect(bench.said(root)).not.toContain("canceled");
  bench.pass(2_500);
  answerAll(bench, view({ ordStatus: "canceled" }), 1);
  expect(bench.reports().at(-1)).toMatchObject({ execType: "canceled", cumQty_lots: 0 });
});

test("asks for a fill that came before the acknowledgement", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  bench.takeEffects();
  hearUnreadable(bench, 1, unreadable("a"));
  hear(bench, 2, report(legOf("a", "new:0")));
  answerAll(bench, view({ cumQty_lots: 400 }), 1);
  const query = bench.takeEffects().find((effect) => effect.type === "query")?.query;
  expect(query).toMatchObject({ purpose: "executions", afterSeq: 0 });
});

test("asks for the executions also after a bust, by the count that it left", () => {
  const bench = working();
  const amend = { execType: "trade_cancel", refExecId: "T1", lastQty_lots: 400 } as const;
  const fill = { lastQty_lots: 400, lastPx_ticks: 5_000_000, cumQty_lots: 400, execId: "T1" };
  hear(bench, 2, report(legOf("a", "new:0"), { execType: "trade", ...fill }));
  hear(bench, 3, report(legOf("a", "new:0"), { ...amend, cumQty_lots: 0 }));
  hearUnreadable(bench, 4, unreadable("a"));
  answerAll(bench, view({ cumQty_lots: 10 }), 1);
  const query = bench.takeEffects().find((effect) => effect.type === "query")?.query;
  expect(query).toMatchObject({ purpose: "executions", afterSeq: 3 });
});

test.each([
  ["", false],
  [", also where a refused change has shown that", true],
])("a cancel whose report is lost is not unsent where its order has ended%s", (_name, isShown) => {
  const bench = working();
  bench.message(cancel("a"));
  hearUnreadable(bench, 2, unreadable("a", { clOrdId: legOf("a", "cancel:1") }));
  if (isShown) {
    bench.message(cancel("a", 2));
    const late = { execType: "cancel_rejected", origClOrdId: legOf("a", "new:0") } as const;
    hear(bench, 3, report(legOf("a", "cancel:2"), { ...late, ended: true }));
  }
  const canceled = view({ ordStatus: "canceled" });
  for (let round = 0; round < 6; round += 1) {
    // Only the answers about the request arrive at first.
    const asked = bench.takeEffects().filter((effect) => effect.type === "query");
    for (const { query } of asked) {
      if (query.purpose !== "doubt" && round < 3) continue;
      const asOfSeq = bench.session?.inboundSeq ?? 0;
      bench.local({ type: "answer", link: 1, answer: { ...query, order: canceled, asOfSeq } });
    }
    bench.pass(2_500);
  }
  const told = bench.reports().map(({ execType }) => execType);
  expect(told.indexOf("canceled")).toBeGreaterThan(0);
  // By then it says nothing any more.
  expect(told.slice(0, told.indexOf("canceled"))).not.toContain("not_sent");
  expect(bench.space.size("request")).toBe(0);
});

test("puts its order in doubt and asks for it, executions included", () => {
  const bench = working();
  hearUnreadable(bench, 2, unreadable("a"));
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "in_doubt"]);
  expect(answerAll(bench, view({ cumQty_lots: 400 }), 1)).toBe(1);
  const query = bench.takeEffects().find((effect) => effect.type === "query")?.query;
  expect(query).toMatchObject({ purpose: "executions", afterSeq: 1 });
  if (query === undefined) throw new Error("the executions are asked for");
  const trade = report(legOf("a", "new:0"), {
    execType: "trade",
    execId: "T2",
    cumQty_lots: 400,
    lastQty_lots: 400,
    lastPx_ticks: 5,
  });
  const answer = { ...query, order: undefined, executions: [trade], asOfSeq: 2 };
  bench.local({ type: "answer", link: 1, answer });
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "in_doubt", "trade", "new"]);
  expect(bench.incidents()).toEqual(["report_unreadable"]);
});

test("of a request without another answer puts that one in doubt", () => {
  const bench = working();
  bench.message(place("b", soon(bench)));
  bench.message(cancel("a"));
  bench.takeEffects();
  hearUnreadable(bench, 2, unreadable("b"));
  hearUnreadable(bench, 3, unreadable("a", { clOrdId: legOf("a", "cancel:1") }));
  expect(bench.said(legOf("b", "new:0"))).toEqual(["in_doubt"]);
  expect(bench.said(legOf("a", "cancel:1"))).toEqual(["in_doubt"]);
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "in_doubt"]);
  const asked = bench.effects.flatMap((effect) =>
    effect.type === "query" ? [[effect.query.purpose, effect.query.clOrdId]] : [],
  );
  expect(asked).toEqual([
    ["doubt", legOf("b", "new:0")],
    ["order", legOf("b", "new:0")],
    ["doubt", legOf("a", "new:0")],
    ["order", legOf("a", "new:0")],
  ]);
});

test("of a cancel that ended its order waits for what the record says of that", () => {
  const bench = working();
  bench.message(cancel("a"));
  bench.takeEffects();
  hearUnreadable(bench, 2, unreadable("a", { clOrdId: legOf("a", "cancel:1") }));
  const answer = (purpose: "doubt" | "order"): void => {
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query" || effect.query.purpose !== purpose) continue;
      const order = view({ ordStatus: "canceled" });
      bench.local({ type: "answer", link: 1, answer: { ...effect.query, order, asOfSeq: 2 } });
    }
  };
  const words = (): string[] => bench.reports().map(({ execType }) => execType);
  // The question about the order is lost each time, the one about the cancel is answered.
  for (let round = 0; round < 20; round += 1) {
    bench.pass(3_000);
    answer("doubt");
  }
  expect(words()).not.toContain("not_sent");
  bench.pass(3_000);
  answer("order");
  expect(words()).toContain("canceled");
});

test("that repeats closes the instrument for new orders only, until the owner starts anew", () => {
  const bench = working({ unreadable_max: 3 });
  for (let seq = 2; seq <= 3; seq += 1) hearUnreadable(bench, seq, unreadable("a"));
  bench.message(place("b", soon(bench)));
  expect(bench.sends()).toEqual([legOf("b", "new:0")]);
  hearUnreadable(bench, 4, unreadable("a"));
  expect(bench.incidents().at(-1)).toBe("instrument_closed");
  bench.takeEffects();
  bench.message(place("c", soon(bench)));
  bench.message(cancel("a"));
  expect(bench.sends()).toEqual([legOf("a", "cancel:1")]);
  expect(bench.reports().at(-1)).toMatchObject({ execType: "not_sent", code: "ROUTE_VENUE_DOWN" });
  expect(bench.reports().at(-1)?.text).toContain(btc);
  expect(bench.session?.status).toBe("open");
  bench.crash();
  bench.run({ type: "started" });
  expect(bench.incidents().at(-1)).toBe("instrument_reopened");
});

test("without a readable id is an incident and nothing else", () => {
  const bench = working();
  const { clOrdId: _, ...anonymous } = unreadable("a");
  hearUnreadable(bench, 2, anonymous);
  expect(bench.session?.inboundSeq).toBe(2);
  expect(bench.effects).toEqual([]);
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new"]);
});

test("is taken once, in its order, and on the link in use only", () => {
  const bench = working();
  hearUnreadable(bench, 2, unreadable("a"), 7);
  hearUnreadable(bench, 1, unreadable("a"));
  expect(bench.incidents()).toEqual([]);
  hearUnreadable(bench, 3, unreadable("a"));
  expect(bench.incidents()).toEqual(["sequence_gap"]);
  expect(bench.session).toMatchObject({ status: "disconnected", inboundSeq: 1 });
});

test("a parked report's order is asked for", () => {
  const bench = working();
  const said = report(legOf("a", "new:0"), { execType: "trade", cumQty_lots: 5 });
  bench.park({ type: "local", input: { type: "report", link: 1, seq: 2, report: said } }, "boom");
  expect(bench.effects).toMatchObject([{ type: "query", query: { purpose: "order" } }]);
});

test("that cannot even be taken is put aside, and the session goes on behind it", () => {
  const bench = working();
  const input = { type: "unreadable", link: 1, seq: 2, report: unreadable("a") } as const;
  bench.park({ type: "local", input }, "boom");
  expect(bench.session).toMatchObject({ inboundSeq: 2, status: "open" });
  hear(bench, 3, report(legOf("a", "new:0"), { execType: "canceled", ended: true }));
  expect(bench.said(legOf("a", "new:0"))).toEqual(["new", "canceled"]);
});

test("an unreadable trade that another report counts already is asked for", () => {
  const bench = working();
  // The venue tells the end first, with the trade in its count; the trade itself is garbled.
  hear(
    bench,
    2,
    report(legOf("a", "new:0"), { execType: "canceled", cumQty_lots: 7, ended: true }),
  );
  hearUnreadable(bench, 3, unreadable("a"));
  answerAll(bench, view({ ordStatus: "canceled", cumQty_lots: 7 }), 1);
  const [asked] = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  expect(asked).toMatchObject({ purpose: "executions", venueOrderId: "O1" });
});
