/**
 * A venue that lost its record of an order, and still lists its executions: a bust that no report
 * told is told from the list.
 */
import { expect, test } from "vitest";
import type { VenueReport } from "../../../actors/venue/venue_link.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import { answerOrder, answerParts, id, tell, working } from "./reconcile_stage.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { btc } from "./venue_requests.ts";

const execution = (at: bigint, change: Partial<VenueReport>): VenueReport =>
  report(id("a"), { lastPx_ticks: 7, tsEvent: toNanos(at), ...change });

const trade = execution(2n, {
  ...{ execType: "trade", execId: "X1", lastQty_lots: 400, cumQty_lots: 400 },
});
const bust = execution(3n, {
  ...{ execType: "trade_cancel", execId: "B1", refExecId: "X1" },
  ...{ lastQty_lots: 400, cumQty_lots: 0, leavesQty_lots: 1_000 },
});

test("a bust of an order without a record is taken from the list of executions", () => {
  const bench = working(["a"]);
  hear(bench, 2, trade);
  expect(bench.space.get("tally", btc)?.net_lots).toBe(400);
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };
  bench.linkUp(2, anew);
  bench.takeEffects();
  bench.linkUp(3, anew);
  const effects = bench.takeEffects();
  const asked = effects.flatMap((one) => (one.type === "snapshot" ? [one.question] : []));
  const queries = effects.flatMap((one) => (one.type === "query" ? [one.query] : []));
  for (const query of queries) {
    bench.local({ type: "answer", link: 3, answer: { ...query, order: undefined, asOfSeq: 0 } });
  }
  bench.pass(bench.options.grace_ms);
  answerOrder(bench, undefined, 3);
  expect(bench.said(id("a"))).toEqual(["new", "trade", "canceled"]);
  for (const question of asked) {
    if (question.part !== "executions") {
      tell(bench, question, {}, 3);
      continue;
    }
    expect(question.afterSeq).toBe(0);
    const executions = [trade, bust].map((one) => ({ seq: 0, report: one }));
    const content = { part: "executions", executions } as const;
    const { askedAt } = question;
    bench.local({
      type: "snapshot",
      link: 3,
      answer: { askedAt, asOfSeq: 0, younger: [], ...content },
    });
  }
  expect(bench.said(id("a")).slice(3)).toEqual(["trade", "trade_cancel"]);
  const taken = bench.reports().at(-1);
  expect(taken).toMatchObject({ refExecId: "X1", cumQty_lots: 0, fromRecord: true });
  expect(taken).not.toHaveProperty("leavesQty_lots");
  expect(bench.space.get("tally", btc)?.net_lots).toBe(0);
  bench.pass(60_000);
  answerParts(bench, {}, 3);
  expect(bench.space.get("tally", btc)).not.toHaveProperty("differs");
  bench.crash();
});
