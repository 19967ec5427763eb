/**
 * The markets of a simulated world: a price per venue and instrument that wanders, books and last
 * trades that may be missing or old, and everything that could ever be seen of them.
 *
 * Owns: what everybody sees of the markets.
 */
import type { LastTrade } from "../../actors/market_data/market_view.ts";
import type { MarketFeed, MarketListener } from "../../deploy/market_feed.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Book, MarketView } from "../../protocols/market.ts";
import type { PricePoint } from "../../protocols/trigger.ts";
import type { Side } from "../../protocols/venue.ts";
import type { Faults } from "./faults.ts";
import type { Prng } from "./prng.ts";
import type { Process, VirtualWorld } from "./virtual_world.ts";

/** What a process hears of the markets. */
export type HeardMarket = Pick<MarketFeed, "book" | "lastTrade" | "listen">;

/** One market as it could be seen from a moment on. */
export interface SeenPrice {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly at_ns: bigint;
  readonly point: PricePoint;
}

/** The markets. */
export interface Market {
  /** What decisions see. */
  readonly view: MarketView;
  /** What a process hears, as long as it lives. */
  readonly feed: (process: Process) => HeardMarket;
  /** The price at which an order of that side trades at once. */
  readonly touch: (venue: VenueId, instrument: InstrumentId, side: Side) => Price_ticks;
  /** Prices move on; books are renewed, unless something is wrong with them. */
  readonly move: () => void;
  /** All that could be seen so far, oldest first. */
  readonly seen: readonly SeenPrice[];
}

interface Quote {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  mid_ticks: number;
  book: Book | undefined;
  lastTrade: LastTrade | undefined;
  /** Since the world began. */
  traded_lots: number;
}

interface Entry {
  readonly process: Process;
  readonly listener: MarketListener;
}

const start_ticks = 1_000;
const half_ticks = 2;
const shown_lots = 50;

const keyOf = (venue: VenueId, instrument: InstrumentId): string => `${venue}.${instrument}`;

/** Markets in those instruments at those venues. */
export const makeMarket = (
  venues: readonly VenueId[],
  instruments: readonly Instrument[],
  faults: Faults,
  prng: Prng,
  world: VirtualWorld,
): Market => {
  const { now_ns } = world;
  const quotes = new Map<string, Quote>();
  const seen: SeenPrice[] = [];
  const listeners = new Set<Entry>();
  const quoteOf = (venue: VenueId, instrument: InstrumentId): Quote => {
    const quote = quotes.get(keyOf(venue, instrument));
    if (quote === undefined) throw new Error(`${venue} has no market in ${instrument}`);
    return quote;
  };
  const move = (quote: Quote): void => {
    moveQuote(quote, faults, prng, now_ns());
    const { venue, instrument } = quote;
    seen.push({ venue, instrument, at_ns: now_ns(), point: pointOf(quote) });
  };
  for (const venue of venues) {
    for (const { id: instrument } of instruments) {
      const quote: Quote = {
        venue,
        instrument,
        mid_ticks: start_ticks,
        book: undefined,
        lastTrade: undefined,
        traded_lots: 0,
      };
      quotes.set(keyOf(venue, instrument), quote);
      move(quote);
    }
  }
  const book: MarketView["book"] = (venue, instrument) =>
    quotes.get(keyOf(venue, instrument))?.book;
  return {
    view: {
      book,
      traded: (venue, instrument) => {
        const quote = quotes.get(keyOf(venue, instrument));
        return quote === undefined ? undefined : { since_ns: 1n, qty_lots: quote.traded_lots };
      },
    },
    seen,
    feed: (process) => ({
      book,
      lastTrade: (venue, instrument) => quotes.get(keyOf(venue, instrument))?.lastTrade,
      listen: (listener) => {
        const entry = { process, listener };
        listeners.add(entry);
        process.onDeath(() => listeners.delete(entry));
        return () => listeners.delete(entry);
      },
    }),
    touch: (venue, instrument, side) => {
      const { mid_ticks } = quoteOf(venue, instrument);
      return side === "buy" ? mid_ticks + half_ticks : mid_ticks - half_ticks;
    },
    move: () => {
      for (const quote of quotes.values()) move(quote);
      const all = [...quotes.values()];
      for (const entry of listeners) tell(entry, all, faults, world, () => listeners.has(entry));
    },
  };
};

/** Each price on its own way to a process, which looks what the price is once it hears. */
const tell = (
  { process, listener }: Entry,
  quotes: readonly Quote[],
  { strikes, prng }: Faults,
  { after }: VirtualWorld,
  isListening: () => boolean,
): void => {
  for (const { venue, instrument } of quotes) {
    if (strikes("price_unheard")) continue;
    const late_us = strikes("price_late") ? prng.between(1, 150) * 1_000 : 0;
    after(late_us, process, () => {
      if (isListening()) listener(venue, instrument);
    });
  }
};

const moveQuote = (quote: Quote, faults: Faults, prng: Prng, at: bigint): void => {
  quote.mid_ticks = Math.max(start_ticks / 2, quote.mid_ticks + prng.between(-1, 1));
  const { mid_ticks } = quote;
  const heard = { tsEvent_ns: at, received_ns: at };
  if (prng.chance(0.3)) {
    quote.traded_lots += prng.between(1, 10);
    quote.lastTrade = {
      price_ticks: mid_ticks + prng.between(-half_ticks, half_ticks),
      qty_lots: 1,
      ...heard,
    };
  }
  if (faults.strikes("book_missing")) {
    quote.book = undefined;
    return;
  }
  if (faults.strikes("book_stale")) return;
  quote.book = {
    bids: [{ price_ticks: mid_ticks - half_ticks, qty_lots: shown_lots }],
    asks: [{ price_ticks: mid_ticks + half_ticks, qty_lots: shown_lots }],
    ...heard,
  };
};

const pointOf = ({ book, lastTrade }: Quote): PricePoint => {
  const bid_ticks = book?.bids[0]?.price_ticks;
  const ask_ticks = book?.asks[0]?.price_ticks;
  const last_ticks = lastTrade?.price_ticks;
  return {
    ...(bid_ticks === undefined ? {} : { bid_ticks }),
    ...(ask_ticks === undefined ? {} : { ask_ticks }),
    ...(last_ticks === undefined ? {} : { last_ticks }),
  };
};
