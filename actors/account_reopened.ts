/**
 * Orders that work past their end: a bust or a correction brought a leg back after the order was
 * canceled, or the whole order after the day it was for.
 *
 * Such an order is looked at again after a while, by the timer of its own time, until it has ended:
 * the cancel that it was sent may have been refused, or may never have left.
 *
 * Owns: when that timer is set. What is asked for then is `order/order_expire.ts`.
 */
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import { hasEnded, isClosed } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { AccountTurn } from "./account_kinds.ts";
import { expireTimer } from "./account_watch.ts";

const look_ms = 1_000;

/** Events after which an order whose day is over may work again. */
const mayReopen: ReadonlySet<OrderEvent["execType"]> = new Set([
  "trade_cancel",
  "trade_correct",
  "replaced",
  "restated",
]);

/** Follows one event of an order. Comes after whatever else follows it: it has the last word. */
export const followReopened = (turn: AccountTurn, event: OrderEvent, after: OrderState): void => {
  const { terms, orderId } = after;
  if (terms === undefined || after.legs.length === 0 || hasEnded(after)) return;
  const expire = terms.held?.expire;
  const isLate = expire !== undefined && fromNanos(expire) <= turn.now_ns;
  if (!isClosed(after) && !(isLate && mayReopen.has(event.execType))) return;
  turn.timer(expireTimer(orderId), turn.now_ns + milliseconds(look_ms));
};
