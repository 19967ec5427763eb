/**
 * A venue that lost its record of an order, and still lists its executions: a trade or a bust that
 * no report told is told from the list.
 */
import { expect, test } from "vitest";
import type { ReconcileOptions } from "../../../actors/venue/reconcile_options.ts";
import type { VenueQuery, VenueReport } from "../../../actors/venue/venue_link.ts";
import type { SnapshotQuestion } from "../../../actors/venue/venue_snapshot.ts";
import type { AccountId } from "../../../protocols/kernel/ids.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { id, tell, view, working } from "./reconcile_stage.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { btc, cancel, replace } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const execution = (at: bigint, change: Partial<VenueReport>): VenueReport =>
  report(id("a"), { lastPx_ticks: 7, tsEvent: toNanos(at), ...change });

const trade = execution(2n, {
  ...{ execType: "trade", execId: "X1", lastQty_lots: 400, cumQty_lots: 400 },
});
const bust = execution(3n, {
  ...{ execType: "trade_cancel", execId: "B1", refExecId: "X1" },
  ...{ lastQty_lots: 400, cumQty_lots: 0, leavesQty_lots: 1_000 },
});

const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };

/** An order that works, what was reported of it, and then a venue that began anew without it. */
const restarted = (
  heard: readonly VenueReport[],
  change: Partial<ReconcileOptions> = {},
): VenueShardBench => {
  const bench = working(["a"], change);
  for (const [index, one] of heard.entries()) hear(bench, index + 2, one);
  begunAnew(bench);
  return bench;
};

/** The link is lost, and the venue on the next one begins anew. */
const begunAnew = (bench: VenueShardBench): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.linkUp(2, anew);
  bench.takeEffects();
  bench.linkUp(3, anew);
};

/** What the shard asks for now. */
const asked = (bench: VenueShardBench) => {
  const effects = bench.takeEffects();
  return {
    parts: effects.flatMap((one) => (one.type === "snapshot" ? [one.question] : [])),
    queries: effects.flatMap((one) => (one.type === "query" ? [one.query] : [])),
  };
};

const answerAbsent = (bench: VenueShardBench, queries: readonly VenueQuery[]): void => {
  for (const query of queries) {
    const nothing = { ...query, order: undefined, asOfSeq: bench.session?.inboundSeq ?? 0 };
    bench.local({ type: "answer", link: 3, answer: nothing });
  }
};

/** Answers the parts; executions with those. */
const list = (
  bench: VenueShardBench,
  parts: readonly SnapshotQuestion[],
  ...listed: readonly VenueReport[]
): void => {
  for (const question of parts) {
    const { part, askedAt, afterSeq = 0 } = question;
    if (part !== "executions") {
      tell(bench, question, {}, 3);
      continue;
    }
    const executions = afterSeq > 0 ? [] : listed.map((one) => ({ seq: 0, report: one }));
    const asOfSeq = bench.session?.inboundSeq ?? 0;
    const answer = { part, askedAt, asOfSeq, younger: [], executions } as const;
    bench.local({ type: "snapshot", link: 3, answer });
  }
};

const net = (bench: VenueShardBench): number => bench.space.get("tally", btc)?.net_lots ?? 0;

test("a bust of an order without a record is taken from the list of executions", () => {
  const bench = restarted([trade]);
  expect(net(bench)).toBe(400);
  const { parts, queries } = asked(bench);
  answerAbsent(bench, queries);
  bench.pass(bench.options.grace_ms);
  answerAbsent(bench, asked(bench).queries);
  expect(bench.said(id("a"))).toEqual(["new", "trade", "canceled"]);
  list(bench, parts, trade, bust);
  expect(bench.said(id("a")).slice(3)).toEqual(["trade", "trade_cancel"]);
  const taken = bench.reports().at(-1);
  expect(taken).toMatchObject({ refExecId: "X1", cumQty_lots: 0, fromRecord: true });
  expect(taken).not.toHaveProperty("leavesQty_lots");
  expect(net(bench)).toBe(0);
  // Said once more, the trade that was taken back looks like news, and is none.
  hear(bench, 1, trade, 3);
  expect(net(bench)).toBe(0);
  bench.crash();
});

test("what is listed while the order is looked up is listed again once it is lost", () => {
  const bench = restarted([]);
  const { parts, queries } = asked(bench);
  list(bench, parts, trade);
  answerAbsent(bench, queries);
  bench.pass(bench.options.grace_ms);
  const then = asked(bench);
  answerAbsent(bench, then.queries);
  expect(bench.said(id("a"))).toEqual(["new", "canceled"]);
  for (let run = 0; run < 3; run += 1) {
    list(bench, then.parts, trade);
    bench.pass(10_000);
    then.parts = asked(bench).parts;
  }
  expect(bench.said(id("a"))).toEqual(["new", "canceled", "trade"]);
  expect(net(bench)).toBe(400);
  expect(bench.space.get("reconcile", bench.options.venue)).not.toHaveProperty("executionsFrom");
  bench.crash();
});

