/**
 * Counting one limit: what is used of it at a moment, and when room comes.
 *
 * We decide at a moment, the venue counts at a later one, by a clock of its own. So that it never
 * counts more than we do:
 *  - `window`: a request that may arrive in either of two windows counts in both.
 *  - `rolling`: the window is longer by the delay: requests that arrive within `window_ms` of each
 *    other were decided within `window_ms + delay_ms`. It is kept in parts, each of which counts
 *    until its youngest request is old.
 *  - `bucket`: what falls within the delay is kept free: requests may arrive closer together than
 *    they were decided.
 *
 * Owns: the arithmetic. Pure; times are whole ms since the epoch and may go back by a little.
 * Never: knows a lane, a reserve or a refusal.
 */
import type { RateLimit, RatePlan } from "./rate_limits.ts";

/** What is used of one limit. */
export type Tally =
  /** `used` in the window of number `index`, `next` in the one behind it. */
  | {
      readonly kind: "window";
      readonly index: number;
      readonly used: number;
      readonly next: number;
    }
  /** Use by parts of time, of which `parts[0]` is number `first`. */
  | { readonly kind: "rolling"; readonly first: number; readonly parts: readonly number[] }
  | { readonly kind: "bucket"; readonly level: number; readonly at_ms: number };

/** How a limit is counted: its window, its length, and the margins of the plan. */
export type Counted = Pick<RateLimit, "kind" | "window_ms" | "limit"> &
  Pick<RatePlan, "delay_ms" | "skew_ms">;

/** Parts of a rolling window: each is given back as a whole. */
const parts_max = 16;

/** A level below this is rounding. */
const level_min = 1e-9;

/** Nothing is used. */
export const emptyTally = ({ kind }: Pick<RateLimit, "kind">): Tally => {
  if (kind === "window") return { kind, index: 0, used: 0, next: 0 };
  return kind === "rolling" ? { kind, first: 0, parts: [] } : { kind, level: 0, at_ms: 0 };
};

type WindowTally = Extract<Tally, { readonly kind: "window" }>;

/** The windows of now: the earliest one in which a request may be counted is `used`. */
const windowsAt = (tally: WindowTally, { window_ms, skew_ms }: Counted, at_ms: number) => {
  const index = Math.floor((at_ms - skew_ms) / window_ms);
  if (index <= tally.index) return tally;
  const used = index === tally.index + 1 ? tally.next : 0;
  return { kind: "window", index, used, next: 0 } as const;
};

const mayCross = (index: number, { window_ms, delay_ms, skew_ms }: Counted, at_ms: number) =>
  Math.floor((at_ms + delay_ms + skew_ms) / window_ms) > index;

const span_ms = ({ window_ms, delay_ms }: Counted): number => window_ms + delay_ms;
const part_ms = (counted: Counted): number => Math.ceil(span_ms(counted) / (parts_max - 1));

/** Number of the oldest part that still counts. */
const oldestPart = (counted: Counted, at_ms: number): number =>
  Math.floor((at_ms - span_ms(counted)) / part_ms(counted));

const levelAt = (level: number, since_ms: number, { limit, window_ms }: Counted, at_ms: number) => {
  const left = level - (Math.max(0, at_ms - since_ms) * limit) / window_ms;
  return left < level_min ? 0 : left;
};

/** What falls within the delay. */
const heldBack = ({ limit, window_ms, delay_ms }: Counted): number =>
  (limit * delay_ms) / window_ms;

/** What is used at most, as the venue will count a request that is decided now. */
export const usedAt = (tally: Tally, counted: Counted, at_ms: number): number => {
  switch (tally.kind) {
    case "window": {
      const { index, used, next } = windowsAt(tally, counted, at_ms);
      return next > used && mayCross(index, counted, at_ms) ? next : used;
    }
    case "rolling": {
      const { first, parts } = tally;
      let sum = 0;
      for (let at = Math.max(0, oldestPart(counted, at_ms) - first); at < parts.length; at += 1) {
        sum += parts[at] ?? 0;
      }
      return sum;
    }
    case "bucket": {
      const level = levelAt(tally.level, tally.at_ms, counted, at_ms);
      return level === 0 ? 0 : level + heldBack(counted);
    }
    default:
      return tally satisfies never;
  }
};

