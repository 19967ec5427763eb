/**
 * An iceberg: which part of an order is shown at a venue, one slice after the other.
 *
 * A slice is an order of its own at the venue; when nothing of it works any more the next one is
 * shown. Its quantity follows from the order's figures alone, so that a replay or another node
 * shows the same.
 *
 * Owns: the size of slices. Quantities are totals, filled part
 * included, as everywhere.
 *
 * Invariants
 *  1. What is filled and what may still fill together never exceed the order's quantity.
 *  2. A slice shows at most `maxFloor`, unless the rest could not be an order of its own.
 *  3. No slice is below the venue's smallest order, unless the rest of the order is.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";

/** What a slice's size follows from. */
export interface IcebergFigures {
  readonly orderQty_lots: Qty_lots;
  readonly cumQty_lots: Qty_lots;
  /** Most that the slices already sent may still fill: working, on their way or in doubt. */
  readonly open_lots: Qty_lots;
  readonly maxFloor_lots: Qty_lots;
  /** The smallest order. */
  readonly minQty_lots: Qty_lots;
}

/** The next slice; 0 while another one is open, and when nothing is left. */
export const nextSlice_lots = (figures: IcebergFigures): Qty_lots => {
  const { orderQty_lots, cumQty_lots, open_lots, maxFloor_lots, minQty_lots } = figures;
  const left = orderQty_lots - cumQty_lots - open_lots;
  if (open_lots > 0 || left <= 0) return 0;
  const slice = Math.min(maxFloor_lots, left);
  const rest = left - slice;
  if (rest === 0 || rest >= minQty_lots) return slice;
  // The rest would be too small to be sent: shorten this slice, or take the rest along.
  return left - minQty_lots >= minQty_lots ? left - minQty_lots : left;
};

/** Most slices that an order may need, also after a replace. */
export const slices_max = 200;

/** How many slices an order needs where each is filled whole. */
export const slicesOf = (orderQty_lots: Qty_lots, maxFloor_lots: Qty_lots): number =>
  Math.ceil(orderQty_lots / maxFloor_lots);
