/**
 * Market data on the wire: what is published on `oms.v1.md.<venue>.<instrument>.<bbo|depth|trade>`.
 *
 * Published by whoever listens to a venue's feed, read by nodes and by any strategy, stored by
 * nobody. Prices and quantities are the venue's own text; a reader that trades puts them on its
 * grid. Venue and instrument are in the subject only.
 *
 * Owns: the messages' shapes, their bytes, and their way onto the grid.
 * Never: throws on what it reads; moves a value onto the grid (a message off it is not read).
 */
import { Result, Schema } from "effect";
import type { InstrumentId, VenueId } from "./kernel/ids.ts";
import type { Grid, Price_ticks, Qty_lots } from "./kernel/grid.ts";
import type { Instant_ns } from "./kernel/instant.ts";
import type { MarketDataKind } from "./kernel/subjects.ts";
import type { Level } from "./market.ts";
import { toSteps } from "./kernel/grid.ts";
import { isToken } from "./kernel/ids.ts";
import { fromNanos } from "./kernel/instant.ts";
import * as scalar from "./scalar.ts";

/** Most levels of a side that a depth message carries. */
export const depthLevels_max = 20;

/** Longest message that is read, bytes: a depth message of the longest decimals fits. */
export const marketDataBytes_max = 8_192;

const times = {
  /** When the venue said so. */
  tsEvent: scalar.NanosText,
  /** When the publisher made the message. */
  tsInit: scalar.NanosText,
};

/** Best bid and offer. A side's two fields are absent together when that side is empty. */
export const BboMessage = Schema.Struct({
  bidPx: Schema.optionalKey(scalar.PriceDecimal),
  bidQty: Schema.optionalKey(scalar.PositiveDecimal),
  askPx: Schema.optionalKey(scalar.PriceDecimal),
  askQty: Schema.optionalKey(scalar.PositiveDecimal),
  ...times,
}).annotate({ title: "market_data_bbo", description: "Body of oms.v1.md.*.*.bbo" });
/** Best bid and offer. */
export type BboMessage = typeof BboMessage.Type;

const Levels = Schema.Array(Schema.Tuple([scalar.PriceDecimal, scalar.PositiveDecimal])).check(
  Schema.isMaxLength(depthLevels_max),
);

/** The visible book, whole: `[price, quantity]` best first. */
export const DepthMessage = Schema.Struct({
  bids: Levels,
  asks: Levels,
  ...times,
}).annotate({ title: "market_data_depth", description: "Body of oms.v1.md.*.*.depth" });
/** The visible book, whole. */
export type DepthMessage = typeof DepthMessage.Type;

/** A trade between others at the venue. */
export const TradeMessage = Schema.Struct({
  lastPx: scalar.PriceDecimal,
  lastQty: scalar.PositiveDecimal,
  /** FIX AggressorSide (2446). */
  aggressorSide: Schema.optionalKey(Schema.Literals(["buy", "sell"])),
  ...times,
}).annotate({ title: "market_data_trade", description: "Body of oms.v1.md.*.*.trade" });
/** A trade between others at the venue. */
export type TradeMessage = typeof TradeMessage.Type;

/** A message with its kind, the last token of its subject. */
export type MarketDataMessage =
  | { readonly kind: "bbo"; readonly body: BboMessage }
  | { readonly kind: "depth"; readonly body: DepthMessage }
  | { readonly kind: "trade"; readonly body: TradeMessage };

/** Market data on an instrument's grid. */
export type MarketDataUpdate =
  | {
      readonly kind: "bbo";
      readonly bid: Level | undefined;
      readonly ask: Level | undefined;
      readonly tsEvent_ns: Instant_ns;
    }
  | {
      readonly kind: "depth";
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
      readonly tsEvent_ns: Instant_ns;
    }
  | {
      readonly kind: "trade";
      readonly price_ticks: Price_ticks;
      readonly qty_lots: Qty_lots;
      readonly aggressorSide: "buy" | "sell" | undefined;
      readonly tsEvent_ns: Instant_ns;
    };

/** Where a message is from and what it says, as its subject has it. */
export interface MarketDataTopic {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly kind: MarketDataKind;
}

const kinds: ReadonlySet<string> = new Set<MarketDataKind>(["bbo", "depth", "trade"]);

