/**
 * When a waiting order acts: stops, if-touched orders and trailing stops against observed prices.
 *
 * Every comparison is "at or beyond", so a price that jumps over the stop triggers like one that
 * meets it. An observation without the price that a trigger looks at says nothing to it. The result
 * depends on the sequence of observations alone.
 *
 * A trailing stop first follows, then compares: the same price can never do both, since the
 * distance is at least one tick. It never moves back, and never to the wrong side of where it
 * began.
 *
 * Owns: the meaning of stop, touch and trail. Never: knows an order, a venue or a time.
 */
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type {
  PricePoint,
  TrailOffset,
  TriggerState,
  TriggerTerms,
} from "../../protocols/trigger.ts";
import type { Side } from "../../protocols/venue.ts";

/** What one observation did. */
export interface TriggerStep {
  readonly state: TriggerState;
  readonly fired: boolean;
}

/** A trigger that has seen nothing yet. */
export const openTrigger = (terms: TriggerTerms): TriggerState =>
  terms.stopPx_ticks === undefined ? {} : { stopPx_ticks: terms.stopPx_ticks };

/**
 * Whether a trigger acts when its price rises (rather than falls) to the stop: a buy stop and a
 * sell if-touched do.
 */
export const firesUpward = (terms: TriggerTerms, side: Side): boolean =>
  (side === "buy") === (terms.kind !== "touch");

/** The price that a trigger looks at, in half ticks; undefined where it was not observed. */
export const watchedPrice_halfTicks = (
  { price }: TriggerTerms,
  side: Side,
  { bid_ticks, ask_ticks, last_ticks }: PricePoint,
): number | undefined => {
  switch (price) {
    case "last":
      return last_ticks === undefined ? undefined : 2 * last_ticks;
    case "bid_ask": {
      const touch = side === "buy" ? ask_ticks : bid_ticks;
      return touch === undefined ? undefined : 2 * touch;
    }
    case "mid":
      return bid_ticks === undefined || ask_ticks === undefined ? undefined : bid_ticks + ask_ticks;
  }
};

/** The trigger after one observation. */
export const observe = (
  terms: TriggerTerms,
  side: Side,
  before: TriggerState,
  point: PricePoint,
): TriggerStep => {
  const price = watchedPrice_halfTicks(terms, side, point);
  if (price === undefined) return { state: before, fired: false };
  const state = terms.trail === undefined ? before : follow(terms.trail, side, before, price);
  const { stopPx_ticks } = state;
  if (stopPx_ticks === undefined) return { state, fired: false };
  const fired = firesUpward(terms, side) ? price >= 2 * stopPx_ticks : price <= 2 * stopPx_ticks;
  return { state, fired };
};

/** The trigger after a sequence of observations; what comes after it fired is not looked at. */
export const observeAll = (
  terms: TriggerTerms,
  side: Side,
  before: TriggerState,
  path: readonly PricePoint[],
): TriggerStep => {
  let state = before;
  for (const point of path) {
    const step = observe(terms, side, state, point);
    if (step.fired) return step;
    state = step.state;
  }
  return { state, fired: false };
};

/** A trailing stop after a price: a buy's stop follows downwards, a sale's upwards. */
const follow = (
  trail: TrailOffset,
  side: Side,
  before: TriggerState,
  price_halfTicks: number,
): TriggerState => {
  const { best_halfTicks, stopPx_ticks } = before;
  const sign = side === "buy" ? -1 : 1;
  if (best_halfTicks !== undefined && sign * price_halfTicks <= sign * best_halfTicks) {
    return before;
  }
  const stop = stopBehind(trail, side, price_halfTicks);
  const moved =
    stopPx_ticks === undefined || sign * stop > sign * stopPx_ticks ? stop : stopPx_ticks;
  return { best_halfTicks: price_halfTicks, stopPx_ticks: moved };
};

/**
 * The stop behind a price: the offset away, rounded to a whole tick away from the price, so that
 * the distance is never smaller than what was asked for.
 */
const stopBehind = (trail: TrailOffset, side: Side, price_halfTicks: number): Price_ticks => {
  const offset = trail.unit === "ticks" ? trail.amount : bpsOf(price_halfTicks, trail.amount);
  return side === "buy"
    ? Math.ceil(price_halfTicks / 2) + offset
    : Math.floor(price_halfTicks / 2) - offset;
};

/** Basis points of a price, rounded up to a tick, at least one. */
const bpsOf = (price_halfTicks: number, bps: number): Price_ticks => {
  const product = BigInt(Math.abs(price_halfTicks)) * BigInt(bps);
  const ticks = (product + 19_999n) / 20_000n;
  return Math.max(1, Number(ticks));
};
