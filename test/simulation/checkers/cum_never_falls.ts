/**
 * Invariant 6: an order's cumulative quantity never falls, and never passes what its trades add up
 * to. (Busts and corrections, which may lower it, do not exist yet.)
 */
import type { OrderEvent } from "../../../protocols/order.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "cum_never_falls";

/** Makes the checker. */
export const cumNeverFalls: CheckerMaker = ({ mirrors }) => {
  const cums = new Map<string, number>();
  const trades = new Map<string, number>();
  return {
    name,
    onFrame: ({ shard, name: of, frame: { seq, content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      const touched = new Set<string>();
      for (const event of content.turns.flatMap(({ events }) => events as readonly OrderEvent[])) {
        if (!("execType" in event)) continue;
        touched.add(event.orderId);
        if (event.execType !== "trade") continue;
        trades.set(event.orderId, (trades.get(event.orderId) ?? 0) + event.lastQty_lots);
      }
      for (const id of touched) {
        const cum = mirrors.accounts.get(of)?.space.get("order", id)?.cumQty_lots ?? 0;
        const before = cums.get(id) ?? 0;
        if (cum < before)
          throw new Violation(name, `${id} ${before} to ${cum}, ${of} frame ${seq}`);
        if (cum !== (trades.get(id) ?? 0)) {
          throw new Violation(name, `${id} cum=${cum}, its trades ${trades.get(id) ?? 0}`);
        }
        cums.set(id, cum);
      }
    },
  };
};
