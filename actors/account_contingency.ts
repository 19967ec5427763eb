/**
 * Carries out what orders that are bound to each other must come to (`contingency/`).
 *
 * At the end of every turn the groups that it touched are looked at: where each order is, what its
 * group lets it be, and what is missing. What waits with us is changed at once; what is at a venue
 * by an internal replace or cancel of it. What cannot be done now (a venue refused, a limit is in
 * the way) is tried again by a timer. So a crash loses nothing, and nothing is asked twice.
 *
 * Owns: how an order is brought to the total that its group gives it, and that timer.
 */
import type { ClOrdId, OrderId } from "../protocols/kernel/ids.ts";
import { fromNanos, milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import { isClosed, isHeld, replacesOf } from "../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import { isIdle } from "../protocols/bound_order.ts";
import { roomToGrow } from "./account_growth.ts";
import { groupOf } from "./account_group_state.ts";
import { releaseAtAuction, sendWaiting } from "./account_held.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut, raise } from "./account_outcome.ts";
import { stateRefusal } from "./account_risk.ts";
import { wantsOf } from "./contingency/group_decision.ts";
import type { GroupWant } from "./contingency/group_decision.ts";
import { decideCancel } from "./order/order_cancel.ts";
import { cancelCommand, decided, headNow, orderIdsOf } from "./order/order_decision.ts";
import { targetOf } from "./order/order_move.ts";
import { acceptReplace, isReplaceable } from "./order/order_replace.ts";
import { executed_lots } from "./order/order_reservation.ts";

/** The timer that tries again what could not be done, or was too much for one turn. */
export const contingencyTimer = "contingency";
/** What the ids of our own replaces and cancels of bound orders begin with. */
export const ownPrefix = "_contingency-";
/** The command of what we change by ourselves in an order that waits with us. */
const groupCommand = "timer:contingency";

const retry_ns = milliseconds(1_000);
/** Groups looked at anew in one turn of the timer. */
const groupsPerTurn_max = 100;

/** At the next whole second, so that what happens meanwhile never puts it off. */
export const settleLater = (turn: AccountTurn): void => {
  turn.timer(contingencyTimer, (turn.now_ns / retry_ns + 1n) * retry_ns);
};

/** The timer: whatever group still wants something. */
export const settleGroups = (turn: AccountTurn, world: AccountWorld): void => {
  let settled = 0;
  for (const [group, { isOver }] of [...turn.space.entries("contingency")]) {
    if (isOver === true) continue;
    if (settled === groupsPerTurn_max) {
      turn.timer(contingencyTimer, turn.now_ns);
      return;
    }
    if (settleGroup(turn, world, group)) settled += 1;
  }
};

/** Brings a group's orders to where they must be. True: something was wanted. */
export const settleGroup = (turn: AccountTurn, world: AccountWorld, group: string): boolean => {
  const state = groupOf(turn.space, world, group);
  if (state === undefined) return false;
  const wants = wantsOf(state);
  for (const want of wants) {
    const order = turn.space.get("order", want.orderId);
    if (order?.terms !== undefined && !isClosed(order)) bring(turn, world, order, want);
  }
  return wants.length > 0;
};

const bring = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  want: GroupWant,
): void => {
  const { orderId } = order;
  switch (want.want) {
    case "cancel":
      cancel(turn, world, order, want.why);
      break;
    case "finish":
      finish(turn, world, order);
      break;
    case "total":
      if (isHeld(order)) restate(turn, world, order, want.total_lots);
      else move(turn, world, order, want.total_lots);
      return;
  }
  if (want.rest_lots === undefined) return;
  const text = `order=${orderId}: ${want.rest_lots} lots are too few for an order`;
  raise(turn, orderId, { what: "contingency_rest", text });
};

const cancel = (turn: AccountTurn, world: AccountWorld, order: OrderState, why: string): void => {
  const { orderId } = order;
  const { now } = turn;
  const id = ownId(order);
  if (isHeld(order) || isIdle(order)) {
    const head = headNow(orderId, cancelCommand(id), now);
    const event = { ...head, execType: "canceled", digest: id, text: why } as const;
    carryOut(turn, world, orderId, decided(event));
    return;
  }
  const command = { cancelId: id, digest: id };
  carryOut(turn, world, orderId, decideCancel(orderIdsOf(orderId), order, command, now, now));
};

/** An idle child is filled when no more can come. */
const finish = (turn: AccountTurn, world: AccountWorld, order: OrderState): void => {
  const { orderId, cumQty_lots } = order;
  const event = {
    ...headNow(orderId, groupCommand, turn.now),
    execType: "restated",
    leg: order.legs.at(-1)?.no ?? 0,
    orderQty_lots: cumQty_lots,
    askedQty_lots: cumQty_lots,
    text: "all that it could execute",
  } as const;
  carryOut(turn, world, orderId, decided(event));
};

