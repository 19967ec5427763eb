/**
 * A recorded stretch of one market, as events on the venue's grid, in the order of the recorder's
 * clock. Built line by line from the raw combined-stream records.
 *
 * The book follows the exchange's documented "snapshot + diff" rule: depth records whose last
 * update id is not above the snapshot's are dropped; every later one must continue without a gap.
 * Time 0 is the snapshot. The exchange's own time runs ahead of the recorder's clock, so order and
 * pace come from the recorder alone.
 *
 * Owns: reading one record, the gap check.
 * Never: reads a file, paces anything. Quantities finer than a lot (five in 250,000, resting far
 * away from the market) lose that dust here; prices off the tick grid are refused.
 */
import { Schema } from "effect";
import { parseOnGrid } from "./decimal_grid.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";
import type { BookLevel } from "./matching_book.ts";
import type { BookSide } from "./price_ladder.ts";

/** One batch of the diff stream: absolute quantities, 0 removes a level. */
export interface RecordedDepth {
  readonly kind: "depth";
  readonly at_ns: number;
  readonly lastUpdateId: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** One trade. */
export interface RecordedTrade {
  readonly kind: "trade";
  readonly at_ns: number;
  readonly price_ticks: number;
  readonly qty_lots: number;
  readonly aggressor: BookSide;
}

/** Best bid and ask as the exchange stated them after `updateId`: an oracle for the depth. */
export interface RecordedTicker {
  readonly updateId: number;
  readonly bid: BookLevel;
  readonly ask: BookLevel;
}

/** A recording, complete. `at_ns` counts from the snapshot and never decreases. */
export interface Recording {
  readonly spec: InstrumentSpec;
  readonly snapshotUpdateId: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  readonly events: readonly (RecordedDepth | RecordedTrade)[];
  /** Filled only when the parser was asked for tickers. */
  readonly tickers: readonly RecordedTicker[];
  readonly duration_ns: number;
}

/** A recording that cannot be used: says which line and why. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

const Levels = Schema.Array(Schema.Tuple([Schema.String, Schema.String]));
const decodeDepth = Schema.decodeUnknownSync(
  Schema.Struct({
    data: Schema.Struct({ U: Schema.Int, u: Schema.Int, b: Levels, a: Levels }),
  }),
);
const decodeTrade = Schema.decodeUnknownSync(
  Schema.Struct({
    data: Schema.Struct({ p: Schema.String, q: Schema.String, m: Schema.Boolean }),
  }),
);
const decodeTicker = Schema.decodeUnknownSync(
  Schema.Struct({
    data: Schema.Struct({
      u: Schema.Int,
      b: Schema.String,
      B: Schema.String,
      a: Schema.String,
      A: Schema.String,
    }),
  }),
);
const decodeSnapshot = Schema.decodeUnknownSync(
  Schema.Struct({ lastUpdateId: Schema.Int, bids: Levels, asks: Levels }),
);

type RawDepth = ReturnType<typeof decodeDepth>["data"];
type RawTrade = ReturnType<typeof decodeTrade>["data"];
type RawTicker = ReturnType<typeof decodeTicker>["data"];

interface Snapshot {
  readonly at_ns: bigint;
  readonly updateId: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** Builds a `Recording` from raw lines in file order. Throws `RecordingError`. */
export class RecordingParser {
  readonly #spec: InstrumentSpec;
  readonly #withTickers: boolean;
  readonly #early: RawDepth[] = [];
  readonly #events: (RecordedDepth | RecordedTrade)[] = [];
  readonly #tickers: RecordedTicker[] = [];
  #snapshot: Snapshot | undefined;
  #lastUpdateId = 0;
  #last_ns = 0;
  #lines = 0;

  constructor(spec: InstrumentSpec, withTickers = false) {
    this.#spec = spec;
    this.#withTickers = withTickers;
  }