/** Counts a request that is decided now. */
export const addTo = (tally: Tally, counted: Counted, at_ms: number, weight: number): Tally => {
  switch (tally.kind) {
    case "window": {
      const { kind, index, used, next } = windowsAt(tally, counted, at_ms);
      const crossing = mayCross(index, counted, at_ms) ? weight : 0;
      return { kind, index, used: used + weight, next: next + crossing };
    }
    case "rolling":
      return addToPart(tally, counted, at_ms, weight);
    case "bucket": {
      const level = levelAt(tally.level, tally.at_ms, counted, at_ms) + weight;
      return { kind: "bucket", level, at_ms: Math.max(at_ms, tally.at_ms) };
    }
    default:
      return tally satisfies never;
  }
};

const addToPart = (
  { kind, first, parts }: Extract<Tally, { readonly kind: "rolling" }>,
  counted: Counted,
  at_ms: number,
  weight: number,
): Tally => {
  const oldest = Math.max(oldestPart(counted, at_ms), first);
  const kept = parts.slice(oldest - first);
  const newest = Math.max(Math.floor(at_ms / part_ms(counted)), oldest, oldest + kept.length - 1);
  while (oldest + kept.length <= newest) kept.push(0);
  kept[newest - oldest] = (kept[newest - oldest] ?? 0) + weight;
  return { kind, first: oldest, parts: kept };
};

/**
 * Gives back what was counted at `then_ms`, where that is in the window of now. What the venue
 * gives back in a later window we count there as used.
 */
export const giveBack = (
  tally: Tally,
  { window_ms, skew_ms }: Counted,
  then_ms: number,
  weight: number,
): Tally => {
  if (tally.kind !== "window") return tally;
  if (Math.floor((then_ms - skew_ms) / window_ms) !== tally.index) return tally;
  return { ...tally, used: Math.max(0, tally.used - weight) };
};

/** Takes the venue's own count where it is higher. */
export const liftTo = (tally: Tally, counted: Counted, at_ms: number, used: number): Tally => {
  if (tally.kind === "window") {
    const now = windowsAt(tally, counted, at_ms);
    return used > now.used ? { ...now, used } : tally;
  }
  const known =
    tally.kind === "bucket"
      ? levelAt(tally.level, tally.at_ms, counted, at_ms)
      : usedAt(tally, counted, at_ms);
  return used > known ? addTo(tally, counted, at_ms, used - known) : tally;
};

/** The earliest moment from now on at which no more than `room` is used, if nothing is added. */
export const roomAt_ms = (tally: Tally, counted: Counted, at_ms: number, room: number): number => {
  if (usedAt(tally, counted, at_ms) <= room) return at_ms;
  switch (tally.kind) {
    case "window": {
      const { window_ms, skew_ms } = counted;
      const { index, next } = windowsAt(tally, counted, at_ms);
      const begin_ms = (index + 1) * window_ms + skew_ms;
      return next <= room ? begin_ms : begin_ms + window_ms;
    }
    case "rolling": {
      let used = usedAt(tally, counted, at_ms);
      let part = Math.max(oldestPart(counted, at_ms), tally.first);
      for (; used > room; part += 1) used -= tally.parts[part - tally.first] ?? 0;
      return part * part_ms(counted) + span_ms(counted);
    }
    case "bucket": {
      const level = levelAt(tally.level, tally.at_ms, counted, at_ms);
      const target = Math.max(0, room - heldBack(counted));
      const { limit, window_ms } = counted;
      return Math.max(at_ms, tally.at_ms) + Math.ceil(((level - target) * window_ms) / limit) + 1;
    }
    default:
      return tally satisfies never;
  }
};
