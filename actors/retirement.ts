/**
 * Orders that ended long ago are forgotten, so that memory stays bounded.
 *
 * They are kept at least `closedOrder_ms`: longer than any repeat of a command and any late report
 * is expected. The journal keeps them for ever.
 */
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import type { OrderId } from "../protocols/kernel/ids.ts";
import { reservationOf } from "./account_evolve.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";

/** The timer that brings the next round. */
export const retirementTimer = "retire";

const round_ms = 60_000;
/** Orders forgotten in one turn. */
const ordersPerTurn_max = 500;

/** Sets the first round. */
export const startRetirement = (turn: AccountTurn): void => {
  turn.timer(retirementTimer, turn.now_ns + milliseconds(round_ms));
};

/**
 * Forgets what ended long ago and sets the next round. What still reserves something (fills that
 * the venue counted and we have not seen) is not forgotten: its exposure could never be given up.
 * Orders that are bound to each other are forgotten together.
 * Nor is an order with a provisional trade: its execution must find it.
 */
export const retire = (turn: AccountTurn, { reference }: AccountWorld): void => {
  const before_ns = turn.now_ns - milliseconds(reference.closedOrder_ms);
  const orderIds = new Set<OrderId>();
  for (const [orderId, endedAt] of turn.space.entries("ended")) {
    if (orderIds.size >= ordersPerTurn_max || fromNanos(endedAt) >= before_ns) break;
    const order = turn.space.get("order", orderId);
    const together = order?.terms?.bond?.orderIds ?? [orderId as OrderId];
    if (order?.phase === "denied") orderIds.add(order.orderId);
    else if (together.every((one) => isForgettable(turn, one, before_ns))) {
      for (const one of together) orderIds.add(one);
    }
  }
  if (orderIds.size > 0) turn.emit({ what: "orders_retired", orderIds: [...orderIds] });
  const wait_ms = orderIds.size >= ordersPerTurn_max ? 1 : round_ms;
  turn.timer(retirementTimer, turn.now_ns + milliseconds(wait_ms));
};

const isForgettable = (turn: AccountTurn, orderId: OrderId, before_ns: Instant_ns): boolean => {
  const endedAt = turn.space.get("ended", orderId);
  if (endedAt === undefined || fromNanos(endedAt) >= before_ns) return false;
  if (turn.space.get("provisional", orderId) !== undefined) return false;
  return reservationOf(turn.space.get("order", orderId)) === undefined;
};
