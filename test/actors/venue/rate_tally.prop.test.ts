/**
 * Whatever is decided and whenever it arrives, a venue that counts for itself never counts more
 * than its limit while we keep to ours; and what is ours is used.
 *
 * The venue here keeps every arrival and adds up. A failing run names its seed.
 */
import { describe, expect, test } from "vitest";
import {
  addTo,
  emptyTally,
  giveBack,
  liftTo,
  roomAt_ms,
  usedAt,
} from "../../../actors/venue/rate_tally.ts";
import type { Counted, Tally } from "../../../actors/venue/rate_tally.ts";
import { randomOf } from "./random_of.ts";

const seeds = Array.from({ length: 150 }, (_, index) => index + 1);
const start_ms = 1_700_000_000_000;

interface Arrival {
  readonly at_ms: number;
  readonly weight: number;
}

/** Fixed windows of the venue's clock: the fullest one. */
const fullest = (arrivals: readonly Arrival[], window_ms: number, phase_ms: number): number => {
  const windows = new Map<number, number>();
  for (const { at_ms, weight } of arrivals) {
    const index = Math.floor((at_ms + phase_ms) / window_ms);
    windows.set(index, (windows.get(index) ?? 0) + weight);
  }
  return Math.max(0, ...windows.values());
};

/** A counter that falls steadily: the highest it ever stood. */
const highest = (arrivals: readonly Arrival[], { limit, window_ms }: Counted): number => {
  let [level, since_ms, most] = [0, 0, 0];
  for (const { at_ms, weight } of arrivals.toSorted((a, b) => a.at_ms - b.at_ms)) {
    level = Math.max(0, level - ((at_ms - since_ms) * limit) / window_ms) + weight;
    since_ms = at_ms;
    most = Math.max(most, level);
  }
  return most;
};

const someCounted = (kind: Counted["kind"], random: () => number): Counted => {
  const window_ms = 1_000 + Math.floor(random() * 9_000);
  return {
    kind,
    window_ms,
    limit: 5 + Math.floor(random() * 60),
    delay_ms: Math.floor(random() * 0.3 * window_ms),
    skew_ms: Math.floor(random() * 0.1 * window_ms),
  };
};

/** When it has room, later, or any time before. */
const nextTry_ms = (
  { window_ms, skew_ms }: Counted,
  random: () => number,
  now_ms: number,
  free_ms: number,
): number => {
  const r = random();
  if (r < 0.4) return free_ms;
  if (r < 0.6) return free_ms + Math.floor(random() * window_ms);
  const around_ms = free_ms - Math.floor(random() * 2 * (skew_ms + 1));
  return Math.max(now_ms + 1, around_ms);
};

/** Floods in bursts for twenty windows; gives what arrived, by the venue's clock. */
const flood = (counted: Counted, random: () => number): Arrival[] => {
  const { window_ms, limit, delay_ms, skew_ms } = counted;
  const ahead_ms = (random() * 2 - 1) * skew_ms;
  const arrivals: Arrival[] = [];
  let tally: Tally = emptyTally(counted);
  let now_ms = start_ms + Math.floor(random() * window_ms);
  const end_ms = now_ms + 20 * window_ms;
  while (now_ms < end_ms) {
    const weight = 1 + Math.floor(random() * 4);
    const free_ms = roomAt_ms(tally, counted, now_ms, limit - weight);
    if (free_ms > now_ms) {
      // Just before it there is no room, then there is.
      expect(usedAt(tally, counted, free_ms)).toBeLessThanOrEqual(limit - weight);
      now_ms = nextTry_ms(counted, random, now_ms, free_ms);
      continue;
    }
    tally = addTo(tally, counted, now_ms, weight);
    arrivals.push({ at_ms: now_ms + ahead_ms + random() * delay_ms, weight });
    if (random() < 0.05) now_ms += Math.floor(random() * 0.2 * window_ms);
  }
  return arrivals;
};

const sumOf = (arrivals: readonly Arrival[]): number =>
  arrivals.reduce((sum, { weight }) => sum + weight, 0);

