/**
 * Reduce-only orders among all others of their account and instrument: what they may have when they
 * come, what others may have beside them, and how they give way when the position shrinks.
 *
 * Owns: gathering what `held/reduce_only.ts` decides on, and carrying it out.
 */
import type { AccountId, ClOrdId, InstrumentId } from "../protocols/kernel/ids.ts";
import { milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import { formatSteps } from "../protocols/kernel/grid.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import { refuse } from "../protocols/kernel/reject_code.ts";
import { hasEnded, isClosed, isHeld, replacesOf } from "../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import type { Side } from "../protocols/venue.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountSpace, AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut } from "./account_outcome.ts";
import { closable_lots, givingWay, room_lots } from "./held/reduce_only.ts";
import type { ClosingSide, ReduceOnlyOrder } from "./held/reduce_only.ts";
import { tradingStateOf } from "./account_rules.ts";
import { decideCancel } from "./order/order_cancel.ts";
import { orderIdsOf } from "./order/order_decision.ts";
import { decideReduced } from "./order/order_held.ts";
import { targetOf } from "./order/order_move.ts";
import { acceptReplace, isReplaceable } from "./order/order_replace.ts";
import { executed_lots, worstOpen_lots } from "./order/order_reservation.ts";

/** Whether an order may only reduce. */
export const isReduceOnly = ({ execInst }: OrderTerms): boolean => execInst.includes("reduce_only");

/**
 * Why an order would break a promise of reduce-only; undefined where it would not.
 *
 * @param leaves_lots what it may fill, if it is accepted
 * @param before the order as it is, where it is to be changed
 */
export const reduceOnlyRefusal = (
  space: AccountSpace,
  account: AccountId,
  terms: OrderTerms,
  leaves_lots: number,
  before?: OrderState,
): Refusal | undefined => {
  const { instrument, side, grid } = terms;
  const isReducing = isReduceOnly(terms);
  const sent = sentOrders(space, account, instrument, side);
  if (!isReducing && sent.length === 0) return undefined;
  // One that waits is judged when it is sent.
  if (isReducing && terms.held?.trigger !== undefined && (before?.legs.length ?? 0) === 0) {
    return undefined;
  }
  const own_lots = before === undefined ? 0 : worstOpen_lots(before);
  const room = room_lots(closingOf(space, account, instrument, side), own_lots);
  if (leaves_lots <= room || leaves_lots <= own_lots) return undefined;
  return refuse(isReducing ? "RISK_REDUCE_ONLY" : "RISK_REDUCE_ONLY_OPEN", {
    room: formatSteps(room, grid.lot),
    observed: formatSteps(leaves_lots, grid.lot),
  });
};

/** What of a waiting order may be sent now. */
export type ReduceRoom =
  | { readonly kind: "send"; readonly qty_lots: number }
  /** Others hold the room for now. */
  | { readonly kind: "later" }
  /** There is nothing to reduce, or too little for an order. */
  | { readonly kind: "none" };

/** What of an order that waits with us may be sent now; all of it where it is not reduce-only. */
export const reduceRoom = (
  turn: AccountTurn,
  { reference }: AccountWorld,
  { terms, account, cumQty_lots }: OrderState,
): ReduceRoom => {
  if (terms === undefined) return { kind: "none" };
  const { orderQty_lots, instrument, side } = terms;
  if (!isReduceOnly(terms)) return { kind: "send", qty_lots: orderQty_lots };
  const least = reference.instruments.get(instrument)?.minQty_lots ?? 1;
  const closing = closingOf(turn.space, account, instrument, side);
  if (closable_lots(closing.netQty_lots, side) < least) return { kind: "none" };
  const room = room_lots(closing);
  if (room < least) return { kind: "later" };
  return { kind: "send", qty_lots: Math.min(room + cumQty_lots, orderQty_lots) };
};

/** What a reduce-only order that was sent may fill beside all others of its side. */
export const reduceRoomBeside = (space: AccountSpace, order: OrderState): number => {
  const { terms, account } = order;
  if (terms === undefined) return 0;
  const closing = closingOf(space, account, terms.instrument, terms.side);
  return room_lots(closing, worstOpen_lots(order));
};

/**
 * What of a slice may be sent, and the order as it then is. The first slice of a reduce-only order
 * makes all of it one that others give room to: it is restated to what the position leaves.
 */
export const reduceForFirst = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  qty_lots: number,
): { readonly order: OrderState; readonly qty_lots: number } | Refusal => {
  const { orderId, terms } = order;
  if (terms === undefined || !isHeld(order) || !isReduceOnly(terms)) return { order, qty_lots };
  const room = reduceRoom(turn, world, order);
  if (room.kind !== "send") return refuse("RISK_REDUCE_ONLY", { room: room.kind });
  if (room.qty_lots >= terms.orderQty_lots) return { order, qty_lots };
  carryOut(turn, world, orderId, decideReduced(order, room.qty_lots, turn.now));
  const reduced = turn.space.get("order", orderId) ?? order;
  return { order: reduced, qty_lots: Math.min(qty_lots, room.qty_lots) };
};

