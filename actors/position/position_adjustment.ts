/**
 * What changes a position without a fill: splits, dividends and funding, differences found in
 * reconciliation, a moved cost basis. Each is a journaled entry with an id and a reason.
 *
 *  - `split`: every lot becomes numerator/denominator lots; the cost stays, so that profit in total
 *    is the same at the mark that is divided by the ratio.
 *  - `cash`: an amount received (or paid, below zero) in any currency; kept apart from profit.
 *  - `quantity`: lots that came or went at a price, as a fill of nobody: total profit counts it as
 *    a cash flow of −lots × price.
 *  - `cost`: ticks × lots that are added to the books, as cash paid for what is open; where nothing
 *    is open it is realised.
 *
 * An execution from before a split that is busted after it has its old quantity; the difference is
 * a `quantity` entry's matter.
 *
 * Owns: how an entry changes one position. Never: decides whether it may (`adjustment_decision`).
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { addAmount } from "../../protocols/currency.ts";
import { parseDecimal } from "../../protocols/kernel/decimal.ts";
import { applyFill, moneyPerTickLot } from "./position_model.ts";
import type { PositionState } from "./position_model.ts";

/** One entry, in the form that the journal keeps. */
export type AdjustmentEntry =
  | { readonly kind: "split"; readonly numerator: number; readonly denominator: number }
  | { readonly kind: "cash"; readonly amount: string; readonly currency: string }
  | { readonly kind: "quantity"; readonly qty_lots: Qty_lots; readonly price_ticks: Price_ticks }
  /** `value`: whole ticks × lots as decimal digits, either sign. */
  | { readonly kind: "cost"; readonly value: string };

/**
 * The position after an entry.
 *
 * @throws Error where a split leaves a part of a lot, or an amount is no decimal: it was decided
 *   before
 */
export const adjustPosition = (
  state: PositionState,
  entry: AdjustmentEntry,
  tsEvent: Nanos,
): PositionState => {
  const changed = { version: state.version + 1, tsEvent };
  switch (entry.kind) {
    case "split": {
      const { numerator, denominator } = entry;
      const netQty_lots = scaled(state.netQty_lots, numerator, denominator);
      const externalQty_lots = scaled(state.externalQty_lots, numerator, denominator);
      return { ...state, ...changed, netQty_lots, externalQty_lots };
    }
    case "cash": {
      const amount = parseDecimal(entry.amount);
      if (amount === undefined) throw new Error("an adjustment's amount is a decimal");
      return { ...state, ...changed, cash: addAmount(state.cash, entry.currency, amount) };
    }
    case "quantity": {
      const { qty_lots, price_ticks } = entry;
      const side = qty_lots > 0 ? "buy" : "sell";
      return applyFill(state, {
        ...state,
        side,
        qty_lots: Math.abs(qty_lots),
        price_ticks,
        tsEvent,
      });
    }
    case "cost": {
      const value = BigInt(entry.value);
      if (state.netQty_lots !== 0) return { ...state, ...changed, cost: state.cost + value };
      const realized = state.realized - value * moneyPerTickLot(state.grid);
      return { ...state, ...changed, realized };
    }
  }
};

/** Lots after a split; undefined where they would not be whole, or not safe. */
export const splitLots = (
  qty_lots: Qty_lots,
  numerator: number,
  denominator: number,
): Qty_lots | undefined => {
  const product = BigInt(qty_lots) * BigInt(numerator);
  if (product % BigInt(denominator) !== 0n) return undefined;
  const lots = Number(product / BigInt(denominator));
  return Number.isSafeInteger(lots) ? lots : undefined;
};

const scaled = (qty_lots: Qty_lots, numerator: number, denominator: number): Qty_lots => {
  const lots = splitLots(qty_lots, numerator, denominator);
  if (lots === undefined) throw new Error("broken invariant: a split leaves whole lots");
  return lots;
};
