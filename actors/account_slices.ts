/**
 * Orders that we show in slices: their account looks, when one may be due, and sends it.
 *
 * Of a plain iceberg the next slice is due when none is live. Of an order with an algorithm the
 * algorithm says what is due (`algo/slice_plan.ts`), by the time and by what others trade; a live
 * slice that no longer fits is taken back first, and the next one is sent when its end is proven.
 *
 * Each slice passes the account's trading state and the price checks again and is routed afresh, as
 * a new order would be. One that cannot be sent is tried again every second; operators are told
 * why, once, and then once a minute as long as the reason stays. One that is due in a halted
 * account ends its order, as a stop that is met there does: a resume sends nothing by itself.
 *
 * Owns: the look, and its timer.
 * Never: has two slices of one order live at once; sends anything beside one that is in doubt.
 */
import type { Price_ticks, Qty_lots } from "../protocols/kernel/grid.ts";
import { fromNanos, milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import type { OrderId } from "../protocols/kernel/ids.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import { isOver } from "../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import { toldTimeInForce } from "./account_honour.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut, raise } from "./account_outcome.ts";
import { reduceForFirst } from "./account_reduce.ts";
import { priceRefusal, stateRefusal } from "./account_risk.ts";
import { routeAmong, venuesNow } from "./account_route.ts";
import { situationOf } from "./account_situation.ts";
import { sliceTimer } from "./account_watch.ts";
import { stepOfSlices } from "./algo/slice_plan.ts";
import { isNextSliceDue, isWorked, left_lots, shown_lots } from "./order/order_slice.ts";
import {
  decideAgainstTerms,
  decideSlice,
  decideTakeBack,
  endBetween,
  endUsedUp,
} from "./order/slice_decision.ts";
import { isRoute } from "./router/route.ts";

/** How long a slice that could not be sent waits for its next attempt. */
const retry_ms = 1_000;
/** How long a reason that stays is not told again. */
const silence_ms = 60_000;

/** Looks whether the next slice of an order is due, and sends it. */
export const lookAtSlices = (turn: AccountTurn, world: AccountWorld, orderId: OrderId): void => {
  const order = turn.space.get("order", orderId);
  if (order?.terms === undefined) return;
  if (isWorked(order)) {
    work(turn, world, order, order.terms);
  } else if (isNextSliceDue(order)) {
    const qty_lots = shown_lots(order.terms, left_lots(order));
    trySlice(turn, world, order, order.terms, qty_lots, order.terms.price_ticks);
  }
};

/** One step of an algorithm, and the time of the next look. */
const work = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  terms: OrderTerms,
): void => {
  const { orderId } = order;
  // Each of these ends with an event of the order, which looks again.
  if (isOver(order) || order.pendingCancel !== undefined) return;
  const withdrawal = decideAgainstTerms(order, turn.now);
  if (withdrawal.requests.length > 0) carryOut(turn, world, orderId, withdrawal);
  if (withdrawal.requests.length > 0 || order.suspended === true) return;
  const situation = situationOf(turn, world, order, terms);
  const step = stepOfSlices(situation);
  switch (step.kind) {
    case "send":
      trySlice(turn, world, order, terms, step.qty_lots, step.price_ticks);
      return;
    case "take_back":
      carryOut(turn, world, orderId, decideTakeBack(order, turn.now));
      return;
    case "wait":
      turn.timer(sliceTimer(orderId), step.until_ns);
      return;
    case "used_up":
      carryOut(turn, world, orderId, endUsedUp(order, turn.now));
  }
};

/** Sends a slice; what bars it is told, and tried again. */
const trySlice = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  terms: OrderTerms,
  qty_lots: Qty_lots,
  price_ticks: Price_ticks | undefined,
): void => {
  const { orderId } = order;
  const halt = stateRefusal(turn, order);
  if (halt?.code === "TRADING_HALTED") {
    carryOut(turn, world, orderId, endBetween(order, `${halt.code} ${halt.text}`, turn.now));
    return;
  }
  const refusal = halt ?? sendSlice(turn, world, order, terms, qty_lots, price_ticks);
  const again_ns = turn.now_ns + milliseconds(retry_ms);
  if (refusal !== undefined) tellBarred(turn, orderId, refusal);
  if (refusal !== undefined || isWorked(order)) turn.timer(sliceTimer(orderId), again_ns);
};

const sendSlice = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  terms: OrderTerms,
  qty_lots: Qty_lots,
  price_ticks: Price_ticks | undefined,
): Refusal | undefined => {
  const { reference, shardIndex } = world;
  const refusal = priceRefusal(turn, world, order, price_ticks);
  if (refusal !== undefined) return refusal;
  const price = price_ticks === undefined ? {} : { price_ticks };
  const asked = { ...terms, orderQty_lots: qty_lots, ...price };
  const route = routeAmong(turn, world, asked, venuesNow(world, terms));
  if (!isRoute(route)) return route;
  const room = reduceForFirst(turn, world, order, qty_lots);
  if ("code" in room) return room;
  const { venue } = route;
  const told = toldTimeInForce(terms, venue, reference);
  const decision = decideSlice(room.order, {
    venue,
    ...(told === undefined ? {} : { timeInForce: told }),
    orderQty_lots: room.qty_lots,
    ...price,
    shardIndex,
    deadline: toNanos(turn.now_ns + milliseconds(reference.intentDeadline_ms)),
    now: turn.now,
  });
  carryOut(turn, world, order.orderId, decision);
  return undefined;
};

/** Tells operators, where the reason is another one than before or was told long ago. */
const tellBarred = (turn: AccountTurn, orderId: OrderId, { code, text }: Refusal): void => {
  const known = turn.space.get("slicing", orderId)?.barred;
  const until_ns = known === undefined ? 0n : fromNanos(known.at) + milliseconds(silence_ms);
  if (known?.code === code && turn.now_ns < until_ns) return;
  turn.emit({ what: "slice_barred", orderId, code, at: turn.now });
  raise(turn, orderId, {
    what: "slice_barred",
    text: `order=${orderId} ${code} ${text}`.trimEnd(),
  });
};
