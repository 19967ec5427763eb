/**
 * What an account's open orders in one instrument may still do: Σ reservations.
 *
 * An order holds at most one reservation, from its acceptance until it is proven dead: the worst of
 * what may be in force, so also while it is on its way, being replaced or in doubt. The holder says
 * what it held and what it holds now, and the sums follow.
 *
 * Owns: the sums. Never: decides (`risk_checks.ts`) or knows why a reservation changes.
 *
 * Invariant: each sum equals the sum over the open orders' reservations, and is never negative.
 */
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Side } from "../../protocols/venue.ts";

/** The most that one order may still trade, and at which price that is valued. */
export interface Reservation {
  readonly side: Side;
  /** Open quantity, above zero. */
  readonly qty_lots: Qty_lots;
  /** The limit price, or a market order's `riskPrice_ticks`. */
  readonly price_ticks: Price_ticks;
}

/** The sums of one account in one instrument. Immutable; JSON kind plus bigint. */
export interface ExposureState {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly openBuy_lots: Qty_lots;
  readonly openSell_lots: Qty_lots;
  /** Σ quantity × price in ticks × lots. */
  readonly openBuyValue: bigint;
  readonly openSellValue: bigint;
  readonly openOrders: number;
}

/** No open order. */
export const noExposure = (account: AccountId, instrument: InstrumentId): ExposureState => ({
  account,
  instrument,
  openBuy_lots: 0,
  openSell_lots: 0,
  openBuyValue: 0n,
  openSellValue: 0n,
  openOrders: 0,
});

/**
 * The sums after one order's reservation changed from `before` to `after`; undefined means none.
 * An order's first reservation has no `before`, its end no `after`.
 *
 * @throws Error where more is given up than was held, or a sum leaves the safe integers
 */
export const moveReservation = (
  state: ExposureState,
  before: Reservation | undefined,
  after: Reservation | undefined,
): ExposureState => {
  if (before === undefined && after === undefined) return state;
  const moved: Sums = {
    openBuy_lots: state.openBuy_lots,
    openSell_lots: state.openSell_lots,
    openBuyValue: state.openBuyValue,
    openSellValue: state.openSellValue,
    openOrders: state.openOrders,
  };
  if (before !== undefined) add(moved, before, -1);
  if (after !== undefined) add(moved, after, 1);
  demandSound(moved);
  return { account: state.account, instrument: state.instrument, ...moved };
};

type Sums = {
  -readonly [K in Exclude<keyof ExposureState, "account" | "instrument">]: ExposureState[K];
};

const add = (sums: Sums, reservation: Reservation, sign: 1 | -1): void => {
  const qty_lots = sign * reservation.qty_lots;
  const value = BigInt(qty_lots) * BigInt(reservation.price_ticks);
  sums.openOrders += sign;
  if (reservation.side === "buy") {
    sums.openBuy_lots += qty_lots;
    sums.openBuyValue += value;
  } else {
    sums.openSell_lots += qty_lots;
    sums.openSellValue += value;
  }
};

const demandSound = (sums: Sums): void => {
  const held = sums.openOrders >= 0 && sums.openBuy_lots >= 0 && sums.openSell_lots >= 0;
  if (!held) throw new Error("broken invariant: a reservation given up was held");
  const safe = Number.isSafeInteger(sums.openBuy_lots) && Number.isSafeInteger(sums.openSell_lots);
  if (!safe) throw new Error("broken invariant: open quantities stay in the safe integers");
};
