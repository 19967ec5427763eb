/**
 * Answers that are older than what was heard meanwhile: the venue answered as of report 2, and
 * report 3 is here before the answer. Such an answer takes nothing back.
 */
import { describe, expect, test } from "vitest";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import type { VenueOrderView, VenueQuery } from "../../../actors/venue/venue_link.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, legOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const id = legOf("a", "new:0");

const view = (change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: id,
  venueOrderId: "O1",
  ordStatus: "new",
  orderQty_lots: 1_000,
  price_ticks: 5_000_000,
  cumQty_lots: 0,
  instrument: btc,
  side: "buy",
  ...change,
});

const trade = (no: number, lots: number, cumQty_lots: number, ended = false) =>
  report(id, {
    execType: "trade",
    execId: `T${no}`,
    lastQty_lots: lots,
    lastPx_ticks: 5_000_000,
    cumQty_lots,
    instrument: btc,
    side: "buy",
    ended,
  });

const questions = (bench: VenueShardBench): VenueQuery[] =>
  bench.takeEffects().flatMap((effect) => (effect.type === "query" ? [effect.query] : []));

const asked = (bench: VenueShardBench): VenueQuery => {
  const [query] = questions(bench);
  if (query === undefined) throw new Error("the venue is asked");
  return query;
};

/** A shard that counts positions, with one working order; its venue is asked for it. */
const checking = (): { readonly bench: VenueShardBench; readonly query: VenueQuery } => {
  const bench = new VenueShardBench({
    reconcile: { ...reconcileOptions_default, parts: ["positions"], required: [] },
  });
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(id));
  bench.takeEffects();
  const { clOrdId, orderId, instrument, grid } = place("a", 0n);
  bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
  return { bench, query: asked(bench) };
};

const order = (bench: VenueShardBench) => bench.space.get("order", id);
const net = (bench: VenueShardBench) => bench.space.get("tally", btc)?.net_lots ?? 0;

describe("a record that a report has overtaken", () => {
  test("does not take the report's lots back: it is asked for again", () => {
    const { bench, query } = checking();
    hear(bench, 2, trade(1, 300, 300));
    bench.local({ type: "answer", link: 1, answer: { ...query, order: view(), asOfSeq: 1 } });
    expect(order(bench)).toMatchObject({ cumQty_lots: 300, told_lots: 300 });
    expect(net(bench)).toBe(300);
    bench.pass(2_000);
    const again = { ...asked(bench), order: view({ cumQty_lots: 300 }), asOfSeq: 2 };
    bench.local({ type: "answer", link: 1, answer: again });
    const executions = { ...asked(bench), order: undefined, executions: [trade(1, 300, 300)] };
    bench.local({ type: "answer", link: 1, answer: { ...executions, asOfSeq: 2 } });
    expect(bench.space.size("checking")).toBe(0);
    expect(order(bench)).toMatchObject({ cumQty_lots: 300, told_lots: 300 });
    expect(net(bench)).toBe(300);
  });

  test("does not bring an order back that has ended since", () => {
    const { bench, query } = checking();
    hear(bench, 2, report(id, { execType: "canceled", ended: true }));
    bench.local({ type: "answer", link: 1, answer: { ...query, order: view(), asOfSeq: 1 } });
    expect(order(bench)?.endedAt).toBeDefined();
    expect(bench.said(id)).toEqual(["new", "canceled"]);
  });

  test("is not taken from a venue that answers from before the question", () => {
    const { bench } = checking();
    hear(bench, 2, trade(1, 300, 300));
    bench.pass(2_000);
    const answer = { ...asked(bench), order: view(), asOfSeq: 1 };
    bench.local({ type: "answer", link: 1, answer });
    expect(order(bench)?.cumQty_lots).toBe(300);
    expect(bench.space.size("checking")).toBe(1);
  });
});

