/**
 * A group as it is now: its orders as the rules of the group see them.
 *
 * Owns: what of an order's state those rules look at.
 */
import type { Qty_lots } from "../protocols/kernel/grid.ts";
import { hasEnded, isClosed, isHeld } from "../protocols/ord_status.ts";
import type { OrderState } from "../protocols/order.ts";
import { askedQtyOf, isIdle } from "../protocols/bound_order.ts";
import { isTriggered, ordersOfGroup } from "./account_groups.ts";
import type { AccountSpace, AccountWorld } from "./account_kinds.ts";
import { targetOf } from "./order/order_move.ts";
import { executed_lots } from "./order/order_reservation.ts";
import { limitOf } from "./contingency/group_decision.ts";
import type { GroupMember, MemberLife, OrderGroupState } from "./contingency/group_decision.ts";

/** A group as it is now; undefined where it is not known whole. */
export const groupOf = (
  space: AccountSpace,
  { reference }: AccountWorld,
  group: string,
): OrderGroupState | undefined => {
  const orders = ordersOfGroup(space, group);
  const [first] = orders;
  if (first?.terms === undefined) return undefined;
  if (orders.length !== first.terms.bond?.orderIds.length) return undefined;
  const members: GroupMember[] = [];
  for (const order of orders) {
    const venue = order.legs.at(-1)?.venue;
    const profile = venue === undefined ? undefined : reference.venues.get(venue);
    const isNative = (profile?.replace ?? "native") === "native";
    const member = memberOf(order, { isTriggered: isTriggered(space, order), isNative });
    if (member !== undefined) members.push(member);
  }
  const onFill = orders.find(({ terms }) => terms?.bond?.onFill !== undefined)?.terms?.bond?.onFill;
  const minQty_lots = reference.instruments.get(first.terms.instrument)?.minQty_lots ?? 1;
  return { onFill, members, minQty_lots };
};

/**
 * What a group leaves one of its orders now, were so much asked for it: its most total in force.
 * Infinity where nothing bounds it.
 */
export const leftByGroup_lots = (
  space: AccountSpace,
  world: AccountWorld,
  { orderId, terms }: OrderState,
  asked_lots: Qty_lots,
): Qty_lots => {
  const group = terms?.bond === undefined ? undefined : groupOf(space, world, terms.bond.group);
  if (group === undefined) return Infinity;
  const members = group.members.map((one) =>
    one.orderId === orderId ? { ...one, asked_lots } : one,
  );
  const member = members.find((one) => one.orderId === orderId);
  return member === undefined ? Infinity : limitOf({ ...group, members }, member).now_lots;
};

/** What is known of an order besides its state. */
interface MemberWorld {
  /** Whether its trigger was met. */
  readonly isTriggered: boolean;
  /** Whether its venue changes orders in place. */
  readonly isNative: boolean;
}

/** The member that an order is; undefined of one that is bound to nothing. */
const memberOf = (order: OrderState, world: MemberWorld): GroupMember | undefined => {
  const { orderId, terms, cumQty_lots } = order;
  if (terms?.bond === undefined) return undefined;
  const life = lifeOf(order);
  const target_lots = targetOf(order).orderQty_lots;
  return {
    orderId,
    role: terms.bond.role,
    life,
    asked_lots: askedQtyOf(order) ?? target_lots,
    target_lots,
    booked_lots: cumQty_lots,
    executed_lots: executed_lots(order),
    isTriggered: world.isTriggered,
    isInPlace: life === "live" && world.isNative && terms.price_ticks !== undefined,
  };
};

const lifeOf = (order: OrderState): MemberLife => {
  if (hasEnded(order)) return order.owedQty_lots === undefined ? "over" : "ending";
  if (isClosed(order) || order.pendingCancel !== undefined) return "ending";
  if (isHeld(order)) return "waiting";
  return isIdle(order) ? "idle" : "live";
};
