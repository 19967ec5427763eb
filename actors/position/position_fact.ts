/**
 * Facts about positions that are no order's: trades of nobody, their way home, adjustments, marks.
 *
 * Owns: their shapes in the journal (JSON values only), and what makes an external trade the same.
 */
import type { AccountId, InstrumentId, OrderId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Grid, Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Fee, Side } from "../../protocols/venue.ts";
import type { AdjustmentEntry } from "./position_adjustment.ts";

/** A trade that belongs to no order of ours. */
export interface ExternalTrade {
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  /** The instrument's quote currency. */
  readonly currency: string;
  readonly side: Side;
  /** As an order's trade would be keyed: the same execution has the same key. */
  readonly execKey: string;
  readonly execId: string;
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
  readonly fee?: Fee;
  /** The request at the venue that it was reported under. */
  readonly clOrdId?: string;
  readonly tsEvent: Nanos;
}

/** It is booked into the account's external bucket. */
export interface ExternalTraded extends ExternalTrade {
  readonly what: "external_trade";
}

/** Its order is known now: it leaves the bucket, and the order's own `trade` event follows. */
export interface ExternalAttributed extends ExternalTrade {
  readonly what: "external_attributed";
  readonly orderId: OrderId;
}

/** What an execution counts as since it was amended. */
export interface AmendedNumbers {
  /** Zero after a bust. */
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
  readonly fee?: Fee;
}

/** A venue took an external trade back, or corrected it. Its own numbers are those until now. */
export interface ExternalAmended extends ExternalTrade {
  readonly what: "external_amended";
  /** Tells a repeat. */
  readonly amendKey: string;
  readonly to: AmendedNumbers;
}

/** External trades of long ago are forgotten: they can neither come again nor find an order. */
export interface ExternalRetired {
  readonly what: "external_retired";
  readonly account: AccountId;
  readonly trades: readonly ExternalIdentity[];
}

/** A position was adjusted: a split of all holdings, or an entry for one strategy or none. */
export interface PositionAdjusted {
  readonly what: "position_adjusted";
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly grid: Grid;
  /** The instrument's quote currency. */
  readonly currency: string;
  readonly adjustmentId: string;
  /** Tells a repeat of the request from another one under its id. */
  readonly digest: string;
  readonly reason: string;
  readonly entry: AdjustmentEntry;
  /** Whose virtual position it is for; absent: the external bucket, or with a split everybody. */
  readonly strategy?: string;
  /** Which half of a difference that goes through zero. */
  readonly part?: "close" | "open";
  /** Its price is remembered with its id. */
  readonly remembersPrice?: true;
  readonly tsEvent: Nanos;
}

/** The end of a day, for an account's position and the virtual ones under it. */
export interface PositionMarked {
  readonly what: "position_marked";
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly date: string;
  readonly mark_ticks?: Price_ticks;
  /** For the record, as `position_mark.ts` had it: of the account's position, in its currency. */
  readonly unrealizedPnl: string;
  readonly dayPnl: string;
  readonly tsEvent: Nanos;
}

/** Facts about positions. */
export type PositionFact =
  | ExternalTraded
  | ExternalAttributed
  | ExternalAmended
  | ExternalRetired
  | PositionAdjusted
  | PositionMarked;

/** What tells one external trade from another: venues use an execution id for several orders. */
export type ExternalIdentity = Pick<ExternalTrade, "execKey" | "clOrdId" | "instrument" | "side">;

/** An external trade as an account remembers it. */
export interface ExternalEntry {
  readonly trade: ExternalTrade;
  /** Set between the fact that it is an order's and the order's own event about it. */
  readonly attributedTo?: OrderId;
  /** What counts of it since its venue amended it; it then stays in the bucket for good. */
  readonly amended?: AmendedNumbers & { readonly keys: readonly string[] };
}

/** The external trades of an account that have one execution key: nearly always one. */
export interface ExternalExecution {
  readonly entries: readonly ExternalEntry[];
}

/** Whether both are the same trade. */
export const isSameTrade = (a: ExternalIdentity, b: ExternalIdentity): boolean =>
  a.execKey === b.execKey &&
  a.clOrdId === b.clOrdId &&
  a.instrument === b.instrument &&
  a.side === b.side;

/** External trades that were reported under one of our own request ids. */
export interface ExternalRequest {
  readonly execKeys: readonly string[];
}

/** What is remembered of an adjustment, so that it is booked once. */
export interface AdjustmentNote {
  readonly digest: string;
  /** Of a difference found in reconciliation: what it was booked at. */
  readonly price_ticks?: Price_ticks;
}
