/**
 * Orders whose time is over: the clock's part of day, good-till-date and auction orders.
 *
 * Orders that end with a day are swept together, some at a time, by one timer that is set again for
 * the next day's end; the others have timers of their own. What could not end yet, because a cancel
 * of it is on its way or was refused, is tried again, less and less often, until it has.
 *
 * Owns: these timers. What the end of an order's time means for it is `order/order_expire.ts`.
 */
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import type { OrderId } from "../protocols/kernel/ids.ts";
import { hasEnded } from "../protocols/ord_status.ts";
import type { OrderState } from "../protocols/order.ts";
import { calendarOfInstrument } from "./account_honour.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut } from "./account_outcome.ts";
import { expireTimer } from "./account_watch.ts";
import { decideExpiry } from "./order/order_expire.ts";

/** The timer of the next sweep. */
export const dayTimer = "day_end";

const retry_ms = 1_000;
/** Orders ended in one turn. */
const ordersPerTurn_max = 100;

/** Sets the first sweep: soon, since a day may have ended while nobody was there. */
export const startSweep = (turn: AccountTurn): void => {
  turn.timer(dayTimer, turn.now_ns + milliseconds(retry_ms));
};

/** Ends what ended with a day, and sets the next sweep. */
export const sweepDay = (turn: AccountTurn, world: AccountWorld): void => {
  const due: OrderId[] = [];
  let next_ns: Instant_ns | undefined;
  for (const [orderId, { expire }] of turn.space.entries("dayOrder")) {
    if (due.length === ordersPerTurn_max) break;
    if (fromNanos(expire) > turn.now_ns) continue;
    const order = turn.space.get("order", orderId);
    const again_ns = nextTry_ns(turn, order);
    const isDue = order?.pendingCancel === undefined && isTryDue(turn, order);
    if (order !== undefined && isDue) due.push(order.orderId);
    else if (next_ns === undefined || again_ns < next_ns) next_ns = again_ns;
  }
  for (const orderId of due) expireOrder(turn, world, orderId);
  turn.timer(dayTimer, nextSweep(turn.now_ns, world, due.length, next_ns));
};

/** Whether an order's end may be asked for: its venue has not just refused that. */
const isTryDue = ({ now_ns }: AccountTurn, order: OrderState | undefined): boolean =>
  order?.expiry === undefined || fromNanos(order.expiry.again) <= now_ns;

/** When an order that has not ended is looked at again. */
const nextTry_ns = (turn: AccountTurn, order: OrderState | undefined): Instant_ns => {
  const soon_ns = turn.now_ns + milliseconds(retry_ms);
  if (order?.expiry === undefined || isTryDue(turn, order)) return soon_ns;
  return fromNanos(order.expiry.again);
};

const nextSweep = (
  now_ns: Instant_ns,
  world: AccountWorld,
  ended: number,
  next_ns: Instant_ns | undefined,
): Instant_ns | undefined => {
  if (ended === ordersPerTurn_max) return now_ns + milliseconds(1);
  if (ended > 0) return now_ns + milliseconds(retry_ms);
  const day_ns = nextDayEnd(now_ns, world);
  return next_ns === undefined || (day_ns !== undefined && day_ns < next_ns) ? day_ns : next_ns;
};

const nextDayEnd = (now_ns: Instant_ns, { reference }: AccountWorld): Instant_ns | undefined => {
  let next_ns: Instant_ns | undefined;
  for (const instrument of reference.instruments.values()) {
    const end_ns = calendarOfInstrument(instrument).dayEnd(now_ns);
    if (end_ns !== undefined && (next_ns === undefined || end_ns < next_ns)) next_ns = end_ns;
  }
  return next_ns;
};

/** An order's own time is over; comes again while it has not ended. */
export const expireAtTime = (turn: AccountTurn, world: AccountWorld, orderId: OrderId): void => {
  expireOrder(turn, world, orderId);
  const order = turn.space.get("order", orderId);
  if (order === undefined || hasEnded(order)) return;
  turn.timer(expireTimer(orderId), nextTry_ns(turn, order));
};

const expireOrder = (turn: AccountTurn, world: AccountWorld, orderId: OrderId): void => {
  const order = turn.space.get("order", orderId);
  if (order !== undefined) carryOut(turn, world, orderId, decideExpiry(order, turn.now));
};
