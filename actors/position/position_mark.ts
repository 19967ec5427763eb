/**
 * The end of a day: what a position was worth at the mark, and what the day earned.
 *
 * Day profit = what was realised since the last mark + the change of unrealised profit since. So
 * the day profits of all days up to a mark add up to the total profit at that mark, to the unit,
 * whatever happened between: fills, busts of earlier days' fills, splits. Fees and adjustment cash
 * are in their own currencies and are counted beside it.
 *
 * Owns: what is kept of a marked day. Never: picks a mark, or knows what a day is: the date is a
 * token, and a later one is greater as text (`2026-03-31`).
 */
import { formatDecimal } from "../../protocols/kernel/decimal.ts";
import { moneyScale } from "../../protocols/kernel/grid.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import { formatAmounts, noAmounts, subtractAmounts } from "../../protocols/currency.ts";
import type { Amounts } from "../../protocols/currency.ts";
import { unrealized } from "./position_model.ts";
import type { PositionState } from "./position_model.ts";

/** What a position earned since its last mark, at a mark. */
export interface DayProfit {
  /** Realised since the last mark. */
  readonly realized: bigint;
  /** Change of unrealised profit. */
  readonly unrealized: bigint;
  readonly fees: Amounts;
  readonly cash: Amounts;
}

/** Whether a text may be a day's token. */
export const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** Profit since the last mark (since the beginning where there is none), fees and cash apart. */
export const dayProfit = (state: PositionState, mark_ticks: Price_ticks | undefined): DayProfit => {
  const { marked } = state;
  return {
    realized: state.realized - (marked?.realized ?? 0n),
    unrealized: unrealizedAt(state, mark_ticks) - (marked?.unrealized ?? 0n),
    fees: subtractAmounts(state.fees, marked?.fees ?? noAmounts),
    cash: subtractAmounts(state.cash, marked?.cash ?? noAmounts),
  };
};

/**
 * The position with a day's end kept. It is no change of what is held: the version stays.
 *
 * @throws Error where an open position has no mark
 */
export const markPosition = (
  state: PositionState,
  date: string,
  mark_ticks: Price_ticks | undefined,
): PositionState => ({
  ...state,
  marked: {
    date,
    ...(mark_ticks === undefined ? {} : { mark_ticks }),
    realized: state.realized,
    unrealized: unrealizedAt(state, mark_ticks),
    fees: state.fees,
    cash: state.cash,
  },
});

/** A day's end in the words of the wire: decimals in the position's currency. */
export const markBody = (
  state: PositionState,
  mark_ticks: Price_ticks | undefined,
): {
  readonly unrealizedPnl: string;
  readonly dayPnl: string;
  readonly dayRealizedPnl: string;
  readonly dayFees: Readonly<Record<string, string>>;
  readonly dayCash: Readonly<Record<string, string>>;
} => {
  const scale = moneyScale(state.grid);
  const day = dayProfit(state, mark_ticks);
  const text = (units: bigint): string => formatDecimal({ units, scale });
  return {
    unrealizedPnl: text(unrealizedAt(state, mark_ticks)),
    dayPnl: text(day.realized + day.unrealized),
    dayRealizedPnl: text(day.realized),
    dayFees: formatAmounts(day.fees),
    dayCash: formatAmounts(day.cash),
  };
};

const unrealizedAt = (state: PositionState, mark_ticks: Price_ticks | undefined): bigint => {
  if (mark_ticks !== undefined) return unrealized(state, mark_ticks);
  if (state.netQty_lots !== 0) throw new Error("broken invariant: an open position has a mark");
  return 0n;
};
