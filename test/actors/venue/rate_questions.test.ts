/** Questions within the venue's rate budget. A number in a name is a behavioural scenario. */
import { describe, expect, test } from "vitest";
import type { VenueOrderView, VenueQuery } from "../../../actors/venue/venue_link.ts";
import { late, openRated, perSecond } from "./rate_stage.ts";
import { hear, report } from "./venue_bench_steps.ts";
import { cancel, legOf, place } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

const newOf = (no: number) => legOf(`o${no}`, "new:0");
const asked = (bench: VenueShardBench): VenueQuery[] =>
  bench.effects.flatMap((effect) => (effect.type === "query" ? [effect.query] : []));
const anew = { incarnation: "i2", lastSeqSent: 0, firstSeqAvailable: 1 };

/** Orders that rest at the venue, placed within its limits. */
const resting = (bench: VenueShardBench, count: number): void => {
  for (let no = 0; no < count; no += 1) {
    bench.message(place(`o${no}`, late(bench)));
    if (no % 6 === 5) bench.pass(1_000);
  }
  bench.pass(2_000);
  for (let no = 0; no < count; no += 1) {
    hear(bench, no + 1, report(newOf(no), { venueOrderId: `V${no}`, execId: `E${no}` }));
  }
  bench.takeEffects();
};

/** The venue begins anew: every order is to be asked for. */
const restartVenue = (bench: VenueShardBench): void => {
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer: anew });
  bench.pass(2_000);
  bench.takeEffects();
  bench.linkUp(3, anew);
};

const viewOf = (query: VenueQuery, cumQty_lots: number): VenueOrderView => ({
  clOrdId: query.clOrdId,
  venueOrderId: "V",
  ordStatus: "new",
  orderQty_lots: 1_000,
  cumQty_lots,
});
const answer = (bench: VenueShardBench, query: VenueQuery, cumQty_lots = 0): void =>
  bench.local({
    type: "answer",
    link: 3,
    answer: { ...query, order: viewOf(query, cumQty_lots), executions: [], asOfSeq: 0 },
  });

describe("questions", () => {
  test("about requests in doubt use all but the cancels' reserve, and the rest later", () => {
    const bench = openRated([perSecond], {}, { answerTimeout_ms: 3_500, queryTimeout_ms: 60_000 });
    for (let no = 0; no < 12; no += 1) bench.message(place(`o${no}`, late(bench)));
    bench.pass(3_500);
    // Six are late by now, and asked for; a second later the other six.
    expect(asked(bench)).toHaveLength(6);
    bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
    bench.takeEffects();
    bench.linkUp(2);
    expect(asked(bench).length).toBeLessThanOrEqual(2);
    bench.message(cancel("x"));
    expect(bench.sends()).toEqual([legOf("x", "cancel:1")]);
    bench.pass(1_000);
    const soFar = asked(bench).length;
    bench.pass(1_000);
    expect(asked(bench)).toHaveLength(12);
    expect(soFar).toBeLessThanOrEqual(10);
  });

  test("(44) of a reconciliation keep to the limit of every second, cancels pass at once", () => {
    const bench = openRated([perSecond], {}, { queryTimeout_ms: 60_000 });
    resting(bench, 48);
    restartVenue(bench);
    expect(bench.session?.status).toBe("reconciling");
    expect(bench.space.size("check") + bench.space.size("checking")).toBe(48);
    let done = 0;
    for (let second = 0; bench.session?.status !== "open"; second += 1) {
      expect(second).toBeLessThan(9);
      const questions = asked(bench);
      // The second of the restart had a logon in it, and a cancel is sent in every one.
      expect(questions.length).toBeLessThanOrEqual(8);
      bench.takeEffects();
      bench.message(cancel(`x${second}`));
      expect(bench.sends()).toEqual([legOf(`x${second}`, "cancel:1")]);
      bench.takeEffects();
      for (const query of questions) answer(bench, query);
      done += questions.length;
      expect(asked(bench).length).toBeLessThanOrEqual(8 - questions.length);
      bench.pass(1_000);
    }
    expect(done).toBe(48);
  });

  test("for executions wait for leave as well, and are asked once", () => {
    const bench = openRated([perSecond], {}, { queryTimeout_ms: 60_000 });
    resting(bench, 8);
    restartVenue(bench);
    bench.pass(1_000);
    const questions = asked(bench);
    expect(questions).toHaveLength(8);
    bench.takeEffects();
    // Within the second of the questions nothing is left to ask for their executions.
    const inTime = questions.map((query) => {
      answer(bench, query, 500);
      return asked(bench).length;
    });
    expect(inTime.at(-1)).toBeLessThan(8);
    bench.pass(2_000);
    const executions = asked(bench).filter(({ purpose }) => purpose === "executions");
    expect(executions).toHaveLength(8);
    expect(new Set(executions.map(({ asker }) => asker)).size).toBe(8);
    bench.crash();
  });
});

test("an order that waits is not asked for when the venue begins anew", () => {
  const bench = openRated();
  for (let no = 0; no < 9; no += 1) bench.message(place(`o${no}`, late(bench)));
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer: anew });
  expect(bench.space.size("queuedPlace")).toBe(3);
  expect([...bench.space.keys("check")]).toEqual([]);
  bench.pass(1);
  for (let no = 6; no < 9; no += 1) expect(bench.said(newOf(no))).toEqual(["not_sent"]);
});
