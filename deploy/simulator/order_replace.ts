/**
 * What a replace does to an order and its place in the book.
 *
 * Owns: the new terms of an order. Ids and reports are the desk's.
 */
import type { SimReplace } from "../../protocols/sim_wire.ts";
import type { BookTrade, MatchingBook } from "./matching_book.ts";
import { checkNumbers, refused } from "./order_check.ts";
import type { Refusal } from "./order_check.ts";
import type { VenueOrder } from "./venue_order.ts";

/** The order has the new terms; `isDone`: nothing of it is open any more. */
export interface Replaced {
  readonly kind: "replaced";
  readonly isDone: boolean;
  readonly trades: readonly BookTrade[];
}

/** Gives a working order new terms, or leaves it as it is and says why. */
export const replaceOrder = (
  order: VenueOrder,
  request: SimReplace,
  book: MatchingBook,
): Replaced | Refusal => {
  const checked = checkNumbers(order.spec, request.orderQty, request.price);
  if (checked.kind === "refused") return checked;
  const { price_ticks, qty_lots } = checked;
  if (price_ticks === undefined) throw new Error("a checked replace has a price");
  const isDone = qty_lots <= order.cum_lots;
  let trades: readonly BookTrade[] = [];
  if (isDone) {
    book.cancel(order.orderId);
    order.status = "filled";
  } else {
    const leaves_lots = qty_lots - order.cum_lots;
    const outcome = book.replace(order.orderId, price_ticks, leaves_lots, order.postOnly);
    if (outcome.kind === "would_cross") {
      return refused("post_only_would_cross", `price=${request.price}`);
    }
    trades = outcome.trades;
  }
  order.order_lots = isDone ? order.cum_lots : qty_lots;
  // The new total is what the client wants in all: what busts took away counts as open again.
  order.lost_lots = 0;
  order.price_ticks = price_ticks;
  order.origClOrdId = order.clOrdId;
  order.clOrdId = request.clOrdId;
  return { kind: "replaced", isDone, trades };
};
