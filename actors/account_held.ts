/**
 * Orders that wait with us: what prices and the clock do to them, and how they are sent.
 *
 * Prices arrive as paths (`held/market_watch.ts`). What they change is stated as one fact; each
 * order that fired is then told so, checked once more, routed as a new order would be, and sent. A
 * turn fires a bounded number; the rest is due at once.
 *
 * An order that cannot be sent (no venue now, no room for a reduce-only one) is tried again, every
 * second, until it ends: a stop that was met is not forgotten.
 *
 * Owns: the dialogue with the market's driver, and the last check before sending.
 */
import { milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import type { OrderId } from "../protocols/kernel/ids.ts";
import { isHeld } from "../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import { toldTimeInForce } from "./account_honour.ts";
import { hasTriggeredPeer } from "./account_groups.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut, raise } from "./account_outcome.ts";
import { reduceRoom } from "./account_reduce.ts";
import { stateRefusal } from "./account_risk.ts";
import { routeAmong, venuesNow } from "./account_route.ts";
import { heldTimer, sendAgain, watchMarket } from "./account_watch.ts";
import { heldAfterPath, isSameMarket, sendableAt_ns } from "./held/held_state.ts";
import type { HeldState } from "./held/held_state.ts";
import type { Market, MarketObserved } from "./held/market_watch.ts";
import { decideFirstLeg, decideTriggered, endHeld } from "./order/order_held.ts";
import { isRoute } from "./router/route.ts";

/** The timer of what did not fit into a turn: its own, so that nothing puts it off. */
export const moreTimer = "held:more";

/** Orders fired, and orders sent, in one turn. */
const perTurn_max = 50;

/** Takes a path of prices: states what it changes and sends what it fired. */
export const observeMarket = (
  turn: AccountTurn,
  world: AccountWorld,
  { instrument, venue, path }: MarketObserved,
): void => {
  const market: Market = venue === undefined ? { instrument } : { instrument, venue };
  let isNews = false;
  for (const [, held] of turn.space.entries("held")) {
    isNews ||= isSameMarket(held.market, market) && heldAfterPath(held, path) !== held;
  }
  if (isNews) {
    turn.emit({ what: "prices_observed", ...market, path });
    fireAll(turn, world);
  }
  watchMarket(turn, market);
};

/** After a start: the driver knows nothing, and what was met may still have to be sent. */
export const resumeWaiting = (turn: AccountTurn): void => {
  const markets: Market[] = [];
  for (const [, { market }] of turn.space.entries("held")) {
    if (!markets.some((known) => isSameMarket(known, market))) markets.push(market);
  }
  for (const market of markets) watchMarket(turn, market);
  if (markets.length > 0) turn.timer(heldTimer, turn.now_ns);
};

/** The held timers: fires what is left to fire, and tries again what could not be sent. */
export const retryWaiting = (turn: AccountTurn, world: AccountWorld): void => {
  fireAll(turn, world);
  let done = 0;
  const barred: Barred[] = [];
  for (const held of inStage(turn, "send")) {
    const { orderId } = held;
    if (turn.now_ns < sendableAt_ns(held)) {
      barred.push({ orderId });
      continue;
    }
    if (done === perTurn_max) {
      turn.timer(moreTimer, turn.now_ns);
      break;
    }
    const sending = trySend(turn, world, orderId);
    if (sending === "done") done += 1;
    else barred.push(sending);
  }
  if (barred.length === 0) return;
  sendAgain(turn);
  const unrouted = barred.filter(({ why }) => why !== undefined);
  const [first] = unrouted;
  if (first?.why === undefined) return;
  const text = `${unrouted.length} orders wait, order=${first.orderId} ${first.why}`;
  raise(turn, first.orderId, { what: "trigger_unrouted", text });
};

/** Its auction has come. */
export const releaseAtAuction = (
  turn: AccountTurn,
  world: AccountWorld,
  orderId: OrderId,
): void => {
  const order = turn.space.get("order", orderId);
  if (order === undefined || turn.space.get("held", orderId)?.stage !== "auction") return;
  const text = order.terms?.timeInForce ?? "";
  carryOut(turn, world, orderId, decideTriggered(order, undefined, text, turn.now));
  sendWaiting(turn, world, orderId);
};

const fireAll = (turn: AccountTurn, world: AccountWorld): void => {
  const fired = inStage(turn, "fired").toSorted((a, b) => (a.firedAt ?? 0) - (b.firedAt ?? 0));
  for (const { orderId, terms, trigger } of fired.slice(0, perTurn_max)) {
    const order = turn.space.get("order", orderId);
    // One whose peer was met first is ended by its group.
    if (order === undefined || !isHeld(order) || hasTriggeredPeer(turn.space, order)) continue;
    const text = `on ${terms?.price ?? ""}`;
    const decision = decideTriggered(order, trigger.stopPx_ticks, text, turn.now);
    carryOut(turn, world, orderId, decision);
    sendWaiting(turn, world, orderId);
  }
  if (fired.length > perTurn_max) turn.timer(moreTimer, turn.now_ns);
};

const inStage = (turn: AccountTurn, stage: HeldState["stage"]): readonly HeldState[] => {
  const found: HeldState[] = [];
  for (const [, held] of turn.space.entries("held")) if (held.stage === stage) found.push(held);
  return found;
};

/** Sends an order whose wait is over, ends it where it may not be sent, or tries again later. */
export const sendWaiting = (turn: AccountTurn, world: AccountWorld, orderId: OrderId): void => {
  const sending = trySend(turn, world, orderId);
  if (sending === "done") return;
  sendAgain(turn);
  if (sending.why === undefined) return;
  raise(turn, orderId, { what: "trigger_unrouted", text: `order=${orderId} ${sending.why}` });
};

/** An order that cannot be sent now; `why` where no venue takes it. */
interface Barred {
  readonly orderId: OrderId;
  readonly why?: string;
}

const trySend = (turn: AccountTurn, world: AccountWorld, orderId: OrderId): "done" | Barred => {
  const order = turn.space.get("order", orderId);
  if (order?.terms === undefined || !isHeld(order)) return "done";
  const refusal = stateRefusal(turn, order);
  const room = reduceRoom(turn, world, order);
  if (refusal !== undefined || room.kind === "none") {
    const text =
      refusal === undefined
        ? "RISK_REDUCE_ONLY nothing to reduce"
        : `${refusal.code} ${refusal.text}`.trimEnd();
    carryOut(turn, world, orderId, endHeld(order, text, turn.now));
    return "done";
  }
  if (room.kind === "later") return { orderId };
  return place(turn, world, order, order.terms, room.qty_lots);
};

const place = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  terms: OrderTerms,
  qty_lots: number,
): "done" | Barred => {
  const { reference, shardIndex } = world;
  const { orderId } = order;
  const sized = { ...terms, orderQty_lots: qty_lots };
  const route = routeAmong(turn, world, sized, venuesNow(world, terms));
  if (!isRoute(route)) return { orderId, why: `${route.code} ${route.text}` };
  const told = toldTimeInForce(terms, route.venue, reference);
  const decision = decideFirstLeg(order, {
    venue: route.venue,
    ...(told === undefined ? {} : { timeInForce: told }),
    qty_lots,
    shardIndex,
    deadline: toNanos(turn.now_ns + milliseconds(reference.intentDeadline_ms)),
    now: turn.now,
  });
  carryOut(turn, world, orderId, decision);
  return "done";
};
