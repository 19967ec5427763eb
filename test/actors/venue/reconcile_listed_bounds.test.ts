/**
 * A venue that lost many orders and still lists their executions: all are told, in turns that fit
 * into a frame.
 */
import { expect, test } from "vitest";
import type { VenueReport } from "../../../actors/venue/venue_link.ts";
import { limits } from "../../../runtime/limits.ts";
import { id, tell, working } from "./reconcile_stage.ts";
import { report } from "./venue_bench_steps.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };

/** The trades of an order, a lot each, none of which was told. */
const tradesOf = (name: string, count: number): VenueReport[] =>
  Array.from({ length: count }, (_, no) =>
    report(id(name), {
      ...{ execType: "trade", execId: `X-${name}-${no}`, venueOrderId: `O-${name}` },
      ...{ lastQty_lots: 1, lastPx_ticks: 7, cumQty_lots: no + 1 },
    }),
  );

/** Answers all that is asked: no order is there, those executions are listed, where they are. */
const answerAll = (bench: VenueShardBench, executions?: readonly VenueReport[]): void => {
  for (const effect of bench.takeEffects()) {
    const asOfSeq = bench.session?.inboundSeq ?? 0;
    if (effect.type === "query") {
      const nothing = { ...effect.query, order: undefined, asOfSeq };
      bench.local({ type: "answer", link: 3, answer: nothing });
    }
    if (effect.type !== "snapshot" || executions === undefined) continue;
    const { part, askedAt } = effect.question;
    if (part !== "executions") {
      tell(bench, effect.question, {}, 3);
      continue;
    }
    const listed = executions.map((one) => ({ seq: 0, report: one }));
    const said = { part, askedAt, executions: listed, asOfSeq, younger: [] } as const;
    bench.local({ type: "snapshot", link: 3, answer: said });
  }
};

const lost = (names: readonly string[], executions: readonly VenueReport[]): VenueShardBench => {
  const bench = working(names);
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.linkUp(2, anew);
  bench.takeEffects();
  bench.linkUp(3, anew);
  // When all of them are known to be lost they are listed, and not before.
  for (let round = 0; round < 100; round += 1) {
    answerAll(bench, round < 40 ? undefined : executions);
    bench.pass(500);
  }
  return bench;
};

test("200 orders with twenty executions each", () => {
  const names = Array.from({ length: 200 }, (_, no) => `o${no}`);
  const executions = names.flatMap((name) => tradesOf(name, 20));
  const bench = lost(names, executions);
  for (const name of names) {
    expect(bench.said(id(name)).filter((one) => one === "trade")).toHaveLength(20);
  }
  expect(bench.session?.status).toBe("open");
  expect(bench.largestTurn_bytes).toBeLessThan(limits.turn_bytes_max);
  bench.crash();
});

test("of one order with 5,000 the newest are told, and its count", () => {
  const bench = lost(["a"], tradesOf("a", 5_000));
  expect(bench.said(id("a")).filter((one) => one === "trade")).toHaveLength(256);
  expect(bench.space.get("order", id("a"))?.cumQty_lots).toBe(5_000);
  bench.crash();
});
