/**
 * Reference data: instruments, account limits and venue profiles, as configured.
 *
 * Owns: the shapes that a deployment's configuration is decoded into, once, at start.
 * Never: changes while a node runs without a new version of it being loaded as a whole.
 */
import type { AccountId, InstrumentId, VenueId } from "./kernel/ids.ts";
import type { Grid, Qty_lots } from "./kernel/grid.ts";
import type { SessionCalendar } from "./session_calendar.ts";
import type { TriggerPrice } from "./trigger.ts";
import type { VenueOffer } from "./venue_offer.ts";

/** A tradable instrument. */
export interface Instrument {
  readonly id: InstrumentId;
  /** What is bought, for example `BTC`. */
  readonly base: string;
  /** What it is paid in: the currency of price, notional and P&L. */
  readonly quote: string;
  readonly grid: Grid;
  /** Smallest order. */
  readonly minQty_lots: Qty_lots;
  /** When it trades; absent: always. */
  readonly sessions?: SessionCalendar;
  /** What triggers its stops where an order does not say. */
  readonly triggerPrice?: TriggerPrice;
  /** How much of a day's volume trades when: weights of equal stretches of a UTC day. */
  readonly volumeProfile?: readonly number[];
}

/** Limits of one account in one instrument. Being listed here is what makes it eligible. */
export interface InstrumentLimits {
  readonly maxOrderQty_lots: Qty_lots;
  /** Largest order value in the quote currency, in units of 10^-moneyScale(grid). */
  readonly maxOrderNotional: bigint;
  /** Largest |position| that all open orders together may lead to. */
  readonly maxPosition_lots: Qty_lots;
  /** Farthest limit price from the reference price, in basis points of it. */
  readonly collar_bps: number;
}

/** Limits of one account. */
export interface AccountLimits {
  readonly account: AccountId;
  readonly maxOpenOrders: number;
  readonly instruments: ReadonlyMap<InstrumentId, InstrumentLimits>;
}

/** How orders are changed at venues. */
export const replaceModes = ["native", "cancel_replace"] as const;

/** What a venue offers and costs, as far as routing needs to know. */
export interface VenueProfile {
  readonly id: VenueId;
  readonly instruments: ReadonlySet<InstrumentId>;
  /** Fee of adding and of taking liquidity in basis points (a rebate is negative). */
  readonly maker_bps: number;
  readonly taker_bps: number;
  /**
   * How an order is changed there: by one request (`native`, the default), or by a cancel and a new
   * order with what is left.
   */
  readonly replace?: (typeof replaceModes)[number];
  /** What it takes by itself; absent: what a plain continuous market does. */
  readonly offer?: VenueOffer;
}

/** Times around an auction that we hold orders for. */
export interface AuctionTimes {
  /** An order that comes this little before its moment is too late, milliseconds. */
  readonly auctionCutoff_ms: number;
  /** How long after its moment an order may still be sent, milliseconds. */
  readonly auctionWindow_ms: number;
  /** How long before the close an order at the close is sent, milliseconds. */
  readonly closeLead_ms: number;
}

/** All reference data of a deployment. */
export interface ReferenceData {
  readonly instruments: ReadonlyMap<InstrumentId, Instrument>;
  readonly accounts: ReadonlyMap<AccountId, AccountLimits>;
  readonly venues: ReadonlyMap<VenueId, VenueProfile>;
  /** Oldest reference price that a risk check accepts, milliseconds. */
  readonly referencePriceAge_ms_max: number;
  /** A submit or replace older than this on arrival is refused, milliseconds. */
  readonly commandAge_ms_max: number;
  /** How long after its commit an order may still leave for the venue, milliseconds. */
  readonly intentDeadline_ms: number;
  /** How long a cancel waits for the submit that it overtook, milliseconds. */
  readonly earlyCancel_ms: number;
  /** How long an order that has ended is remembered, milliseconds. */
  readonly closedOrder_ms: number;
  /**
   * How long fills that a venue counts and does not tell are waited for before they are booked
   * provisionally, milliseconds; absent: `provisionalFill_ms_default` of `actors/order/`.
   */
  readonly provisionalFill_ms?: number;
  /** Where venues have no auctions; absent: the defaults of `actors/held/validity.ts`. */
  readonly auctions?: AuctionTimes;
}
