/**
 * Random command streams through the matching book and its naive twin: the same trades, the same
 * shown levels, the same place in the queue for every resting order, after every command.
 */
import { assert, describe, it } from "vitest";
import { MatchingBook } from "../../deploy/simulator/matching_book.ts";
import type { BookOrder, BookTrade, EnterOutcome } from "../../deploy/simulator/matching_book.ts";
import type { BookSide } from "../../deploy/simulator/price_ladder.ts";
import { createPrng } from "../../deploy/simulator/prng.ts";
import type { Prng } from "../../deploy/simulator/prng.ts";
import { NaiveBook } from "./naive_book.ts";

const streams = 50;
const commandsPerStream = 400;

const draw = (prng: Prng, minimum: number, maximum: number): number =>
  minimum + Math.floor(prng.nextUnit() * (maximum - minimum + 1));

/** Few prices and small quantities, so that queues build up; sometimes a huge one. */
const drawQty = (prng: Prng): number =>
  prng.nextUnit() < 0.02 ? draw(prng, 1, 900_000_000) : draw(prng, 1, 20);
const drawSide = (prng: Prng): BookSide => (prng.nextUnit() < 0.5 ? "buy" : "sell");
/** Bids around 97, asks around 103, with a wide overlap. */
const drawPrice = (prng: Prng, side: BookSide): number =>
  side === "buy" ? draw(prng, 92, 102) : draw(prng, 98, 108);

/** The twin holds market quantity in pieces and trades piece by piece; a book trades it at once. */
const joined = (trades: readonly BookTrade[]): BookTrade[] => {
  const result: BookTrade[] = [];
  for (const trade of trades) {
    const last = result.at(-1);
    const isSame = last?.maker === undefined && last?.price_ticks === trade.price_ticks;
    if (last !== undefined && isSame && trade.maker === undefined) {
      result[result.length - 1] = { ...last, qty_lots: last.qty_lots + trade.qty_lots };
    } else result.push(trade);
  }
  return result;
};

/** One market or client on both books; says what it did, for the message of a failure. */
class Pair {
  readonly fast = new MatchingBook();
  readonly naive = new NaiveBook();
  readonly prng: Prng;
  readonly live: { orderId: number; side: BookSide; leaves_lots: number; price: number }[] = [];
  readonly seen = { trades: 0, fok: 0, crossed: 0, thinned: 0 };
  #lastOrderId = 0;

  constructor(seed: number) {
    this.prng = createPrng(seed);
  }

  step(): string {
    const { prng } = this;
    const kind = prng.nextUnit();
    const side = drawSide(prng);
    if (kind < 0.3) return this.#setMarket(side);
    if (kind < 0.42) {
      const price = drawPrice(prng, side === "buy" ? "sell" : "buy");
      const qty = drawQty(prng);
      this.#same(this.fast.marketTrade(side, price, qty), this.naive.marketTrade(side, price, qty));
      return `trade ${side} ${qty}@${price}`;
    }
    if (kind < 0.75) return this.#enter(side);
    const order = this.live[draw(prng, 0, this.live.length - 1)];
    if (order === undefined) return "nothing";
    if (kind < 0.87) {
      assert.strictEqual(this.fast.cancel(order.orderId), this.naive.cancel(order.orderId));
      return `cancel ${order.orderId}`;
    }
    return this.#replace(order.orderId, order.side);
  }

