/**
 * A venue that an order could go to now, with the book that counts, and the pick of the best one.
 *
 * Owns: what the two choices (taking, resting) share: the order, the sides, best and second best.
 */
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { fnv1a32 } from "../../protocols/kernel/shard.ts";
import type { VenueProfile } from "../../protocols/instrument.ts";
import type { Book, Level } from "../../protocols/market.ts";
import type { RouteOrder } from "./route.ts";

/** A venue that is open, with a book that is fresh. */
export interface UsableVenue {
  readonly profile: VenueProfile;
  readonly book: Book;
}

/** One order in so many may go to a venue that is on trial. */
const probeShare = 16;

/**
 * Whether an order decided at this moment may go to a venue that its breaker has on trial: a share
 * that is drawn by lot from the time, so that the same decision is always the same.
 */
export const isProbe = (now_ns: Instant_ns): boolean => fnv1a32(String(now_ns)) % probeShare === 0;

/** The levels that an order trades against, best first. */
export const farSide = (order: RouteOrder, book: Book): readonly Level[] =>
  order.side === "buy" ? book.asks : book.bids;

/** The levels that an order rests among, best first. */
export const ownSide = (order: RouteOrder, book: Book): readonly Level[] =>
  order.side === "buy" ? book.bids : book.asks;

/** The first and the second by an order that is total, so that the answer never depends on luck. */
export const bestTwo = <A>(
  candidates: readonly A[],
  compare: (a: A, b: A) => number,
): readonly [best: A | undefined, next: A | undefined] => {
  let best: A | undefined;
  let next: A | undefined;
  for (const candidate of candidates) {
    if (best === undefined || compare(candidate, best) < 0) {
      next = best;
      best = candidate;
    } else if (next === undefined || compare(candidate, next) < 0) {
      next = candidate;
    }
  }
  return [best, next];
};