  /** Takes the next line, without its newline. */
  line(text: string): void {
    this.#lines += 1;
    const space = text.indexOf(" ");
    const isTicker = text.startsWith("@bookTicker", text.indexOf("@", space));
    if (isTicker && !this.#withTickers) return;
    try {
      this.#record(BigInt(text.slice(0, space)), JSON.parse(text.slice(space + 1)));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : "unreadable";
      const where = `${this.#spec.recordingFile} line ${this.#lines}`;
      throw new RecordingError(`${where}: ${reason}`, { cause });
    }
  }

  /** The whole recording. */
  finish(): Recording {
    const snapshot = this.#snapshot;
    if (snapshot === undefined || this.#events.length === 0) {
      throw new RecordingError(`${this.#spec.recordingFile}: no snapshot, or nothing after it`);
    }
    return {
      spec: this.#spec,
      snapshotUpdateId: snapshot.updateId,
      bids: snapshot.bids,
      asks: snapshot.asks,
      events: this.#events,
      tickers: this.#tickers,
      duration_ns: this.#last_ns,
    };
  }

  #record(at_ns: bigint, record: unknown): void {
    const stream = Schema.is(Schema.Struct({ stream: Schema.String }))(record) ? record.stream : "";
    const symbol = this.#spec.symbol.toLowerCase();
    if (stream === "") this.#readSnapshot(at_ns, record);
    else if (stream === `${symbol}@depth@100ms`) this.#depth(at_ns, decodeDepth(record).data);
    else if (stream === `${symbol}@trade`) this.#trade(at_ns, decodeTrade(record).data);
    else if (stream === `${symbol}@bookTicker`) this.#ticker(decodeTicker(record).data);
    else throw new RecordingError(`unknown stream ${stream}`);
  }

  #readSnapshot(at_ns: bigint, record: unknown): void {
    if (this.#snapshot !== undefined) throw new RecordingError("a second snapshot");
    const { lastUpdateId, bids, asks } = decodeSnapshot(record);
    this.#snapshot = {
      at_ns,
      updateId: lastUpdateId,
      bids: bids.map((level) => this.#level(level)),
      asks: asks.map((level) => this.#level(level)),
    };
    this.#lastUpdateId = lastUpdateId;
    for (const depth of this.#early) this.#depth(at_ns, depth);
    this.#early.length = 0;
  }

  #depth(at_ns: bigint, depth: RawDepth): void {
    if (this.#snapshot === undefined) {
      this.#early.push(depth);
      return;
    }
    if (depth.u <= this.#lastUpdateId) return;
    const isFirst = this.#lastUpdateId === this.#snapshot.updateId;
    const continues = isFirst
      ? depth.U <= this.#lastUpdateId + 1
      : depth.U === this.#lastUpdateId + 1;
    if (!continues) throw new RecordingError(`gap after update ${this.#lastUpdateId}`);
    this.#lastUpdateId = depth.u;
    this.#events.push({
      kind: "depth",
      at_ns: this.#offset_ns(at_ns, this.#snapshot),
      lastUpdateId: depth.u,
      bids: depth.b.map((level) => this.#level(level)),
      asks: depth.a.map((level) => this.#level(level)),
    });
  }

  #trade(at_ns: bigint, trade: RawTrade): void {
    if (this.#snapshot === undefined) return;
    const [price_ticks, qty_lots] = this.#level([trade.p, trade.q]);
    // `m`: the buyer was the maker, so the seller took.
    const aggressor = trade.m ? "sell" : "buy";
    const offset_ns = this.#offset_ns(at_ns, this.#snapshot);
    this.#events.push({ kind: "trade", at_ns: offset_ns, price_ticks, qty_lots, aggressor });
  }

  #ticker(ticker: RawTicker): void {
    this.#tickers.push({
      updateId: ticker.u,
      bid: this.#level([ticker.b, ticker.B]),
      ask: this.#level([ticker.a, ticker.A]),
    });
  }

  #offset_ns(at_ns: bigint, snapshot: Snapshot): number {
    this.#last_ns = Math.max(this.#last_ns, Number(at_ns - snapshot.at_ns));
    return this.#last_ns;
  }

  #level([price, qty]: readonly [string, string]): BookLevel {
    const price_ticks = parseOnGrid(price, this.#spec.priceDecimals);
    const qty_lots = parseOnGrid(qty, this.#spec.qtyDecimals, true);
    if (typeof price_ticks === "string") throw new RecordingError(`price ${price} ${price_ticks}`);
    if (typeof qty_lots === "string") throw new RecordingError(`quantity ${qty} ${qty_lots}`);
    return [price_ticks, qty_lots];
  }
}
