/**
 * The reference price of an order: what its price and value are judged against.
 *
 * It is the mid of one real book: of the fresh books over the order's eligible venues, the one with
 * the narrowest spread (at a tie the venue that is listed first). One venue's book, not a blend: a
 * blend of two venues' sides can be a price that nobody ever quoted. Only a book with both sides
 * and not crossed has a mid.
 *
 * Eligible are the venues that offer the instrument; for a direct order only its venue, if that is
 * one of them. (If it is not, the router refuses the order; risk need not guess.)
 *
 * Owns: which book counts, and how old is too old (by when we heard it: venue clocks differ).
 */
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { VenueProfile } from "../../protocols/instrument.ts";
import type { Book, MarketView } from "../../protocols/market.ts";
import type { RoutePolicy } from "../../protocols/order.ts";
import { milliseconds } from "../../protocols/kernel/instant.ts";

/** A book's touch that may serve as a reference: its mid is (bid + ask) / 2. */
export interface KnownPrice {
  readonly status: "fresh" | "stale";
  readonly venue: VenueId;
  readonly bid_ticks: Price_ticks;
  readonly ask_ticks: Price_ticks;
  /** Age of the book; only measured when stale, 0 when fresh. */
  readonly age_ms: number;
  readonly age_ms_max: number;
}

/** A reference price, or that there is none. */
export type ReferencePrice =
  | { readonly status: "missing" }
  | (KnownPrice & { readonly status: "fresh" })
  | (KnownPrice & { readonly status: "stale" });

const missing: ReferencePrice = { status: "missing" };

/**
 * The reference price of an order in an instrument on a route, now. When no book is fresh, the one
 * heard last is returned as stale, so that the refusal can say how old it is. For the mark of a
 * position, which has no route, ask with the smart one.
 */
export const referencePrice = (
  market: MarketView,
  venues: ReadonlyMap<VenueId, VenueProfile>,
  instrument: InstrumentId,
  route: RoutePolicy,
  now_ns: Instant_ns,
  age_ms_max: number,
): ReferencePrice => {
  const oldest_ns = now_ns - milliseconds(age_ms_max);
  const only = directVenue(venues, instrument, route);
  let best: Book | undefined;
  let bestVenue: VenueId | undefined;
  for (const venue of venues.values()) {
    if (!venue.instruments.has(instrument)) continue;
    if (only !== undefined && venue.id !== only) continue;
    const book = market.book(venue.id, instrument);
    if (book === undefined || !hasMid(book) || !better(book, best, oldest_ns)) continue;
    best = book;
    bestVenue = venue.id;
  }
  const bid = best?.bids[0];
  const ask = best?.asks[0];
  if (best === undefined || bestVenue === undefined || !bid || !ask) return missing;
  const fresh = best.received_ns >= oldest_ns;
  return {
    status: fresh ? "fresh" : "stale",
    venue: bestVenue,
    bid_ticks: bid.price_ticks,
    ask_ticks: ask.price_ticks,
    age_ms: fresh ? 0 : Number((now_ns - best.received_ns) / 1_000_000n),
    age_ms_max,
  };
};

/**
 * What open quantity is marked at: the mid, rounded to a whole tick towards the bid; also of a
 * stale book, since an old mark says more than none. Undefined where no price is known.
 */
export const markOf = (reference: ReferencePrice): Price_ticks | undefined =>
  reference.status === "missing"
    ? undefined
    : Math.floor((reference.bid_ticks + reference.ask_ticks) / 2);

const directVenue = (
  venues: ReadonlyMap<VenueId, VenueProfile>,
  instrument: InstrumentId,
  route: RoutePolicy,
): VenueId | undefined => {
  if (route.policy !== "direct") return undefined;
  return venues.get(route.venue)?.instruments.has(instrument) === true ? route.venue : undefined;
};

const hasMid = (book: Book): boolean => spread(book) >= 0;

/** Best ask − best bid in ticks; −1 without both sides or crossed. */
const spread = (book: Book): number => {
  const bid = book.bids[0];
  const ask = book.asks[0];
  if (bid === undefined || ask === undefined) return -1;
  return Math.max(ask.price_ticks - bid.price_ticks, -1);
};

/** Fresh before stale; of fresh ones the narrower, of stale ones the later. */
const better = (book: Book, best: Book | undefined, oldest_ns: Instant_ns): boolean => {
  if (best === undefined) return true;
  const fresh = book.received_ns >= oldest_ns;
  const bestFresh = best.received_ns >= oldest_ns;
  if (fresh !== bestFresh) return fresh;
  return fresh ? spread(book) < spread(best) : book.received_ns > best.received_ns;
};
