/**
 * Reduce-only: an order that may lower a position and can never take it through zero.
 *
 * The promise holds only if everything open on the position's closing side fits into it, whatever
 * fills first: the reduce-only orders and the plain ones, on their way and in doubt. So
 *  - a reduce-only order may have what the position has beyond all that is open on its side;
 *  - while reduce-only orders are open, a plain order of that side must fit in as well;
 *  - where the position shrinks by other means (a bust, an adjustment, a trade that is not ours),
 *    reduce-only orders give way, the newest first.
 *
 * A reduce-only order that still waits for its trigger takes no part in it: it is judged when it is
 * to be sent, and waits on while others hold the room.
 *
 * Owns: these three rules. Never: sends, or knows why a position changed.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderId } from "../../protocols/kernel/ids.ts";
import type { Side } from "../../protocols/venue.ts";

/** One reduce-only order that has been sent. */
export interface ReduceOnlyOrder {
  readonly orderId: OrderId;
  readonly side: Side;
  /** Most that it may still fill, whatever is on its way. */
  readonly worst_lots: Qty_lots;
  /** Most that it may still fill once what is on its way succeeds: below a pending decrease. */
  readonly target_lots: Qty_lots;
}

/** What the rules look at, for one account, instrument and side. */
export interface ClosingSide {
  /** Above zero long. */
  readonly netQty_lots: Qty_lots;
  readonly side: Side;
  /** Σ worst case of everything on that side, waiting reduce-only orders left out. */
  readonly open_lots: Qty_lots;
}

/** What an order of that side can close of the position. */
export const closable_lots = (netQty_lots: Qty_lots, side: Side): Qty_lots =>
  Math.max(0, side === "buy" ? -netQty_lots : netQty_lots);

/**
 * What one more order of that side may fill without any order of it passing zero.
 *
 * @param own_lots what of `open_lots` is the asking order's own, where it is to be changed
 */
export const room_lots = (closing: ClosingSide, own_lots: Qty_lots = 0): Qty_lots =>
  Math.max(0, closable_lots(closing.netQty_lots, closing.side) - (closing.open_lots - own_lots));

/** One reduce-only order that must give way, and what it may keep: 0 means that it must end. */
export interface GivesWay {
  readonly orderId: OrderId;
  readonly leaves_lots: Qty_lots;
}

/**
 * Which reduce-only orders must give way, and how far.
 *
 * What is already on its way counts as done, so that asking twice asks for nothing more. Only what
 * the reduce-only orders can give is asked for: a plain order may cross zero on its own account.
 *
 * @param orders of that side, oldest first
 */
export const givingWay = (
  closing: ClosingSide,
  orders: readonly ReduceOnlyOrder[],
): readonly GivesWay[] => {
  const asked_lots = orders.reduce((sum, { worst_lots, target_lots }) => {
    return sum + worst_lots - target_lots;
  }, 0);
  const room = closable_lots(closing.netQty_lots, closing.side);
  let excess = closing.open_lots - asked_lots - room;
  const giving: GivesWay[] = [];
  for (const { orderId, target_lots } of orders.toReversed()) {
    if (excess <= 0) break;
    const gives = Math.min(excess, target_lots);
    if (gives === 0) continue;
    giving.push({ orderId, leaves_lots: target_lots - gives });
    excess -= gives;
  }
  return giving;
};
