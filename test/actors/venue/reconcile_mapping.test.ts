/**
 * A venue's orders that do not map one to one onto ours, and stay so.
 */
import { describe, expect, test } from "vitest";
import { reconcileOptions_default } from "../../../actors/venue/reconcile_options.ts";
import { answer, answerParts, id, questions, relink } from "./reconcile_stage.ts";
import { tell, view, working } from "./reconcile_stage.ts";
import { hear, report, soon } from "./venue_bench_steps.ts";
import { place } from "./venue_requests.ts";
import type { VenueShardBench } from "./venue_shard_bench.ts";

describe("scenario 42: a mapping that stays broken", () => {
  const twice = [view("a"), view("a", { venueOrderId: "O-x" })];

  /** Seen where the session was open: the gate is shut by another link, which looks again. */
  const broken = (): VenueShardBench => {
    const bench = working(["a"]);
    bench.pass(60_000);
    answerParts(bench, { orders: twice });
    expect(bench.session?.status).toBe("disconnected");
    bench.takeEffects();
    bench.linkUp(2, { ...answer, lastSeqSent: 1 });
    answerParts(bench, { orders: twice }, 2);
    expect(bench.session?.status).toBe("reconciling");
    return bench;
  };

  const stayBroken = (bench: VenueShardBench): void => {
    for (const wait_ms of [1_000, 2_000]) {
      expect(bench.session?.status).toBe("reconciling");
      bench.pass(wait_ms);
      answerParts(bench, { orders: twice }, 2);
    }
  };

  test("is quarantined by its third whole run, and the reason says what does not add up", () => {
    const bench = broken();
    stayBroken(bench);
    expect(bench.session?.status).toBe("quarantined");
    expect(bench.session?.reason).toMatch(/^conservation: .*O-a and O-x are both/);
    expect(bench.effects.map(({ type }) => type)).toEqual(["end_link"]);
    expect(bench.published.slice(-2).map(({ body }) => body)).toMatchObject([
      { incident: "quarantined", cause: "conservation" },
      { from: "reconciling", to: "quarantined" },
    ]);
    bench.crash();
  });

  test("is not by runs that could not look, and one that finds it whole begins anew", () => {
    const bench = broken();
    for (const wait_ms of [1_000, 2_000, 4_000, 8_000]) {
      bench.pass(wait_ms);
      const asked = questions(bench);
      expect(asked).toHaveLength(3);
      for (const { part, askedAt } of asked) {
        bench.local({ type: "snapshot", link: 2, answer: { part, askedAt, unknown: "refused" } });
      }
      expect(bench.session?.status).toBe("reconciling");
    }
    bench.pass(reconcileOptions_default.closedRetry_ms_max);
    answerParts(bench, { orders: [view("a")] }, 2);
    expect(bench.session?.status).toBe("open");
    expect(bench.space.get("reconcile", bench.options.venue)?.brokenRuns).toBeUndefined();
  });

  test("is looked at anew after a release", () => {
    const bench = broken();
    stayBroken(bench);
    bench.control("release", { requestId: "r1", operator: "eve", reason: "canceled by hand" });
    bench.takeEffects();
    bench.linkUp(3, { ...answer, lastSeqSent: 1 });
    answerParts(bench, { orders: twice }, 3);
    expect(bench.session?.status).toBe("reconciling");
    bench.pass(8_000);
    answerParts(bench, { orders: [view("a")] }, 3);
    expect(bench.session?.status).toBe("open");
    bench.crash();
  });
});

test("a gate that waits for a doubt stays shut where a run under way finds it broken", () => {
  const bench = working(["a"]);
  bench.message(place("b", soon(bench)));
  relink(bench, 2);
  answerParts(bench, { orders: [view("a")] }, 2);
  expect(bench.session?.status).toBe("reconciling");
  bench.control("reconcile", { requestId: "r1", operator: "eve", reason: "to be sure" });
  const orders = [view("a"), view("a", { venueOrderId: "O-x" })];
  const [first, ...rest] = questions(bench);
  expect(first?.part).toBe("open_orders");
  if (first !== undefined) tell(bench, first, { orders }, 2);
  // The doubt is over before the run is.
  hear(bench, 2, report(id("b"), { venueOrderId: "O-b" }), 2);
  expect(bench.space.size("doubt")).toBe(0);
  expect(bench.session?.status).toBe("reconciling");
  bench.message(place("c", soon(bench)));
  expect(bench.sends()).toEqual([]);
  for (const question of rest) tell(bench, question, {}, 2);
  expect(bench.session?.reason).toMatch(/do not map one to one/);
  bench.crash();
});
