/**
 * Orders that are there and not traded for now: the venue's record says so, and its order is told
 * exactly that, as long as nothing younger was heard.
 */
import { describe, expect, test } from "vitest";
import type { VenueOrderView, VenueQuery, VenueReport } from "../../../actors/venue/venue_link.ts";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
import { legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const root = legOf("a", "new:0");

const view = (change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: root,
  venueOrderId: "O1",
  ordStatus: "new",
  orderQty_lots: 1_000,
  price_ticks: 5_000_000,
  cumQty_lots: 0,
  ...change,
});

const lose = (bench: VenueShardBench): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
};

/** A shard whose order was acknowledged; then reports up to 20 are lost for good. */
const afterLoss = (): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(root));
  bench.takeEffects();
  lose(bench);
  bench.linkUp(2, { incarnation: "i1", lastSeqSent: 20, firstSeqAvailable: 21 });
  return bench;
};

const questionsOf = (bench: VenueShardBench): VenueQuery[] =>
  bench.takeEffects().flatMap((effect) => (effect.type === "query" ? [effect.query] : []));

describe("a record tells of an order", () => {
  test.each([
    ["suspended", {}, "suspended"],
    ["done_for_day", {}, "done_for_day"],
    ["done_for_day", { timeInForce: "gtc" }, "done_for_day"],
    ["partially_filled", {}, "new"],
  ] as const)("that is %s: it is told so, and is open", (ordStatus, more, said) => {
    const bench = afterLoss();
    answerAll(bench, view({ ordStatus, ...more }), 2);
    expect(bench.said(root)).toEqual(["new", said]);
    expect(bench.reports().at(-1)).toMatchObject({ fromRecord: true, orderQty_lots: 1_000 });
    expect(bench.space.get("order", root)?.endedAt).toBeUndefined();
    expect(bench.session?.status).toBe("open");
  });

  test("that is of the day and done for it: that is its end", () => {
    const bench = afterLoss();
    answerAll(bench, view({ ordStatus: "done_for_day", timeInForce: "day" }), 2);
    expect(bench.said(root)).toEqual(["new", "done_for_day"]);
    expect(bench.space.get("order", root)?.endedAt).toBeDefined();
  });

  test.each([
    ["suspended", "new", "new"],
    ["new", "suspended", "suspended"],
    ["suspended", "restated", "restated"],
    ["new", "done_for_day", "done_for_day"],
  ] as const)("%s, and is older than a report of %s: it is asked again", (then, said, last) => {
    const bench = afterLoss();
    const [asked] = questionsOf(bench);
    if (asked === undefined) throw new Error("the order is asked for");
    const younger: Partial<VenueReport> = { execType: said };
    hear(bench, 21, report(root, younger), 2);
    const answer = { ...asked, order: view({ ordStatus: then }), asOfSeq: 20 };
    bench.local({ type: "answer", link: 2, answer });
    expect(bench.said(root)).toEqual(["new", said]);
    bench.pass(2_500);
    const now = last === "suspended" || last === "done_for_day" ? last : "new";
    answerAll(bench, view({ ordStatus: now }), 2);
    expect(bench.said(root)).toEqual(["new", said, now]);
  });
});

test("a place whose answer was lost is told that it is there, and that it is suspended", () => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  lose(bench);
  bench.linkUp(2);
  answerAll(bench, view({ ordStatus: "suspended" }), 2);
  expect(bench.said(root)).toEqual(["in_doubt", "new", "suspended"]);
});
