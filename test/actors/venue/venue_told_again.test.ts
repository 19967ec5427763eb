/**
 * Executions that a venue tells again after one of them was taken back. Its count has fallen since,
 * so that a repeat looks like news: the venue's record says what counts.
 */
import { expect, test } from "vitest";
import type { VenueReport } from "../../../actors/venue/venue_link.ts";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const id = legOf("a", "new:0");

const execution = (change: Partial<VenueReport>): VenueReport =>
  report(id, { lastQty_lots: 5, lastPx_ticks: 7, instrument: btc, side: "buy", ...change });

const trade = (execId: string, cumQty_lots: number) =>
  execution({ execType: "trade", execId, cumQty_lots });

const bust = (execId: string, refExecId: string, cumQty_lots: number) =>
  execution({ execType: "trade_cancel", execId, refExecId, cumQty_lots, leavesQty_lots: 0 });

const traded = (...reports: readonly VenueReport[]): VenueShardBench => {
  const bench = new VenueShardBench({ reconcile: { ...reconcileOptions_default, required: [] } });
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(id));
  for (const [no, one] of reports.entries()) hear(bench, no + 2, one);
  return bench;
};

/** Answers what is asked about the order: its record, or none, and those executions. */
const answer = (
  bench: VenueShardBench,
  cumQty_lots?: number,
  executions: readonly VenueReport[] = [],
): number => {
  let asked = 0;
  for (let round = 0; round < 3; round += 1) {
    for (const effect of bench.takeEffects()) {
      if (effect.type !== "query") continue;
      asked += 1;
      const order = cumQty_lots !== undefined && {
        ...({ clOrdId: id, venueOrderId: "O1", ordStatus: "partially_filled" } as const),
        ...({
          orderQty_lots: 1_000,
          price_ticks: 5_000_000,
          instrument: btc,
          side: "buy",
        } as const),
        cumQty_lots,
      };
      const asOfSeq = bench.session?.inboundSeq ?? 0;
      const { query } = effect;
      const answer =
        query.purpose === "executions"
          ? { ...query, order: undefined, executions, asOfSeq }
          : { ...query, order: order || undefined, asOfSeq };
      bench.local({ type: "answer", link: 1, answer });
    }
  }
  return asked;
};

const net = (bench: VenueShardBench): number => bench.space.get("tally", btc)?.net_lots ?? 0;
const order = (bench: VenueShardBench) => bench.space.get("order", id);

test("the execution that was taken back does not count again", () => {
  const bench = traded(trade("X1", 5), bust("B1", "X1", 0), trade("X1", 5));
  expect(net(bench)).toBe(0);
  expect(answer(bench, 0)).toBeGreaterThan(0);
  expect(net(bench)).toBe(0);
  expect(order(bench)).toMatchObject({ cumQty_lots: 0, told_lots: 0 });
  bench.crash();
});

test("nor does one beside it, which stands", () => {
  const bench = traded(trade("X1", 5), trade("X2", 10), bust("B1", "X1", 5), trade("X2", 10));
  expect(net(bench)).toBe(5);
  answer(bench, 5);
  expect(net(bench)).toBe(5);
});

test("a new one counts as soon as the venue's record says so", () => {
  const bench = traded(trade("X1", 5), bust("B1", "X1", 0), trade("X2", 5));
  answer(bench, 5);
  expect(net(bench)).toBe(5);
  expect(order(bench)).toMatchObject({ cumQty_lots: 5, told_lots: 5 });
  bench.crash();
});

test("a bust that is told again takes nothing back twice", () => {
  const bench = traded(trade("X1", 5), bust("B1", "X1", 0), trade("X2", 5), bust("B1", "X1", 0));
  answer(bench, 5);
  expect(net(bench)).toBe(5);
  expect(order(bench)).toMatchObject({ cumQty_lots: 5, told_lots: 5 });
});

test("nor does a repeat count after a bust that only the venue's record told", () => {
  const bench = traded(trade("X1", 5), trade("X2", 10));
  const { orderId, clOrdId, instrument, grid } = place("a", soon(bench));
  bench.message({ kind: "query", orderId, clOrdId, instrument, grid });
  answer(bench, 5);
  expect(net(bench)).toBe(5);
  hear(bench, 4, trade("X2", 10));
  expect(net(bench)).toBe(5);
  expect(answer(bench, 5)).toBeGreaterThan(0);
  expect(order(bench)).toMatchObject({ cumQty_lots: 5, told_lots: 5 });
  bench.crash();
});

test("nor after a bust that the record told together with a trade in its place", () => {
  const bench = traded(trade("X1", 5), trade("X2", 10));
  const { orderId, clOrdId, instrument, grid } = place("a", soon(bench));
  bench.message({ kind: "query", orderId, clOrdId, instrument, grid });
  const unheard = [trade("X3", 15), bust("B1", "X1", 10), trade("X4", 12)];
  const executions = unheard.map((one, at) => ({ ...one, tsEvent: toNanos(BigInt(at + 6)) }));
  answer(bench, 12, executions);
  expect(net(bench)).toBe(12);
  hear(bench, 4, trade("X3", 15));
  expect(net(bench)).toBe(12);
});

test("a second bust counts, also where the venue has no record of the order any more", () => {
  const first = [trade("X1", 5), trade("X2", 10), bust("B1", "X1", 5)];
  const bench = traded(...first, bust("B2", "X2", 0), bust("B2", "X2", 0));
  expect(answer(bench)).toBeGreaterThan(0);
  expect(net(bench)).toBe(0);
  expect(order(bench)).toMatchObject({ cumQty_lots: 0, told_lots: 0, absent: true });
  bench.crash();
});

test("an order of which nothing was taken back is counted without a question", () => {
  const bench = traded(trade("X1", 5), trade("X1", 5), trade("X2", 10));
  expect(net(bench)).toBe(10);
  expect(answer(bench, 10)).toBe(0);
});