test("what is listed while a cancel of the lost order is under way is listed again", () => {
  const bench = restarted([]);
  const { parts, queries } = asked(bench);
  bench.message(cancel("a"));
  answerAbsent(bench, queries);
  bench.pass(bench.options.grace_ms);
  answerAbsent(bench, asked(bench).queries);
  list(bench, parts, trade);
  expect(bench.said(id("a"))).toEqual(["new", "canceled"]);
  const { clOrdId, origClOrdId } = cancel("a");
  const { venueOrderId: _, ...refused } = report(clOrdId, { execType: "cancel_rejected" });
  hear(bench, 1, { ...refused, origClOrdId }, 3);
  for (let run = 0; run < 3; run += 1) {
    bench.pass(10_000);
    list(bench, asked(bench).parts, trade);
  }
  expect(bench.said(id("a"))).toEqual(["new", "canceled", "trade"]);
  expect(net(bench)).toBe(400);
  expect(bench.space.get("reconcile", bench.options.venue)).not.toHaveProperty("executionsFrom");
  bench.crash();
});

test.each([
  ["cancel", (_bench: VenueShardBench) => cancel("a")],
  ["replace", (bench: VenueShardBench) => replace("a", 1, soon(bench))],
])("a %s in doubt is answered where the list tells of its order", (kind, change) => {
  const bench = working(["a"]);
  hear(bench, 2, trade);
  const request = change(bench);
  bench.message(request);
  begunAnew(bench);
  const { parts, queries } = asked(bench);
  hear(bench, 1, { ...bust, leavesQty_lots: 0, ended: true }, 3);
  answerAbsent(
    bench,
    queries.filter(({ purpose }) => purpose === "order"),
  );
  bench.pass(bench.options.grace_ms);
  answerAbsent(
    bench,
    asked(bench).queries.filter(({ purpose }) => purpose === "order"),
  );
  expect(bench.said(request.clOrdId)).toEqual(["in_doubt"]);
  list(bench, parts, trade, bust);
  expect(bench.said(request.clOrdId)).toEqual(["in_doubt", `${kind}_rejected`]);
  expect(bench.reports().at(-1)).toMatchObject({ code: "ORDER_CLOSED", cumQty_lots: 0 });
  expect(bench.space.size("request")).toBe(0);
  bench.crash();
});

/** Runs in which the venue lists those and has no record of the order. */
const runWithoutRecord = (bench: VenueShardBench, ...listed: readonly VenueReport[]): void => {
  for (let run = 0; run < 3; run += 1) {
    bench.pass(10_000);
    const { parts, queries } = asked(bench);
    list(bench, parts, ...listed);
    answerAbsent(bench, queries);
  }
};

/** An order that was filled but for nothing, over before reports were lost. */
const filled = execution(2n, {
  ...({ execType: "trade", execId: "X1" } as const),
  ...{ lastQty_lots: 1_000, cumQty_lots: 1_000, ended: true },
});

test("a bust of an order whose record is gone is taken, also where reports came meanwhile", () => {
  const bench = restarted([filled]);
  const { parts } = asked(bench);
  const unheard = { ...bust, lastQty_lots: 1_000, leavesQty_lots: 0, ended: true };
  list(bench, parts, filled, unheard);
  answerAbsent(bench, asked(bench).queries);
  hear(bench, 1, report(id("other")), 3);
  runWithoutRecord(bench, filled, unheard);
  expect(bench.said(id("a")).slice(2)).toEqual(["trade", "trade_cancel"]);
  expect(net(bench)).toBe(0);
  expect(bench.space.get("reconcile", bench.options.venue)).not.toHaveProperty("executionsFrom");
  bench.crash();
});

test("nor is it lost while that question is without an answer", () => {
  const bench = restarted([filled]);
  const { parts } = asked(bench);
  const unheard = { ...bust, lastQty_lots: 1_000, leavesQty_lots: 0, ended: true };
  list(bench, parts, filled, unheard);
  const { queries } = asked(bench);
  hear(bench, 1, report(id("other")), 3);
  bench.pass(1_500);
  list(bench, asked(bench).parts, filled, unheard);
  answerAbsent(bench, queries);
  runWithoutRecord(bench, filled, unheard);
  expect(bench.said(id("a")).slice(2)).toEqual(["trade", "trade_cancel"]);
  expect(net(bench)).toBe(0);
  bench.crash();
});

test("a bust that stays listed is asked for once, and no difference waits for ever", () => {
  const bench = restarted([trade, bust], { externalAccount: "EXT" as AccountId });
  const answer = { order: view("a"), executions: [trade, bust], asOfSeq: 0 };
  let questions = 0;
  for (let run = 0; run < 8; run += 1) {
    const { parts, queries } = asked(bench);
    for (const question of parts) {
      const there = { orders: [view("a")], positions: 9 };
      if (question.part === "executions") list(bench, [question], trade, bust);
      else tell(bench, question, there, 3);
    }
    for (let open = [...queries, ...asked(bench).queries]; open.length > 0;) {
      questions += open.length;
      for (const query of open) {
        bench.local({ type: "answer", link: 3, answer: { ...query, ...answer } });
      }
      open = asked(bench).queries;
    }
    bench.pass(2_000);
  }
  // Its record since the venue began anew, once more for what is listed, and its executions.
  expect(questions).toBe(3);
  expect(net(bench)).toBe(9);
  bench.crash();
});
