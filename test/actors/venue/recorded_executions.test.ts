/**
 * Busts and corrections in a venue's record: their own reports are lost, and the record brings
 * them, in the order in which they were made, with what works now.
 */
import { expect, test } from "vitest";
import { recordedExecutions } from "../../../actors/venue/recorded_executions.ts";
import { simGridsOf } from "../../../actors/venue/sim_adapter.ts";
import { SimQuestions } from "../../../actors/venue/sim_questions.ts";
import type {
  VenueAnswer,
  VenueOrderView,
  VenueQuery,
  VenueReport,
} from "../../../actors/venue/venue_link.ts";
import type { SnapshotAnswer } from "../../../actors/venue/venue_snapshot.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { SimReport } from "../../../protocols/sim_wire.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, instruments, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const root = legOf("a", "new:0");

const view = (change: Partial<VenueOrderView> = {}): VenueOrderView => ({
  clOrdId: root,
  venueOrderId: "O1",
  ordStatus: "partially_filled",
  orderQty_lots: 1_000,
  cumQty_lots: 0,
  ...change,
});

const trade = (execId: string, at: bigint, lastQty_lots: number, cumQty_lots: number) =>
  report(root, {
    ...{ execType: "trade", execId, lastQty_lots, lastPx_ticks: 5_000_000, cumQty_lots },
    tsEvent: toNanos(at),
  });

const bust = (refExecId: string, at: bigint, lastQty_lots: number, cumQty_lots: number) => ({
  ...trade(`B-${refExecId}`, at, lastQty_lots, cumQty_lots),
  execType: "trade_cancel" as const,
  refExecId,
  leavesQty_lots: 77,
});

const idsOf = (reports: readonly VenueReport[]): string[] => reports.map(({ execId }) => execId);

const listed = [
  trade("T2", 4n, 300, 300),
  bust("T1", 3n, 400, 0),
  trade("T1", 2n, 400, 400),
  report(root, { execId: "E1" }),
];

test("are told where they were made, with what works now and not then", () => {
  const told = recordedExecutions(view({ cumQty_lots: 300 }), listed);
  expect(idsOf(told)).toEqual(["T1", "B-T1", "T2"]);
  expect(told.map(({ leavesQty_lots }) => leavesQty_lots)).toEqual([undefined, 1_000, undefined]);
  const ended = recordedExecutions(view({ ordStatus: "canceled" }), listed);
  expect(ended[1]).not.toHaveProperty("leavesQty_lots");
  const all = { orderQty_lots: 300, cumQty_lots: 300, ordStatus: "filled" } as const;
  const smaller = recordedExecutions(view(all), listed);
  expect(smaller[1]?.leavesQty_lots).toBe(300);
});

test("executions of which none was amended are told by the venue's count", () => {
  const odd = [trade("T2", 1n, 300, 700), trade("T1", 2n, 400, 400)];
  expect(idsOf(recordedExecutions(view(), odd))).toEqual(["T1", "T2"]);
});

/** A shard whose order was filled by 400; then reports up to 20 are lost for good. */
const afterLoss = (): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  bench.message(place("a", soon(bench)));
  hear(bench, 1, report(root));
  hear(bench, 2, trade("T1", 2n, 400, 400));
  bench.takeEffects();
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(2, { incarnation: "i1", lastSeqSent: 20, firstSeqAvailable: 21 });
  return bench;
};

const ask = (bench: VenueShardBench): VenueQuery => {
  const [asked] = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  if (asked === undefined) throw new Error("the venue is asked");
  return asked;
};

const answer = (bench: VenueShardBench, query: VenueQuery, more: Partial<VenueAnswer>): void =>
  bench.local({
    type: "answer",
    link: 2,
    answer: { ...query, order: undefined, asOfSeq: 20, ...more },
  });