/** Orders of a side asked to give way in one turn. */
const yielding_max = 100;

/** After a holding changed: reduce-only orders that no longer fit give way. False: not yet all. */
export const yieldReduceOnly = (
  turn: AccountTurn,
  world: AccountWorld,
  account: AccountId,
  instrument: InstrumentId,
): boolean => {
  let isAll = true;
  for (const side of ["buy", "sell"] as const) {
    const sent = sentOrders(turn.space, account, instrument, side);
    if (sent.length === 0) continue;
    const closing = closingOf(turn.space, account, instrument, side);
    const giving = givingWay(closing, sent.map(reduceOnlyOrderOf));
    isAll &&= giving.length <= yielding_max;
    for (const { orderId, leaves_lots } of giving.slice(0, yielding_max)) {
      const order = turn.space.get("order", orderId);
      if (order !== undefined) giveWay(turn, world, order, leaves_lots);
    }
  }
  return isAll;
};

const giveWay = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  leaves_lots: number,
): void => {
  const { orderId, terms } = order;
  if (terms === undefined) return;
  const { now, now_ns } = turn;
  const deadline = toNanos(now_ns + milliseconds(world.reference.intentDeadline_ms));
  // A worked order is changed without a request: its version tells one change from the next.
  const id = `_reduce-${order.requests + 1}-${order.version}` as ClOrdId;
  // What is on its way to it, but for the quantity. In a halted account no replace leaves.
  const { price_ticks, stopPx_ticks } = targetOf(order);
  const isHalted = tradingStateOf(turn.space, order.account, order.strategy) === "halted";
  if (leaves_lots > 0 && price_ticks !== undefined && isReplaceable(order) && !isHalted) {
    const how = world.reference.venues.get(order.legs.at(-1)?.venue ?? ("" as never))?.replace;
    const decision = acceptReplace({
      state: order,
      command: { replaceId: id, digest: id },
      terms: {
        orderQty_lots: executed_lots(order) + leaves_lots,
        price_ticks,
        ...(stopPx_ticks === undefined ? {} : { stopPx_ticks }),
      },
      how,
      deadline,
      now,
    });
    carryOut(turn, world, orderId, decision);
    return;
  }
  const command = { cancelId: id, digest: id };
  carryOut(turn, world, orderId, decideCancel(orderIdsOf(orderId), order, command, now, now));
};

const isSameSide = (a: Side, b: Side): boolean => (a === "buy") === (b === "buy");

/** The open reduce-only orders of a side that have been sent, oldest first. */
const sentOrders = (
  space: AccountSpace,
  account: AccountId,
  instrument: InstrumentId,
  side: Side,
): readonly OrderState[] => reduceOnlyOrders(space, account, instrument, side).filter(isSent);

const isSent = (order: OrderState): boolean => !isHeld(order) && !hasEnded(order);

const reduceOnlyOrders = (
  space: AccountSpace,
  account: AccountId,
  instrument: InstrumentId,
  side: Side,
): readonly OrderState[] => {
  const known = space.get("reduceOnly", holdingKey(account, instrument));
  const orders = known?.orderIds.map((orderId) => space.get("order", orderId)) ?? [];
  return orders.filter(
    (order): order is OrderState =>
      order?.terms !== undefined && isSameSide(order.terms.side, side),
  );
};

const reduceOnlyOrderOf = (order: OrderState): ReduceOnlyOrder => {
  const last = replacesOf(order).at(-1) ?? order.terms;
  const target = Math.max(0, (last?.orderQty_lots ?? 0) - executed_lots(order));
  const worst_lots = worstOpen_lots(order);
  const isLeaving = order.pendingCancel !== undefined || isClosed(order);
  return {
    orderId: order.orderId,
    side: order.terms?.side ?? "buy",
    worst_lots,
    target_lots: isLeaving ? 0 : Math.min(target, worst_lots),
  };
};

/** A side of a holding: what is open on it, without the reduce-only orders that still wait. */
const closingOf = (
  space: AccountSpace,
  account: AccountId,
  instrument: InstrumentId,
  side: Side,
): ClosingSide => {
  const key = holdingKey(account, instrument);
  const exposure = space.get("exposure", key);
  const all_lots = side === "buy" ? exposure?.openBuy_lots : exposure?.openSell_lots;
  let open_lots = all_lots ?? 0;
  for (const order of reduceOnlyOrders(space, account, instrument, side)) {
    if (isHeld(order)) open_lots -= worstOpen_lots(order);
  }
  const netQty_lots = space.get("position", key)?.netQty_lots ?? 0;
  return { netQty_lots, side, open_lots };
};
