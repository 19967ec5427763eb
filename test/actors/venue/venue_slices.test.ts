/**
 * However many requests a lost link leaves unanswered, every turn about them fits into a frame, and
 * between the turns the session is consistent.
 */
import { expect, test } from "vitest";
import { answerAll, hear, report, soon } from "./venue_bench_steps.ts";
import { cancel, legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const many = 1_000;
const longReason = "Verbindung verloren – €😀\u0000".repeat(40);

/** A venue that took a thousand orders and answered none. */
const unanswered = (): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.open();
  for (let no = 0; no < many; no += 1) bench.message(place(`o${no}`, soon(bench)));
  expect(bench.takeEffects().filter(({ type }) => type === "send")).toHaveLength(many);
  return bench;
};

const lose = (bench: VenueShardBench): void =>
  bench.local({ type: "disconnected", link: 1, reason: longReason, fault: false });

const stages = (bench: VenueShardBench): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const [, { stage }] of bench.space.entries("request")) {
    counts[stage] = (counts[stage] ?? 0) + 1;
  }
  return counts;
};

test("a lost link with a long reason puts all of them in doubt, a slice a turn", () => {
  const bench = unanswered();
  lose(bench);
  expect(bench.gate().at(-1)).toMatchObject({ open: false });
  expect(stages(bench)).toEqual({ sending: many - 100, in_doubt: 100 });
  bench.pass(0);
  expect(stages(bench)).toEqual({ in_doubt: many });
  expect(bench.reports().filter(({ execType }) => execType === "in_doubt")).toHaveLength(many);
  expect(bench.largestTurn_bytes).toBeLessThan(200_000);
  expect(bench.session).toMatchObject({ status: "disconnected" });
  expect(bench.session?.doubting).toBeUndefined();
});

test("a link that comes back between the slices neither sends nor asks before the last one", () => {
  const bench = unanswered();
  lose(bench);
  bench.takeEffects();
  bench.message(cancel("o1"));
  bench.linkUp(2);
  expect(bench.session?.status).toBe("reconciling");
  bench.message(place("late", soon(bench)));
  bench.message(cancel("o999"));
  expect(bench.takeEffects()).toEqual([]);
  expect(bench.said(legOf("late", "new:0"))).toEqual(["not_sent"]);
  hear(bench, 1, report(legOf("o999", "new:0")), 2);
  expect(bench.takeEffects()).toEqual([]);
  bench.pass(0);
  expect(bench.said(legOf("o998", "new:0"))).toEqual(["in_doubt"]);
  expect(bench.said(legOf("o999", "new:0"))).toEqual(["new"]);
  expect(bench.sends()).toEqual([legOf("o999", "cancel:1")]);
  bench.pass(5_000);
  for (let round = 0; round < 100 && bench.session?.status !== "open"; round += 1) {
    bench.pass(2_000);
    answerAll(bench, undefined, 2);
  }
  expect(bench.session?.status).toBe("open");
  // All but the one that was reported; the late one; the two cancels.
  const unsent = bench.reports().filter(({ execType }) => execType === "not_sent");
  expect(unsent).toHaveLength(many - 1 + 1 + 2);
});

test("an owner that dies between the slices leaves none undoubted", () => {
  const bench = unanswered();
  lose(bench);
  bench.crash();
  bench.run({ type: "started" });
  bench.pass(0);
  expect(stages(bench)).toEqual({ in_doubt: many });
  expect(bench.reports().filter(({ execType }) => execType === "in_doubt")).toHaveLength(many);
});

test("a venue that falls silent puts them in doubt a slice a turn as well", () => {
  const bench = unanswered();
  bench.pass(2_000);
  expect(stages(bench)).toEqual({ in_doubt: many });
  expect(bench.largestTurn_bytes).toBeLessThan(200_000);
});

test("cancels that waited leave or are answered a slice a turn", () => {
  const bench = new VenueShardBench({ unanswered_max: 5_000 });
  bench.open();
  for (let no = 0; no < many; no += 1) bench.message(place(`o${no}`, soon(bench)));
  lose(bench);
  bench.pass(0);
  for (let no = 0; no < many; no += 1) bench.message(cancel(`o${no}`));
  bench.pass(5_000);
  bench.takeEffects();
  bench.linkUp(2);
  for (let round = 0; round < 200 && bench.session?.status !== "open"; round += 1) {
    answerAll(bench, undefined, 2);
    bench.pass(0);
  }
  expect(bench.session?.status).toBe("open");
  bench.pass(0);
  expect(bench.space.size("waiting")).toBe(0);
  expect(bench.said(legOf("o7", "cancel:1"))).toEqual(["not_sent"]);
  expect(bench.largestTurn_bytes).toBeLessThan(200_000);
});
