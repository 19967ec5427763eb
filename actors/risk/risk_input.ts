/**
 * What the check of one order reads: the order, the account's limits and state, the market.
 *
 * Owns: the shape only. The caller gathers it from the actors of one turn.
 */
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import type { Grid, Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { AccountLimits } from "../../protocols/instrument.ts";
import type { Side } from "../../protocols/venue.ts";
import type { TradingState } from "../../protocols/trading_state.ts";
import type { ExposureState } from "./exposure_model.ts";
import type { ReferencePrice } from "./reference_price.ts";

/** Quantity and price of an order: what is asked for, or what a replace would change. */
export interface OrderSize {
  /** FIX OrderQty: the total, filled part included. */
  readonly orderQty_lots: Qty_lots;
  /** What may still trade. For the order to be replaced: what it has reserved now. */
  readonly leavesQty_lots: Qty_lots;
  /** The limit price; undefined for a market order. */
  readonly price_ticks: Price_ticks | undefined;
  /** Of an order with a trigger, the price at which it acts. */
  readonly stopPx_ticks?: Price_ticks | undefined;
}

/** Everything that the check of one order reads. */
export interface RiskInput {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  readonly side: Side;
  /** What the order would be. */
  readonly order: OrderSize;
  /** What it is now, where this is a replace. */
  readonly replaces: OrderSize | undefined;
  /** Undefined where no such account is configured. */
  readonly limits: AccountLimits | undefined;
  readonly tradingState: TradingState;
  /** The account's open orders over all instruments; a new order is not among them yet. */
  readonly openOrders: number;
  readonly netQty_lots: Qty_lots;
  /** Reservations in this instrument, a replaced order's own included; undefined for none. */
  readonly exposure: ExposureState | undefined;
  readonly reference: ReferencePrice;
}
