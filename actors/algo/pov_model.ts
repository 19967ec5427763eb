/**
 * POV, and the cap on participation of the others: a share of what others trade.
 *
 * What we trade ourselves is in the volume that a market tells; it is no volume of others. Nor is
 * what we have open counted on: it may have traded already, and its report be still on its way. So
 * a late report makes us slower, never faster. (Measured against all volume, ours included, the
 * share is then a little below the rate.)
 *
 * Owns: that share. Never: is above it.
 */
import type { AlgoTerms } from "../../protocols/algo.ts";
import { bps } from "../../protocols/algo.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { shareOf } from "./schedule.ts";
import type { Figures, Plan } from "./schedule.ts";

/** What others traded: of the volume heard since the beginning, what cannot be ours. */
export const othersVolume_lots = (
  heard_lots: Qty_lots,
  own_lots: Qty_lots,
  open_lots: Qty_lots,
): Qty_lots => Math.max(0, heard_lots - own_lots - open_lots);

/** What a rate lets out of what others traded. */
export const participation_lots = (volume_lots: Qty_lots, rate_bps: number): Qty_lots =>
  shareOf(volume_lots, rate_bps, bps);

/** What a POV may have out by now. */
export const planPov = (
  { start, participation_bps }: Extract<AlgoTerms, { type: "pov" }>,
  { orderQty_lots, volume_lots, now_ns }: Figures,
): Plan => {
  const start_ns = fromNanos(start);
  if (now_ns < start_ns) return { target_lots: 0, slot: -1, next_ns: start_ns };
  const share = participation_lots(volume_lots, participation_bps);
  return { target_lots: Math.min(orderQty_lots, share), slot: 0 };
};
