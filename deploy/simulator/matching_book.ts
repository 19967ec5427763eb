/**
 * The matching book of one instrument: recorded market liquidity and client orders in one
 * price-time order. Pure: no I/O, no clock, no chance; integers only.
 *
 * What the recording does
 *  - sets the market quantity of a level (`setMarketLevel`). It joins or thins the queue there as
 *    `price_ladder.ts` says. When it crosses resting client orders of the other side, each of them
 *    is filled fully at its own price: in the real market they would have traded before that
 *    quantity could stand there. The level's quantity is used up by as much.
 *  - trades (`marketTrade`). Client orders at better prices than the trade are filled fully. At the
 *    trade's price the quantity is taken from the front of the queue: market first, as it stands.
 *
 * What clients do
 *  - take visible quantity level by level, each level from the front of its queue. What they take
 *    of the market is gone until the recording next sets that level.
 *  - rest, replace and cancel. A replace keeps its place only when price stays and quantity does
 *    not grow. There is no self-trade prevention: any client order may meet any other.
 *
 * Owns: the queue, the resting quantity of client orders.
 * Never: knows sessions, ids, statuses or fees of orders; `order_desk.ts` does.
 */
import { PriceLadder } from "./price_ladder.ts";
import type { BookSide, PriceLevel, RestingOrder } from "./price_ladder.ts";

/** One match. `taker` or `maker` undefined means the recorded market; never both. */
export interface BookTrade {
  readonly taker: number | undefined;
  readonly maker: number | undefined;
  readonly price_ticks: number;
  readonly qty_lots: number;
  /** The side that took liquidity. */
  readonly aggressor: BookSide;
}

/** An order that enters the book. Without `price_ticks` it is a market order. */
export interface BookOrder {
  readonly orderId: number;
  readonly side: BookSide;
  readonly price_ticks: number | undefined;
  readonly qty_lots: number;
  /** `rest` leaves the remainder in the book, `ioc` drops it, `fok` fills all or nothing. */
  readonly remainder: "rest" | "ioc" | "fok";
  readonly postOnly: boolean;
}

/** What became of an order that entered: what it took, and what of it now rests. */
export type EnterOutcome =
  | { readonly kind: "entered"; readonly trades: BookTrade[]; readonly resting_lots: number }
  | { readonly kind: "would_cross" };

/** `[price in ticks, quantity in lots]`. */
export type BookLevel = readonly [price_ticks: number, qty_lots: number];

const opposite = (side: BookSide): BookSide => (side === "buy" ? "sell" : "buy");

/** The matching book of one instrument. */
export class MatchingBook {
  readonly #ladders = { buy: new PriceLadder("buy"), sell: new PriceLadder("sell") };
  readonly #resting = new Map<number, RestingOrder>();

