/** The matching book's rules, one by one, with numbers that can be followed by hand. */
import { assert, describe, it } from "vitest";
import { MatchingBook } from "../../deploy/simulator/matching_book.ts";
import type { BookOrder, BookTrade } from "../../deploy/simulator/matching_book.ts";

const limit = (
  orderId: number,
  side: "buy" | "sell",
  price_ticks: number,
  qty_lots: number,
  more: Partial<BookOrder> = {},
): BookOrder => ({
  orderId,
  side,
  price_ticks,
  qty_lots,
  remainder: "rest",
  postOnly: false,
  ...more,
});

/** Bids 10@99, 20@98; asks 10@101, 20@102. */
const seeded = (): MatchingBook => {
  const book = new MatchingBook();
  const bids = [
    [99, 10],
    [98, 20],
  ] as const;
  const asks = [
    [101, 10],
    [102, 20],
  ] as const;
  assert.deepStrictEqual(book.seedMarket(bids, asks), []);
  return book;
};

const short = (trades: readonly BookTrade[]) =>
  trades.map(({ taker, maker, price_ticks, qty_lots }) => [taker, maker, qty_lots, price_ticks]);

const entered = (book: MatchingBook, order: BookOrder) => {
  const outcome = book.enter(order);
  if (outcome.kind !== "entered") throw new Error("expected to enter");
  return { trades: short(outcome.trades), resting: outcome.resting_lots };
};

describe("taking", () => {
  it("takes visible quantity level by level and rests the remainder", () => {
    const book = seeded();
    assert.deepStrictEqual(entered(book, limit(1, "buy", 102, 35)), {
      trades: [
        [1, undefined, 10, 101],
        [1, undefined, 20, 102],
      ],
      resting: 5,
    });
    assert.deepStrictEqual(book.top("buy"), [102, 5]);
    assert.isUndefined(book.top("sell"));
  });

  it("cannot take the same quantity twice until the recording sets the level", () => {
    const book = seeded();
    const ioc = { remainder: "ioc" } as const;
    assert.strictEqual(entered(book, limit(1, "buy", 101, 6, ioc)).trades.length, 1);
    assert.deepStrictEqual(book.top("sell"), [101, 4]);
    assert.deepStrictEqual(entered(book, limit(2, "buy", 101, 6, ioc)), {
      trades: [[2, undefined, 4, 101]],
      resting: 0,
    });
    assert.deepStrictEqual(entered(book, limit(3, "buy", 101, 6, ioc)).trades, []);
    book.setMarketLevel("sell", 101, 9);
    assert.deepStrictEqual(book.top("sell"), [101, 9]);
  });

  it("fills fok all or nothing, and market orders at any price", () => {
    const book = seeded();
    const fok = { remainder: "fok" } as const;
    assert.deepStrictEqual(entered(book, limit(1, "sell", 98, 31, fok)), {
      trades: [],
      resting: 0,
    });
    assert.deepStrictEqual(book.top("buy"), [99, 10]);
    assert.strictEqual(entered(book, limit(2, "sell", 98, 30, fok)).trades.length, 2);
    const market = { ...limit(3, "buy", 0, 100), price_ticks: undefined };
    assert.deepStrictEqual(entered(book, market), {
      trades: [
        [3, undefined, 10, 101],
        [3, undefined, 20, 102],
      ],
      resting: 0,
    });
  });

  it("refuses post-only that would take, and rests it otherwise", () => {
    const book = seeded();
    const postOnly = { postOnly: true } as const;
    assert.strictEqual(book.enter(limit(1, "buy", 101, 1, postOnly)).kind, "would_cross");
    assert.deepStrictEqual(book.top("sell"), [101, 10]);
    assert.strictEqual(entered(book, limit(2, "buy", 100, 1, postOnly)).resting, 1);
  });

  it("meets client orders by price and time, behind the market that was there first", () => {
    const book = seeded();
    entered(book, limit(1, "sell", 101, 5));
    entered(book, limit(2, "sell", 100, 5));
    entered(book, limit(3, "sell", 100, 5));
    assert.deepStrictEqual(entered(book, limit(4, "buy", 101, 22)).trades, [
      [4, 2, 5, 100],
      [4, 3, 5, 100],
      [4, undefined, 10, 101],
      [4, 1, 2, 101],
    ]);
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 0, leaves_lots: 3 });
  });
});

