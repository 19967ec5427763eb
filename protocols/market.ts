/**
 * Market data as the OMS sees it: one normalised book per venue and instrument.
 *
 * Owns: the read-only view that risk and routing decide on, and its messages on the wire.
 */
import type { InstrumentId, VenueId } from "./kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "./kernel/grid.ts";
import type { Instant_ns } from "./kernel/instant.ts";

/** One price level. */
export interface Level {
  readonly price_ticks: Price_ticks;
  readonly qty_lots: Qty_lots;
}

/** The visible book of one instrument at one venue. */
export interface Book {
  /** Best first. */
  readonly bids: readonly Level[];
  /** Best first. */
  readonly asks: readonly Level[];
  /** When the venue said so, and when we heard it. */
  readonly tsEvent_ns: Instant_ns;
  readonly received_ns: Instant_ns;
}

/** What was traded at one market since somebody began to count. */
export interface Traded {
  /** When the count began: another one is another count. */
  readonly since_ns: Instant_ns;
  readonly qty_lots: Qty_lots;
}

/** What decisions may know of the markets at this moment. */
export interface MarketView {
  /** Undefined while nothing was heard. */
  readonly traded?: (venue: VenueId, instrument: InstrumentId) => Traded | undefined;
  readonly book: (venue: VenueId, instrument: InstrumentId) => Book | undefined;
}

/** Whether a venue takes orders now, as its own shard last said. */
export interface VenueStatus {
  readonly open: boolean;
  readonly reason: string;
  /** Its circuit breaker, where that is not closed. */
  readonly breaker?: "open" | "half_open";
  /** New orders wait long for its rate limits. */
  readonly congested?: true;
}