/** Changes what waits with us, and sends it where nothing keeps it back any more. */
const restate = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  wanted_lots: number,
): void => {
  const { orderId, terms } = order;
  if (terms === undefined) return;
  const total_lots = allowed(turn, world, order, wanted_lots);
  if (total_lots === undefined || total_lots === terms.orderQty_lots) return;
  const isRelease = turn.space.get("held", orderId)?.stage === "parent";
  const event = {
    ...headNow(orderId, groupCommand, turn.now),
    execType: "restated",
    orderQty_lots: total_lots,
    text: "what its group leaves it",
  } as const;
  carryOut(turn, world, orderId, decided(event));
  if (isRelease) sendReleased(turn, world, orderId, terms);
};

const sendReleased = (
  turn: AccountTurn,
  world: AccountWorld,
  orderId: OrderId,
  { held }: OrderTerms,
): void => {
  const stage = turn.space.get("held", orderId)?.stage;
  if (stage === "send") sendWaiting(turn, world, orderId);
  const release = held?.release;
  const isDue = release !== undefined && fromNanos(release) <= turn.now_ns;
  if (stage === "auction" && isDue) releaseAtAuction(turn, world, orderId);
};

/** Asks the venue for another total: in place, or by making room for another leg or for none. */
const move = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  wanted_lots: number,
): void => {
  const { orderId } = order;
  const target = targetOf(order);
  const isGrowing = wanted_lots > target.orderQty_lots;
  const isPlacing = isIdle(order) && wanted_lots > executed_lots(order);
  // One growth at a time: its answer brings the next, for all that has come meanwhile.
  if (isGrowing && (replacesOf(order).length > 0 || !canGrow(order))) return;
  const why = isGrowing || isPlacing ? whyNotNow(turn, order) : undefined;
  if (why !== undefined || !isReplaceable(order)) {
    settleLater(turn);
    if (why !== undefined) short(turn, order, why);
    return;
  }
  const total_lots = isGrowing ? allowed(turn, world, order, wanted_lots) : wanted_lots;
  if (total_lots === undefined || (total_lots === target.orderQty_lots && !isPlacing)) return;
  const { price_ticks, stopPx_ticks } = target;
  const id = ownId(order);
  const decision = acceptReplace({
    state: order,
    command: { replaceId: id, digest: id },
    terms: {
      orderQty_lots: total_lots,
      ...(price_ticks === undefined ? {} : { price_ticks }),
      ...(stopPx_ticks === undefined ? {} : { stopPx_ticks }),
    },
    how: howToMove(world, order, total_lots),
    deadline: toNanos(turn.now_ns + milliseconds(world.reference.intentDeadline_ms)),
    now: turn.now,
  });
  carryOut(turn, world, orderId, decision);
};

/** Why nothing more of an order may leave now; undefined where it may. */
const whyNotNow = (turn: AccountTurn, order: OrderState): string | undefined => {
  const venue = order.legs.at(-1)?.venue ?? "";
  if (turn.space.get("venue", venue)?.open !== true) return `ROUTE_VENUE_DOWN venue=${venue}`;
  if (!isReplaceable(order) && !isInDoubt(order)) return "it can be replaced no more";
  return stateRefusal(turn, order)?.code;
};

const isInDoubt = ({ legs }: OrderState): boolean => legs.some(({ state }) => state === "in_doubt");

/** A market order at its venue takes no other quantity: what is more waits until it is done. */
const canGrow = (order: OrderState): boolean =>
  order.terms?.price_ticks !== undefined || isIdle(order);

const howToMove = (
  { reference }: AccountWorld,
  order: OrderState,
  total_lots: number,
): "native" | "cancel_replace" => {
  const leg = order.legs.at(-1);
  const how = leg === undefined ? undefined : reference.venues.get(leg.venue)?.replace;
  const hasRest = total_lots > executed_lots(order) && order.terms?.price_ticks !== undefined;
  return hasRest ? (how ?? "native") : "cancel_replace";
};

/** What of a growth is allowed now; undefined where nothing is, and it is tried again. */
const allowed = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  wanted_lots: number,
): number | undefined => {
  const now_lots = targetOf(order).orderQty_lots;
  if (wanted_lots <= now_lots) return wanted_lots;
  const room = roomToGrow(turn, world, order, wanted_lots);
  if (room.total_lots < wanted_lots) settleLater(turn);
  if (room.why !== undefined) short(turn, order, room.why);
  return room.total_lots > now_lots ? room.total_lots : undefined;
};

const short = (turn: AccountTurn, { orderId }: OrderState, why: string): void =>
  raise(turn, orderId, { what: "contingency_short", text: `order=${orderId} ${why}` });

const ownId = ({ version, requests }: OrderState): ClOrdId =>
  `${ownPrefix}${requests + 1}-${version}` as ClOrdId;
