/**
 * The markets of a simulated world: a price per venue and instrument that wanders, and books that
 * may be missing or old.
 *
 * Owns: what everybody sees of the markets.
 */
import type { Instrument } from "../../protocols/instrument.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Book, MarketView } from "../../protocols/market.ts";
import type { Side } from "../../protocols/venue.ts";
import type { Faults } from "./faults.ts";
import type { Prng } from "./prng.ts";

/** The markets. */
export interface Market {
  /** What decisions see. */
  readonly view: MarketView;
  /** The price at which an order of that side trades at once. */
  readonly touch: (venue: VenueId, instrument: InstrumentId, side: Side) => Price_ticks;
  /** Prices move on; books are renewed, unless something is wrong with them. */
  readonly move: () => void;
}

interface Quote {
  mid_ticks: number;
  book: Book | undefined;
}

const start_ticks = 1_000;
const half_ticks = 2;
const shown_lots = 50;

/** Markets in those instruments at those venues. */
export const makeMarket = (
  venues: readonly VenueId[],
  instruments: readonly Instrument[],
  faults: Faults,
  prng: Prng,
  now_ns: () => bigint,
): Market => {
  const quotes = new Map<string, Quote>();
  const keyOf = (venue: VenueId, instrument: InstrumentId): string => `${venue}.${instrument}`;
  const quoteOf = (venue: VenueId, instrument: InstrumentId): Quote => {
    const quote = quotes.get(keyOf(venue, instrument));
    if (quote === undefined) throw new Error(`${venue} has no market in ${instrument}`);
    return quote;
  };
  const move = (quote: Quote): void => {
    quote.mid_ticks = Math.max(start_ticks / 2, quote.mid_ticks + prng.between(-1, 1));
    if (faults.strikes("book_missing")) {
      quote.book = undefined;
      return;
    }
    if (faults.strikes("book_stale")) return;
    const { mid_ticks } = quote;
    const at = now_ns();
    quote.book = {
      bids: [{ price_ticks: mid_ticks - half_ticks, qty_lots: shown_lots }],
      asks: [{ price_ticks: mid_ticks + half_ticks, qty_lots: shown_lots }],
      tsEvent_ns: at,
      received_ns: at,
    };
  };
  for (const venue of venues) {
    for (const { id } of instruments) {
      const quote: Quote = { mid_ticks: start_ticks, book: undefined };
      quotes.set(keyOf(venue, id), quote);
      move(quote);
    }
  }
  return {
    view: { book: (venue, instrument) => quotes.get(keyOf(venue, instrument))?.book },
    touch: (venue, instrument, side) => {
      const { mid_ticks } = quoteOf(venue, instrument);
      return side === "buy" ? mid_ticks + half_ticks : mid_ticks - half_ticks;
    },
    move: () => {
      for (const quote of quotes.values()) move(quote);
    },
  };
};
