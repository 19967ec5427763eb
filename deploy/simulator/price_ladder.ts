/**
 * One side of a book: price levels in order, best first, each with its queue.
 *
 * A level holds an aggregate market quantity and the client orders resting there in time order. An
 * order remembers how much market quantity stands before it (`ahead_lots`), so the whole queue is
 *
 *   market ahead of the first order · first order · market between · second order · … · market rest
 *
 * Owns: levels, queues, how a quantity is taken from the front of a queue.
 * Never: knows the opposite side, creates or ends an order.
 *
 * Invariants
 *  1. Within a level `ahead_lots` never decreases from one order to the next, nor exceeds the
 *     level's market quantity.
 *  2. A level without market quantity and without orders does not exist.
 */
import { mulDivFloor } from "./decimal_grid.ts";

/** Which side of the book, and which side an order is on. */
export type BookSide = "buy" | "sell";

/** A client order that rests in the book. */
export interface RestingOrder {
  readonly orderId: number;
  readonly side: BookSide;
  readonly price_ticks: number;
  leaves_lots: number;
  /** Market quantity that stands before this order in its level. */
  ahead_lots: number;
}

/** All that stands at one price. */
export interface PriceLevel {
  readonly price_ticks: number;
  market_lots: number;
  /** Sum of the leaves of `orders`. */
  client_lots: number;
  readonly orders: RestingOrder[];
}

/** What was taken from the front of a queue: from one client order, or from the market. */
export interface QueueFill {
  readonly maker: RestingOrder | undefined;
  readonly qty_lots: number;
}

/** Price levels of one side. Kept sorted with the best price at the end, where changes happen. */
export class PriceLadder {
  readonly side: BookSide;
  readonly #levels = new Map<number, PriceLevel>();
  readonly #prices: number[] = [];

  constructor(side: BookSide) {
    this.side = side;
  }

  /** The best level, if any. */
  best(): PriceLevel | undefined {
    const price_ticks = this.#prices.at(-1);
    return price_ticks === undefined ? undefined : this.#levels.get(price_ticks);
  }

  /** Levels from the best on, at most `count`. */
  *fromBest(count = Number.POSITIVE_INFINITY): Generator<PriceLevel> {
    const last = this.#prices.length - 1;
    for (let index = last; index >= 0 && last - index < count; index -= 1) {
      const level = this.#levels.get(this.#prices[index] ?? Number.NaN);
      if (level !== undefined) yield level;
    }
  }

  /** The level at that price, if anything stands there. */
  at(price_ticks: number): PriceLevel | undefined {
    return this.#levels.get(price_ticks);
  }

  /** Every price at which something stands. */
  prices(): readonly number[] {
    return this.#prices;
  }

  /** True when `price_ticks` on this side is as good for a taker as `than_ticks`, or better. */
  reaches(price_ticks: number, than_ticks: number): boolean {
    return this.side === "buy" ? price_ticks >= than_ticks : price_ticks <= than_ticks;
  }

  /**
   * Sets the market quantity of a level. More than before joins at the back; less than before
   * thins the queue evenly: every `ahead_lots` becomes floor(ahead × new / old).
   */
  setMarket(price_ticks: number, market_lots: number): void {
    const level = market_lots > 0 ? this.#levelAt(price_ticks) : this.#levels.get(price_ticks);
    if (level === undefined) return;
    if (market_lots < level.market_lots) {
      for (const order of level.orders) {
        order.ahead_lots = mulDivFloor(order.ahead_lots, market_lots, level.market_lots);
      }
    }
    level.market_lots = market_lots;
    this.#dropIfEmpty(level);
  }

  /** Puts an order at the back of its level's queue. */
  join(orderId: number, price_ticks: number, leaves_lots: number): RestingOrder {
    const level = this.#levelAt(price_ticks);
    const ahead_lots = level.market_lots;
    const order = { orderId, side: this.side, price_ticks, leaves_lots, ahead_lots };
    level.orders.push(order);
    level.client_lots += leaves_lots;
    return order;
  }

  /** Takes an order out of its queue; what stands behind it moves up. */
  leave(order: RestingOrder): void {
    const level = this.#levels.get(order.price_ticks);
    const index = level?.orders.indexOf(order) ?? -1;
    if (level === undefined || index === -1) throw new Error("a resting order stands in its level");
    level.orders.splice(index, 1);
    level.client_lots -= order.leaves_lots;
    this.#dropIfEmpty(level);
  }

  /** Makes an order smaller where it stands. */
  shrink(order: RestingOrder, leaves_lots: number): void {
    const level = this.#levels.get(order.price_ticks);
    if (level === undefined || leaves_lots > order.leaves_lots || leaves_lots <= 0) {
      throw new Error("shrink keeps an order smaller and alive");
    }
    level.client_lots -= order.leaves_lots - leaves_lots;
    order.leaves_lots = leaves_lots;
  }

  /** Takes up to `qty_lots` from the front of a level's queue; gives what was taken, in order. */
  take(level: PriceLevel, qty_lots: number): QueueFill[] {
    const fills: QueueFill[] = [];
    let open_lots = qty_lots;
    while (open_lots > 0) {
      const first = level.orders[0];
      const before_lots = first === undefined ? level.market_lots : first.ahead_lots;
      if (before_lots > 0) {
        const taken_lots = Math.min(open_lots, before_lots);
        level.market_lots -= taken_lots;
        for (const order of level.orders) order.ahead_lots -= taken_lots;
        fills.push({ maker: undefined, qty_lots: taken_lots });
        open_lots -= taken_lots;
      } else if (first === undefined) {
        break;
      } else {
        const taken_lots = Math.min(open_lots, first.leaves_lots);
        first.leaves_lots -= taken_lots;
        level.client_lots -= taken_lots;
        if (first.leaves_lots === 0) level.orders.shift();
        fills.push({ maker: first, qty_lots: taken_lots });
        open_lots -= taken_lots;
      }
    }
    this.#dropIfEmpty(level);
    return fills;
  }

  #levelAt(price_ticks: number): PriceLevel {
    const existing = this.#levels.get(price_ticks);
    if (existing !== undefined) return existing;
    const level = { price_ticks, market_lots: 0, client_lots: 0, orders: [] };
    this.#levels.set(price_ticks, level);
    this.#prices.splice(this.#indexOf(price_ticks), 0, price_ticks);
    return level;
  }

  #dropIfEmpty(level: PriceLevel): void {
    if (level.market_lots > 0 || level.orders.length > 0) return;
    if (this.#levels.delete(level.price_ticks)) {
      this.#prices.splice(this.#indexOf(level.price_ticks), 1);
    }
  }

  /** Where a price stands or belongs: the first index that is not worse. */
  #indexOf(price_ticks: number): number {
    let low = 0;
    let high = this.#prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#prices[middle] ?? Number.NaN;
      if (this.side === "buy" ? there < price_ticks : there > price_ticks) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
