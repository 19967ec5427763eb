/**
 * From what may be out to the next slice: an order that a venue takes, and a rest that is one too.
 *
 * Owns: the smallest slice. Never: sends more than what may be out.
 *
 * Invariants
 *  1. What is executed, open and sent together is at most the target, and at most the order.
 *  2. No slice is below the smallest order, nor leaves a rest below it, unless the whole rest is.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";

/** What a slice's size follows from. */
export interface SliceRoom {
  readonly target_lots: Qty_lots;
  readonly orderQty_lots: Qty_lots;
  readonly executed_lots: Qty_lots;
  readonly open_lots: Qty_lots;
  /** The smallest slice; the last one may be below it. */
  readonly minSlice_lots: Qty_lots;
  /** The smallest order. */
  readonly minQty_lots: Qty_lots;
}

/** The slice that may be sent; 0 where it would be none. */
export const sliceSize_lots = (room: SliceRoom): Qty_lots => {
  const { target_lots, orderQty_lots, executed_lots, open_lots } = room;
  const { minSlice_lots, minQty_lots } = room;
  const out_lots = executed_lots + open_lots;
  const left = orderQty_lots - out_lots;
  const may = Math.min(target_lots - out_lots, left);
  if (may <= 0) return 0;
  if (may === left) return left;
  // A rest below the smallest order could not be sent any more.
  const slice = Math.min(may, left - minQty_lots);
  return slice >= Math.max(minSlice_lots, minQty_lots) ? slice : 0;
};