test("a record that counts less is asked for its executions, from the last known report on", () => {
  const bench = afterLoss();
  answer(bench, ask(bench), { order: view({ ordStatus: "new" }) });
  const second = ask(bench);
  expect(second).toMatchObject({ purpose: "executions", afterSeq: 2 });
  answer(bench, second, { executions: [bust("T1", 3n, 400, 0)] });
  const [, , taken, stands] = bench.reports();
  expect(taken).toMatchObject({ execType: "trade_cancel", refExecId: "T1", fromRecord: true });
  expect(taken).toMatchObject({ cumQty_lots: 0, leavesQty_lots: 1_000 });
  expect(stands).toMatchObject({ execType: "new", cumQty_lots: 0, recounted: true });
  expect(bench.incidents()).toEqual(["reports_lost"]);
  expect(bench.space.get("order", root)).toMatchObject({ cumQty_lots: 0 });
});

test("an order that was filled and counts less since a bust trades no more", () => {
  const bench = afterLoss();
  answer(bench, ask(bench), { order: view({ ordStatus: "filled" }) });
  answer(bench, ask(bench), { executions: [bust("T1", 3n, 400, 0)] });
  expect(bench.said(root)).toEqual(["new", "trade", "trade_cancel", "canceled"]);
  expect(bench.reports().at(-1)).toMatchObject({ cumQty_lots: 0, recounted: true });
  expect(bench.reports().at(-2)).not.toHaveProperty("leavesQty_lots");
});

test("a bust waits for a record that is no older than what was heard since", () => {
  const bench = afterLoss();
  answer(bench, ask(bench), { order: view({ ordStatus: "new" }) });
  const second = ask(bench);
  hear(bench, 21, trade("T2", 4n, 5, 5), 2);
  const taken = bust("T1", 3n, 400, 0);
  answer(bench, second, { executions: [taken], asOfSeq: 21 });
  expect(bench.said(root)).toEqual(["new", "trade", "trade"]);
  bench.pass(2_500);
  answer(bench, ask(bench), { order: view({ cumQty_lots: 5 }), asOfSeq: 21 });
  answer(bench, ask(bench), { executions: [taken, trade("T2", 4n, 5, 5)], asOfSeq: 21 });
  expect(bench.said(root).slice(3)).toEqual(["trade_cancel", "trade", "new"]);
  expect(bench.reports().at(-1)).toMatchObject({ cumQty_lots: 5, recounted: true });
});

const simTrade: SimReport = {
  ...{ type: "report", seq: 7, execId: "E7", venueOrderId: "O1", clOrdId: root },
  ...{ execType: "trade", ordStatus: "partially_filled", instrument: btc, side: "buy" },
  ...{ orderQty: "0.01", price: "62000", cumQty: "0.004", leavesQty: "0.006", avgPx: "61999" },
  ...{ lastQty: "0.004", lastPx: "61999", tsEvent: "7" },
};

const simBust: SimReport = {
  ...simTrade,
  ...{ seq: 8, execId: "E8", execType: "trade_cancel", execRefId: "E7", cumQty: "0", tsEvent: "8" },
};

test("the simulator's answers bring them: of one order, and of all", () => {
  const answers: VenueAnswer[] = [];
  const parts: SnapshotAnswer[] = [];
  const sink = { answer: (one: VenueAnswer) => void answers.push(one) };
  const questions = new SimQuestions(
    simGridsOf(instruments),
    { ...sink, snapshot: (one) => void parts.push(one) },
    () => true,
  );
  const about = { asker: root, clOrdId: root, venueOrderId: "O1", askedAt: toNanos(1n) } as const;
  questions.ask({ ...about, purpose: "executions" });
  questions.askPart({ part: "executions", askedAt: toNanos(1n) });
  const head = { type: "executions", last: true, firstSeqAvailable: 1, asOfSeq: 8 } as const;
  for (const requestId of ["q1", "q2"]) {
    questions.take({ ...head, requestId, reports: [simTrade, simBust] });
  }
  const words = [
    { execType: "trade", execId: "E7" },
    { execType: "trade_cancel", execId: "E8", refExecId: "E7", lastQty_lots: 400 },
  ];
  expect(answers).toMatchObject([{ executions: words }]);
  expect(parts).toMatchObject([{ executions: words.map((one) => ({ report: one })) }]);
});
