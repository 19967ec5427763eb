/**
 * Looks at the market for the orders that wait for it, and tells their shard only what matters.
 *
 * A market is watched while a shard says so, by the levels that it last gave. A price that passes
 * none of them is not told. While one look is on its way through the shard (posted, not yet
 * committed) the levels are out of date: what prices do meanwhile is kept as a path, and is told as
 * a whole if any of it matters to the levels that come back.
 *
 * Owns: those paths; volatile. After a restart the shard names its markets again.
 * Never: decides that an order is triggered.
 *
 * Invariants
 *  1. At most one look per market is on its way.
 *  2. No turning point of a watched market's prices is lost between two looks.
 */
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { PricePoint } from "../../protocols/trigger.ts";
import { extendPath } from "./price_path.ts";
import { matters } from "./watch_levels.ts";
import type { WatchLevels } from "./watch_levels.ts";

/** A market that orders wait for: an instrument at every venue, or at one. */
export interface Market {
  readonly instrument: InstrumentId;
  readonly venue?: VenueId;
}

/** From the shard, after each look and whenever its waiting orders change. */
export interface WatchMarket extends Market {
  readonly effect: "watch";
  /** Absent: nobody waits for it any more. */
  readonly levels?: WatchLevels;
}

/** To the shard: what prices did since the last look, in their order. */
export interface MarketObserved extends Market {
  readonly local: "observed";
  readonly path: readonly PricePoint[];
}

/** What a watch stands on. */
export interface MarketWatchOptions {
  /** The market as it is now. */
  readonly pointOf: (market: Market) => PricePoint;
  /** False: no room now. */
  readonly post: (observed: MarketObserved) => boolean;
  /** Calls back once, when there is room again. */
  readonly room: (callback: () => void) => void;
}

interface Watched {
  readonly market: Market;
  levels: WatchLevels;
  /** Whether a look is on its way through the shard. */
  isLooking: boolean;
  path: readonly PricePoint[];
}

/** One shard's look at the markets. */
export class MarketWatch {
  readonly #options: MarketWatchOptions;
  readonly #watched = new Map<string, Watched>();
  #waitsForRoom = false;

  constructor(options: MarketWatchOptions) {
    this.#options = options;
  }

  /** The shard names a market's levels; its last look at it is over. */
  watch({ instrument, venue, levels }: WatchMarket): void {
    const market = venue === undefined ? { instrument } : { instrument, venue };
    const key = keyOf(market);
    if (levels === undefined) {
      this.#watched.delete(key);
      return;
    }
    const path = this.#watched.get(key)?.path ?? [];
    const watched: Watched = { market, levels, isLooking: false, path };
    this.#watched.set(key, watched);
    this.#see(watched);
  }

  /** A venue's prices of an instrument changed. */
  changed(venue: VenueId, instrument: InstrumentId): void {
    if (this.#watched.size === 0) return;
    const everywhere = this.#watched.get(keyOf({ instrument }));
    if (everywhere !== undefined) this.#see(everywhere);
    const there = this.#watched.get(keyOf({ instrument, venue }));
    if (there !== undefined) this.#see(there);
  }

  #see(watched: Watched): void {
    const path = extendPath(watched.path, this.#options.pointOf(watched.market));
    watched.path = path;
    if (watched.isLooking) return;
    if (!path.some((point) => matters(watched.levels, point))) {
      watched.path = [];
      return;
    }
    if (this.#options.post({ local: "observed", ...watched.market, path })) {
      watched.isLooking = true;
      watched.path = [];
      return;
    }
    if (this.#waitsForRoom) return;
    this.#waitsForRoom = true;
    this.#options.room(() => {
      this.#waitsForRoom = false;
      for (const one of this.#watched.values()) if (one.path.length > 0) this.#see(one);
    });
  }
}

const keyOf = ({ instrument, venue = "" as VenueId }: Market): string => `${instrument}@${venue}`;