  /** Replaces the whole market side by a snapshot; client orders stay in their queues. */
  seedMarket(bids: readonly BookLevel[], asks: readonly BookLevel[]): BookTrade[] {
    const trades: BookTrade[] = [];
    const sides = [
      { ladder: this.#ladders.buy, levels: bids },
      { ladder: this.#ladders.sell, levels: asks },
    ];
    for (const { ladder, levels } of sides) {
      const kept = new Set(levels.map(([price_ticks]) => price_ticks));
      for (const price_ticks of ladder.prices().slice()) {
        if (!kept.has(price_ticks)) ladder.setMarket(price_ticks, 0);
      }
    }
    for (const { ladder, levels } of sides) {
      for (const [price_ticks, qty_lots] of levels) {
        trades.push(...this.setMarketLevel(ladder.side, price_ticks, qty_lots));
      }
    }
    return trades;
  }

  /** The recording sets what the market shows at a price (0 removes it). */
  setMarketLevel(side: BookSide, price_ticks: number, qty_lots: number): BookTrade[] {
    this.#ladders[side].setMarket(price_ticks, qty_lots);
    if (qty_lots === 0) return [];
    const trades = this.#fillClients(opposite(side), price_ticks, true);
    const filled_lots = trades.reduce((sum, trade) => sum + trade.qty_lots, 0);
    if (filled_lots > 0) {
      this.#ladders[side].setMarket(price_ticks, Math.max(0, qty_lots - filled_lots));
    }
    return trades;
  }

  /** The recording trades: `aggressor` took `qty_lots` at that price. */
  marketTrade(aggressor: BookSide, price_ticks: number, qty_lots: number): BookTrade[] {
    const ladder = this.#ladders[opposite(aggressor)];
    const trades = this.#fillClients(ladder.side, price_ticks, false);
    const level = ladder.at(price_ticks);
    if (level === undefined) return trades;
    for (const { maker, qty_lots: taken_lots } of ladder.take(level, qty_lots)) {
      if (maker === undefined) continue;
      trades.push(this.#trade(undefined, maker, level, taken_lots, aggressor));
    }
    return trades;
  }

  /** A client order enters: matches what it can, and rests if it may. */
  enter(order: BookOrder): EnterOutcome {
    const crosses = this.#reachable_lots(order, 1) > 0;
    if (order.postOnly && crosses) return { kind: "would_cross" };
    const fillable_lots = order.remainder === "fok" ? this.#reachable_lots(order) : order.qty_lots;
    if (fillable_lots < order.qty_lots) return { kind: "entered", trades: [], resting_lots: 0 };
    const trades = crosses ? this.#takeWith(order) : [];
    const taken_lots = trades.reduce((sum, trade) => sum + trade.qty_lots, 0);
    const open_lots = order.qty_lots - taken_lots;
    if (open_lots === 0 || order.remainder !== "rest" || order.price_ticks === undefined) {
      return { kind: "entered", trades, resting_lots: 0 };
    }
    const ladder = this.#ladders[order.side];
    this.#resting.set(order.orderId, ladder.join(order.orderId, order.price_ticks, open_lots));
    return { kind: "entered", trades, resting_lots: open_lots };
  }

  /** Takes a resting order out. False when no such order rests. */
  cancel(orderId: number): boolean {
    const order = this.#resting.get(orderId);
    if (order === undefined) return false;
    this.#ladders[order.side].leave(order);
    this.#resting.delete(orderId);
    return true;
  }

  /**
   * Gives a resting order a new price and a new open quantity (> 0). At the same price and not
   * more it keeps its place; otherwise it enters anew, and may match. On `would_cross` it stays
   * as it was. Defect when the order does not rest.
   */
  replace(
    orderId: number,
    price_ticks: number,
    leaves_lots: number,
    postOnly: boolean,
  ): EnterOutcome {
    const order = this.#resting.get(orderId);
    if (order === undefined) throw new Error("only a resting order is replaced");
    if (price_ticks === order.price_ticks && leaves_lots <= order.leaves_lots) {
      this.#ladders[order.side].shrink(order, leaves_lots);
      return { kind: "entered", trades: [], resting_lots: leaves_lots };
    }
    const entering: BookOrder = {
      orderId,
      side: order.side,
      price_ticks,
      qty_lots: leaves_lots,
      remainder: "rest",
      postOnly,
    };
    if (postOnly && this.#reachable_lots(entering, 1) > 0) return { kind: "would_cross" };
    this.cancel(orderId);
    return this.enter(entering);
  }

  /** The shown quantity, market and clients together, best first. */
  levels(side: BookSide, count: number): BookLevel[] {
    const shown: BookLevel[] = [];
    for (const level of this.#ladders[side].fromBest(count)) {
      shown.push([level.price_ticks, level.market_lots + level.client_lots]);
    }
    return shown;
  }

  /** The best price and its shown quantity. */
  top(side: BookSide): BookLevel | undefined {
    const level = this.#ladders[side].best();
    return level && [level.price_ticks, level.market_lots + level.client_lots];
  }

  /** Market quantity that stands before a resting order, and its open quantity. */
  queueOf(orderId: number): { ahead_lots: number; leaves_lots: number } | undefined {
    const order = this.#resting.get(orderId);
    return order && { ahead_lots: order.ahead_lots, leaves_lots: order.leaves_lots };
  }

  /** What an order could take now, counted no further than `enough_lots`. */
  #reachable_lots(order: BookOrder, enough_lots = order.qty_lots): number {
    const ladder = this.#ladders[opposite(order.side)];
    let reachable_lots = 0;
    for (const level of ladder.fromBest()) {
      if (reachable_lots >= enough_lots) break;
      const limit_ticks = order.price_ticks ?? level.price_ticks;
      if (!ladder.reaches(level.price_ticks, limit_ticks)) break;
      reachable_lots += level.market_lots + level.client_lots;
    }
    return reachable_lots;
  }

  #takeWith(order: BookOrder): BookTrade[] {
    const ladder = this.#ladders[opposite(order.side)];
    const trades: BookTrade[] = [];
    let open_lots = order.qty_lots;
    for (let level = ladder.best(); level !== undefined; level = ladder.best()) {
      const limit_ticks = order.price_ticks ?? level.price_ticks;
      if (open_lots === 0 || !ladder.reaches(level.price_ticks, limit_ticks)) break;
      for (const { maker, qty_lots } of ladder.take(level, open_lots)) {
        trades.push(this.#trade(order.orderId, maker, level, qty_lots, order.side));
        open_lots -= qty_lots;
      }
    }
    return trades;
  }

  /** Fills fully, at their own prices, the client orders that a market price runs over. */
  #fillClients(side: BookSide, price_ticks: number, inclusive: boolean): BookTrade[] {
    const ladder = this.#ladders[side];
    const trades: BookTrade[] = [];
    if (this.#resting.size === 0) return trades;
    for (const level of Array.from(this.#levelsOver(ladder, price_ticks, inclusive))) {
      for (const maker of level.orders.slice()) {
        const qty_lots = maker.leaves_lots;
        ladder.leave(maker);
        maker.leaves_lots = 0;
        trades.push(this.#trade(undefined, maker, level, qty_lots, opposite(side)));
      }
    }
    return trades;
  }

  *#levelsOver(ladder: PriceLadder, price_ticks: number, inclusive: boolean) {
    for (const level of ladder.fromBest()) {
      if (!ladder.reaches(level.price_ticks, price_ticks)) return;
      if (inclusive || level.price_ticks !== price_ticks) yield level;
    }
  }

  #trade(
    taker: number | undefined,
    maker: RestingOrder | undefined,
    level: PriceLevel,
    qty_lots: number,
    aggressor: BookSide,
  ): BookTrade {
    if (maker !== undefined && maker.leaves_lots === 0) this.#resting.delete(maker.orderId);
    return { taker, maker: maker?.orderId, price_ticks: level.price_ticks, qty_lots, aggressor };
  }
}
