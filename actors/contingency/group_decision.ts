/**
 * What orders that are bound to each other must come to: their desired state, from where they are.
 *
 * The rules, each order by itself:
 *  - A child's total is at most what its parent has executed, by the trades that are booked. Before
 *    the first it waits. When its parent has ended without a fill, it ends.
 *  - Peers that reduce each other share one quantity: what the entry of a bracket has executed, or
 *    the largest total asked for. What one has executed is no longer there for the others.
 *  - Peers that cancel each other: the first that executes ends the others.
 *  - A trigger that was met ends the peers of its order, whichever way they are bound.
 *  - What is too small for an order waits for more, and is told when no more can come.
 *
 * Nothing is remembered of what was asked: `target_lots` counts what is on its way, so that to
 * decide again asks for nothing twice. Of doubt nothing is concluded: an order whose end is not
 * proven, or of which fills are still owed, has not ended.
 *
 * Owns: these rules. Never: knows how a total is changed, or whether it may be.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderId } from "../../protocols/kernel/ids.ts";
import type { BondRole } from "../../protocols/order_bond.ts";

/** Where an order of a group is. */
export type MemberLife =
  /** Nothing of it was ever sent. */
  | "waiting"
  /** Nothing of a child is at a venue: it did all that was in force, or its leg never left. */
  | "idle"
  | "live"
  /** Its end is on its way, or fills of it are. */
  | "ending"
  | "over";

/** An order of a group. */
export interface GroupMember {
  readonly orderId: OrderId;
  readonly role: BondRole;
  readonly life: MemberLife;
  /** The total asked for. */
  readonly asked_lots: Qty_lots;
  /** The total in force, or on its way there. */
  readonly target_lots: Qty_lots;
  /** Trades booked. */
  readonly booked_lots: Qty_lots;
  /** Trades booked, and those that a venue has counted. */
  readonly executed_lots: Qty_lots;
  /** The trigger that it waited for with us was met. */
  readonly isTriggered: boolean;
  /** Its venue changes its total in place, however little is then left. */
  readonly isInPlace: boolean;
}

/** Orders bound to each other. */
export interface OrderGroupState {
  /** Among peers and the exits of a bracket. */
  readonly onFill?: "cancel" | "reduce" | undefined;
  /** The submitted one first. */
  readonly members: readonly GroupMember[];
  /** The smallest order. */
  readonly minQty_lots: Qty_lots;
}

/** What is to be done with one order. */
export type GroupWant = { readonly orderId: OrderId } & (
  | { readonly want: "total"; readonly total_lots: Qty_lots }
  /** `rest_lots` is what its parent has executed and it will not. */
  | { readonly want: "cancel"; readonly why: string; readonly rest_lots?: Qty_lots }
  /** It has executed all that it ever will: it is filled. */
  | { readonly want: "finish"; readonly rest_lots?: Qty_lots }
);

/** What is to be done now, at most one thing for each order. */
export const wantsOf = (group: OrderGroupState): readonly GroupWant[] => {
  const wants: GroupWant[] = [];
  for (const member of group.members) {
    const { life, role } = member;
    if (role === "parent" || life === "over" || life === "ending") continue;
    const want = wantOf(group, member);
    if (want !== undefined) wants.push(want);
  }
  return wants;
};

/** Lots that peers have executed beyond the quantity that they share; 0 where none. */
export const overfilled_lots = (group: OrderGroupState): Qty_lots => {
  const parent = parentOf(group);
  if (group.onFill === undefined && parent !== undefined) {
    let over = 0;
    for (const { role, booked_lots } of group.members) {
      if (role !== "parent") over = Math.max(over, booked_lots - parent.booked_lots);
    }
    return over;
  }
  const sum = peersOf(group).reduce((lots, { booked_lots }) => lots + booked_lots, 0);
  return Math.max(0, sum - shared_lots(group));
};

/** What an order may come to: now, and at most later, if all goes well. */
export interface MemberLimit {
  readonly now_lots: Qty_lots;
  readonly most_lots: Qty_lots;
}

/** The limits on an order's total. */
export const limitOf = (group: OrderGroupState, member: GroupMember): MemberLimit => {
  const parent = parentOf(group);
  const { asked_lots } = member;
  if (member === parent) return { now_lots: Infinity, most_lots: Infinity };
  const isGrowing = parent !== undefined && parent.life !== "over";
  const others_lots = group.onFill === "reduce" ? executedBesides(group, member) : 0;
  const shared = parent?.booked_lots ?? shared_lots(group);
  const left_lots = Math.max(0, shared - others_lots);
  return {
    now_lots: Math.min(asked_lots, left_lots),
    most_lots: isGrowing ? asked_lots : Math.min(asked_lots, left_lots),
  };
};

