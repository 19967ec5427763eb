/**
 * The few numbers that tell whether a price can matter to any of many triggers.
 *
 * Made whenever the triggers of a market change, looked at on every price: eight comparisons
 * instead of one for each waiting order. A price that passes none of them changes no trigger.
 *
 * Owns: that promise. Never: decides that a trigger fires.
 */
import type { PricePoint, TriggerState, TriggerTerms } from "../../protocols/trigger.ts";
import type { Side } from "../../protocols/venue.ts";
import { firesUpward, watchedPrice_halfTicks } from "./trigger_model.ts";

/** A waiting order, as far as its trigger goes. */
export interface Watched {
  readonly side: Side;
  readonly terms: TriggerTerms;
  readonly state: TriggerState;
}

/** Prices that matter: those at most, or at least, so many half ticks. */
export interface Bounds {
  readonly atMost: number;
  readonly atLeast: number;
}

/** What matters of each price that triggers look at. */
export interface WatchLevels {
  readonly bid: Bounds;
  readonly ask: Bounds;
  readonly mid: Bounds;
  readonly last: Bounds;
}

const nothing: Bounds = { atMost: -Infinity, atLeast: Infinity };
const everything: Bounds = { atMost: Infinity, atLeast: -Infinity };

/** The levels of some triggers. */
export const watchLevelsOf = (watched: Iterable<Watched>): WatchLevels => {
  const levels = { bid: nothing, ask: nothing, mid: nothing, last: nothing };
  for (const one of watched) {
    const name = priceOf(one);
    levels[name] = union(levels[name], boundsOf(one));
  }
  return levels;
};

/** Whether an observation may change or fire any of the triggers. */
export const matters = (levels: WatchLevels, point: PricePoint): boolean =>
  isBeyond(levels.bid, double(point.bid_ticks)) ||
  isBeyond(levels.ask, double(point.ask_ticks)) ||
  isBeyond(levels.last, double(point.last_ticks)) ||
  isBeyond(levels.mid, watchedPrice_halfTicks({ kind: "stop", price: "mid" }, "buy", point));

const priceOf = ({ side, terms }: Watched): keyof WatchLevels => {
  if (terms.price !== "bid_ask") return terms.price;
  return side === "buy" ? "ask" : "bid";
};

const boundsOf = ({ side, terms, state }: Watched): Bounds => {
  const { stopPx_ticks, best_halfTicks } = state;
  const fires = stopPx_ticks === undefined ? undefined : 2 * stopPx_ticks;
  if (terms.trail !== undefined) {
    if (best_halfTicks === undefined || fires === undefined) return everything;
    return side === "buy"
      ? { atLeast: fires, atMost: best_halfTicks - 1 }
      : { atMost: fires, atLeast: best_halfTicks + 1 };
  }
  if (fires === undefined) return nothing;
  return firesUpward(terms, side) ? { ...nothing, atLeast: fires } : { ...nothing, atMost: fires };
};

const union = (a: Bounds, b: Bounds): Bounds => ({
  atMost: Math.max(a.atMost, b.atMost),
  atLeast: Math.min(a.atLeast, b.atLeast),
});

const double = (ticks: number | undefined): number | undefined =>
  ticks === undefined ? undefined : 2 * ticks;

const isBeyond = ({ atMost, atLeast }: Bounds, price: number | undefined): boolean =>
  price !== undefined && (price <= atMost || price >= atLeast);
