/**
 * Carries out what orders that are bound to each other must come to (`contingency/`).
 *
 * At the end of every turn the groups that it touched are looked at: where each order is, what its
 * group lets it be, and what is missing. What waits with us is changed at once; what is at a venue
 * by an internal replace or cancel of it. What cannot be done now (a venue refused, a limit is in
 * the way) is tried again by a timer of the group, and told where it is refused again. So a crash
 * loses nothing, nothing is asked twice, and however many groups wait, every turn is about one of
 * them.
 *
 * Owns: how an order is brought to the total that its group gives it, and those timers.
 */
import type { OrderId } from "../protocols/kernel/ids.ts";
import { fromNanos, milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import { isClosed, isHeld, replacesOf } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState, OrderTerms } from "../protocols/order.ts";
import { isIdle } from "../protocols/bound_order.ts";
import { roomToGrow } from "./account_growth.ts";
import { tradingStateOf } from "./account_rules.ts";
import { groupOf } from "./account_group_state.ts";
import { isTriggered } from "./account_groups.ts";
import { releaseAtAuction, sendWaiting } from "./account_held.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut, raise } from "./account_outcome.ts";
import { stateRefusal } from "./account_risk.ts";
import { wantsOf } from "./contingency/group_decision.ts";
import type { GroupWant } from "./contingency/group_decision.ts";
import {
  afterRefusal_ns,
  groupRequestId,
  nextTry_ns,
  refusesRetry,
} from "./account_group_retry.ts";
import type { GroupTry } from "./account_group_retry.ts";
import { decideCancel } from "./order/order_cancel.ts";
import { cancelCommand, decided, headNow, orderIdsOf } from "./order/order_decision.ts";
import { targetOf, waitingFor } from "./order/order_move.ts";
import { acceptReplace, isReplaceable } from "./order/order_replace.ts";
import { executed_lots } from "./order/order_reservation.ts";

/** A group's timers, by how it then asks: what was refused, or too much, and what was told. */
const timerPrefix = "contingency:";
const againPrefix = "contingency_again:";
const refusedPrefix = "contingency_refused:";
const tries: ReadonlyMap<string, GroupTry> = new Map([
  [timerPrefix, "retry"],
  [againPrefix, "again"],
  [refusedPrefix, "again"],
]);
/** The command of what we change by ourselves in an order that waits with us. */
const groupCommand = "timer:contingency";

/** A little later. */
export const settleLater = (turn: AccountTurn, group: string): void => {
  turn.timer(`${timerPrefix}${group}`, nextTry_ns(turn.now_ns));
};

/** After what a group asks of an order was refused: later and later where it was before. */
export const settleRefused = (turn: AccountTurn, order: OrderState, event: OrderEvent): void => {
  const group = order.terms?.bond?.group ?? "";
  if (refusesRetry(event, order)) {
    turn.timer(`${refusedPrefix}${group}`, afterRefusal_ns(turn.now_ns, order));
  } else settleLater(turn, group);
};

/** At once, in a turn of its own. */
export const settleNext = (turn: AccountTurn, group: string): void => {
  turn.timer(`${timerPrefix}${group}`, turn.now_ns);
};

/** Looks at the group that a timer is about; false where it is none of a group's. */
export const settleByTimer = (turn: AccountTurn, world: AccountWorld, id: string): boolean => {
  const end = id.indexOf(":") + 1;
  const by = tries.get(id.slice(0, end));
  if (by === undefined) return false;
  settle({ turn, world, by }, id.slice(end));
  return true;
};

/** Brings a group's orders to where they must be. */
export const settleGroup = (turn: AccountTurn, world: AccountWorld, group: string): void => {
  settle({ turn, world, by: "first" }, group);
};

/** In which turn a group is looked at. */
interface Settling {
  readonly turn: AccountTurn;
  readonly world: AccountWorld;
  /** Where it is "again", operators were told what is in the way. */
  readonly by: GroupTry;
}

const settle = (settling: Settling, group: string): void => {
  const { turn, world } = settling;
  const state = groupOf(turn.space, world, group);
  if (state === undefined) return;
  for (const want of wantsOf(state)) {
    const order = turn.space.get("order", want.orderId);
    if (order?.terms !== undefined && !isClosed(order)) bring(settling, order, want);
  }
};

