/**
 * Which orders are bound to each other: a list that follows from the orders' events alone.
 *
 * A group is listed from its first order on until the last of it is forgotten, so that a late fill
 * still finds the others.
 *
 * Owns: this list. Never: decides.
 */
import type { Qty_lots } from "../protocols/kernel/grid.ts";
import { hasEnded } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { Space } from "../runtime/shard_model.ts";
import type { AccountKinds, AccountSpace } from "./account_kinds.ts";
import { worstOpen_lots } from "./order/order_reservation.ts";

/** The remembered orders of a group, the submitted one first. */
export const ordersOfGroup = (space: AccountSpace, group: string): readonly OrderState[] => {
  const found: OrderState[] = [];
  for (const orderId of space.get("contingency", group)?.orderIds ?? []) {
    const order = space.get("order", orderId);
    // One that was denied is bound to nothing; an id that is used again is another order.
    if (order?.terms?.bond?.group === group && order.phase !== "denied") found.push(order);
  }
  return found;
};

/** Whether the trigger that we keep for an order was met: it was sent, or is to be. */
export const isTriggered = (space: AccountSpace, { orderId, terms, legs }: OrderState): boolean => {
  if (terms?.held?.trigger === undefined) return false;
  const held = space.get("held", orderId);
  return legs.length > 0 || held?.stage === "send" || held?.isTriggered === true;
};

/** Whether the trigger of another order was met that ends this one then. */
export const hasTriggeredPeer = (space: AccountSpace, { orderId, terms }: OrderState): boolean => {
  const { group, onFill } = terms?.bond ?? {};
  if (group === undefined || onFill === undefined) return false;
  return ordersOfGroup(space, group).some(
    (peer) => peer.orderId !== orderId && !hasEnded(peer) && isTriggered(space, peer),
  );
};

/** What an order's peers reserve on its side: they share one quantity with it. */
export const peersReserved_lots = (
  space: AccountSpace,
  { orderId, terms }: OrderState,
): Qty_lots => {
  const { group, onFill } = terms?.bond ?? {};
  if (group === undefined || onFill === undefined) return 0;
  const isBuy = terms?.side === "buy";
  let lots = 0;
  for (const peer of ordersOfGroup(space, group)) {
    const { terms: own } = peer;
    if (peer.orderId === orderId || own?.bond?.onFill === undefined) continue;
    if ((own.side === "buy") === isBuy) lots += worstOpen_lots(peer);
  }
  return lots;
};

/** Applies an order's event to the list. */
export const evolveGroup = (
  space: Space<AccountKinds>,
  event: OrderEvent,
  after: OrderState,
): void => {
  const { bond } = after.terms ?? {};
  if (bond === undefined || after.phase === "denied") return;
  const { group, orderIds } = bond;
  const known = space.get("contingency", group);
  if (known === undefined || event.execType === "pending_new") {
    space.set("contingency", group, { orderIds });
    return;
  }
  const isOver = hasEnded(after) && ordersOfGroup(space, group).every(hasEnded);
  if (isOver === (known.isOver === true)) return;
  space.set("contingency", group, isOver ? { orderIds, isOver: true } : { orderIds });
};

/** An order is about to be forgotten: with the last of its group, the group is. */
export const forgetInGroup = (space: Space<AccountKinds>, orderId: string): void => {
  const group = space.get("order", orderId)?.terms?.bond?.group;
  if (group === undefined) return;
  const left = ordersOfGroup(space, group).filter((order) => order.orderId !== orderId);
  if (left.length === 0) space.remove("contingency", group);
};
