/**
 * An operator ends a ban before its time: all that waited for that time goes on at once.
 */
import { expect, test } from "vitest";
import { late, openRated, refuse } from "./rate_stage.ts";
import { answer, answerParts, questions, shard } from "./reconcile_stage.ts";
import { legOf, place } from "./venue_requests.ts";
import { VenueShardBench } from "./venue_shard_bench.ts";

const day_ms = 86_400_000;
const by = { requestId: "x1", operator: "ann", reason: "another address" };

const restarts = (bench: VenueShardBench) =>
  bench.takeEffects().filter(({ type }) => type === "restart_link");

test("a question that was refused", () => {
  const bench = openRated();
  bench.message(place("a", late(bench)));
  refuse(bench, { code: "internal_error", clOrdId: legOf("a", "new:0") });
  const [query] = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  if (query === undefined) throw new Error("the venue is asked");
  refuse(bench, { code: "banned", query, retryAfter_ms: day_ms });
  bench.pass(60_000);
  expect(bench.takeEffects()).toEqual([]);
  bench.control("release", by);
  bench.pass(2_000);
  const asked = bench.takeEffects().flatMap((one) => (one.type === "query" ? [one.query] : []));
  expect(asked.map(({ purpose }) => purpose)).toContain("doubt");
  bench.crash();
});

test("a reconciliation for which the gate waits", () => {
  const bench = shard();
  bench.open();
  answerParts(bench, {});
  bench.local({ type: "disconnected", link: 1, reason: "reset", fault: false });
  bench.linkUp(2, answer);
  const asked = questions(bench);
  const refusal = { code: "banned", retryAfter_ms: day_ms } as const;
  bench.local({ type: "refused", link: 2, refusal });
  for (const { part, askedAt } of asked) {
    bench.local({ type: "snapshot", link: 2, answer: { part, askedAt, unknown: "refused" } });
  }
  bench.pass(60_000);
  expect(questions(bench)).toEqual([]);
  bench.control("release", by);
  expect(answerParts(bench, {}, 2)).toBe(3);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

/** The venue wants no logon for a day. */
const bannedAtLogon = (): VenueShardBench => {
  const bench = new VenueShardBench();
  bench.run({ type: "started" });
  bench.local({ type: "connecting", link: 1 });
  const why = { retryAfter_ms: day_ms } as const;
  bench.local({ type: "refused", link: 1, refusal: { code: "banned", ...why } });
  const end = { reason: "banned", fault: false, cause: "logon_refused", ...why } as const;
  bench.local({ type: "disconnected", link: 1, ...end });
  bench.takeEffects();
  return bench;
};

test("a logon", () => {
  const bench = bannedAtLogon();
  bench.control("release", by);
  const [restart, ...more] = restarts(bench);
  expect(restart).not.toHaveProperty("notBefore");
  expect(more).toEqual([]);
  bench.linkUp(2);
  expect(bench.session?.status).toBe("open");
  bench.crash();
});

test("a logon that was tried in that very moment gives way to the next", () => {
  const bench = bannedAtLogon();
  bench.control("release", by);
  // Said by the driver before it took that effect, by which it gave this link up.
  bench.local({ type: "connecting", link: 2 });
  bench.local({ type: "logged_on", link: 2, answer });
  bench.linkUp(3);
  expect(bench.session).toMatchObject({ status: "open", link: 3 });
  bench.crash();
});
