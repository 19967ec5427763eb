/**
 * What is wrong with a group of bound orders in a world that is at rest.
 *
 * A follower has in force what its parent has executed (less what its peers have, where they share
 * that), unless operators were told why not, or the rest is too small for an order. It is over when
 * nothing more can come. Of siblings that cancel each other at most one goes on once one has
 * executed, and a trigger that was met ends the others.
 *
 * Left out are the groups of strategies that operators have halted: nothing of theirs may be
 * changed.
 *
 * Owns: these rules, said anew. Never: asks the product what it wants.
 */
import { tradingStateOf } from "../../../actors/account_rules.ts";
import type { AccountKinds } from "../../../actors/account_kinds.ts";
import { hasEnded, isLive } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { followsParent } from "../../../protocols/order_bond.ts";
import type { ReadonlySpace } from "../../../runtime/shard_model.ts";
import { instruments } from "../reference.ts";
import type { Group } from "./group_ledger.ts";

/** Incidents of groups by order. */
export type Told = ReadonlyMap<string, ReadonlySet<string>>;

/** What is wrong with a group; undefined: nothing. */
export const groupAtRest = (
  { members, onFill }: Group,
  space: ReadonlySpace<AccountKinds>,
  told: Told,
): string | undefined => {
  const orders = members.flatMap(({ orderId }) => space.get("order", orderId) ?? []);
  const [first] = orders;
  const isWhole = first !== undefined && orders.length === members.length;
  if (!isWhole || tradingStateOf(space, first.account, first.strategy) === "halted")
    return undefined;
  const triggered = new Set(members.filter((one) => one.isTriggered).map(({ orderId }) => orderId));
  const asked_lots = Math.max(...members.map((one) => one.asked_lots));
  const group = {
    orders,
    onFill,
    told,
    asked_lots,
    isTriggered: (id: string) => triggered.has(id as never),
  };
  return overfill(group) ?? firstOf(orders, (order) => orderAtRest(group, order));
};

interface Resting {
  readonly orders: readonly OrderState[];
  readonly onFill: Group["onFill"];
  readonly told: Told;
  /** The largest total that was ever asked for. */
  readonly asked_lots: number;
  readonly isTriggered: (orderId: string) => boolean;
}

const firstOf = <A>(items: readonly A[], say: (item: A) => string | undefined) => {
  for (const item of items) {
    const reason = say(item);
    if (reason !== undefined) return reason;
  }
  return undefined;
};

const roleOf = ({ terms }: OrderState) => terms?.bond?.role;

const parentOf = ({ orders }: Resting) => orders.find((order) => roleOf(order) === "parent");

const askedOf = ({ terms }: OrderState): number =>
  terms?.bond?.askedQty_lots ?? terms?.orderQty_lots ?? 0;

const peersOf = ({ orders }: Resting, order: OrderState): readonly OrderState[] =>
  orders.filter((one) => one !== order && roleOf(one) !== "parent");

const sumOf = (orders: readonly OrderState[]): number =>
  orders.reduce((lots, { cumQty_lots }) => lots + cumQty_lots, 0);

/** What all peers may execute together: of those that cancel each other one alone. */
const sharedOf = (group: Resting): number =>
  parentOf(group)?.cumQty_lots ?? Math.max(...group.orders.map(askedOf));

/** What was executed beyond what the group has, and nobody was told of. */
const overfill = (group: Resting): string | undefined => {
  const { orders, onFill, told } = group;
  if (onFill === undefined) return undefined;
  const peers = orders.filter((order) => roleOf(order) !== "parent");
  const shared = parentOf(group)?.cumQty_lots ?? group.asked_lots;
  const over = sumOf(peers) - shared;
  const isTold = orders.some(({ orderId }) => told.get(orderId)?.has("contingency_overfilled"));
  return over <= 0 || isTold ? undefined : `${orders[0]?.orderId}: ${over} too many, untold`;
};

const orderAtRest = (group: Resting, order: OrderState): string | undefined => {
  if (roleOf(order) === "parent" || hasEnded(order)) return undefined;
  return endedBy(group, order) ?? totalAtRest(group, order);
};

/** Why the order should be over. */
const endedBy = (group: Resting, order: OrderState): string | undefined => {
  const { onFill, isTriggered } = group;
  const { orderId, cumQty_lots } = order;
  const parent = parentOf(group);
  if (parent !== undefined && hasEnded(parent) && parent.cumQty_lots === 0) {
    return `${orderId} is open, and its parent ended without a fill`;
  }
  if (onFill === undefined) return undefined;
  for (const peer of peersOf(group, order)) {
    const isMet = isTriggered(peer.orderId) && (!hasEnded(peer) || peer.cumQty_lots > 0);
    if (isMet && !isTriggered(orderId)) return `${orderId} is open: ${peer.orderId} was triggered`;
    const hasWon = cumQty_lots === 0 || !hasEnded(peer);
    if (onFill === "cancel" && peer.cumQty_lots > 0 && hasWon) {
      return `${orderId} is open: ${peer.orderId} has executed`;
    }
  }
  return undefined;
};

/** How the order's total differs from what its group leaves it. */
const totalAtRest = (group: Resting, order: OrderState): string | undefined => {
  const { onFill, told } = group;
  const { orderId, cumQty_lots, terms, legs } = order;
  const parent = parentOf(group);
  if (terms === undefined || (parent === undefined && onFill !== "reduce")) return undefined;
  const taken = onFill === "reduce" ? sumOf(peersOf(group, order)) : 0;
  const room = Math.min(askedOf(order), Math.max(0, sharedOf(group) - taken));
  // What has been at a venue and is there no more is in force only as far as it is done.
  const isIdle = legs.length > 0 && !legs.some(isLive);
  const inForce = isIdle ? cumQty_lots : terms.orderQty_lots;
  const says = `${orderId} has ${inForce} in force, its group leaves it ${room}`;
  if (inForce > Math.max(room, cumQty_lots)) return says;
  const isAll = parent === undefined || hasEnded(parent) || cumQty_lots >= askedOf(order);
  if (isAll && room <= cumQty_lots) return `${orderId} is open, and nothing is left for it`;
  const least = instruments.find(({ id }) => id === terms.instrument)?.minQty_lots ?? 1;
  const isMarket = terms.price_ticks === undefined && legs.some(isLive);
  const isShort = inForce < room && room - cumQty_lots >= least && !isMarket;
  // A reduce-only one gives way to what else its position is promised to.
  const mayBe = terms.execInst.includes("reduce_only") || isTold(told, orderId);
  return isShort && followsParent(terms.bond) && !mayBe ? says : undefined;
};

const isTold = (told: Told, orderId: string): boolean =>
  told.get(orderId)?.has("contingency_short") === true;
