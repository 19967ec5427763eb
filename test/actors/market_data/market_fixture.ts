/**
 * Two instruments, some venues and books to decide on, for the tests of risk, routing and markets.
 */
import type { Grid } from "../../../protocols/kernel/grid.ts";
import type { AccountId, InstrumentId, VenueId } from "../../../protocols/kernel/ids.ts";
import type { Instrument, VenueProfile } from "../../../protocols/instrument.ts";
import type { Book, Level, MarketView } from "../../../protocols/market.ts";
import { stepOf } from "../../../protocols/kernel/grid.ts";

/** A grid of the two steps' texts. */
export const gridOf = (tickText: string, lotText: string): Grid => {
  const tick = stepOf(tickText);
  const lot = stepOf(lotText);
  if (tick === undefined || lot === undefined) throw new Error("a fixture's steps are decimals");
  return { tick, lot };
};

export const account = "DESK" as AccountId;
export const btc = "BTC-USDT" as InstrumentId;
export const eth = "ETH-USDT" as InstrumentId;
/** BTC-USDT's grid. */
export const grid = gridOf("0.01", "0.00001");

export const venueId = (text: string): VenueId => text as VenueId;

const instrument = (id: InstrumentId, base: string): Instrument => ({
  id,
  base,
  quote: "USDT",
  grid,
  minQty_lots: 1,
});

export const instruments: ReadonlyMap<InstrumentId, Instrument> = new Map([
  [btc, instrument(btc, "BTC")],
  [eth, instrument(eth, "ETH")],
]);

/** A venue that offers BTC-USDT, or the instruments named. */
export const venueOf = (
  id: string,
  maker_bps = 0,
  taker_bps = 0,
  offered: readonly InstrumentId[] = [btc],
): VenueProfile => ({ id: venueId(id), instruments: new Set(offered), maker_bps, taker_bps });

export const venuesOf = (...venues: readonly VenueProfile[]): ReadonlyMap<VenueId, VenueProfile> =>
  new Map(venues.map((venue) => [venue.id, venue]));

/** `[price_ticks, qty_lots]` best first. */
export type Levels = readonly (readonly [price_ticks: number, qty_lots: number])[];

const levelsOf = (levels: Levels): readonly Level[] =>
  levels.map(([price_ticks, qty_lots]) => ({ price_ticks, qty_lots }));

export const bookOf = (bids: Levels, asks: Levels, received_ns = 0n): Book => ({
  bids: levelsOf(bids),
  asks: levelsOf(asks),
  tsEvent_ns: received_ns,
  received_ns,
});

/** A view of BTC-USDT books by venue. */
export const viewOf = (books: Readonly<Record<string, Book>>): MarketView => ({
  book: (venue, wanted) => (wanted === btc ? books[venue] : undefined),
});