/** Whether less of an order is in force, or at its venue, than its group leaves it now. */
export const isShort = (group: OrderGroupState, orderId: OrderId): boolean => {
  const member = group.members.find((one) => one.orderId === orderId);
  if (member === undefined || member.life === "over" || member.life === "ending") return false;
  const { now_lots } = limitOf(group, member);
  if (now_lots <= member.executed_lots) return false;
  return now_lots > member.target_lots || isUnsent(member);
};

const wantOf = (group: OrderGroupState, member: GroupMember): GroupWant | undefined => {
  const { orderId, life, executed_lots, target_lots } = member;
  const cancel = (why: string, rest_lots = 0): GroupWant => ({
    orderId,
    want: "cancel",
    why,
    ...(rest_lots > 0 ? { rest_lots } : {}),
  });
  const finish = (rest_lots = 0): GroupWant =>
    executed_lots === 0
      ? cancel("nothing is left for it", rest_lots)
      : { orderId, want: "finish", ...(rest_lots > 0 ? { rest_lots } : {}) };
  const winner = winnerOver(group, member);
  if (winner !== undefined) return cancel(winner);
  const parent = parentOf(group);
  if (parent?.life === "over" && parent.booked_lots === 0) {
    return life === "idle" ? finish() : cancel("its parent ended without a fill");
  }
  const { now_lots, most_lots } = limitOf(group, member);
  if (executed_lots >= most_lots) {
    if (life === "idle") return finish();
    if (life === "live" && target_lots <= executed_lots && isFollowing(member)) return undefined;
    return cancel("its peers executed the rest");
  }
  const isAllThereIs = now_lots === most_lots;
  if (now_lots > target_lots) {
    if (now_lots - executed_lots >= group.minQty_lots) return total(member, now_lots);
    if (!isAllThereIs || life === "live") return undefined;
    return finish(now_lots - executed_lots);
  }
  if (now_lots === target_lots && !isUnsent(member)) return undefined;
  const least_lots = member.isInPlace ? 1 : group.minQty_lots;
  if (now_lots - executed_lots >= least_lots) return total(member, now_lots);
  if (isFollowing(member) && !isAllThereIs) return total(member, executed_lots);
  const isAsked = isFollowing(member) && target_lots <= executed_lots;
  return isAsked ? undefined : cancel("too little is left for it", now_lots - executed_lots);
};

const total = (member: GroupMember, total_lots: Qty_lots): GroupWant | undefined =>
  total_lots === member.target_lots && !isUnsent(member)
    ? undefined
    : { orderId: member.orderId, want: "total", total_lots };

/** What is in force of it is not at a venue. */
const isUnsent = ({ life, target_lots, executed_lots }: GroupMember): boolean =>
  life === "idle" && target_lots > executed_lots;

/** Why another order of the group ends this one; undefined where none does. */
const winnerOver = (group: OrderGroupState, member: GroupMember): string | undefined => {
  if (group.onFill === undefined) return undefined;
  for (const [place, peer] of group.members.entries()) {
    if (peer === member || peer.role === "parent") continue;
    const isBefore = place < group.members.indexOf(member);
    if (isTriggerMet(peer) && !member.isTriggered) return `the trigger of ${peer.orderId} was met`;
    if (group.onFill === "cancel" && wins(peer, member, isBefore))
      return `${peer.orderId} executed`;
  }
  return undefined;
};

const isTriggerMet = ({ isTriggered, life, executed_lots }: GroupMember): boolean =>
  isTriggered && (life !== "over" || executed_lots > 0);

/** Where both have executed, the one that is not ending goes on, or the one that has more. */
const wins = (peer: GroupMember, member: GroupMember, isBefore: boolean): boolean => {
  if (peer.executed_lots === 0) return false;
  if (member.executed_lots === 0) return true;
  if (peer.life === "over") return peer.executed_lots >= peer.target_lots;
  if (peer.life === "ending") return false;
  if (peer.executed_lots !== member.executed_lots) return peer.executed_lots > member.executed_lots;
  return isBefore;
};

const parentOf = ({ members }: OrderGroupState): GroupMember | undefined =>
  members.find(({ role }) => role === "parent");

const peersOf = ({ members }: OrderGroupState): readonly GroupMember[] =>
  members.filter(({ role }) => role !== "parent");

const isFollowing = ({ role }: GroupMember): boolean => role !== "peer";

/** The quantity that peers share. */
const shared_lots = (group: OrderGroupState): Qty_lots =>
  parentOf(group)?.booked_lots ??
  group.members.reduce((most, { asked_lots }) => Math.max(most, asked_lots), 0);

const executedBesides = (group: OrderGroupState, member: GroupMember): Qty_lots =>
  peersOf(group).reduce((lots, peer) => (peer === member ? lots : lots + peer.executed_lots), 0);
