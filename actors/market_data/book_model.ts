/**
 * One venue's visible book of an instrument, made from its messages in the order they came.
 *
 * A depth message is the whole visible book. A best price corrects the top between two of them: the
 * levels that it proves gone, better than itself, are removed. A trade does not say what is left
 * and changes no book.
 *
 * Owns: that merge.
 * Never: throws, keeps more than `depthLevels_max` levels a side, invents a level.
 *
 * Invariant: both sides stay ordered best first; a merge leaves a book crossed only where the
 * venue itself sent both best prices crossed.
 */
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { Book, Level } from "../../protocols/market.ts";
import type { MarketDataUpdate } from "../../protocols/market_data.ts";
import { depthLevels_max } from "../../protocols/market_data.ts";

/** The book after an update that was heard at `received_ns`; undefined while no book is known. */
export const applyToBook = (
  book: Book | undefined,
  update: MarketDataUpdate,
  received_ns: Instant_ns,
): Book | undefined => {
  const { tsEvent_ns } = update;
  switch (update.kind) {
    case "trade":
      return book;
    case "depth":
      return {
        bids: update.bids.slice(0, depthLevels_max),
        asks: update.asks.slice(0, depthLevels_max),
        tsEvent_ns,
        received_ns,
      };
    case "bbo":
      return {
        bids: withBest(book?.bids ?? [], update.bid, -1),
        asks: withBest(book?.asks ?? [], update.ask, 1),
        tsEvent_ns,
        received_ns,
      };
    default:
      return update satisfies never;
  }
};

/** A side with a new best level; `step` is the sign of the way from one price to the next. */
const withBest = (
  levels: readonly Level[],
  best: Level | undefined,
  step: 1 | -1,
): readonly Level[] => {
  if (best === undefined) return [];
  const behind = levels.filter((level) => (level.price_ticks - best.price_ticks) * step > 0);
  return [best, ...behind.slice(0, depthLevels_max - 1)];
};
