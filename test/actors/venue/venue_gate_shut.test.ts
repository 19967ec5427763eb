/**
 * A session that reconciles for long says what it waits for, in an event of its own.
 */
import { expect, test } from "vitest";
import { answerParts, id, questions, relink, view, working } from "./reconcile_stage.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

/** Reasons told on the session's subject since the last call. */
const reasons = (bench: VenueShardBench, from: number): string[] =>
  bench.published.slice(from).flatMap(({ subject, body }) => {
    const isOfSession = subject.endsWith(".session") && "reason" in body;
    return isOfSession ? [String(body.reason)] : [];
  });

test("orders that the venue does not answer about are named, once", () => {
  const bench = working(["a", "b"]);
  relink(bench, 2);
  answerParts(bench, {}, 2);
  const from = bench.published.length;
  bench.pass(9_000);
  expect(reasons(bench, from)).toEqual([]);
  bench.pass(2_000);
  expect(reasons(bench, from)).toEqual(["the gate waits for 2 orders asked for"]);
  bench.pass(30_000);
  expect(reasons(bench, from)).toHaveLength(1);
  expect(bench.session?.status).toBe("reconciling");
  for (const effect of bench.takeEffects()) {
    if (effect.type !== "query" || effect.query.asker !== id("a")) continue;
    const said = { ...effect.query, order: view("a"), asOfSeq: 2 };
    bench.local({ type: "answer", link: 2, answer: said });
  }
  bench.pass(11_000);
  expect(reasons(bench, from).at(-1)).toBe("the gate waits for 1 orders asked for");
  expect(bench.said(id("a"))).toEqual(["new", "new"]);
  bench.crash();
});

test("so is a part of the venue's record that is not to be had", () => {
  const bench = working(["a"]);
  relink(bench, 2);
  const from = bench.published.length;
  for (let run = 0; run < 6; run += 1) {
    for (const { part, askedAt } of questions(bench)) {
      bench.local({ type: "snapshot", link: 2, answer: { part, askedAt, unknown: "refused" } });
    }
    bench.pass(1_000 * 2 ** run);
  }
  expect(reasons(bench, from)).toEqual([
    "the gate waits for the venue's record: open_orders, executions, positions",
  ]);
});
