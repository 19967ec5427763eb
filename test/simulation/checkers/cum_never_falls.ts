/**
 * Invariant 6: an order's cumulative quantity falls only by a bust or a correction, and is always
 * what its trades, less what was taken back and as it was corrected, add up to. What is booked
 * provisionally is never beside the execution that it stands for: no order that its venues never
 * amended comes to more than they count.
 */
import type { OrderEvent } from "../../../protocols/order.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";
import { legsThere } from "./reserved_covers_worst_case.ts";

const name = "cum_never_falls";

/** By how much an event changes what is executed. */
export const movedBy = (event: OrderEvent): number => {
  if (event.execType === "trade") return event.lastQty_lots;
  if (event.execType === "trade_cancel") return -event.lastQty_lots;
  if (event.execType !== "trade_correct") return 0;
  return event.lastQty_lots - event.from.qty_lots;
};

/** Makes the checker. */
export const cumNeverFalls: CheckerMaker = ({ mirrors, venues }) => {
  const cums = new Map<string, number>();
  const trades = new Map<string, number>();
  return {
    name,
    onFrame: ({ shard, name: of, frame: { seq, content } }) => {
      if (shard.kind !== "acct" || content.kind === "epoch") return;
      /** The orders of this frame, and whether something of each was taken back. */
      const touched = new Map<string, boolean>();
      for (const event of content.turns.flatMap(({ events }) => events as readonly OrderEvent[])) {
        if (!("execType" in event)) continue;
        const { orderId } = event;
        const moved = movedBy(event);
        touched.set(orderId, touched.get(orderId) === true || moved < 0);
        trades.set(orderId, (trades.get(orderId) ?? 0) + moved);
      }
      for (const [id, isAmended] of touched) {
        const cum = mirrors.accounts.get(of)?.space.get("order", id)?.cumQty_lots ?? 0;
        const before = cums.get(id) ?? 0;
        if (cum < before && !isAmended) {
          throw new Violation(name, `${id} ${before} to ${cum}, ${of} frame ${seq}`);
        }
        if (cum !== (trades.get(id) ?? 0)) {
          throw new Violation(name, `${id} cum=${cum}, its trades ${trades.get(id) ?? 0}`);
        }
        const legs = legsThere(venues, id as OrderId);
        const there = legs.reduce((sum, { cumQty_lots }) => sum + cumQty_lots, 0);
        if (cum > there && !legs.some(({ amended }) => amended)) {
          throw new Violation(name, `${id} cum=${cum}, its venues count ${there}`);
        }
        cums.set(id, cum);
      }
    },
  };
};
