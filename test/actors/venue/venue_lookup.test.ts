/**
 * What is looked up before an answer ends an order: the same id once more where it is absent, and
 * the ids that it may go by.
 */
import { expect, test } from "vitest";
import type { VenueOrderView, VenueQuery } from "../../../actors/venue/venue_link.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { legOf, place, replace } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const id = legOf("a", "new:0");
const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };

const view = (change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: id,
  venueOrderId: "O1",
  ordStatus: "new",
  orderQty_lots: 1_000,
  price_ticks: 5_000_000,
  cumQty_lots: 0,
  ...change,
});

/** A shard with one working order, and a replace of it without an answer. */
const working = (withReplace: boolean): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(id));
  if (withReplace) bench.message(replace("a", 1, soon(bench)));
  bench.takeEffects();
  return bench;
};

/** The venue starts anew, and is there on link 3. */
const restarted = (bench: VenueShardBench): VenueShardBench => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer: anew });
  bench.takeEffects();
  bench.linkUp(3, anew);
  return bench;
};

/** Answers all questions so far from a record by id; gives the ids that were asked for. */
const answer = (
  bench: VenueShardBench,
  record: Readonly<Record<string, VenueOrderView>>,
  link: number,
): string[] => {
  const asked: VenueQuery[] = bench
    .takeEffects()
    .flatMap((effect) => (effect.type === "query" ? [effect.query] : []));
  for (const query of asked) {
    const asOfSeq = bench.session?.inboundSeq ?? 0;
    const said = { ...query, order: record[query.clOrdId], asOfSeq };
    bench.local({ type: "answer", link, answer: said });
  }
  return asked.map(({ clOrdId, purpose }) => `${purpose} ${clOrdId}`);
};

test("an order that a venue come up anew does not know yet is not lost by one answer", () => {
  const bench = restarted(working(false));
  expect(answer(bench, {}, 3)).toEqual([`order ${id}`]);
  expect(bench.said(id)).toEqual(["new"]);
  expect(bench.session?.status).toBe("reconciling");
  // Not before it had the time that it needs.
  bench.pass(499);
  expect(answer(bench, {}, 3)).toEqual([]);
  bench.pass(1);
  expect(answer(bench, { [id]: view() }, 3)).toEqual([`order ${id}`]);
  expect(bench.said(id)).toEqual(["new", "new"]);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

test("one that it does not know afterwards either is lost", () => {
  const bench = restarted(working(false));
  answer(bench, {}, 3);
  bench.pass(500);
  answer(bench, {}, 3);
  expect(bench.said(id)).toEqual(["new", "canceled"]);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

test("a lost link begins the patience anew", () => {
  const bench = restarted(working(false));
  answer(bench, {}, 3);
  bench.local({ type: "disconnected", link: 3, reason: "reset", fault: false });
  bench.pass(500);
  bench.takeEffects();
  bench.linkUp(4, anew);
  answer(bench, {}, 4);
  expect(bench.said(id)).toEqual(["new"]);
});

const inDoubt = legOf("a", "replace:1");
const replaced = view({ clOrdId: inDoubt, venueOrderId: "O2", orderQty_lots: 2_000 });

test("an order that goes by the id of a replace in doubt is found by it, and is not lost", () => {
  const bench = restarted(working(true));
  for (let round = 0; round < 8; round += 1) {
    answer(bench, { [inDoubt]: replaced }, 3);
    bench.pass(500);
  }
  expect(bench.said(id)).toEqual(["new"]);
  expect(bench.said(inDoubt)).toContain("replaced");
  expect(bench.space.get("order", id)?.endedAt).toBeUndefined();
  expect(bench.space.get("order", id)?.current).toBe(inDoubt);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

test("nor is it ended with the canceled first order that such a venue has of it", () => {
  const bench = working(true);
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(2, { incarnation: "i1", lastSeqSent: 20, firstSeqAvailable: 21 });
  const record = { [id]: view({ ordStatus: "canceled" }), [inDoubt]: replaced };
  // The order is asked for first: its answer is here before that about the replace.
  const queries = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  const asOfSeq = bench.session?.inboundSeq ?? 0;
  const ofOrder = queries.find(({ purpose }) => purpose === "order");
  if (ofOrder === undefined) throw new Error("the order is asked for");
  const said = { ...ofOrder, order: record[ofOrder.clOrdId], asOfSeq };
  bench.local({ type: "answer", link: 2, answer: said });
  expect(bench.said(id)).not.toContain("canceled");
  for (let round = 0; round < 8; round += 1) {
    answer(bench, record, 2);
    bench.pass(500);
  }
  expect(bench.said(id)).not.toContain("canceled");
  expect(bench.space.get("order", id)?.endedAt).toBeUndefined();
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

test("a canceled order whose replace in doubt came to nothing is ended in the end", () => {
  const bench = working(true);
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(2, { incarnation: "i1", lastSeqSent: 20, firstSeqAvailable: 21 });
  for (let round = 0; round < 8; round += 1) {
    answer(bench, { [id]: view({ ordStatus: "canceled" }) }, 2);
    bench.pass(500);
  }
  expect(bench.said(id)).toEqual(["new", "canceled"]);
  expect(bench.space.size("checking")).toBe(0);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});
