/**
 * Invariant 5: what an account has reserved covers the worst that its orders can still do.
 *
 * Two comparisons. Against the journal: the account's sums are at least the sum over its orders of
 * what a plain reading of each order's state says may still trade. Against the truth: what a venue
 * has executed of an order, or may still execute, is at most what is booked plus that worst case.
 * Orders which their venue declared dead and then filled are left out: nobody can reserve for that.
 */
import { holdingKey } from "../../../actors/account_kinds.ts";
import { partsOfOrderId, shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import { accountShard, shardName } from "../../../protocols/kernel/shard.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "reserved_covers_worst_case";

/** Lots that may still trade, going by nothing but what was asked and what is proven. */
const openOf = (order: OrderState): number => {
  const { terms, phase, pendingReplaces = [], cumQty_lots, owedQty_lots } = order;
  if (terms === undefined) return 0;
  const owed = owedQty_lots ?? 0;
  const dead = phase === "canceled" || phase === "rejected" || phase === "expired";
  if (dead || phase === "denied" || phase === "unseen") return owed;
  if (phase === "filled" && pendingReplaces.length === 0) return owed;
  const asked = pendingReplaces.map(({ orderQty_lots }) => orderQty_lots);
  const most = Math.max(terms.orderQty_lots, ...asked);
  return Math.max(owed, most - cumQty_lots, 0);
};

/** Makes the checker. */
export const reservedCoversWorstCase: CheckerMaker = ({ mirrors }) => ({
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
  onVenue: (venue, { root, orderId, status, orderQty_lots, cumQty_lots, contradicted }) => {
    const index = shardIndexOfLeg(root);
    if (contradicted || index === undefined) return;
    const space = mirrors.accounts.get(shardName(accountShard(index)))?.space;
    const order = space?.get("order", orderId);
    if (order === undefined) throw new Violation(name, `${venue} has ${orderId}, we do not`);
    const isOpen = status === "new" || status === "partially_filled";
    const worst = isOpen ? orderQty_lots : cumQty_lots;
    const covered = order.cumQty_lots + openOf(order);
    if (worst > covered) {
      const { account } = partsOfOrderId(orderId);
      throw new Violation(name, `${account}: ${orderId} may come to ${worst}, covered ${covered}`);
    }
  },
});
