/**
 * What an order is bound to, as its terms say it: the group that it came with, and its part in it.
 *
 * Of an order whose quantity follows others, `orderQty_lots` of its terms is what is in force now;
 * what was asked for stays here, and is the most that may come into force.
 *
 * Owns: the shape, and when an order in a group is complete.
 */
import type { Qty_lots } from "./kernel/grid.ts";
import type { OrderId } from "./kernel/ids.ts";

/** An order's part in its group. */
export type BondRole = "parent" | "child" | "take_profit" | "stop_loss" | "peer";

/** What an order is bound to. */
export interface OrderBond {
  /** The submitted order's id names the group. */
  readonly group: OrderId;
  readonly role: BondRole;
  /** Among peers, and the exits of a bracket: what a fill of one does to the others. */
  readonly onFill?: "cancel" | "reduce";
  /** All orders of the group, the submitted one first. */
  readonly orderIds: readonly OrderId[];
  /** The total asked for, of an order whose total follows what others have executed. */
  readonly askedQty_lots?: Qty_lots;
}

/** Whether an order's total follows what its parent has executed. */
export const followsParent = (bond: OrderBond | undefined): boolean =>
  bond !== undefined && bond.role !== "parent" && bond.role !== "peer";

/**
 * Whether so much executed is all of an order. A child that has executed what is in force goes on
 * when its parent does, until nothing more can come.
 *
 * @param total_lots the total in force
 * @param asked_lots the total asked for, where it is about to change
 */
export const isComplete = (
  bond: OrderBond | undefined,
  total_lots: Qty_lots,
  cum_lots: Qty_lots,
  asked_lots: Qty_lots = bond?.askedQty_lots ?? 0,
): boolean => cum_lots >= total_lots && (!followsParent(bond) || cum_lots >= asked_lots);
