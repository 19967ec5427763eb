/**
 * One position: what an account, or one strategy in it, holds of an instrument, what it cost and
 * what it earned.
 *
 * Average-cost accounting in exact integers. `cost` is the whole number of ticks × lots on the
 * books; the exact cost of what is open is `cost + costRest`, because closing a part of a position
 * removes `cost × closed / net`, which need not be whole. What is realised is always the cash that
 * came in plus the change of `cost`, so a fraction can never be lost between the two.
 *
 * Owns: netting, average price, realised and unrealised profit, fees.
 * Never: knows an order, rounds a profit, converts a currency or reads a clock.
 *
 * Invariants
 *  1. realized + (net × mark − cost) = Σ cash flows + net × mark, to the unit, for any mark.
 *  2. −1/2 ≤ costRest < 1/2, and a flat position has cost 0 and costRest 0.
 *  3. A fill that only opens or adds realises nothing.
 *
 * What else changes a position is beside it: taking a fill back in `position_reversal.ts`, what no
 * fill says in `position_adjustment.ts`, the end of a day in `position_mark.ts`.
 */
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import { addAmount, noAmounts } from "../../protocols/currency.ts";
import type { Amounts } from "../../protocols/currency.ts";
import type { Grid, Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Decimal } from "../../protocols/kernel/decimal.ts";
import type { Fee, Side } from "../../protocols/venue.ts";
import { divideHalfEven, formatDecimal, parseDecimal } from "../../protocols/kernel/decimal.ts";
import { noRest, partOfCost } from "./open_cost.ts";
import type { Fraction } from "./open_cost.ts";

/** A position's state. Immutable; JSON kind plus bigint. */
export interface PositionState {
  readonly account: AccountId;
  /** Whose virtual position it is; absent on the account's own. */
  readonly strategy?: string;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  /** The quote currency: that of cost and profit. */
  readonly currency: string;
  /** Above zero long, below zero short. */
  readonly netQty_lots: Qty_lots;
  /** Signed Σ open quantity × entry price in ticks × lots: what is on the books. */
  readonly cost: bigint;
  /** What the exact cost has beyond `cost`, in ticks × lots. */
  readonly costRest: Fraction;
  /** Profit of what was closed, before fees, in units of 10^-moneyScale(grid). */
  readonly realized: bigint;
  /** Fees paid (positive) and rebates (negative) by currency, exact. */
  readonly fees: Amounts;
  /** Received (positive) and paid by adjustments, by currency, exact: dividends, funding. */
  readonly cash: Amounts;
  /** The part of the net quantity that came from trades which are not ours. */
  readonly externalQty_lots: Qty_lots;
  /** Changes so far: 1, 2, 3… */
  readonly version: number;
  /** When the last change happened at its source. */
  readonly tsEvent: Nanos;
  /** The end of the last day that was marked. */
  readonly marked?: DayMark;
}

/** A position as it was at the end of a day. */
export interface DayMark {
  /** `YYYY-MM-DD`, of the calendar that the operator keeps. */
  readonly date: string;
  /** Absent where the position was flat and no price was known: it was worth nothing. */
  readonly mark_ticks?: Price_ticks;
  readonly realized: bigint;
  readonly unrealized: bigint;
  readonly fees: Amounts;
  readonly cash: Amounts;
}

/** What makes a position's first state. */
export interface Holding {
  readonly account: AccountId;
  readonly strategy?: string;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  /** The instrument's quote currency. */
  readonly currency: string;
  readonly tsEvent: Nanos;
}

/** One execution, as the order that it belongs to books it. */
export interface Fill {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  /** The instrument's quote currency. */
  readonly currency: string;
  readonly side: Side;
  /** Above zero. */
  readonly qty_lots: Qty_lots;
  readonly price_ticks: Price_ticks;
  readonly fee?: Fee;
  /** The fee's amount where it was read before: one fill is booked into several positions. */
  readonly paid?: Decimal;
  readonly tsEvent: Nanos;
}

/** A position that nothing has happened to yet. */
export const flatPosition = (holding: Holding): PositionState => ({
  account: holding.account,
  ...(holding.strategy === undefined ? {} : { strategy: holding.strategy }),
  instrument: holding.instrument,
  grid: holding.grid,
  currency: holding.currency,
  netQty_lots: 0,
  cost: 0n,
  costRest: noRest,
  realized: 0n,
  fees: noAmounts,
  cash: noAmounts,
  externalQty_lots: 0,
  version: 0,
  tsEvent: holding.tsEvent,
});

