/**
 * A deliberately naive twin of the matching book: one flat list of queue entries, searched and
 * rebuilt at every step, market quantity as explicit pieces of each queue. Slow and obvious.
 *
 * Owns: nothing that production uses; it is the other opinion in `matching_book.prop.test.ts`.
 */
import type { BookOrder, BookTrade } from "../../deploy/simulator/matching_book.ts";
import type { BookSide } from "../../deploy/simulator/price_ladder.ts";

interface Entry {
  readonly side: BookSide;
  readonly price: number;
  /** Undefined: a piece of market quantity. */
  readonly orderId: number | undefined;
  qty: number;
}

const other = (side: BookSide): BookSide => (side === "buy" ? "sell" : "buy");

/** The twin. Entries of one price stand in queue order; prices stand in no order. */
export class NaiveBook {
  #entries: Entry[] = [];

  setMarketLevel(side: BookSide, price: number, qty: number): BookTrade[] {
    this.#setMarket(side, price, qty);
    if (qty === 0) return [];
    const trades = this.#runOver(other(side), (p) => (side === "buy" ? p <= price : p >= price));
    const filled = trades.reduce((sum, trade) => sum + trade.qty_lots, 0);
    if (filled > 0) this.#setMarket(side, price, Math.max(0, qty - filled));
    return trades;
  }

  marketTrade(aggressor: BookSide, price: number, qty: number): BookTrade[] {
    const side = other(aggressor);
    const trades = this.#runOver(side, (p) => (side === "buy" ? p > price : p < price));
    let open = qty;
    for (const entry of this.#queue(side, price)) {
      const taken = Math.min(open, entry.qty);
      entry.qty -= taken;
      open -= taken;
      if (taken > 0 && entry.orderId !== undefined) {
        trades.push({
          taker: undefined,
          maker: entry.orderId,
          price_ticks: price,
          qty_lots: taken,
          aggressor,
        });
      }
    }
    this.#sweep();
    return trades;
  }

  enter(order: BookOrder): { trades: BookTrade[]; resting: number } | "would_cross" {
    const side = other(order.side);
    const limit = order.price_ticks;
    const within = (price: number): boolean =>
      limit === undefined || (order.side === "buy" ? price <= limit : price >= limit);
    const reachable = this.#bestFirst(side).filter((entry) => within(entry.price));
    if (order.postOnly && reachable.length > 0) return "would_cross";
    const total = reachable.reduce((sum, entry) => sum + entry.qty, 0);
    if (order.remainder === "fok" && total < order.qty_lots) return { trades: [], resting: 0 };
    const trades: BookTrade[] = [];
    let open = order.qty_lots;
    for (const entry of reachable) {
      const taken = Math.min(open, entry.qty);
      entry.qty -= taken;
      open -= taken;
      if (taken === 0) continue;
      trades.push({
        taker: order.orderId,
        maker: entry.orderId,
        price_ticks: entry.price,
        qty_lots: taken,
        aggressor: order.side,
      });
    }
    this.#sweep();
    if (open === 0 || order.remainder !== "rest" || limit === undefined) {
      return { trades, resting: 0 };
    }
    this.#entries.push({ side: order.side, price: limit, orderId: order.orderId, qty: open });
    return { trades, resting: open };
  }

  cancel(orderId: number): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter((entry) => entry.orderId !== orderId);
    return this.#entries.length < before;
  }

  replace(
    orderId: number,
    price: number,
    leaves: number,
    postOnly: boolean,
  ): { trades: BookTrade[]; resting: number } | "would_cross" {
    const entry = this.#entries.find((candidate) => candidate.orderId === orderId);
    if (entry === undefined) throw new Error("the driver replaces resting orders only");
    if (entry.price === price && leaves <= entry.qty) {
      entry.qty = leaves;
      return { trades: [], resting: leaves };
    }
    const saved = [...this.#entries];
    this.cancel(orderId);
    const outcome = this.enter({
      orderId,
      side: entry.side,
      price_ticks: price,
      qty_lots: leaves,
      remainder: "rest",
      postOnly,
    });
    if (outcome === "would_cross") this.#entries = saved;
    return outcome;
  }

  levels(side: BookSide): [number, number][] {
    const byPrice = new Map<number, number>();
    for (const entry of this.#bestFirst(side)) {
      byPrice.set(entry.price, (byPrice.get(entry.price) ?? 0) + entry.qty);
    }
    return [...byPrice];
  }

  queueOf(orderId: number): { ahead_lots: number; leaves_lots: number } | undefined {
    const entry = this.#entries.find((candidate) => candidate.orderId === orderId);
    if (entry === undefined) return undefined;
    let ahead = 0;
    for (const before of this.#queue(entry.side, entry.price)) {
      if (before === entry) break;
      if (before.orderId === undefined) ahead += before.qty;
    }
    return { ahead_lots: ahead, leaves_lots: entry.qty };
  }

  #queue(side: BookSide, price: number): Entry[] {
    return this.#entries.filter((entry) => entry.side === side && entry.price === price);
  }

  #bestFirst(side: BookSide): Entry[] {
    const sign = side === "buy" ? -1 : 1;
    const entries = this.#entries.filter((entry) => entry.side === side);
    return entries.sort((a, b) => sign * (a.price - b.price));
  }

  #sweep(): void {
    this.#entries = this.#entries.filter((entry) => entry.qty > 0);
  }

  /** Growth joins at the back; a thinner queue keeps each boundary at floor(sum × new / old). */
  #setMarket(side: BookSide, price: number, qty: number): void {
    const pieces = this.#queue(side, price).filter((entry) => entry.orderId === undefined);
    const old = pieces.reduce((sum, piece) => sum + piece.qty, 0);
    if (qty > old) {
      this.#entries.push({ side, price, orderId: undefined, qty: qty - old });
      return;
    }
    let sum = 0;
    let kept = 0;
    for (const piece of pieces) {
      sum += piece.qty;
      const boundary = Number((BigInt(sum) * BigInt(qty)) / BigInt(old));
      piece.qty = boundary - kept;
      kept = boundary;
    }
    this.#sweep();
  }

  #runOver(side: BookSide, isOver: (price: number) => boolean): BookTrade[] {
    const hit = this.#bestFirst(side).filter(
      (entry) => entry.orderId !== undefined && isOver(entry.price),
    );
    this.#entries = this.#entries.filter((entry) => !hit.includes(entry));
    return hit.map((entry) => ({
      taker: undefined,
      maker: entry.orderId,
      price_ticks: entry.price,
      qty_lots: entry.qty,
      aggressor: other(side),
    }));
  }
}
