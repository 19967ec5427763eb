/**
 * What an account shard asks of a venue shard, and what comes back.
 *
 * Owns: the neutral language between orders and venues; every adapter translates to and from it.
 * Never: names a venue's own message; never carries a price or a quantity as text.
 */
import type { AveragePrice } from "./average_price.ts";
import type { InstrumentId, LegClOrdId, OrderId, VenueId } from "./kernel/ids.ts";
import type { Grid, Price_ticks, Qty_lots } from "./kernel/grid.ts";
import type { Nanos } from "./kernel/instant.ts";
import type { RejectCode } from "./kernel/reject_code.ts";
import type { OrdType, TimeInForce } from "./ord_words.ts";
import type { TriggerTerms } from "./trigger.ts";

/** Buy or sell; a short sale is a sell that says so. */
export type Side = "buy" | "sell" | "sell_short";

/** Place an order. It may leave until `deadline`, never after. */
export interface PlaceLeg {
  readonly kind: "place";
  readonly orderId: OrderId;
  readonly clOrdId: LegClOrdId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  readonly side: Side;
  readonly ordType: OrdType;
  readonly timeInForce: TimeInForce;
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  /** With an order type that the venue itself triggers. */
  readonly trigger?: TriggerTerms;
  /** With `gtd`. */
  readonly expireTime?: Nanos;
  /** Where the venue itself shows a part. */
  readonly maxFloor_lots?: Qty_lots;
  readonly postOnly?: true;
  readonly allOrNone?: true;
  readonly deadline: Nanos;
}

/** Change an order: the new total quantity (filled part included) and price. */
export interface ReplaceLeg {
  readonly kind: "replace";
  readonly orderId: OrderId;
  readonly clOrdId: LegClOrdId;
  readonly origClOrdId: LegClOrdId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  /** Of an order that the venue itself triggers. */
  readonly stopPx_ticks?: Price_ticks;
  readonly deadline: Nanos;
}

/** Cancel an order. Has no deadline: a cancel waits for the venue to come back. */
export interface CancelLeg {
  readonly kind: "cancel";
  readonly orderId: OrderId;
  readonly clOrdId: LegClOrdId;
  readonly origClOrdId: LegClOrdId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
}

/** Ask what became of an order; the answer comes as reports. */
export interface QueryLeg {
  readonly kind: "query";
  readonly orderId: OrderId;
  readonly clOrdId: LegClOrdId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
}

/** A message from an account shard to a venue shard. */
export type VenueCommand = PlaceLeg | ReplaceLeg | CancelLeg | QueryLeg;

/** A fee charged (positive) or a rebate (negative), exact decimal text. */
export interface Fee {
  readonly amount: string;
  readonly currency: string;
}

/**
 * What a venue (or our own gate in front of it) says of a request.
 *
 * - `new`, `trade`, `canceled`, `replaced`, `rejected`, `expired`, `cancel_rejected`,
 *   `replace_rejected`: the venue's own words.
 * - `trade_cancel`, `trade_correct` (FIX ExecType H, G): an execution it reported, named by
 *   `refExecId`, is taken back, or now counts with the numbers of this report.
 * - `restated` (D): the venue changed quantity or price by itself, or the order works again.
 * - `done_for_day` (3), `suspended` (9): the order is there and does not trade for now.
 * - `not_sent`: proof that the request never left, or never arrived: the venue holds nothing of it.
 * - `in_doubt`: it may have left and no answer is known; the venue is being asked.
 */
export type LegExecType =
  | "new"
  | "trade"
  | "trade_cancel"
  | "trade_correct"
  | "canceled"
  | "replaced"
  | "rejected"
  | "expired"
  | "restated"
  | "done_for_day"
  | "suspended"
  | "cancel_rejected"
  | "replace_rejected"
  | "not_sent"
  | "in_doubt";

/** A normalised execution report on its way from a venue shard to the order. */
export interface LegReport {
  readonly kind: "report";
  readonly venue: VenueId;
  /** The order, where the venue shard knows it; an unknown one goes to the external bucket. */
  readonly orderId: OrderId;
  readonly execType: LegExecType;
  /** The request it answers; for an unsolicited report, the order's current id at the venue. */
  readonly clOrdId: LegClOrdId;
  /** On answers to a replace or cancel: the id that the request named. */
  readonly origClOrdId?: LegClOrdId;
  readonly venueOrderId?: string;
  /** Unique per session at best; real venues reuse it, so it is only a part of the dedup key. */
  readonly execId: string;
  /** On `trade_cancel` and `trade_correct`: the execution that they are about (FIX ExecRefID). */
  readonly refExecId?: string;
  /** What the order has executed at the venue after this, by the venue's count. */
  readonly cumQty_lots: Qty_lots;
  /** What still works of it at the venue after this, where the venue says so. */
  readonly leavesQty_lots?: Qty_lots;
  /** What those executions cost on average, where the venue says so. */
  readonly avgPx?: AveragePrice;
  readonly orderQty_lots?: Qty_lots;
  readonly price_ticks?: Price_ticks;
  readonly lastQty_lots?: Qty_lots;
  readonly lastPx_ticks?: Price_ticks;
  readonly lastLiquidityInd?: "added" | "removed";
  readonly fee?: Fee;
  /** What was traded, where the venue says so: needed for a fill of an order that is not known. */
  readonly instrument?: InstrumentId;
  readonly side?: Side;
  readonly code?: RejectCode;
  /** The venue's own words, unchanged. */
  readonly text?: string;
  /**
   * Told from the venue's record, after the fact: a trade's count is then that of its own time, and
   * the count of an order may be older than what was reported since.
   */
  readonly fromRecord?: true;
  /**
   * On how an order stands, told from the record: nothing was heard of it that is younger, and
   * every execution, bust and correction that the record lists was told before it.
   */
  readonly recounted?: true;
  readonly tsEvent: Nanos;
}

/** A venue shard tells account shards whether it takes orders. */
export interface VenueStatusReport {
  readonly kind: "venue_status";
  readonly venue: VenueId;
  readonly open: boolean;
  readonly reason: string;
  /** Its circuit breaker, where that is not closed. */
  readonly breaker?: "open" | "half_open";
  /** New orders wait long for its rate limits. */
  readonly congested?: true;
}