/** Digits after the point that an average price's text has at most beyond the tick's own. */
export const averagePriceDigits_extra = 8;

/**
 * The position after a fill. A fill against the position closes first; what is left of it opens the
 * other way at its own price.
 *
 * @throws Error where the fill is none (quantity, grid, unreadable fee) or leaves the safe
 *   integers: its edges were checked long before, so the turn is parked, not the fill shortened
 */
export const applyFill = (state: PositionState | undefined, fill: Fill): PositionState => {
  const before = state ?? flatPosition(fill);
  demand(Number.isSafeInteger(fill.qty_lots) && fill.qty_lots > 0, "a fill has a quantity above 0");
  demand(Number.isSafeInteger(fill.price_ticks), "a fill has a whole price in ticks");
  demand(sameGrid(before.grid, fill.grid), "a position's grid never changes");
  const signedQty_lots = fill.side === "buy" ? fill.qty_lots : -fill.qty_lots;
  const netQty_lots = before.netQty_lots + signedQty_lots;
  demand(Number.isSafeInteger(netQty_lots), "a net quantity is a safe integer");
  const value = BigInt(fill.price_ticks) * BigInt(signedQty_lots);
  const { cost, costRest, realized } = book(before, signedQty_lots, fill.price_ticks, value);
  return {
    ...before,
    netQty_lots,
    cost,
    costRest,
    realized: before.realized + realized * moneyPerTickLot(before.grid),
    fees: feesAfter(before.fees, fill),
    version: before.version + 1,
    tsEvent: fill.tsEvent,
  };
};

/** Profit of what is open at a mark, before fees, in units of 10^-moneyScale(grid). */
export const unrealized = (state: PositionState, mark_ticks: Price_ticks): bigint =>
  (BigInt(state.netQty_lots) * BigInt(mark_ticks) - state.cost) * moneyPerTickLot(state.grid);

/**
 * The average entry price of what is open, as decimal text: `exact cost / net quantity`, rounded
 * half to even at `averagePriceDigits_extra` digits beyond the tick's. `0` for a flat position.
 */
export const averagePrice = (state: PositionState): string => {
  if (state.netQty_lots === 0) return "0";
  const { tick } = state.grid;
  const { numerator, denominator } = state.costRest;
  const exact = (state.cost * denominator + numerator) * BigInt(tick.units);
  const units = divideHalfEven(
    exact * 10n ** BigInt(averagePriceDigits_extra),
    denominator * BigInt(state.netQty_lots),
  );
  return formatDecimal({ units, scale: tick.scale + averagePriceDigits_extra });
};

const feesAfter = (fees: Amounts, { fee, paid }: Fill): Amounts =>
  fee === undefined ? fees : addAmount(fees, fee.currency, paid ?? feeAmount(fee));

interface Booked {
  readonly cost: bigint;
  readonly costRest: Fraction;
  /** In ticks × lots. */
  readonly realized: bigint;
}

/** The books after a signed quantity at a price; `value` is their product. */
const book = (
  before: PositionState,
  signedQty_lots: Qty_lots,
  price_ticks: Price_ticks,
  value: bigint,
): Booked => {
  const net_lots = before.netQty_lots;
  const opens = net_lots === 0 || net_lots > 0 === signedQty_lots > 0;
  if (opens) return { cost: before.cost + value, costRest: before.costRest, realized: 0n };
  if (Math.abs(signedQty_lots) < Math.abs(net_lots)) {
    const left = net_lots + signedQty_lots;
    const [cost, costRest] = partOfCost(before.cost, before.costRest, left, net_lots);
    return { cost, costRest, realized: cost - before.cost - value };
  }
  const cost = BigInt(price_ticks) * BigInt(net_lots + signedQty_lots);
  return { cost, costRest: noRest, realized: cost - before.cost - value };
};

/** Units of 10^-moneyScale(grid) in one tick × lot. */
export const moneyPerTickLot = (grid: Grid): bigint =>
  BigInt(grid.tick.units) * BigInt(grid.lot.units);

/** A fee's amount. Throws where it is no decimal: the venue's edge has read it long before. */
export const feeAmount = ({ amount }: Fee): Decimal => {
  const paid = parseDecimal(amount);
  if (paid === undefined) throw new Error("a fee's amount is a decimal");
  return paid;
};

const sameGrid = (a: Grid, b: Grid): boolean =>
  a === b || (a.tick.text === b.tick.text && a.lot.text === b.lot.text);

const demand = (holds: boolean, sentence: string): void => {
  if (!holds) throw new Error(`broken invariant: ${sentence}`);
};
