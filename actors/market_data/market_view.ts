/**
 * The markets as this node last heard them: a book for each venue and instrument it is configured
 * for. Volatile: it is rebuilt from the next messages, and what is too old is the reader's matter.
 *
 * Owns: the only mutable place of market data, bounded by the configured pairs.
 * Never: keeps anything of an unknown venue or instrument, reads a clock.
 */
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Grid, Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { Instrument, VenueProfile } from "../../protocols/instrument.ts";
import type { Book, MarketView, Traded } from "../../protocols/market.ts";
import type { MarketDataUpdate } from "../../protocols/market_data.ts";
import { applyToBook } from "./book_model.ts";

/** The last trade heard of, between others. */
export interface LastTrade {
  readonly price_ticks: Price_ticks;
  readonly qty_lots: Qty_lots;
  readonly tsEvent_ns: Instant_ns;
  readonly received_ns: Instant_ns;
}

/** A market view and the way to feed it. */
export interface LiveMarketView extends MarketView {
  /** The grid to read a message on; undefined where the pair is not configured. */
  readonly gridOf: (venue: VenueId, instrument: InstrumentId) => Grid | undefined;
  /** Applies one update; false, and nothing changed, where the pair is not configured. */
  readonly apply: (
    venue: VenueId,
    instrument: InstrumentId,
    update: MarketDataUpdate,
    received_ns: Instant_ns,
  ) => boolean;
  readonly lastTrade: (venue: VenueId, instrument: InstrumentId) => LastTrade | undefined;
}

const nothing = { book: undefined, lastTrade: undefined, traded: undefined };

interface Market {
  readonly grid: Grid;
  book: Book | undefined;
  lastTrade: LastTrade | undefined;
  traded: Traded | undefined;
}

/** A view of the configured pairs, all of them without a book yet. */
export const createMarketView = (reference: {
  readonly instruments: ReadonlyMap<InstrumentId, Instrument>;
  readonly venues: ReadonlyMap<VenueId, VenueProfile>;
}): LiveMarketView => {
  const markets = new Map<VenueId, ReadonlyMap<InstrumentId, Market>>();
  for (const venue of reference.venues.values()) {
    const offered = new Map<InstrumentId, Market>();
    for (const id of venue.instruments) {
      const grid = reference.instruments.get(id)?.grid;
      if (grid !== undefined) offered.set(id, { ...nothing, grid });
    }
    markets.set(venue.id, offered);
  }
  const find = (venue: VenueId, instrument: InstrumentId): Market | undefined =>
    markets.get(venue)?.get(instrument);
  return {
    book: (venue, instrument) => find(venue, instrument)?.book,
    lastTrade: (venue, instrument) => find(venue, instrument)?.lastTrade,
    traded: (venue, instrument) => find(venue, instrument)?.traded,
    gridOf: (venue, instrument) => find(venue, instrument)?.grid,
    apply: (venue, instrument, update, received_ns) => {
      const market = find(venue, instrument);
      if (market === undefined) return false;
      market.book = applyToBook(market.book, update, received_ns);
      if (update.kind === "trade") {
        const { price_ticks, qty_lots, tsEvent_ns } = update;
        market.lastTrade = { price_ticks, qty_lots, tsEvent_ns, received_ns };
        const { since_ns, qty_lots: before } = market.traded ?? {
          since_ns: received_ns,
          qty_lots: 0,
        };
        market.traded = { since_ns, qty_lots: before + qty_lots };
      }
      return true;
    },
  };
};
