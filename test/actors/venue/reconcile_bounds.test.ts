/**
 * A run that finds as much as it may act on still makes turns that fit into a frame, and orders of
 * nobody that the venue tells of are not kept for ever.
 */
import { expect, test } from "vitest";
import type { SnapshotOrder, SnapshotPosition } from "../../../actors/venue/venue_snapshot.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import { limits } from "../../../runtime/limits.ts";
import { answerOrder, answerParts, id, questions, shard, tell, view } from "./reconcile_stage.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { btc } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const reason = "price=".padEnd(256, "9");

const strangers: readonly (readonly [string, (no: number) => SnapshotOrder])[] = [
  [
    "that cannot be read",
    (no) => ({ clOrdId: id(`${no}`), venueOrderId: `O-${no}`.padEnd(64, "x"), unreadable: reason }),
  ],
  ["to be adopted", (no) => view(`${no}`, { ordType: "limit", timeInForce: "gtc" })],
];

test.each(strangers)("5,000 unknown orders %s", (_, stranger) => {
  const bench = shard({ externalAccount: AccountId.make("EXT"), unknownOrders: "adopt" });
  bench.open();
  const orders = Array.from({ length: 5_000 }, (__, no) => stranger(no));
  for (const { part, askedAt } of questions(bench)) {
    if (part !== "open_orders") continue;
    const said = { part, orders, askedAt, asOfSeq: 0, younger: [] } as const;
    bench.local({ type: "snapshot", link: 1, answer: said });
  }
  expect(bench.largestTurn_bytes).toBeLessThan(limits.turn_bytes_max);
  expect(bench.space.size("order")).toBe(bench.options.reconcile.findings_max);
});

test("orders of nobody that their venue does not know any more are over, and forgotten", () => {
  const bench = shard({ externalAccount: AccountId.make("EXT") });
  bench.open();
  answerParts(bench, {});
  const traded = { execType: "trade", lastQty_lots: 1, lastPx_ticks: 5, cumQty_lots: 1 } as const;
  for (let no = 1; no <= 20; no += 1) {
    const ids = { venueOrderId: `V${no}`, execId: `X${no}`, instrument: btc, side: "buy" } as const;
    hear(bench, no, report(`stranger${no}` as LegClOrdId, { ...traded, ...ids }));
  }
  expect(bench.space.size("order")).toBe(20);
  for (let minute = 0; minute < 3; minute += 1) {
    bench.pass(60_000);
    answerParts(bench, { positions: 20 });
    for (let round = 0; round < 3; round += 1) {
      answerOrder(bench, undefined);
      bench.pass(bench.options.grace_ms);
    }
  }
  expect(bench.space.size("ended")).toBe(20);
  // One that is there after all is unknown once more.
  bench.pass(60_000);
  const orders = [{ ...view("x", { venueOrderId: "V7" }), clOrdId: "stranger7" as LegClOrdId }];
  answerParts(bench, { orders, positions: 20 });
  expect(bench.incidents().at(-1)).toBe("unknown_order_canceled");
  bench.crash();
});

/** Answers every part that is asked for; positions with those. */
const answerWith = (bench: VenueShardBench, positions: readonly SnapshotPosition[]): void => {
  for (const question of questions(bench)) {
    if (question.part !== "positions") {
      tell(bench, question, {}, 1);
      continue;
    }
    const said = { part: question.part, positions, askedAt: question.askedAt } as const;
    bench.local({ type: "snapshot", link: 1, answer: { ...said, asOfSeq: 0, younger: [] } });
  }
};

test("20,000 positions that cannot be read: some are named, all are counted", () => {
  const bench = shard();
  bench.open();
  const positions = Array.from({ length: 20_000 }, (_, no) => {
    return { instrument: `X${no}`, net_lots: 0, unreadable: "it is unknown" };
  });
  answerWith(bench, positions);
  expect(bench.session?.status).toBe("open");
  expect(bench.incidents()).toHaveLength(100);
  const summary = bench.published.findLast(({ subject }) => subject.endsWith(".reconciled"));
  expect(summary?.body).toMatchObject({ counts: { unreadable: 20_000 }, unknown: [] });
});

test("2,000 positions that differ are taken over several runs", () => {
  const bench = shard({ externalAccount: AccountId.make("EXT") });
  bench.open();
  const positions = Array.from({ length: 2_000 }, (_, no) => ({
    instrument: `X${no}`,
    net_lots: 1,
  }));
  for (let run = 0; run < 40; run += 1) {
    answerWith(bench, positions);
    bench.pass(1_000);
  }
  const taken = bench.sent.filter(({ message }) => message.kind === "position_difference");
  expect(taken).toHaveLength(2_000);
  expect(bench.largestTurn_bytes).toBeLessThan(limits.turn_bytes_max);
  bench.crash();
});
