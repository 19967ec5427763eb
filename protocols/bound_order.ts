/**
 * What an order must know of itself because it is bound to others.
 *
 * Owns: the total asked for, and when a child waits for its parent to go on.
 */
import type { Qty_lots } from "./kernel/grid.ts";
import { isOver, replacesOf } from "./ord_status.ts";
import type { OrderState, OrderTerms } from "./order.ts";
import { followsParent } from "./order_bond.ts";

/** The total asked for, as the last replace on its way would have it; undefined where none is. */
export const askedQtyOf = (state: OrderState): Qty_lots | undefined =>
  replacesOf(state).findLast(
    ({ askedQty_lots, overtaken }) => askedQty_lots !== undefined && overtaken !== true,
  )?.askedQty_lots ?? state.terms?.bond?.askedQty_lots;

/**
 * Whether nothing of a child is at a venue, though it has been: its parent has executed no more
 * than it has, or its last leg never left.
 */
export const isIdle = (state: OrderState): boolean =>
  followsParent(state.terms?.bond) &&
  !isOver(state) &&
  state.pendingReplaces === undefined &&
  state.legs.length > 0 &&
  state.legs.every((leg) => leg.state === "ended") &&
  state.owedQty_lots === undefined;

/** The terms with another total asked for; the same where the order has none of its own. */
export const withAsked = (terms: OrderTerms, asked_lots: Qty_lots | undefined): OrderTerms =>
  asked_lots === undefined || terms.bond?.askedQty_lots === undefined
    ? terms
    : { ...terms, bond: { ...terms.bond, askedQty_lots: asked_lots } };
