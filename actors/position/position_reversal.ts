/**
 * Taking a fill back: a bust, or a correction of what it was.
 *
 * A bust books the reversal entry: the same quantity the other way at the price of the fill, and
 * the fee the other way. A correction books the reversal, then the fill as it is now; both are one
 * change of the position. What follows from average cost:
 *
 *  1. Net quantity, fees, and profit in total (realised + unrealised at any mark) are to the unit
 *     what they would be without the fill: its cash flow and its quantity are gone, and total
 *     profit is Σ cash flows + net × mark whatever the order of fills.
 *  2. The split between realised and unrealised is that of the reversal entry, not of a history
 *     without the fill. Taking back a part of what is open at average price `a` realises
 *     quantity × (price − a), signed as a close at the fill's price is, and leaves the average
 *     price as it was. Taking back a close opens again at that close's price, so that what it had
 *     realised stays realised and the average price moves instead.
 *  3. A position goes through zero on a reversal as on any fill.
 *
 * A history without the fill would need all fills of a position for its whole life; the entry
 * needs none, is what clearing books do, and says in the journal what changed and when.
 *
 * Owns: the reversal entry.
 * Never: looks for the fill in the past: who asks has its numbers.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Decimal } from "../../protocols/kernel/decimal.ts";
import type { Fee } from "../../protocols/venue.ts";
import { addAmount, negated } from "../../protocols/currency.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { applyFill, feeAmount } from "./position_model.ts";
import type { Fill, PositionState } from "./position_model.ts";

/** What a correction makes of a fill. */
export interface CorrectedFill {
  readonly qty_lots: Qty_lots;
  readonly price_ticks: Price_ticks;
  readonly fee?: Fee;
  readonly paid?: Decimal;
  readonly tsEvent: Nanos;
}

/**
 * The position after a fill was taken back. `fill` has the numbers that were booked, and the time
 * of the bust.
 *
 * @throws Error as `applyFill` does
 */
export const reverseFill = (state: PositionState | undefined, fill: Fill): PositionState => {
  const { fee, paid, ...trade } = fill;
  const after = applyFill(state, { ...trade, side: fill.side === "buy" ? "sell" : "buy" });
  if (fee === undefined) return after;
  return { ...after, fees: addAmount(after.fees, fee.currency, negated(paid ?? feeAmount(fee))) };
};

/**
 * The position after a fill turned out to be another one: one change, and one version.
 *
 * @throws Error as `applyFill` does
 */
export const correctFill = (
  state: PositionState | undefined,
  booked: Fill,
  corrected: CorrectedFill,
): PositionState => {
  const without = reverseFill(state, booked);
  const { fee: _fee, paid: _paid, ...rest } = booked;
  const after = applyFill(without, { ...rest, ...corrected });
  return { ...after, version: without.version };
};
