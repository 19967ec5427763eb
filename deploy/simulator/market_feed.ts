/**
 * Publishes one instrument's market data: the best prices whenever they change, ten levels on
 * change but at most every 100 ms, every trade.
 *
 * Shown quantities include resting client orders, as on any venue. Nothing is encoded while nobody
 * listens.
 *
 * Owns: what was last sent, the subscribers.
 * Never: changes the book.
 */
import { encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimSide, SimVenueMessage } from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import type { BookLevel } from "./matching_book.ts";
import type { Listing } from "./order_desk.ts";
import type { VenueClock } from "./venue_clock.ts";

/** Whoever takes encoded lines. */
export interface FeedSubscriber {
  send(line: string): void;
}

/** Least time between two `depth` messages. */
export const depthInterval_ns = 100_000_000;

const depthLevels = 10;

/** The feed of one instrument. */
export class MarketFeed {
  readonly #listing: Listing;
  readonly #clock: VenueClock;
  readonly #subscribers = new Set<FeedSubscriber>();
  #lastTop = "";
  #lastDepth = "";
  #lastDepth_ns = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(listing: Listing, clock: VenueClock) {
    this.#listing = listing;
    this.#clock = clock;
  }

  /** Sends the present state, then everything that changes. */
  subscribe(subscriber: FeedSubscriber): void {
    const { instrument } = this.#listing.spec;
    this.#subscribers.add(subscriber);
    subscriber.send(encodeSimLine({ type: "status", instrument, state: "open" }));
    subscriber.send(encodeSimLine({ ...this.#top(), tsEvent: this.#clock.wall_ns() }));
    subscriber.send(encodeSimLine({ ...this.#depth(), tsEvent: this.#clock.wall_ns() }));
  }

  /** Sends nothing more to that subscriber. */
  unsubscribe(subscriber: FeedSubscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** To be called after anything that may have changed the book. */
  bookChanged(): void {
    if (this.#subscribers.size === 0) return;
    const top = this.#top();
    const key = JSON.stringify(top);
    if (key !== this.#lastTop) {
      this.#lastTop = key;
      this.#send({ ...top, tsEvent: this.#clock.wall_ns() });
    }
    this.#depthDue();
  }

  /** Something traded. */
  traded(price_ticks: number, qty_lots: number, aggressor: SimSide): void {
    if (this.#subscribers.size === 0) return;
    const { spec } = this.#listing;
    this.#send({
      type: "trade",
      instrument: spec.instrument,
      px: formatOnGrid(price_ticks, spec.priceDecimals),
      qty: formatOnGrid(qty_lots, spec.qtyDecimals),
      aggressor,
      tsEvent: this.#clock.wall_ns(),
    });
  }

  /** Stops the timer. */
  close(): void {
    this.#cancelTimer?.();
    this.#subscribers.clear();
  }

  #depthDue(): void {
    if (this.#cancelTimer !== undefined) return;
    const wait_ns = this.#lastDepth_ns + depthInterval_ns - this.#clock.now_ns();
    if (wait_ns > 0) {
      this.#cancelTimer = this.#clock.schedule(wait_ns, () => {
        this.#cancelTimer = undefined;
        this.#depthDue();
      });
      return;
    }
    const depth = this.#depth();
    const key = JSON.stringify(depth);
    if (key === this.#lastDepth) return;
    this.#lastDepth = key;
    this.#lastDepth_ns = this.#clock.now_ns();
    this.#send({ ...depth, tsEvent: this.#clock.wall_ns() });
  }

  #top() {
    const { book, spec } = this.#listing;
    const bid = book.top("buy");
    const ask = book.top("sell");
    return {
      type: "bbo" as const,
      instrument: spec.instrument,
      ...(bid && { bidPx: this.#px(bid), bidQty: this.#qty(bid) }),
      ...(ask && { askPx: this.#px(ask), askQty: this.#qty(ask) }),
    };
  }

  #depth() {
    const { book, spec } = this.#listing;
    const shown = (levels: BookLevel[]) =>
      levels.map((level): [string, string] => [this.#px(level), this.#qty(level)]);
    return {
      type: "depth" as const,
      instrument: spec.instrument,
      bids: shown(book.levels("buy", depthLevels)),
      asks: shown(book.levels("sell", depthLevels)),
    };
  }

  #px([price_ticks]: BookLevel): string {
    return formatOnGrid(price_ticks, this.#listing.spec.priceDecimals);
  }

  #qty([, qty_lots]: BookLevel): string {
    return formatOnGrid(qty_lots, this.#listing.spec.qtyDecimals);
  }

  #send(message: SimVenueMessage): void {
    const line = encodeSimLine(message);
    for (const subscriber of this.#subscribers) subscriber.send(line);
  }
}
