/**
 * What a venue has traded for us and can never be heard of: it forgot the order, its record and its
 * executions before anything of them was told.
 */
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import type { PaperOrder } from "../paper_order.ts";
import type { PaperVenue } from "../paper_venue.ts";
import type { Evidence } from "./checker.ts";

/** What an instrument's orders have traded beyond what their shard knows or can hear of. */
export const unhearable_lots = (
  { mirrors, venues }: Evidence,
  id: VenueId,
  instrument: string,
): number => {
  const venue = venues.get(id);
  let sum_lots = 0;
  for (const order of venue?.orders() ?? []) {
    if (venue === undefined || order.instrument !== instrument) continue;
    if (!isUnhearable(venue, order)) continue;
    const known = mirrors.venues.get(id)?.space.get("order", order.root);
    const told_lots = known?.told_lots ?? known?.cumQty_lots ?? 0;
    const lots = order.fills.reduce((sum, { qty_lots }) => sum + qty_lots, -told_lots);
    sum_lots += order.side === "buy" ? lots : -lots;
  }
  return sum_lots;
};

/** The venue has neither a record of the order any more nor a trade of it to list. */
const isUnhearable = (venue: PaperVenue, { lost, root }: PaperOrder): boolean =>
  lost === true &&
  venue.find(root) === undefined &&
  !venue.log.executions(root, 0).some(({ execType }) => execType === "trade");
