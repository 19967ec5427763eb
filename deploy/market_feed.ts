/**
 * The markets as this node hears them, and word of every change.
 *
 * Owns: who is told. Listeners are called in the tick in which a message was applied, and must
 * neither throw nor wait.
 */
import type { InstrumentId, VenueId } from "../protocols/kernel/ids.ts";
import type { LiveMarketView } from "../actors/market_data/market_view.ts";

/** Told that a venue's market of an instrument changed. */
export type MarketListener = (venue: VenueId, instrument: InstrumentId) => void;

/** A market view that says when it changes. */
export interface MarketFeed extends LiveMarketView {
  /** Tells a listener of every change until the returned function is called. */
  readonly listen: (listener: MarketListener) => () => void;
}

/** A view with listeners. */
export const makeMarketFeed = (view: LiveMarketView): MarketFeed => {
  const listeners = new Set<MarketListener>();
  return {
    ...view,
    apply: (venue, instrument, update, received_ns) => {
      const isApplied = view.apply(venue, instrument, update, received_ns);
      if (isApplied) for (const listener of listeners) listener(venue, instrument);
      return isApplied;
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