/** Reads the three last tokens of a market-data subject; undefined where they are not such. */
export const marketDataTopic = (subject: string): MarketDataTopic | undefined => {
  const parts = subject.split(".");
  const [, , , venue = "", instrument = "", kind = ""] = parts;
  if (parts.length !== 6 || !isToken(venue) || !isToken(instrument) || !kinds.has(kind)) {
    return undefined;
  }
  return {
    venue: venue as VenueId,
    instrument: instrument as InstrumentId,
    kind: kind as MarketDataKind,
  };
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a message's body. */
export const encodeMarketData = (message: MarketDataMessage): Uint8Array =>
  encoder.encode(JSON.stringify(message.body));

const readBbo = Schema.decodeUnknownResult(Schema.fromJsonString(BboMessage));
const readDepth = Schema.decodeUnknownResult(Schema.fromJsonString(DepthMessage));
const readTrade = Schema.decodeUnknownResult(Schema.fromJsonString(TradeMessage));

/**
 * Reads a message onto a grid. Undefined where it is no such message, too long, off the grid, one
 * side of a best price without the other field, or a side that is not ordered best first. Unknown
 * fields are ignored.
 */
export const decodeMarketData = (
  kind: MarketDataKind,
  data: Uint8Array,
  grid: Grid,
): MarketDataUpdate | undefined => {
  if (data.byteLength > marketDataBytes_max) return undefined;
  const text = decoder.decode(data);
  switch (kind) {
    case "bbo": {
      const bbo = readBbo(text);
      return Result.isSuccess(bbo) ? bboOn(bbo.success, grid) : undefined;
    }
    case "depth": {
      const depth = readDepth(text);
      return Result.isSuccess(depth) ? depthOn(depth.success, grid) : undefined;
    }
    case "trade": {
      const trade = readTrade(text);
      return Result.isSuccess(trade) ? tradeOn(trade.success, grid) : undefined;
    }
    default:
      return kind satisfies never;
  }
};

const bboOn = (message: BboMessage, grid: Grid): MarketDataUpdate | undefined => {
  const bid = sideOn(message.bidPx, message.bidQty, grid);
  const ask = sideOn(message.askPx, message.askQty, grid);
  if (bid === "unreadable" || ask === "unreadable") return undefined;
  return { kind: "bbo", bid, ask, tsEvent_ns: fromNanos(message.tsEvent) };
};

const depthOn = (message: DepthMessage, grid: Grid): MarketDataUpdate | undefined => {
  const bids = levelsOn(message.bids, grid, -1);
  const asks = levelsOn(message.asks, grid, 1);
  if (bids === undefined || asks === undefined) return undefined;
  return { kind: "depth", bids, asks, tsEvent_ns: fromNanos(message.tsEvent) };
};

const tradeOn = (message: TradeMessage, grid: Grid): MarketDataUpdate | undefined => {
  const level = levelOn(message.lastPx, message.lastQty, grid);
  if (level === undefined) return undefined;
  const { aggressorSide } = message;
  return { kind: "trade", ...level, aggressorSide, tsEvent_ns: fromNanos(message.tsEvent) };
};

const sideOn = (
  price: string | undefined,
  qty: string | undefined,
  grid: Grid,
): Level | undefined | "unreadable" => {
  if (price === undefined && qty === undefined) return undefined;
  if (price === undefined || qty === undefined) return "unreadable";
  return levelOn(price, qty, grid) ?? "unreadable";
};

const levelOn = (price: string, qty: string, grid: Grid): Level | undefined => {
  const price_ticks = toSteps(price, grid.tick);
  const qty_lots = toSteps(qty, grid.lot);
  return price_ticks === undefined || qty_lots === undefined
    ? undefined
    : { price_ticks, qty_lots };
};

/** Levels on the grid; `step` is the sign of the way from one price to the next. */
const levelsOn = (
  levels: DepthMessage["bids"],
  grid: Grid,
  step: 1 | -1,
): readonly Level[] | undefined => {
  const found: Level[] = [];
  for (const [price, qty] of levels) {
    const level = levelOn(price, qty, grid);
    const last = found.at(-1);
    if (level === undefined) return undefined;
    if (last !== undefined && (level.price_ticks - last.price_ticks) * step <= 0) return undefined;
    found.push(level);
  }
  return found;
};
