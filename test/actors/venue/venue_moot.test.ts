/**
 * Requests that nothing can prove any more, when their order turns out to be filled: the order is
 * told what became of each, and nothing stays in doubt.
 */
import { describe, expect, test } from "vitest";
import type { VenueOrderView } from "../../../actors/venue/venue_link.ts";
import { venueOptions_default } from "../../../actors/venue/venue_options.ts";
import type { VenueOptions } from "../../../actors/venue/venue_options.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };
const root = legOf("a", "new:0");

const filled = (lots: number, clOrdId = root): VenueOrderView => ({
  clOrdId,
  venueOrderId: "O1",
  ordStatus: "filled",
  orderQty_lots: lots,
  price_ticks: 5_000_000,
  cumQty_lots: lots,
});

const trade = (cumQty_lots: number) =>
  report(root, {
    execType: "trade",
    execId: "T1",
    lastQty_lots: cumQty_lots,
    lastPx_ticks: 5_000_000,
    cumQty_lots,
    orderQty_lots: cumQty_lots,
    ended: true,
  });

type Change = (bench: VenueShardBench) => ReturnType<typeof cancel | typeof replace>;

/** A working order whose change is under way when the venue's process starts anew. */
const changing = (change: Change): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(root));
  bench.message(change(bench));
  restart(bench);
  return bench;
};

const restart = (bench: VenueShardBench): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer: anew });
  bench.takeEffects();
  bench.linkUp(3, anew);
};

/** The venue answers by its record of the order; of a change it has none by itself. */
const answer = (bench: VenueShardBench, view: VenueOrderView | undefined, told = 3): void => {
  for (let round = 0; round < 6; round += 1) {
    for (const { query } of bench.takeEffects().filter((effect) => effect.type === "query")) {
      const order = query.purpose === "doubt" && query.clOrdId !== root ? undefined : view;
      const executions = view === undefined ? [] : [trade(view.cumQty_lots)];
      const more = query.purpose === "executions" ? { executions } : {};
      const asOfSeq = bench.session?.inboundSeq ?? 0;
      bench.local({ type: "answer", link: told, answer: { ...query, order, asOfSeq, ...more } });
    }
    bench.pass(2_000);
  }
};

const cancelId = legOf("a", "cancel:1");
const replaceId = legOf("a", "replace:1");

describe("an order that its venue's record has as filled", () => {
  test("is told that its cancel came too late", () => {
    const bench = changing(() => cancel("a"));
    answer(bench, filled(1_000));
    expect(bench.said(cancelId)).toEqual(["in_doubt", "cancel_rejected"]);
    expect(bench.space.size("request")).toBe(0);
    expect(bench.incidents()).toEqual(["venue_restarted"]);
  });

  test.each([
    ["came too late where the total is another", 1_000, "replace_rejected"],
    ["is in force where the total is what it asked for", 2_000, "replaced"],
  ])("is told that its replace %s", (_name, lots, outcome) => {
    const bench = changing((at) => replace("a", 1, soon(at)));
    answer(bench, filled(lots));
    expect(bench.said(replaceId)).toEqual(["in_doubt", outcome]);
    expect(bench.space.size("request")).toBe(0);
  });
});

test("what was left to a person is answered by the report of the last fill", () => {
  const bench = changing((at) => replace("a", 1, soon(at)));
  answer(bench, { ...filled(1_000), ordStatus: "new", cumQty_lots: 0 });
  expect(bench.said(replaceId)).toEqual(["in_doubt"]);
  expect(bench.space.size("unresolved")).toBe(1);
  hear(bench, 1, trade(1_000), 3);
  expect(bench.said(replaceId)).toEqual(["in_doubt", "replace_rejected"]);
  expect(bench.space.size("request")).toBe(0);
});

/** An order that is filled while a change of it is under way, and then the venue starts anew. */
const filledWith = (change: Change, options: Partial<VenueOptions> = {}): VenueShardBench => {
  const bench = new VenueShardBench(options);
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(root));
  bench.message(change(bench));
  hear(bench, 2, trade(1_000));
  restart(bench);
  return bench;
};

describe("an order whose last fill was told before", () => {
  test.each([
    ["has it as filled", filled(1_000)],
    ["has forgotten it", undefined],
  ])("is told that its cancel came too late where the venue %s", (_name, view) => {
    const bench = filledWith(() => cancel("a"));
    answer(bench, view);
    expect(bench.said(cancelId)).toEqual(["in_doubt", "cancel_rejected"]);
    expect(bench.reports().at(-1)).toMatchObject({ code: "ORDER_CLOSED", cumQty_lots: 1_000 });
    expect(bench.space.size("request")).toBe(0);
  });

  test.each([
    ["came too late where the total is another", filled(1_000), "replace_rejected"],
    ["is in force where the total is what it asked for", filled(2_000), "replaced"],
    ["came too late where the venue has forgotten it", undefined, "replace_rejected"],
  ])("is told that its replace %s", (_name, view, outcome) => {
    // At a venue that answers snapshots: only there is a record's absence remembered.
    const parts = ["open_orders"] as const;
    const reconcile = { ...venueOptions_default.reconcile, parts, required: [] };
    const bench = filledWith((at) => replace("a", 1, soon(at)), { reconcile });
    answer(bench, view);
    expect(bench.said(replaceId)).toEqual(["in_doubt", outcome]);
    expect(bench.space.size("request")).toBe(0);
  });
});

test("what was left to a person is answered by a bust after which nothing works", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(root));
  bench.message(replace("a", 1, soon(bench)));
  hear(bench, 2, { ...trade(400), ended: false });
  restart(bench);
  answer(bench, { ...filled(1_000), ordStatus: "partially_filled", cumQty_lots: 400 });
  expect(bench.said(replaceId)).toEqual(["in_doubt"]);
  expect(bench.space.size("unresolved")).toBe(1);
  const bust = { execType: "trade_cancel", refExecId: "T1", cumQty_lots: 0 } as const;
  hear(bench, 1, { ...trade(400), ...bust, execId: "B1", leavesQty_lots: 0 }, 3);
  expect(bench.said(root).at(-1)).toBe("trade_cancel");
  expect(bench.said(replaceId)).toEqual(["in_doubt", "replace_rejected"]);
  expect(bench.space.size("request")).toBe(0);
});