const bring = (settling: Settling, order: OrderState, want: GroupWant): void => {
  const { orderId } = order;
  const { turn, world } = settling;
  switch (want.want) {
    case "cancel":
      cancel(turn, world, order, want.why);
      break;
    case "finish":
      finish(turn, world, order);
      break;
    case "total":
      if (isHeld(order)) restate(settling, order, want.total_lots);
      else move(settling, order, want.total_lots);
      return;
  }
  if (want.rest_lots === undefined) return;
  const text = `order=${orderId}: ${want.rest_lots} lots are too few for an order`;
  raise(turn, orderId, { what: "contingency_rest", text });
};

const cancel = (turn: AccountTurn, world: AccountWorld, order: OrderState, why: string): void => {
  const { orderId } = order;
  const { now } = turn;
  const id = groupRequestId(order, "first");
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
const restate = (settling: Settling, order: OrderState, wanted_lots: number): void => {
  const { orderId, terms } = order;
  const { turn, world } = settling;
  if (terms === undefined) return;
  const total_lots = allowed(settling, order, wanted_lots);
  if (total_lots === undefined || total_lots === terms.orderQty_lots) return;
  const isRelease = turn.space.get("held", orderId)?.stage === "parent";
  const isMet = total_lots === 0 && isTriggered(turn.space, order);
  const event = {
    ...headNow(orderId, groupCommand, turn.now),
    execType: "restated",
    orderQty_lots: total_lots,
    ...(isMet ? ({ isTriggered: true } as const) : {}),
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
const move = (settling: Settling, order: OrderState, wanted_lots: number): void => {
  const { orderId } = order;
  const { turn, world } = settling;
  const target = targetOf(order);
  const isGrowing = wanted_lots > target.orderQty_lots;
  const isPlacing = isIdle(order) && wanted_lots > executed_lots(order);
  // One growth at a time: its answer brings the next, for all that has come meanwhile.
  if (isGrowing && (replacesOf(order).length > 0 || !canGrow(order))) return;
  const why = isGrowing || isPlacing ? whyNotNow(turn, order) : undefined;
  const isBarred = wanted_lots > executed_lots(order) && isReplaceBarred(turn, order);
  if (why !== undefined || isBarred || !isReplaceable(order)) {
    tryAgain(turn, order);
    if (why !== undefined) short(settling, order, why);
    return;
  }
  const total_lots = isGrowing ? allowed(settling, order, wanted_lots) : wanted_lots;
  if (total_lots === undefined || (total_lots === target.orderQty_lots && !isPlacing)) return;
  const { price_ticks, stopPx_ticks } = target;
  const id = groupRequestId(order, settling.by);
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

/** Whether no replace of an order leaves now: it would only be refused, again and again. */
const isReplaceBarred = (turn: AccountTurn, order: OrderState): boolean => {
  const { account, strategy, legs } = order;
  if (tradingStateOf(turn.space, account, strategy) === "halted") return true;
  const leg = legs.at(-1);
  // Behind a replace that waits for room nothing leaves before there is room.
  if (leg !== undefined && waitingFor(order, leg.no).length > 0) return false;
  return turn.space.get("venue", leg?.venue ?? "")?.open !== true;
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
  settling: Settling,
  order: OrderState,
  wanted_lots: number,
): number | undefined => {
  const { turn, world } = settling;
  const now_lots = targetOf(order).orderQty_lots;
  if (wanted_lots <= now_lots) return wanted_lots;
  const room = roomToGrow(turn, world, order, wanted_lots);
  if (room.total_lots < wanted_lots) tryAgain(turn, order);
  if (room.why !== undefined) short(settling, order, room.why);
  return room.total_lots > now_lots ? room.total_lots : undefined;
};

/** Told when it comes about, not each time that it is tried again. */
const short = ({ turn, by }: Settling, { orderId }: OrderState, why: string): void => {
  if (by === "again") return;
  raise(turn, orderId, { what: "contingency_short", text: `order=${orderId} ${why}` });
};

const tryAgain = (turn: AccountTurn, { terms }: OrderState): void =>
  turn.timer(`${againPrefix}${terms?.bond?.group ?? ""}`, nextTry_ns(turn.now_ns));