describe("the queue", () => {
  it("puts an order behind the market there, and later market behind the order", () => {
    const book = seeded();
    entered(book, limit(1, "buy", 99, 4));
    book.setMarketLevel("buy", 99, 15);
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 10, leaves_lots: 4 });
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 8)), []);
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 2, leaves_lots: 4 });
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 5)), [[undefined, 1, 3, 99]]);
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 3)), [[undefined, 1, 1, 99]]);
    // 15 of the market, less 8 and 2 ahead of the order and 2 behind it.
    assert.deepStrictEqual(book.top("buy"), [99, 3]);
  });

  it("thins evenly when a level shrinks without trades", () => {
    const book = seeded();
    book.setMarketLevel("buy", 99, 9);
    entered(book, limit(1, "buy", 99, 4));
    book.setMarketLevel("buy", 99, 12);
    book.setMarketLevel("buy", 99, 5);
    // floor(9 × 5 / 12)
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 3, leaves_lots: 4 });
    book.setMarketLevel("buy", 99, 0);
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 0, leaves_lots: 4 });
  });

  it("fills fully what a recorded trade runs over, and only that", () => {
    const book = seeded();
    entered(book, limit(1, "buy", 100, 7));
    entered(book, limit(2, "buy", 99, 7));
    entered(book, limit(3, "sell", 101, 7));
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 1)), [[undefined, 1, 7, 100]]);
    assert.deepStrictEqual(book.queueOf(2), { ahead_lots: 9, leaves_lots: 7 });
    assert.deepStrictEqual(book.queueOf(3), { ahead_lots: 10, leaves_lots: 7 });
  });

  it("fills fully what an opposite recorded price crosses, and uses that quantity up", () => {
    const book = seeded();
    entered(book, limit(1, "buy", 100, 7));
    entered(book, limit(2, "buy", 99, 7));
    assert.deepStrictEqual(short(book.setMarketLevel("sell", 100, 9)), [[undefined, 1, 7, 100]]);
    assert.deepStrictEqual(book.top("sell"), [100, 2]);
    assert.deepStrictEqual(short(book.setMarketLevel("sell", 99, 3)), [[undefined, 2, 7, 99]]);
    assert.deepStrictEqual(book.top("sell"), [100, 2]);
  });

  it("keeps client orders when the market is seeded anew", () => {
    const book = seeded();
    entered(book, limit(1, "buy", 99, 4));
    entered(book, limit(2, "buy", 97, 4));
    assert.deepStrictEqual(book.seedMarket([[99, 5]], [[101, 1]]), []);
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 5, leaves_lots: 4 });
    assert.deepStrictEqual(book.levels("buy", 9), [
      [99, 9],
      [97, 4],
    ]);
    assert.deepStrictEqual(book.levels("sell", 9), [[101, 1]]);
  });
});

describe("cancel and replace", () => {
  it("cancels a resting order once", () => {
    const book = seeded();
    entered(book, limit(1, "buy", 100, 4));
    assert.isTrue(book.cancel(1));
    assert.isFalse(book.cancel(1));
    assert.deepStrictEqual(book.top("buy"), [99, 10]);
  });

  it("keeps priority only when it shrinks at the same price", () => {
    const book = new MatchingBook();
    entered(book, limit(1, "buy", 99, 4));
    entered(book, limit(2, "buy", 99, 4));
    book.replace(1, 99, 3, false);
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 1)), [[undefined, 1, 1, 99]]);
    book.replace(1, 99, 5, false);
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 1)), [[undefined, 2, 1, 99]]);
    book.replace(2, 98, 3, false);
    book.replace(2, 99, 3, false);
    assert.deepStrictEqual(short(book.marketTrade("sell", 99, 6)), [
      [undefined, 1, 5, 99],
      [undefined, 2, 1, 99],
    ]);
  });

  it("takes when it is moved across, unless it is post-only: then it stays as it was", () => {
    const book = seeded();
    entered(book, limit(1, "buy", 100, 4));
    assert.strictEqual(book.replace(1, 101, 4, true).kind, "would_cross");
    assert.deepStrictEqual(book.queueOf(1), { ahead_lots: 0, leaves_lots: 4 });
    const outcome = book.replace(1, 101, 12, false);
    assert.isTrue(outcome.kind === "entered" && outcome.resting_lots === 2);
    assert.deepStrictEqual(book.top("buy"), [101, 2]);
  });
});
