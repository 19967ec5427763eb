/**
 * The breaker's counting against a naive one that keeps every outcome, and what holds of the model
 * for any history: an open breaker admits nothing, its cool-downs are bounded, its state is small.
 */
import { expect, test } from "vitest";
import {
  admits,
  closedBreaker,
  coolDown,
  judge,
  msOf,
} from "../../../actors/venue/breaker_model.ts";
import type { BreakerState } from "../../../actors/venue/breaker_model.ts";
import { breakerOptions_default as options } from "../../../actors/venue/breaker_options.ts";
import {
  countOutcome,
  edges_ms,
  quantile_ms,
  summaryAt,
  totalsAt,
} from "../../../actors/venue/breaker_window.ts";
import type { Outcome, Window } from "../../../actors/venue/breaker_window.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { venue } from "./venue_requests.ts";
import { randomOf } from "./random_of.ts";

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
const outcomes: readonly Outcome[] = ["accepted", "refused", "trouble", "timeout"];
const slot_ms = 5_000;

interface Kept {
  readonly outcome: Outcome;
  readonly at_ms: number;
  readonly took_ms: number | undefined;
}

/** What is within the newest six pieces of time, counted one by one. */
const within = (kept: readonly Kept[], now_ms: number): readonly Kept[] => {
  const first = Math.floor(now_ms / slot_ms) - 5;
  return kept.filter(({ at_ms }) => Math.floor(at_ms / slot_ms) >= first);
};

test.each(seeds)("counts what a naive window counts: seed %i", (seed) => {
  const random = randomOf(seed);
  let window: Window = [];
  const kept: Kept[] = [];
  let now_ms = 1_700_000_000_000;
  for (let no = 0; no < 300; no += 1) {
    now_ms += Math.floor(random() ** 4 * 20_000);
    const outcome = outcomes[Math.floor(random() * 4)] ?? "accepted";
    const answered = outcome === "accepted" || outcome === "refused";
    const took_ms = answered ? Math.floor(random() ** 3 * 6_000) : undefined;
    window = countOutcome(window, outcome, now_ms, took_ms);
    kept.push({ outcome, at_ms: now_ms, took_ms });
    expect(window.length).toBeLessThanOrEqual(6);
    const live = within(kept, now_ms);
    const totals = totalsAt(window, now_ms);
    for (const each of outcomes) {
      expect(totals[each]).toBe(live.filter((one) => one.outcome === each).length);
    }
    const times = live.flatMap((one) => one.took_ms ?? []).toSorted((a, b) => a - b);
    const quantile = random();
    const exact = times[Math.max(0, Math.ceil(quantile * times.length) - 1)];
    const bound = quantile_ms(totals, quantile);
    if (exact === undefined) {
      expect(bound).toBeUndefined();
      continue;
    }
    // The lower edge of the bin in which the exact one lies.
    expect(bound).toBe(edges_ms.findLast((edge) => edge <= exact));
    const slow_ms = edges_ms[Math.floor(random() * edges_ms.length)] ?? 0;
    const { slow, ...counts } = summaryAt(window, now_ms, slow_ms);
    expect(slow).toBe(times.filter((time) => time >= slow_ms).length);
    expect(totals).toMatchObject(counts);
  }
  const later_ms = now_ms + 60_000;
  expect(totalsAt(window, later_ms).accepted).toBe(0);
});

/** A breaker under random outcomes, moved as the shard moves it. */
const step = (
  state: BreakerState,
  random: () => number,
  now: Nanos,
  goodShare: number,
): BreakerState => {
  const verdict = judge(state, options, now, 2_000);
  if (verdict !== undefined) {
    const cool = verdict.to === "open" ? coolDown(state, options, venue, now) : {};
    const trial = verdict.to === "half_open" ? { trial: { answered: 0, inFlight: 0 } } : {};
    const { trips } = state;
    const begun = { phase: verdict.to, since: now, timeoutsInRow: 0, window: [] };
    return { trips, ...begun, ...cool, ...trial };
  }
  if (state.trial !== undefined && state.trial.answered === 0) {
    return { ...state, trial: { ...state.trial, answered: 1, answeredAt: now } };
  }
  if (!admits(state, options)) return state;
  const good = random() < goodShare;
  const bad = random() < 0.8 ? outcomes.slice(2) : outcomes;
  const outcome = good ? "accepted" : (bad[Math.floor(random() * bad.length)] ?? "trouble");
  return {
    ...state,
    timeoutsInRow: outcome === "timeout" ? state.timeoutsInRow + 1 : 0,
    window: countOutcome(state.window, outcome, msOf(now), good ? random() * 50 : undefined),
  };
};

test.each(seeds)("holds its promises under any history: seed %i", (seed) => {
  const random = randomOf(seed);
  let state = closedBreaker;
  let now_ns = 1_700_000_000_000_000_000n;
  let opened = 0;
  for (let no = 0; no < 3_000; no += 1) {
    now_ns += BigInt(Math.floor(random() * 400)) * 1_000_000n;
    const now = toNanos(now_ns);
    // Good times and bad ones.
    const next = step(state, random, now, no % 600 < 300 ? 0.2 : 1);
    if (next.phase === "open" && state.phase !== "open") {
      opened += 1;
      const span_ms = msOf(next.until ?? now) - msOf(now);
      expect(span_ms).toBeLessThanOrEqual(options.coolDown_ms_max);
      expect(span_ms).toBeGreaterThanOrEqual(options.coolDown_ms * (1 - options.jitter) - 1);
    }
    if (next.phase === "open") {
      expect(admits(next, options)).toBe(false);
      // Nothing but its time moves an open one.
      if (state.phase === "open") expect(now_ns < BigInt(next.until ?? now)).toBe(true);
    }
    expect(JSON.stringify(next).length).toBeLessThan(2_048);
    state = next;
  }
  expect(opened).toBeGreaterThan(0);
});
