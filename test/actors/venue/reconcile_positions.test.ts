/**
 * Differences of positions: what is told, what is settled, and what is still to be explained.
 */
import { describe, expect, test } from "vitest";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import { AccountId } from "../../../protocols/kernel/ids.ts";
import {
  answer,
  answerParts,
  id,
  questions,
  shard,
  tell,
  view,
  working,
} from "./reconcile_stage.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { btc } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

test("scenario 43: without an external account a difference is told once, not booked", () => {
  const bench = working([]);
  for (const span_ms of [60_000, 5_000, 60_000, 60_000]) {
    bench.pass(span_ms);
    answerParts(bench, { positions: 5 });
  }
  const told = bench.incidents().filter((one) => one === "position_difference");
  expect(told).toHaveLength(1);
  expect(bench.sent.some(({ message }) => message.kind === "position_difference")).toBe(false);
});

test("scenario 43: a difference that goes away again within grace is nothing", () => {
  const bench = working([], { externalAccount: AccountId.make("EXT") });
  bench.pass(60_000);
  answerParts(bench, { positions: 5 });
  bench.pass(5_000);
  answerParts(bench, { positions: 0 });
  bench.pass(60_000);
  answerParts(bench, { positions: 5 });
  expect(bench.sent.some(({ message }) => message.kind === "position_difference")).toBe(false);
  bench.pass(5_000);
  answerParts(bench, { positions: 5 });
  expect(bench.sent.at(-1)?.message).toMatchObject({ difference_lots: 5, account: "EXT" });
  bench.pass(60_000);
  answerParts(bench, { positions: 5 });
  expect(bench.sent.filter(({ message }) => message.kind === "position_difference")).toHaveLength(
    1,
  );
});

describe("scenario 43: a difference is of nobody only where all else is known", () => {
  const adjustments = (bench: VenueShardBench): number =>
    bench.sent.filter(({ message }) => message.kind === "position_difference").length;

  test("it is not settled while the other parts never come, though positions come first", () => {
    const bench = working(["a"], { externalAccount: AccountId.make("EXT") });
    bench.pass(60_000);
    for (let run = 0; run < 6; run += 1) {
      for (const question of questions(bench)) {
        if (question.part === "positions") tell(bench, question, { positions: 5 }, 1);
      }
      // The others are unknown after their time, and the next run is there.
      bench.pass(5_000);
      bench.pass(Math.min(1_000 * 2 ** run, reconcileOptions_default.closedRetry_ms_max));
    }
    expect(adjustments(bench)).toBe(0);
    for (let run = 0; run < 3; run += 1) {
      answerParts(bench, { orders: [view("a")], positions: 5 });
      bench.pass(5_000);
    }
    expect(adjustments(bench)).toBe(1);
  });

  test("it is settled where the venue keeps the executions of the lost reports no more", () => {
    const bench = working(["a"], { externalAccount: AccountId.make("EXT") });
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.linkUp(2, { ...answer, lastSeqSent: 20, firstSeqAvailable: 21 });
    for (let run = 0; run < 4; run += 1) {
      for (const effect of bench.takeEffects()) {
        if (effect.type === "query") {
          const said = { ...effect.query, order: view("a"), asOfSeq: 20 };
          bench.local({ type: "answer", link: 2, answer: said });
        }
        if (effect.type !== "snapshot") continue;
        const { part, askedAt, afterSeq = 0 } = effect.question;
        if (part !== "executions" || afterSeq >= 20) {
          tell(bench, effect.question, { orders: [view("a")], positions: 5 }, 2);
          continue;
        }
        const gone = { part, askedAt, unknown: "kept from 21 on", areGone: true } as const;
        bench.local({ type: "snapshot", link: 2, answer: gone });
      }
      bench.pass(run === 0 ? 1_000 : 5_000);
    }
    expect(bench.incidents().filter((one) => one === "part_unknown")).toHaveLength(1);
    expect(adjustments(bench)).toBe(1);
    bench.crash();
  });
});

