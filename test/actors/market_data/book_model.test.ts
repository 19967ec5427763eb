/**
 * The book and the view: what each message does to a book, and what a view keeps.
 */
import { describe, expect, test } from "vitest";
import { applyToBook } from "../../../actors/market_data/book_model.ts";
import { createMarketView } from "../../../actors/market_data/market_view.ts";
import type { Book } from "../../../protocols/market.ts";
import type { MarketDataUpdate } from "../../../protocols/market_data.ts";
import type { InstrumentId } from "../../../protocols/kernel/ids.ts";
import { depthLevels_max } from "../../../protocols/market_data.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import {
  bookOf,
  btc,
  eth,
  grid,
  instruments,
  venueId,
  venueOf,
  venuesOf,
} from "./market_fixture.ts";
import type { Levels } from "./market_fixture.ts";

const depth = (bids: Levels, asks: Levels): MarketDataUpdate => {
  const book = bookOf(bids, asks);
  return { kind: "depth", bids: book.bids, asks: book.asks, tsEvent_ns: 5n };
};

const bbo = (bid?: Levels[number], ask?: Levels[number]): MarketDataUpdate => {
  const book = bookOf(bid === undefined ? [] : [bid], ask === undefined ? [] : [ask]);
  return { kind: "bbo", bid: book.bids[0], ask: book.asks[0], tsEvent_ns: 5n };
};

const trade: MarketDataUpdate = {
  kind: "trade",
  price_ticks: 7,
  qty_lots: 8,
  aggressorSide: "buy",
  tsEvent_ns: 5n,
};

const sidesOf = (book: Book | undefined): unknown => ({ bids: book?.bids, asks: book?.asks });
const same = (bids: Levels, asks: Levels): unknown => sidesOf(bookOf(bids, asks));

describe("a book", () => {
  const before = bookOf(
    [
      [100, 1],
      [99, 2],
      [97, 3],
    ],
    [
      [102, 1],
      [103, 2],
    ],
    1n,
  );

  test("is what the depth message says, with both times", () => {
    const after = applyToBook(before, depth([[50, 1]], []), 9n);
    expect(after).toEqual({ ...bookOf([[50, 1]], []), tsEvent_ns: 5n, received_ns: 9n });
  });

  test("takes a new best price and keeps the levels behind it", () => {
    const better = applyToBook(before, bbo([101, 4], [102, 7]), 9n);
    expect(sidesOf(better)).toEqual(
      same(
        [
          [101, 4],
          [100, 1],
          [99, 2],
          [97, 3],
        ],
        [
          [102, 7],
          [103, 2],
        ],
      ),
    );
  });

  test("loses the levels that a worse best price proves gone", () => {
    const worse = applyToBook(before, bbo([98, 4], [103, 1]), 9n);
    expect(sidesOf(worse)).toEqual(
      same(
        [
          [98, 4],
          [97, 3],
        ],
        [[103, 1]],
      ),
    );
  });

  test("empties the side that a best price leaves out", () => {
    expect(sidesOf(applyToBook(before, bbo([100, 1]), 9n))).toEqual(
      same(
        [
          [100, 1],
          [99, 2],
          [97, 3],
        ],
        [],
      ),
    );
  });

  test("starts from a best price too, and not from a trade", () => {
    expect(sidesOf(applyToBook(undefined, bbo([1, 1], [2, 1]), 9n))).toEqual(
      same([[1, 1]], [[2, 1]]),
    );
    expect(applyToBook(undefined, trade, 9n)).toBeUndefined();
  });

  test("is neither changed nor made younger by a trade", () => {
    expect(applyToBook(before, trade, 9n)).toBe(before);
  });

  test("stays ordered, uncrossed and bounded under random best prices", () => {
    const prng = createPrng(11);
    const nextUint32 = (): number => prng.nextUint32();
    let book: Book | undefined;
    for (let round = 0; round < 3_000; round += 1) {
      const bid = 1_000 + (nextUint32() % 100);
      const update = bbo([bid, 1 + (nextUint32() % 9)], [bid + 1 + (nextUint32() % 5), 1]);
      book = applyToBook(book, update, 9n);
      const prices = [...(book?.asks ?? [])].reverse().concat(book?.bids ?? []);
      const falling = prices.map((level) => level.price_ticks);
      expect(falling).toEqual([...new Set(falling)].sort((a, b) => b - a));
      expect(book?.bids.length).toBeLessThanOrEqual(depthLevels_max);
      expect(book?.asks.length).toBeLessThanOrEqual(depthLevels_max);
    }
  });
});

describe("a view", () => {
  const simx = venueId("SIMX");
  const unlisted = "DOGE-USDT" as InstrumentId;
  const venues = venuesOf(venueOf("SIMX", 0, 0, [btc, unlisted]), venueOf("SIMY", 0, 0, [eth]));

  test("keeps a book for each configured pair only", () => {
    const view = createMarketView({ instruments, venues });
    expect(view.book(simx, btc)).toBeUndefined();
    expect(view.apply(simx, btc, bbo([1, 1], [2, 1]), 9n)).toBe(true);
    expect(sidesOf(view.book(simx, btc))).toEqual(same([[1, 1]], [[2, 1]]));
    expect(view.apply(simx, eth, bbo([1, 1], [2, 1]), 9n)).toBe(false);
    expect(view.apply(simx, unlisted, bbo([1, 1], [2, 1]), 9n)).toBe(false);
    expect(view.apply(venueId("NOWHERE"), btc, bbo([1, 1], [2, 1]), 9n)).toBe(false);
    expect(view.book(simx, eth)).toBeUndefined();
    expect(view.book(venueId("SIMY"), eth)).toBeUndefined();
  });

  test("knows the grid of a configured pair", () => {
    const view = createMarketView({ instruments, venues });
    expect(view.gridOf(simx, btc)).toBe(grid);
    expect(view.gridOf(simx, eth)).toBeUndefined();
  });

  test("keeps the last trade beside the book", () => {
    const view = createMarketView({ instruments, venues });
    expect(view.lastTrade(simx, btc)).toBeUndefined();
    view.apply(simx, btc, trade, 9n);
    expect(view.lastTrade(simx, btc)).toEqual({
      price_ticks: 7,
      qty_lots: 8,
      tsEvent_ns: 5n,
      received_ns: 9n,
    });
    expect(view.book(simx, btc)).toBeUndefined();
  });
});
