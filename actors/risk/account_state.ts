/**
 * What the risk book keeps per account: its trading state and how many orders it has open.
 *
 * Owns: the count over all instruments; quantities are per instrument, in `exposure_model.ts`.
 */
import type { RuledBy } from "../../protocols/control.ts";
import type { AccountId } from "../../protocols/kernel/ids.ts";
import type { TradingState } from "../../protocols/trading_state.ts";
import type { Reservation } from "./exposure_model.ts";

/** An account's state in the risk book. Immutable. */
export interface AccountState {
  readonly account: AccountId;
  readonly tradingState: TradingState;
  /** Who set it and why; absent while nobody has. */
  readonly ruledBy?: RuledBy;
  /** Orders that hold a reservation: on their way, working, or in doubt. */
  readonly openOrders: number;
}

/** An account that nothing is known of yet: active, with no open order. */
export const newAccountState = (account: AccountId): AccountState => ({
  account,
  tradingState: "active",
  openOrders: 0,
});

/**
 * The account after one order's reservation changed; undefined means that it holds none.
 *
 * @throws Error where a reservation is given up that was never counted
 */
export const moveOpenOrder = (
  state: AccountState,
  before: Reservation | undefined,
  after: Reservation | undefined,
): AccountState => {
  const change = (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
  if (change === 0) return state;
  const openOrders = state.openOrders + change;
  if (openOrders < 0) throw new Error("broken invariant: an ended order was open before");
  return { ...state, openOrders };
};

/** The account in another trading state. */
export const withTradingState = (
  state: AccountState,
  tradingState: TradingState,
  ruledBy?: RuledBy,
): AccountState => ({ ...state, tradingState, ...(ruledBy === undefined ? {} : { ruledBy }) });