test("a journal from before positions were counted begins with what the venue has", () => {
  const bench = shard();
  bench.run({ type: "started" });
  bench.local({ type: "connecting", link: 1 });
  bench.local({ type: "logged_on", link: 1, answer });
  // As an earlier version journaled it: nothing says that the tally is whole.
  const state = bench.space.get("reconcile", bench.options.venue);
  expect(state?.tallied).toBe(true);
  bench.space.remove("reconcile", bench.options.venue);
  bench.local({ type: "connected", link: 1 });
  answerParts(bench, { positions: 12 });
  expect(bench.incidents()).toEqual(["positions_baselined"]);
  expect(bench.space.get("tally", btc)?.net_lots).toBe(12);
});

test("what an adopted order had executed without a report counts once", () => {
  const bench = shard({ externalAccount: AccountId.make("EXT"), unknownOrders: "adopt" });
  bench.run({ type: "started" });
  // Reports from before are not kept: nobody heard of the manual order, nor of what it has traded.
  bench.linkUp(1, { incarnation: "i1", lastSeqSent: 4, firstSeqAvailable: 5 });
  const manual = view("m", {
    ...{ cumQty_lots: 300, ordStatus: "partially_filled", price_ticks: 5 },
    ...{ ordType: "limit", timeInForce: "gtc" },
  });
  const trade = report(manual.clOrdId, {
    ...{ execType: "trade", execId: "T1", lastQty_lots: 300, lastPx_ticks: 5, cumQty_lots: 300 },
    ...{ venueOrderId: manual.venueOrderId, instrument: btc, side: "buy" },
  });
  for (let run = 0; run < 4; run += 1) {
    for (const effect of bench.takeEffects()) {
      if (effect.type === "snapshot")
        tell(bench, effect.question, { orders: [manual], positions: 300 }, 1);
    }
    for (let round = 0; round < 2; round += 1) {
      for (const effect of bench.takeEffects()) {
        if (effect.type !== "query") continue;
        const ofOrder = effect.query.purpose === "order";
        const executions = ofOrder ? {} : { executions: [trade] };
        const said = {
          ...effect.query,
          order: ofOrder ? manual : undefined,
          ...executions,
          asOfSeq: 4,
        };
        bench.local({ type: "answer", link: 1, answer: said });
      }
    }
    bench.pass(5_000);
  }
  const told = bench.reports().filter(({ execType }) => execType === "trade");
  expect(new Set(told.map(({ execId }) => execId))).toEqual(new Set(["T1"]));
  expect(bench.space.get("tally", btc)?.net_lots).toBe(300);
  expect(bench.sent.some(({ message }) => message.kind === "position_difference")).toBe(false);
  bench.crash();
});

/** Answers what is asked about order `a`: canceled, and nothing of it was executed. */
const answerRecord = (bench: VenueShardBench): number => {
  const asked = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  for (const query of asked) {
    const order = view("a", { ordStatus: "canceled", cumQty_lots: 0 });
    const answered = { ...query, order, executions: [], asOfSeq: 20 };
    bench.local({ type: "answer", link: 2, answer: answered });
  }
  return asked.length;
};

test("a bust that was lost with reports is found at its ended order, and is no difference", () => {
  const bench = working(["a"], { externalAccount: AccountId.make("EXT") });
  const fill = { lastQty_lots: 1_000, lastPx_ticks: 7, cumQty_lots: 1_000, venueOrderId: "O-a" };
  hear(bench, 2, report(id("a"), { ...fill, execType: "trade", execId: "T1", ended: true }));
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.takeEffects();
  bench.linkUp(2, { ...answer, lastSeqSent: 20, firstSeqAvailable: 21 });
  let asked = 0;
  for (let run = 0; run < 4; run += 1) {
    for (const effect of bench.takeEffects()) {
      if (effect.type === "snapshot") tell(bench, effect.question, {}, 2);
    }
    // The order's record, then its executions.
    for (let round = 0; round < 2; round += 1) asked += answerRecord(bench);
    bench.pass(5_000);
  }
  expect(asked).toBeGreaterThan(0);
  expect(bench.space.get("tally", btc)?.net_lots).toBe(0);
  expect(bench.sent.some(({ message }) => message.kind === "position_difference")).toBe(false);
  bench.crash();
});