describe("a trade between the record and its executions", () => {
  /** The record of 300 lots is here; 200 more are traded while their executions are asked for. */
  const overtaken = (last = false): { bench: VenueShardBench; query: VenueQuery } => {
    const { bench, query } = checking();
    hear(bench, 2, trade(1, 300, 300));
    const found = view({ ordStatus: "partially_filled", cumQty_lots: 300 });
    bench.pass(2_000);
    const again = asked(bench);
    expect(again.askedAt).not.toBe(query.askedAt);
    bench.local({ type: "answer", link: 1, answer: { ...again, order: found, asOfSeq: 2 } });
    const executions = asked(bench);
    expect(executions.purpose).toBe("executions");
    hear(bench, 3, last ? trade(2, 700, 1_000, true) : trade(2, 200, 500));
    return { bench, query: executions };
  };

  test("is not taken back, and nothing is said to be missing", () => {
    const { bench, query } = overtaken();
    const executions = [trade(1, 300, 300), trade(2, 200, 500)];
    const answer = { ...query, order: undefined, executions, asOfSeq: 3 };
    bench.local({ type: "answer", link: 1, answer });
    expect(order(bench)).toMatchObject({ cumQty_lots: 500, told_lots: 500 });
    expect(net(bench)).toBe(500);
    // How the order stands is asked for anew, at once, and that is all.
    const [last, ...more] = questions(bench);
    if (last === undefined) throw new Error("the venue is asked");
    expect(more).toEqual([]);
    const now = view({ ordStatus: "partially_filled", cumQty_lots: 500 });
    bench.local({ type: "answer", link: 1, answer: { ...last, order: now, asOfSeq: 3 } });
    expect(bench.space.size("checking")).toBe(0);
    expect(questions(bench)).toEqual([]);
    expect(bench.incidents()).toEqual([]);
    bench.crash();
  });

  test("that ended the order does not let it work again", () => {
    const { bench, query } = overtaken(true);
    const executions = [trade(1, 300, 300), trade(2, 700, 1_000, true)];
    const answer = { ...query, order: undefined, executions, asOfSeq: 3 };
    bench.local({ type: "answer", link: 1, answer });
    expect(order(bench)?.endedAt).toBeDefined();
    expect(net(bench)).toBe(1_000);
    bench.crash();
  });
});

test("executions of an earlier question are no answer to a later one", () => {
  const { bench, query } = checking();
  hear(bench, 2, trade(1, 300, 300));
  bench.pass(2_000);
  const found = view({ ordStatus: "partially_filled", cumQty_lots: 300 });
  bench.local({ type: "answer", link: 1, answer: { ...asked(bench), order: found, asOfSeq: 2 } });
  const executions = { ...asked(bench), order: undefined, executions: [trade(1, 300, 300)] };
  bench.local({ type: "answer", link: 1, answer: { ...executions, asOfSeq: 2 } });
  expect(bench.space.size("checking")).toBe(0);
  // Some of its trades are lost with their reports; the answer from before comes once more.
  const { clOrdId, orderId, instrument, grid } = place("a", 0n);
  bench.message({ kind: "query", clOrdId, orderId, instrument, grid });
  const full = view({ ordStatus: "filled", cumQty_lots: 1_000 });
  hear(bench, 3, trade(3, 600, 900));
  bench.pass(2_000);
  bench.local({ type: "answer", link: 1, answer: { ...asked(bench), order: full, asOfSeq: 3 } });
  bench.local({ type: "answer", link: 1, answer: { ...executions, asOfSeq: 2 } });
  expect(bench.incidents()).toEqual([]);
  expect(bench.space.size("checking")).toBe(1);
  expect(query.purpose).toBe("order");
});

test("a replace in doubt is not found by a record that is older than its order's end", () => {
  const { bench, query } = checking();
  bench.local({ type: "answer", link: 1, answer: { ...query, order: view(), asOfSeq: 1 } });
  const change = replace("a", 1, soon(bench));
  bench.message(change);
  bench.pass(2_000);
  expect(bench.said(change.clOrdId)).toEqual(["in_doubt"]);
  const doubted = questions(bench).find(({ purpose }) => purpose === "doubt");
  if (doubted === undefined) throw new Error("the replace is asked for");
  // The venue took it (its report is lost), and traded all of it since.
  const replaced = view({ clOrdId: change.clOrdId, orderQty_lots: 2_000, price_ticks: 5_000_100 });
  hear(bench, 2, report(id, { ...trade(1, 2_000, 2_000, true), orderQty_lots: 2_000 }));
  bench.local({ type: "answer", link: 1, answer: { ...doubted, order: replaced, asOfSeq: 1 } });
  expect(order(bench)?.endedAt).toBeDefined();
  expect(net(bench)).toBe(2_000);
  bench.crash();
});
