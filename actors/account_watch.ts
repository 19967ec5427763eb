/**
 * What an order's waiting asks of the world around its shard: the market's driver and timers.
 *
 * Called with every event of an order, so that whatever began or ended a wait, the driver's levels
 * and the order's timers follow.
 *
 * Owns: the names of an order's own timers, and the levels that a market is watched by.
 */
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import type { OrderId } from "../protocols/kernel/ids.ts";
import { isOver } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { AccountTurn } from "./account_kinds.ts";
import { endsWithDay } from "./account_waiting.ts";
import { isSameMarket } from "./held/held_state.ts";
import type { HeldState } from "./held/held_state.ts";
import type { Market } from "./held/market_watch.ts";
import { variedDelay_ms } from "./algo/iceberg_variation.ts";
import { isNextSliceDue, isSliced, isWorked } from "./order/order_slice.ts";
import { watchLevelsOf } from "./held/watch_levels.ts";
import type { Watched } from "./held/watch_levels.ts";

const releasePrefix = "release:";
const expirePrefix = "expire:";
const slicePrefix = "slice:";

/** The timer that sends orders (again) which could not be sent. */
export const heldTimer = "held";

const retry_ns = milliseconds(1_000);

/** Tries what could not be sent at the next whole second: nothing meanwhile puts that off. */
export const sendAgain = (turn: AccountTurn): void => {
  turn.timer(heldTimer, (turn.now_ns / retry_ns + 1n) * retry_ns);
};

/** The timer of an order that waits for its auction. */
export const releaseTimer = (orderId: OrderId): string => `${releasePrefix}${orderId}`;
/** The timer of an order whose time is its own, not the day's. */
export const expireTimer = (orderId: OrderId): string => `${expirePrefix}${orderId}`;

/** The timer of an order's next look at its slices. */
export const sliceTimer = (orderId: OrderId): string => `${slicePrefix}${orderId}`;

/** The order that a release is about; undefined where the timer is another one. */
export const orderOfRelease = (id: string): OrderId | undefined => orderOf(releasePrefix, id);
/** The order that an expiry is about; undefined where the timer is another one. */
export const orderOfExpiry = (id: string): OrderId | undefined => orderOf(expirePrefix, id);

/** The order whose slices are to be looked at; undefined where the timer is another one. */
export const orderOfSlice = (id: string): OrderId | undefined => orderOf(slicePrefix, id);

const orderOf = (prefix: string, id: string): OrderId | undefined =>
  id.startsWith(prefix) ? (id.slice(prefix.length) as OrderId) : undefined;

/** Tells the driver which prices of a market matter now; that ends the look that is on its way. */
export const watchMarket = (turn: AccountTurn, { instrument, venue }: Market): void => {
  const market: Market = venue === undefined ? { instrument } : { instrument, venue };
  const watched: Watched[] = [];
  for (const [, { market: own, side, stage, terms, trigger }] of turn.space.entries("held")) {
    if (stage !== "trigger" || terms === undefined || !isSameMarket(own, market)) continue;
    watched.push({ side, terms, state: trigger });
  }
  const levels = watched.length === 0 ? {} : { levels: watchLevelsOf(watched) };
  turn.perform({ effect: "watch", ...market, ...levels });
};

/** Events after which an order that was over may work again. */
const mayReopen: ReadonlySet<OrderEvent["execType"]> = new Set([
  "trade_cancel",
  "trade_correct",
  "replaced",
  "restated",
]);

/** Sets the time of the next look at an order's slices, where an event calls for one. */
const followSlices = (turn: AccountTurn, event: OrderEvent, after: OrderState): void => {
  const timer = sliceTimer(after.orderId);
  const algo = after.terms?.algo;
  if (isOver(after)) {
    turn.timer(timer, undefined);
  } else if (event.execType === "pending_new" && algo !== undefined) {
    turn.timer(timer, fromNanos(algo.start));
  } else if (event.execType === "leg_kept" && algo !== undefined) {
    turn.timer(timer, turn.now_ns + milliseconds(keptAgain_ms));
  } else if (mayBeDue.has(event.execType) && (isNextSliceDue(after) || isAnswered(event, after))) {
    turn.timer(timer, turn.now_ns + milliseconds(delayOf(event, after)));
  }
};

/** A slice whose cancel was refused is asked for again after so long. */
const keptAgain_ms = 1_000;

/** What kept a worked order from being looked at is over, while a slice of it is live. */
const isAnswered = (event: OrderEvent, after: OrderState): boolean =>
  isWorked(after) && (event.execType === "replaced" || event.execType === "cancel_rejected");

/** An iceberg's next slice may be shown a little after the one before it was filled. */
const delayOf = ({ execType }: OrderEvent, { orderId, terms, legs }: OrderState): number => {
  if (terms?.algo?.type !== "iceberg" || execType !== "trade") return 0;
  const { refreshDelay_ms, variance_bps } = terms.algo;
  return variedDelay_ms(refreshDelay_ms, variance_bps, orderId, legs.length);
};

/** Events that may leave a sliced order without a slice, or end what kept the next one back. */
const mayBeDue: ReadonlySet<OrderEvent["execType"]> = new Set([
  "trade",
  "leg_ended",
  "cancel_rejected",
  "replace_rejected",
  ...mayReopen,
]);

/**
 * Follows one event of an order.
 *
 * @param held the order's waiting before the event
 */
export const followWaiting = (
  turn: AccountTurn,
  event: OrderEvent,
  held: HeldState | undefined,
  after: OrderState,
): void => {
  const now = turn.space.get("held", after.orderId);
  if (held !== now && (held?.terms !== undefined || now?.terms !== undefined)) {
    const market = (held ?? now)?.market;
    if (market !== undefined) watchMarket(turn, market);
  }
  if (now?.sentBack !== undefined && now !== held) sendAgain(turn);
  const { terms, orderId } = after;
  if (isSliced(after)) followSlices(turn, event, after);
  if (terms?.held === undefined) return;
  const { release, expire } = terms.held;
  const hasOwnTime = expire !== undefined && !endsWithDay(terms);
  if (hasOwnTime && mayReopen.has(event.execType) && !isOver(after)) {
    // It had ended, and with it its timer; setting one that runs changes nothing.
    turn.timer(expireTimer(orderId), fromNanos(expire));
  }
  if (event.execType === "pending_new") {
    if (release !== undefined) turn.timer(releaseTimer(orderId), fromNanos(release));
    if (hasOwnTime) turn.timer(expireTimer(orderId), fromNanos(expire));
  } else if (isOver(after)) {
    if (release !== undefined) turn.timer(releaseTimer(orderId), undefined);
    if (hasOwnTime) turn.timer(expireTimer(orderId), undefined);
  }
};
