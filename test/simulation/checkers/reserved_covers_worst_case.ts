/**
 * Invariant 5: what an account has reserved covers the worst that its orders can still do.
 *
 * Two comparisons. Against the journal: the account's sums are at least the sum over its orders of
 * what a plain reading of each order's state says may still trade. Against the truth: what venues
 * have executed of an order, or may still execute, is at most what is booked plus that worst case.
 * Left out is what nobody can reserve for: orders that their venue declared dead and then filled,
 * and those of which it forgot what it had said.
 */
import { holdingKey } from "../../../actors/account_kinds.ts";
import { partsOfOrderId, shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import { accountShard, shardName } from "../../../protocols/kernel/shard.ts";
import type { OrderId, VenueId } from "../../../protocols/kernel/ids.ts";
import { outlivesDay } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import type { Leg } from "../../../protocols/order_leg.ts";
import { leavesOf } from "../paper_order.ts";
import type { PaperOrder } from "../paper_order.ts";
import type { PaperVenue } from "../paper_venue.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "reserved_covers_worst_case";

const openOfLeg = ({ orderQty_lots, cumQty_lots, owedQty_lots = 0 }: Leg): number =>
  orderQty_lots - cumQty_lots - owedQty_lots;

/** Lots that may still trade, going by nothing but what was asked and what is proven. */
export const openOf = (order: OrderState): number => {
  const { terms, phase, pendingReplaces = [], cumQty_lots, owedQty_lots, legs } = order;
  if (terms === undefined) return 0;
  const owed = owedQty_lots ?? 0;
  if (phase === "denied" || phase === "unseen") return owed;
  const live = legs
    .filter(({ state }) => state !== "ended")
    // What is owed of a leg that works is a part of what it may come to.
    .reduce((sum, leg) => sum + Math.max(0, openOfLeg(leg)), 0);
  const isOver = phase === "canceled" || phase === "rejected" || phase === "expired";
  // One that outlives its day goes on the next; of one that does not only what works may trade.
  const isDayOver = phase === "done_for_day" && !outlivesDay(terms.timeInForce);
  if (isOver || isDayOver) return live + owed;
  if (phase === "filled" && pendingReplaces.length === 0) return live + owed;
  const asked = pendingReplaces.map(({ orderQty_lots }) => orderQty_lots);
  const most = Math.max(phase === "filled" ? 0 : terms.orderQty_lots, ...asked);
  return Math.max(most - cumQty_lots, live + owed, 0);
};

/** What venues have executed of an order and may still execute. */
export const worstThere = (legs: readonly PaperOrder[]): number =>
  legs.reduce((sum, leg) => sum + leg.cumQty_lots + leavesOf(leg), 0);

/** An order's legs at all venues. */
export const legsThere = (
  venues: ReadonlyMap<VenueId, PaperVenue>,
  orderId: OrderId,
): readonly PaperOrder[] =>
  [...venues.values()].flatMap((venue) => venue.orders().filter((one) => one.orderId === orderId));

/** Makes the checker. */
export const reservedCoversWorstCase: CheckerMaker = ({ mirrors, venues }) => ({
  name,
  onFrame: ({ shard, name: of, frame: { seq, content } }) => {
    const space = mirrors.accounts.get(of)?.space;
    if (shard.kind !== "acct" || content.kind === "epoch" || space === undefined) return;
    const open = new Map<string, { buy: number; sell: number }>();
    for (const [, order] of space.entries("order")) {
      if (order.terms === undefined) continue;
      const key = holdingKey(order.account, order.terms.instrument);
      const sums = open.get(key) ?? { buy: 0, sell: 0 };
      sums[order.terms.side === "buy" ? "buy" : "sell"] += openOf(order);
      open.set(key, sums);
    }
    for (const [key, { buy, sell }] of open) {
      const exposure = space.get("exposure", key);
      const { openBuy_lots = 0, openSell_lots = 0 } = exposure ?? {};
      if (openBuy_lots < buy || openSell_lots < sell) {
        const reserved = `${openBuy_lots}/${openSell_lots}`;
        throw new Violation(name, `${key} reserves ${reserved} for ${buy}/${sell}, frame ${seq}`);
      }
    }
  },
  onVenue: (venue, { root, orderId }) => {
    const index = shardIndexOfLeg(root);
    const legs = legsThere(venues, orderId);
    const isBeyond = legs.some(({ contradicted, lost }) => contradicted || lost === true);
    if (isBeyond || index === undefined) return;
    const space = mirrors.accounts.get(shardName(accountShard(index)))?.space;
    const order = space?.get("order", orderId);
    if (order === undefined) throw new Violation(name, `${venue} has ${orderId}, we do not`);
    const worst = worstThere(legs);
    const covered = order.cumQty_lots + openOf(order);
    if (worst > covered) {
      const { account } = partsOfOrderId(orderId);
      throw new Violation(name, `${account}: ${orderId} may come to ${worst}, covered ${covered}`);
    }
  },
});
