/**
 * The groups of bound orders as the journals of account shards tell of them: who is in one, and
 * what each has executed, added up event by event.
 *
 * Owns: that sum. Never: knows what a group's orders must come to.
 */
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import type { OrderEvent, OrderTerms } from "../../../protocols/order.ts";
import type { OrderBond } from "../../../protocols/order_bond.ts";
import type { TurnRecord } from "../../../runtime/frame.ts";
import { movedBy } from "./cum_never_falls.ts";

/** An order of a group. */
export interface GroupMember {
  readonly orderId: OrderId;
  readonly bond: OrderBond;
  readonly terms: OrderTerms;
  cum_lots: number;
  /** The largest total that its strategy ever asked for, also by a replace that was refused. */
  asked_lots: number;
  /** The most that it had executed at any time. */
  peak_lots: number;
  isTriggered: boolean;
}

/** Orders that came together. */
export interface Group {
  readonly id: OrderId;
  /** The shard that has it, by name. */
  readonly shard: string;
  /** Among peers, or the exits of a bracket. */
  onFill: OrderBond["onFill"];
  /** The submitted one first. */
  readonly members: GroupMember[];
}

/** The order whose fills the others follow. */
export const parentOf = ({ members }: Group): GroupMember | undefined =>
  members.find(({ bond }) => bond.role === "parent");

/** The others that share one quantity with a member. */
export const peersOf = ({ members }: Group, member: GroupMember): readonly GroupMember[] =>
  members.filter((one) => one !== member && one.bond.role !== "parent");

/** What a replace asks for, on its way or (of an order that waits with us) in force at once. */
const termsIn = (
  event: Extract<OrderEvent, { execType: "pending_replace" | "replaced" }>,
): { readonly orderQty_lots: number; readonly askedQty_lots?: number } =>
  event.execType === "pending_replace" ? event.replace : event;

/** The groups of a world. */
export class GroupLedger {
  readonly #groups = new Map<OrderId, Group>();
  readonly #byOrder = new Map<OrderId, Group>();

  all(): Iterable<Group> {
    return this.#groups.values();
  }

  /** The group and the place in it of an order; undefined of one that is bound to nothing. */
  find(orderId: OrderId): readonly [Group, GroupMember] | undefined {
    const group = this.#byOrder.get(orderId);
    const member = group?.members.find((one) => one.orderId === orderId);
    return group === undefined || member === undefined ? undefined : [group, member];
  }

  /** The groups that came in a turn: taken down before the events of it are followed. */
  open(shard: string, turn: TurnRecord): readonly Group[] {
    const opened = new Set<Group>();
    for (const event of turn.events as readonly OrderEvent[]) {
      if (!("execType" in event) || event.execType !== "pending_new") continue;
      const { orderId, terms } = event;
      const { bond } = terms;
      if (bond === undefined) continue;
      const known = this.#groups.get(bond.group);
      const group = known ?? { id: bond.group, shard, onFill: undefined, members: [] };
      group.onFill ??= bond.onFill;
      const asked_lots = bond.askedQty_lots ?? terms.orderQty_lots;
      const begun = { cum_lots: 0, peak_lots: 0, isTriggered: false };
      group.members.push({ orderId, bond, terms, asked_lots, ...begun });
      this.#groups.set(group.id, group);
      this.#byOrder.set(orderId, group);
      opened.add(group);
    }
    return [...opened];
  }

  /** Adds an event up; gives the group of the order that it is about. */
  take(event: OrderEvent): Group | undefined {
    const found = this.find(event.orderId);
    if (found === undefined) return undefined;
    const [group, member] = found;
    member.cum_lots += movedBy(event);
    member.peak_lots = Math.max(member.peak_lots, member.cum_lots);
    if (event.execType === "pending_replace" || event.execType === "replaced") {
      const { askedQty_lots, orderQty_lots } = termsIn(event);
      member.asked_lots = Math.max(member.asked_lots, askedQty_lots ?? orderQty_lots);
    }
    if (event.execType === "triggered") member.isTriggered = true;
    return group;
  }
}