  #setMarket(side: BookSide): string {
    const price = drawPrice(this.prng, side);
    const qty = this.prng.nextUnit() < 0.3 ? 0 : drawQty(this.prng);
    const before = this.naive.levels(side).find(([level]) => level === price)?.[1] ?? 0;
    if (qty < before) this.seen.thinned += 1;
    this.#same(
      this.fast.setMarketLevel(side, price, qty),
      this.naive.setMarketLevel(side, price, qty),
    );
    return `set ${side} ${qty}@${price}`;
  }

  #enter(side: BookSide): string {
    const { prng } = this;
    this.#lastOrderId += 1;
    const remainder = (["rest", "rest", "rest", "ioc", "fok"] as const)[draw(prng, 0, 4)] ?? "rest";
    const isMarket = remainder !== "rest" && prng.nextUnit() < 0.3;
    const order: BookOrder = {
      orderId: this.#lastOrderId,
      side,
      price_ticks: isMarket ? undefined : drawPrice(prng, side),
      qty_lots: drawQty(prng),
      remainder,
      postOnly: remainder === "rest" && prng.nextUnit() < 0.3,
    };
    if (remainder === "fok") this.seen.fok += 1;
    this.#sameEntry(this.fast.enter(order), this.naive.enter(order));
    this.#track(order.orderId, side, order.price_ticks ?? 0);
    return `enter ${JSON.stringify(order)}`;
  }

  #replace(orderId: number, side: BookSide): string {
    const resting = this.fast.queueOf(orderId);
    if (resting === undefined) return "nothing";
    const keepPrice = this.live.find((order) => order.orderId === orderId)?.price;
    const moved = drawPrice(this.prng, side);
    const price = this.prng.nextUnit() < 0.5 && keepPrice !== undefined ? keepPrice : moved;
    const leaves = this.prng.nextUnit() < 0.5 ? resting.leaves_lots : drawQty(this.prng);
    const postOnly = this.prng.nextUnit() < 0.3;
    this.#sameEntry(
      this.fast.replace(orderId, price, leaves, postOnly),
      this.naive.replace(orderId, price, leaves, postOnly),
    );
    const known = this.live.find((order) => order.orderId === orderId);
    if (known !== undefined && this.fast.queueOf(orderId) !== undefined) known.price = price;
    return `replace ${orderId} ${leaves}@${price}`;
  }

  #track(orderId: number, side: BookSide, price: number): void {
    const resting = this.fast.queueOf(orderId);
    if (resting === undefined) return;
    this.live.push({ orderId, side, leaves_lots: resting.leaves_lots, price });
    if (this.live.length > 30) this.live.shift();
  }

  #sameEntry(
    fast: EnterOutcome,
    naive: { trades: BookTrade[]; resting: number } | "would_cross",
  ): void {
    if (naive === "would_cross") {
      this.seen.crossed += 1;
      assert.strictEqual(fast.kind, "would_cross");
      return;
    }
    assert.deepStrictEqual(fast, {
      kind: "entered",
      trades: joined(naive.trades),
      resting_lots: naive.resting,
    });
    this.seen.trades += naive.trades.length;
  }

  #same(fast: BookTrade[], naive: BookTrade[]): void {
    assert.deepStrictEqual(fast, joined(naive));
    this.seen.trades += naive.length;
  }

  check(): void {
    for (const side of ["buy", "sell"] as const) {
      assert.deepStrictEqual(
        this.fast.levels(side, 1_000).map(([price, qty]) => [price, qty]),
        this.naive.levels(side),
      );
    }
    for (const { orderId } of this.live) {
      assert.deepStrictEqual(this.fast.queueOf(orderId), this.naive.queueOf(orderId));
    }
  }
}

describe("the matching book and its naive twin", () => {
  it(`agree after every command of ${streams} random streams`, () => {
    const seen = { trades: 0, fok: 0, crossed: 0, thinned: 0 };
    for (let seed = 1; seed <= streams; seed += 1) {
      const pair = new Pair(seed);
      const history: string[] = [];
      try {
        for (let step = 0; step < commandsPerStream; step += 1) {
          history.push("(the command that failed)");
          history[history.length - 1] = pair.step();
          pair.check();
        }
      } catch (cause) {
        const tail = history.slice(-8).join("\n");
        throw new Error(`seed ${seed}, command ${history.length}, the last ones:\n${tail}`, {
          cause,
        });
      }
      for (const key of ["trades", "fok", "crossed", "thinned"] as const) {
        seen[key] += pair.seen[key];
      }
    }
    // The streams must reach what they are meant to compare.
    assert.isAbove(seen.trades, 5_000);
    assert.isAbove(seen.fok, 500);
    assert.isAbove(seen.crossed, 100);
    assert.isAbove(seen.thinned, 500);
  });
});
