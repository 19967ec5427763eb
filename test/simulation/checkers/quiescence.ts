/**
 * At rest, with nothing going wrong any more, nothing is left open: no order in doubt or with
 * anything on its way, no request unanswered at any venue's shard, every gate open, and every order
 * stands exactly where its venue's own record says it stands.
 */
import { shardIndexOfLeg } from "../../../protocols/kernel/ids.ts";
import { accountShard, shardName } from "../../../protocols/kernel/shard.ts";
import type { OrderState } from "../../../protocols/order.ts";
import { hasEnded, ordStatusOf } from "../../../protocols/ord_status.ts";
import type { PaperOrder } from "../paper_venue.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";

const name = "quiescence";

/** Makes the checker. */
export const quiescence: CheckerMaker = (evidence) => ({
  name,
  unrest: () => unsettledVenue(evidence) ?? unsettledOrder(evidence),
  atRest: () => {
    const { mirrors, venues } = evidence;
    const known = new Set<string>();
    for (const venue of venues.values()) {
      for (const order of venue.orders()) {
        known.add(order.orderId);
        const shard = shardName(accountShard(shardIndexOfLeg(order.root) ?? 0));
        const here = mirrors.accounts.get(shard)?.space.get("order", order.orderId);
        const difference = differenceOf(order, here);
        if (difference !== undefined) throw new Violation(name, `${order.orderId}: ${difference}`);
      }
    }
    for (const { space } of mirrors.accounts.values()) {
      for (const [id, order] of space.entries("order")) {
        const isOpen = order.phase !== "unseen" && !hasEnded(order);
        if (isOpen && !known.has(id)) throw new Violation(name, `${id} is open at no venue`);
        if (order.cumQty_lots > 0 && !known.has(id))
          throw new Violation(name, `${id} traded where?`);
      }
    }
  },
});

const unsettledVenue = ({ mirrors, venues }: Evidence): string | undefined => {
  for (const [id, venue] of venues) {
    const space = mirrors.venues.get(id)?.space;
    const session = space?.get("session", id);
    if (space === undefined || session?.status !== "open") {
      return `${id}'s session is ${session?.status ?? "unborn"}: ${session?.reason ?? ""}`;
    }
    if (session.inboundSeq !== venue.reportCount()) return `${id}: reports are on their way`;
    for (const kind of ["request", "doubt", "waiting"] as const) {
      const [first] = space.entries(kind);
      if (first !== undefined) return `${id}: ${kind} ${JSON.stringify(first)}`;
    }
  }
  return undefined;
};

const unsettledOrder = ({ mirrors }: Evidence): string | undefined => {
  for (const { space } of mirrors.accounts.values()) {
    for (const [id, order] of space.entries("order")) {
      const status = ordStatusOf(order);
      const unsettled = status === "in_doubt" || status.startsWith("pending_");
      if (unsettled) return `${id} is ${status}`;
      if (order.owedQty_lots !== undefined) return `${id} is owed ${order.owedQty_lots}`;
    }
  }
  return undefined;
};

const differenceOf = (there: PaperOrder, here: OrderState | undefined): string | undefined => {
  const { status, cumQty_lots, orderQty_lots, price_ticks, contradicted } = there;
  if (here?.terms === undefined) return `${status} there, unknown here`;
  if (here.cumQty_lots !== cumQty_lots) return `cum ${cumQty_lots} there, ${here.cumQty_lots} here`;
  const isOpen = status === "new" || status === "partially_filled";
  if (isOpen === hasEnded(here)) return `${status} there, ${here.phase} here`;
  if (!isOpen && !contradicted && here.phase !== status) return `${status}, ${here.phase} here`;
  const { terms } = here;
  if (!isOpen) return undefined;
  if (terms.orderQty_lots !== orderQty_lots) return `${orderQty_lots}, ${terms.orderQty_lots} here`;
  return terms.price_ticks === price_ticks
    ? undefined
    : `price ${price_ticks} there, ${terms.price_ticks} here`;
};
