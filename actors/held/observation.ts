/**
 * From the books and trades of venues to the one point that triggers look at.
 *
 * The best bid and the best ask over the venues that an order may go to: the prices that it could
 * trade at now. A venue's book counts only while it is fresh, and not while it is crossed, since
 * such a book is a fault of its feed. Two venues' books may cross each other: that is no fault.
 * The last trade is the one heard last, while it is fresh.
 *
 * Owns: which of a market's figures count. Never: remembers an older point.
 */
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { Book } from "../../protocols/market.ts";
import type { PricePoint } from "../../protocols/trigger.ts";

/** One venue's market as it was last heard. */
export interface VenueMarket {
  readonly book: Book | undefined;
  readonly lastTrade:
    | { readonly price_ticks: Price_ticks; readonly received_ns: Instant_ns }
    | undefined;
}

/**
 * The point that some venues' markets make.
 *
 * @param oldest_ns what was heard before it is stale and says nothing
 */
export const pointOf = (markets: Iterable<VenueMarket>, oldest_ns: Instant_ns): PricePoint => {
  let bid_ticks: Price_ticks | undefined;
  let ask_ticks: Price_ticks | undefined;
  let last: VenueMarket["lastTrade"];
  for (const { book, lastTrade } of markets) {
    if (book !== undefined && book.received_ns >= oldest_ns && !isCrossed(book)) {
      bid_ticks = higher(bid_ticks, book.bids[0]?.price_ticks);
      ask_ticks = lower(ask_ticks, book.asks[0]?.price_ticks);
    }
    if (lastTrade === undefined || lastTrade.received_ns < oldest_ns) continue;
    if (last === undefined || lastTrade.received_ns > last.received_ns) last = lastTrade;
  }
  return {
    ...(bid_ticks === undefined ? {} : { bid_ticks }),
    ...(ask_ticks === undefined ? {} : { ask_ticks }),
    ...(last === undefined ? {} : { last_ticks: last.price_ticks }),
  };
};

const isCrossed = ({ bids, asks }: Book): boolean => {
  const bid = bids[0];
  const ask = asks[0];
  return bid !== undefined && ask !== undefined && bid.price_ticks > ask.price_ticks;
};

const higher = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

const lower = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
