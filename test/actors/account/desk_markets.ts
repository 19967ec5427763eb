/**
 * The markets of a shard under test: what each venue shows, traded last, and traded in all.
 *
 * Owns: those figures; the shard's test says when they change.
 */
import { pointOf } from "../../../actors/held/observation.ts";
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import type { Book, MarketView, Traded } from "../../../protocols/market.ts";
import type { PricePoint } from "../../../protocols/trigger.ts";
import { bookOf } from "../market_data/market_fixture.ts";

interface Market {
  book: Book | undefined;
  traded: Traded | undefined;
  lastTrade: { price_ticks: number; received_ns: bigint } | undefined;
}

/** All venues' markets in one instrument. */
export class DeskMarkets {
  readonly #markets = new Map<VenueId, Market>();

  /** What decisions see of them. */
  readonly view: MarketView = {
    book: (venue) => this.#at(venue).book,
    traded: (venue) => this.#at(venue).traded,
  };

  quote(venue: VenueId, bid_ticks: number, ask_ticks: number, now_ns: bigint): void {
    this.#at(venue).book = bookOf([[bid_ticks, 1_000]], [[ask_ticks, 1_000]], now_ns);
  }

  trade(venue: VenueId, price_ticks: number, now_ns: bigint): void {
    this.#at(venue).lastTrade = { price_ticks, received_ns: now_ns };
  }

  volume(venue: VenueId, lots: number, now_ns: bigint): void {
    const market = this.#at(venue);
    const { since_ns, qty_lots } = market.traded ?? { since_ns: now_ns, qty_lots: 0 };
    market.traded = { since_ns, qty_lots: qty_lots + lots };
  }

  /** Books are as fresh as that. */
  refresh(now_ns: bigint): void {
    for (const market of this.#markets.values()) {
      if (market.book !== undefined) market.book = { ...market.book, received_ns: now_ns };
    }
  }

  /** Another node counts what is traded: from nothing. */
  countAnew(): void {
    for (const market of this.#markets.values()) market.traded = undefined;
  }

  /** What triggers see of all, or of one. */
  point(venue: VenueId | undefined, oldest_ns: bigint): PricePoint {
    return pointOf(venue === undefined ? this.#markets.values() : [this.#at(venue)], oldest_ns);
  }

  #at(venue: VenueId): Market {
    const nothing = { book: undefined, lastTrade: undefined, traded: undefined };
    const known = this.#markets.get(venue) ?? nothing;
    this.#markets.set(venue, known);
    return known;
  }
}
