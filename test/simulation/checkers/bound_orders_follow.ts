/**
 * Orders that are bound to each other follow each other, at every moment.
 *
 * They come together or not at all. Nothing of a child is at a venue, or reserved, before its
 * parent trades; no child is ever asked for, or in force, beyond what its parent has executed, less
 * what its peers have where they share one quantity. Once a sibling has executed, nothing new
 * leaves of one that it ends. What too much was executed all the same is told. At rest nothing is
 * open that its group says must be gone, and every total is what the group leaves it.
 *
 * Compared with what parents had executed at most: a bust may come after a child has traded.
 */
import { followsParent } from "../../../protocols/order_bond.ts";
import { holdingKey } from "../../../actors/account_kinds.ts";
import type { AccountKinds } from "../../../actors/account_kinds.ts";
import type { OrderEvent, OrderState } from "../../../protocols/order.ts";
import type { TurnRecord } from "../../../runtime/frame.ts";
import type { ReadonlySpace } from "../../../runtime/shard_model.ts";
import { groupAtRest } from "./bound_orders_at_rest.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";
import { GroupLedger, parentOf, peersOf } from "./group_ledger.ts";
import type { Group, GroupMember } from "./group_ledger.ts";
import { notTold } from "./not_told.ts";
import { openOf } from "./reserved_covers_worst_case.ts";

const name = "bound_orders_follow";

/** Makes the checker. */
export const boundOrdersFollow: CheckerMaker = (evidence) => {
  const { mirrors } = evidence;
  const ledger = new GroupLedger();
  /** What operators were told of groups, by order: `contingency_short` and the like. */
  const told = new Map<string, Set<string>>();

  const restless = (): string | undefined => {
    const excused = notTold(evidence);
    for (const group of ledger.all()) {
      const space = mirrors.accounts.get(group.shard)?.space;
      if (space === undefined || group.members.some(({ orderId }) => excused.has(orderId)))
        continue;
      const reason = groupAtRest(group, space, told);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
  return {
    name,
    onFrame: ({ shard, name: of, frame: { content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      const touched = new Set<Group>();
      for (const turn of content.turns) {
        for (const group of ledger.open(of, turn)) checkWhole(group);
        for (const event of turn.events as readonly OrderEvent[]) {
          if (!("execType" in event)) continue;
          const found = ledger.find(event.orderId);
          if (found !== undefined && !isKept(event, turn)) checkAsked(event, ...found);
          const group = ledger.take(event);
          if (group !== undefined) touched.add(group);
        }
      }
      const space = mirrors.accounts.get(of)?.space;
      if (space === undefined) return;
      for (const group of touched) checkMoment(group, space);
    },
    onFeed: ({ subject, data }) => {
      if (!subject.includes(".evt.account.") || !subject.endsWith(".incident")) return;
      const { orderId, what } = JSON.parse(Buffer.from(data).toString()) as Incident;
      if (!what.startsWith("contingency_")) return;
      told.set(orderId, (told.get(orderId) ?? new Set()).add(what));
    },
    unrest: restless,
    atRest: () => {
      const reason = restless();
      if (reason !== undefined) throw new Violation(name, reason);
    },
  };
};

interface Incident {
  readonly orderId: string;
  readonly what: string;
}

/** A group is accepted as a whole. */
const checkWhole = ({ id, members }: Group): void => {
  const came = members.map(({ orderId }) => orderId).toSorted();
  const meant = members[0]?.bond.orderIds.toSorted() ?? [];
  if (came.join(" ") === meant.join(" ")) return;
  throw new Violation(name, `${id}: ${came.join(" ")} came of ${meant.join(" ")}`);
};

/** What may be asked for of an order by now. */
const mostOf = (group: Group, member: GroupMember): number => {
  const parent = parentOf(group);
  if (parent === member) return Infinity;
  const others = peersOf(group, member).reduce((lots, { cum_lots }) => lots + cum_lots, 0);
  const taken = group.onFill === "reduce" ? others : 0;
  return parent === undefined ? Infinity : Math.max(0, parent.peak_lots - taken);
};

/** Whether a leg is over in the turn that adds it: held back by us, it is asked of no venue. */
const isKept = (event: OrderEvent, { events }: TurnRecord): boolean =>
  event.execType === "leg_added" &&
  (events as readonly OrderEvent[]).some(
    (other) =>
      other.orderId === event.orderId &&
      other.execType === "leg_ended" &&
      other.leg === event.leg.no &&
      other.refused === true,
  );

/** What an event asks a venue for, as the order's total. */
const askedBy = (event: OrderEvent, { cum_lots }: GroupMember): number | undefined => {
  if (event.execType === "leg_added") return event.leg.orderQty_lots + cum_lots;
  return event.execType === "pending_replace" ? event.replace.orderQty_lots : undefined;
};

/** Before an event is added up: whether it asks for more than it may. */
const checkAsked = (event: OrderEvent, group: Group, member: GroupMember): void => {
  const asked = askedBy(event, member);
  if (asked === undefined) return;
  const { orderId, cum_lots } = member;
  const most = mostOf(group, member);
  if (asked > Math.max(most, cum_lots)) {
    throw new Violation(name, `${orderId} asks for ${asked} in all, its group leaves it ${most}`);
  }
  const winner = peersOf(group, member).find((peer) => peer.cum_lots > 0);
  const isOver = group.onFill === "cancel" && cum_lots === 0 && winner !== undefined;
  if (!isOver || event.execType !== "leg_added") return;
  throw new Violation(name, `${orderId} goes on: ${winner.orderId} has executed`);
};

/** What holds after every frame. */
const checkMoment = (group: Group, space: ReadonlySpace<AccountKinds>): void => {
  for (const member of group.members) {
    if (!followsParent(member.bond)) continue;
    const { orderId, peak_lots } = member;
    const order = space.get("order", orderId);
    if (order?.terms === undefined) continue;
    const inForce = order.terms.orderQty_lots;
    const most = parentOf(group)?.peak_lots ?? 0;
    if (inForce > Math.max(most, peak_lots)) {
      throw new Violation(name, `${orderId} has ${inForce} in force, its parent executed ${most}`);
    }
    if (most > 0) continue;
    if (order.legs.length > 0)
      throw new Violation(name, `${orderId} goes before its parent trades`);
    checkReserved(order, space);
  }
};

/** An order that waits for its parent adds nothing to what its account reserves. */
const checkReserved = ({ orderId, account, terms }: OrderState, space: Space): void => {
  if (terms === undefined) return;
  const key = holdingKey(account, terms.instrument);
  let [buy, sell] = [0, 0];
  for (const [id, other] of space.entries("order")) {
    const { terms: own } = other;
    if (id === orderId || own === undefined) continue;
    if (holdingKey(other.account, own.instrument) !== key) continue;
    if (own.side === "buy") buy += openOf(other);
    else sell += openOf(other);
  }
  const { openBuy_lots = 0, openSell_lots = 0 } = space.get("exposure", key) ?? {};
  if (openBuy_lots <= buy && openSell_lots <= sell) return;
  const reserved = `${openBuy_lots}/${openSell_lots}`;
  throw new Violation(name, `${orderId} waits, ${key} reserves ${reserved} for ${buy}/${sell}`);
};

type Space = ReadonlySpace<AccountKinds>;