describe("a venue never counts more than its limit", () => {
  test.each(seeds)("in fixed windows by its clock, seed %i", (seed) => {
    const random = randomOf(seed);
    const counted = someCounted("window", random);
    const arrivals = flood(counted, random);
    expect(fullest(arrivals, counted.window_ms, 0)).toBeLessThanOrEqual(counted.limit);
    expect(sumOf(arrivals)).toBeGreaterThan(counted.limit * 20 * 0.4);
  });

  test.each(seeds)("in windows that begin nobody knows when, seed %i", (seed) => {
    const random = randomOf(seed);
    const counted = someCounted("rolling", random);
    const { window_ms, limit } = counted;
    const arrivals = flood(counted, random);
    for (let phase_ms = 0; phase_ms < window_ms; phase_ms += window_ms / 16) {
      expect(fullest(arrivals, window_ms, phase_ms)).toBeLessThanOrEqual(limit);
    }
    expect(sumOf(arrivals)).toBeGreaterThan(limit * 20 * 0.4);
  });

  test.each(seeds)("with a counter that falls steadily, seed %i", (seed) => {
    const random = randomOf(seed);
    const counted = someCounted("bucket", random);
    const arrivals = flood(counted, random);
    expect(highest(arrivals, counted)).toBeLessThanOrEqual(counted.limit + 1e-6);
    expect(sumOf(arrivals)).toBeGreaterThan(counted.limit * 20 * 0.4);
  });

  test.each(seeds)("of orders that are not filled yet, seed %i", (seed) => {
    const random = randomOf(seed);
    const counted = someCounted("window", random);
    const { window_ms, limit, delay_ms, skew_ms } = counted;
    const ahead_ms = (random() * 2 - 1) * skew_ms;
    const events: (Arrival & { readonly isFill: boolean })[] = [];
    let tally: Tally = emptyTally(counted);
    let open: { readonly then_ms: number; readonly arrived_ms: number }[] = [];
    let [now_ms, placed] = [start_ms, 0];
    for (let step = 0; step < 3_000; step += 1) {
      const one = open[Math.floor(random() * open.length)];
      if (one !== undefined && random() < 0.4 && now_ms >= one.arrived_ms - ahead_ms) {
        // It fills somewhere between its arrival and now, and we hear of it now.
        const filled_ms = one.arrived_ms + random() * (now_ms + ahead_ms - one.arrived_ms);
        events.push({ at_ms: filled_ms, weight: -1, isFill: true });
        tally = giveBack(tally, counted, one.then_ms, 1);
        open = open.filter((other) => other !== one);
      } else if (usedAt(tally, counted, now_ms) <= limit - 1) {
        tally = addTo(tally, counted, now_ms, 1);
        const arrived_ms = now_ms + ahead_ms + random() * delay_ms;
        events.push({ at_ms: arrived_ms, weight: 1, isFill: false });
        open.push({ then_ms: now_ms, arrived_ms });
        placed += 1;
      }
      if (random() < 0.3) now_ms += Math.floor(random() * 0.1 * window_ms);
    }
    const windows = new Map<number, number>();
    for (const { at_ms, weight } of events.toSorted((a, b) => a.at_ms - b.at_ms)) {
      const index = Math.floor(at_ms / window_ms);
      const used = Math.max(0, (windows.get(index) ?? 0) + weight);
      expect(used).toBeLessThanOrEqual(limit);
      windows.set(index, used);
    }
    expect(placed).toBeGreaterThan(limit);
  });
});

describe("a tally", () => {
  const minute = {
    kind: "window",
    window_ms: 60_000,
    limit: 10,
    delay_ms: 200,
    skew_ms: 50,
  } as const;
  const border_ms = 1_700_000_040_000;

  test("counts what may arrive in either of two windows in both", () => {
    const before = addTo(emptyTally(minute), minute, border_ms - 100, 7);
    expect(usedAt(before, minute, border_ms - 100)).toBe(7);
    expect(usedAt(before, minute, border_ms + 51)).toBe(7);
    expect(roomAt_ms(before, minute, border_ms - 100, 3)).toBe(border_ms + 60_050);
    const early = addTo(emptyTally(minute), minute, border_ms - 300, 7);
    expect(roomAt_ms(early, minute, border_ms - 300, 3)).toBe(border_ms + 50);
  });

  test.each(["window", "rolling", "bucket"] as const)(
    "%s takes the venue's count, never less",
    (kind) => {
      const counted = { ...minute, kind, delay_ms: 0 };
      const ours = addTo(emptyTally(counted), counted, border_ms, 4);
      expect(usedAt(liftTo(ours, counted, border_ms, 9), counted, border_ms)).toBe(9);
      expect(usedAt(liftTo(ours, counted, border_ms, 2), counted, border_ms)).toBe(4);
    },
  );

  test.each(["window", "rolling", "bucket"] as const)("%s bears a clock that goes back", (kind) => {
    const counted = { ...minute, kind, delay_ms: 0 };
    const ours = addTo(emptyTally(counted), counted, border_ms + 100, 4);
    const again = addTo(ours, counted, border_ms - 5_000, 3);
    expect(usedAt(again, counted, border_ms + 100)).toBeGreaterThan(6.9);
  });
});
