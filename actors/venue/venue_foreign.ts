/**
 * What happens at the venue in our session and is of no order that we placed.
 *
 * Its executions move the position all the same: they go to the external account, where one is
 * configured. An id of ours whose order is forgotten is such a one too: whose it was is not in it.
 *
 * Owns: what becomes of such reports.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { accountShard, accountShardIndex } from "../../protocols/kernel/shard.ts";
import { externalOrderId } from "./foreign_order.ts";
import type { VenueReport } from "./venue_link.ts";
import { isTallying } from "./venue_tally.ts";
import { publishIncident } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/**
 * Keeps the order that an execution is of, if the report says what was traded: from here on its
 * reports find it. Gives its root.
 */
export const keepForeign = (turn: VenueTurn, report: VenueReport): LegClOrdId | undefined => {
  const { options, now: at } = turn;
  const { clOrdId: root, execType, instrument, side, venueOrderId, cumQty_lots } = report;
  if (!isTallying(options) || instrument === undefined || side === undefined) return undefined;
  const { lastQty_lots = 0 } = report;
  // Before this report; of a correction only the venue knows by how much.
  const before = { trade: -lastQty_lots, trade_cancel: lastQty_lots, trade_correct: 0 };
  if (!Object.hasOwn(before, execType)) return undefined;
  const told_lots = Math.max(0, cumQty_lots + before[execType as keyof typeof before]);
  const orderId = externalOrderId(turn, root, venueOrderId ?? root, "unknown");
  const order = { root, orderId, instrument, side, as: "unknown", told_lots } as const;
  turn.emit({ type: "order_external", ...order, cumQty_lots: told_lots, at });
  return root;
};

/** Tells operators of a report that is of no order of ours. */
export const publishForeign = (turn: VenueTurn, seq: number, report: VenueReport): void => {
  const { clOrdId, execId, venueOrderId } = report;
  publishIncident(turn, "unknown_order", `${report.execType} for no order of ours`, {
    seq,
    clOrdId,
    execId,
    ...(venueOrderId === undefined ? {} : { venueOrderId }),
    ...figuresOf(report),
  });
};

const figuresOf = (report: VenueReport): Readonly<Record<string, number>> => ({
  cumQty_lots: report.cumQty_lots,
  ...(report.lastQty_lots === undefined ? {} : { lastQty_lots: report.lastQty_lots }),
  ...(report.lastPx_ticks === undefined ? {} : { lastPx_ticks: report.lastPx_ticks }),
});

/**
 * An execution of nobody may be what a difference of positions was: then the adjustment is taken
 * back, lot by lot, and the execution stands in its place.
 */
export const explainAdjustments = (turn: VenueTurn, report: VenueReport): void => {
  const { space, options, now: at } = turn;
  const { externalAccount: account } = options.reconcile;
  const { execType, instrument, side, lastQty_lots = 0, execId } = report;
  if (account === undefined || instrument === undefined || execType !== "trade") return;
  const sign = side === "buy" ? 1 : -1;
  let rest_lots = lastQty_lots;
  for (const { id: adjustmentId, lots } of space.get("tally", instrument)?.adjustments ?? []) {
    const explained_lots = Math.min(rest_lots, lots * sign);
    if (explained_lots <= 0) continue;
    rest_lots -= explained_lots;
    const signed_lots = explained_lots * sign;
    turn.emit({ type: "adjustment_explained", instrument, adjustmentId, lots: signed_lots, at });
    turn.send(accountShard(accountShardIndex(account, options.accountShards)), {
      kind: "difference_explained",
      venue: options.venue,
      account,
      instrument,
      adjustmentId,
      explained_lots: signed_lots,
      execId,
      at,
    });
  }
};
