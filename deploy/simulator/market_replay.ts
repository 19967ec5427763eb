/**
 * Plays a recording into a matching book: the market that one venue sees of it. Pure: told how far
 * time is, it applies what is due.
 *
 * Two venues with different seeds see the same market a little differently:
 *  - each level's quantity, and each trade at it, is scaled by a factor between 0.5 and 1.5 that
 *    depends on seed, side and price alone;
 *  - the recording runs up to `shift_ns_max` ahead.
 * After its last event the recording starts again: the market side is seeded anew, client orders
 * stay.
 *
 * Known limit: a recorded trade has no update id, so a depth batch that was built before the trade
 * may restate the level for up to 100 ms after it. Trades alone fill client orders at a level, so
 * no fill is counted twice by that.
 *
 * Owns: the position in the recording.
 * Never: reads a clock, sets a timer.
 */
import { mulDivFloor } from "./decimal_grid.ts";
import type { BookLevel, BookTrade, MatchingBook } from "./matching_book.ts";
import type { BookSide } from "./price_ladder.ts";
import { createPrng, mix32 } from "./prng.ts";
import type { RecordedTrade, Recording } from "./recording.ts";

/** The furthest that a venue's recording runs ahead of another's: 1.5 s of recorded time. */
export const shift_ns_max = 1_500_000_000;

/** Told what playing did to client orders, and what the market traded. */
export interface ReplaySink {
  onClientTrades(trades: readonly BookTrade[]): void;
  onMarketTrade(trade: RecordedTrade): void;
}

/** One venue's run through one recording. */
export class MarketReplay {
  readonly #recording: Recording;
  readonly #book: MatchingBook;
  readonly #sink: ReplaySink;
  readonly #seed: number;
  readonly #shift_ns: number;
  #next = 0;
  #loops = 0;
  #eventsPlayed = 0;

  /** Seeds the book and plays it up to the venue's shift. */
  constructor(recording: Recording, book: MatchingBook, seed: number, sink: ReplaySink) {
    this.#recording = recording;
    this.#book = book;
    this.#sink = sink;
    this.#seed = seed;
    this.#shift_ns = Math.floor(createPrng(seed).nextUnit() * shift_ns_max);
    this.#seedBook();
    while (!this.playUntil(0, 1_000));
  }

  /** Events applied so far. */
  get eventsPlayed(): number {
    return this.#eventsPlayed;
  }

  /** How often the recording has started again. */
  get loops(): number {
    return this.#loops;
  }

  /** When the next event is due, on the scale of `playUntil`. */
  get nextDue_ns(): number {
    const event = this.#recording.events[this.#next];
    const base_ns = this.#loops * this.#recording.duration_ns - this.#shift_ns;
    return base_ns + (event?.at_ns ?? this.#recording.duration_ns);
  }

  /**
   * Applies what is due at `elapsed_ns` of recorded time since the start, at most `eventsMax`
   * events. True when nothing due is left.
   */
  playUntil(elapsed_ns: number, eventsMax: number): boolean {
    for (let played = 0; this.nextDue_ns <= elapsed_ns; played += 1) {
      if (played === eventsMax) return false;
      const event = this.#recording.events[this.#next];
      this.#next += 1;
      if (event === undefined) {
        this.#next = 0;
        this.#loops += 1;
        this.#seedBook();
        continue;
      }
      this.#eventsPlayed += 1;
      if (event.kind === "trade") this.#trade(event);
      else {
        this.#set("buy", event.bids);
        this.#set("sell", event.asks);
      }
    }
    return true;
  }

  #seedBook(): void {
    const bids = this.#recording.bids.map((level) => this.#scaled("buy", level));
    const asks = this.#recording.asks.map((level) => this.#scaled("sell", level));
    this.#tell(this.#book.seedMarket(bids, asks));
  }

  #set(side: BookSide, levels: readonly BookLevel[]): void {
    for (const level of levels) {
      const [price_ticks, qty_lots] = this.#scaled(side, level);
      this.#tell(this.#book.setMarketLevel(side, price_ticks, qty_lots));
    }
  }

  #trade(event: RecordedTrade): void {
    const hitSide = event.aggressor === "buy" ? "sell" : "buy";
    const [price_ticks, qty_lots] = this.#scaled(hitSide, [event.price_ticks, event.qty_lots]);
    this.#tell(this.#book.marketTrade(event.aggressor, price_ticks, qty_lots));
    this.#sink.onMarketTrade({ ...event, qty_lots });
  }

  #tell(trades: readonly BookTrade[]): void {
    if (trades.length > 0) this.#sink.onClientTrades(trades);
  }

  #scaled(side: BookSide, [price_ticks, qty_lots]: BookLevel): BookLevel {
    if (qty_lots === 0) return [price_ticks, 0];
    const word = mix32(this.#seed ^ mix32(price_ticks * 2 + (side === "buy" ? 0 : 1)));
    return [price_ticks, Math.max(1, mulDivFloor(qty_lots, 500 + (word % 1_001), 1_000))];
  }
}
