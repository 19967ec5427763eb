/**
 * The parts of an order's state: its legs, what is on its way to change them, and what venues took
 * back of their executions.
 */
import type { AveragePrice } from "./average_price.ts";
import type { ClOrdId, LegClOrdId, VenueId } from "./kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "./kernel/grid.ts";
import type { Nanos } from "./kernel/instant.ts";
import type { TimeInForce } from "./ord_words.ts";
import type { Fee } from "./venue.ts";

/** A child order at a venue. */
export interface Leg {
  /** From 0, unique in the order. */
  readonly no: number;
  readonly venue: VenueId;
  /** Its current id at the venue: that of the last accepted request. */
  readonly clOrdId: LegClOrdId;
  readonly state: "pending" | "working" | "in_doubt" | "ended";
  /** While in doubt: the requests whose outcomes are unknown. */
  readonly doubtsOf?: readonly LegClOrdId[];
  /** What its venue was told as time in force, where that is not the order's own. */
  readonly timeInForce?: TimeInForce;
  /** Its own total: the order's without what its other legs have executed, or a slice of that. */
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  readonly cumQty_lots: Qty_lots;
  readonly venueOrderId?: string;
  /** Our own cancel of it, that is to make room for another leg. */
  readonly leaving?: LegClOrdId;
  /** What its venue counted beyond what is booked of it: fills to come. */
  readonly owedQty_lots?: Qty_lots;
  /** Since when something is owed, or booked provisionally. */
  readonly missing?: MissingFills;
  /** How much of its `cumQty_lots` is booked provisionally: counted by the venue and not told. */
  readonly provisionalQty_lots?: Qty_lots;
  /** It never came to be at the venue: refused, or proven unsent. */
  readonly refused?: true;
  /** A slice of which its venue made another one: it is taken back until it has gone. */
  readonly unwanted?: true;
  /** Replaces and cancels of the order before it was placed; absent on the first legs. */
  readonly requestsBefore?: number;
  /** Numbers of the requests about it that were made when a later leg was there. */
  readonly lateRequests?: readonly number[];
}

/** Our own cancel of a leg. */
export interface LegLeaving {
  readonly leg: number;
  readonly clOrdId: LegClOrdId;
  /** The request's number, where a later leg is there. */
  readonly request?: number;
}

/** Fills that a venue counts and has not told. */
export interface MissingFills {
  /** When the count was heard that they are missing from. */
  readonly since: Nanos;
  /** The venue's count of the leg, and the average price that it gave with it. */
  readonly counted_lots: Qty_lots;
  readonly avgPx?: AveragePrice;
}

/** A replace on its way. */
export interface PendingReplace {
  readonly replaceId: ClOrdId;
  /** Its request's id at the venue; that of the old leg's cancel where `leaves` is there. */
  readonly clOrdId: LegClOrdId;
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  readonly stopPx_ticks?: Price_ticks;
  /** Of an order whose total follows others: the total asked for, if it is accepted. */
  readonly askedQty_lots?: Qty_lots;
  /** Where the venue has no replace: the leg whose end makes room for another one. */
  readonly leaves?: number;
  /** That other leg, once it is placed. */
  readonly enters?: number;
  /** Whether an order that we work is to be suspended; absent: as it is. */
  readonly suspended?: boolean;
  /** Until when the strategy meant it, where a leg is yet to be placed for it. */
  readonly validUntil?: Nanos;
  /** A later replace was accepted: this one no longer changes the terms. */
  readonly overtaken?: true;
}

/** A cancel on its way. */
export interface PendingCancel {
  readonly cancelId: string;
  /** Its request's id at the venue. */
  readonly clOrdId: LegClOrdId;
  /** It is ours, because the order's time is over: its success makes the order expired. */
  readonly expires?: true;
  /** That it was asked for so often; absent in journals from before that was kept. */
  readonly expiry?: ExpiryTry;
}

/** How often the end of an order was asked for whose time is over, and when it is again. */
export interface ExpiryTry {
  readonly tries: number;
  readonly again: Nanos;
}

/** What a venue shows of a leg besides its state. */
export interface LegNamed {
  readonly leg: number;
  readonly venueOrderId?: string;
  /** Its total there, also where it had ended here and works there. */
  readonly legQty_lots?: Qty_lots;
  /** It is not what was asked for. */
  readonly unwanted?: true;
}

/** What a bust or a correction changes. */
export interface AmendFacts {
  readonly leg: number;
  readonly venue: VenueId;
  readonly execId: string;
  readonly execKey: string;
  /** The id of the execution at its venue. */
  readonly refExecId: string;
  /** Key of the trade that it is about, where others have that id, too. */
  readonly of?: string;
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
  readonly fee?: Fee;
  /** What works of the leg after it, where the venue says so: a filled order then works again. */
  readonly leavesQty_lots?: Qty_lots;
  /** It takes a provisional trade (or a part of it) back. */
  readonly provisional?: true;
  /** The execution that is booked instead, in the same turn. */
  readonly replacedBy?: string;
  /** An iceberg's slice: its own total from now on. The order's stays: the rest is shown later. */
  readonly legQty_lots?: Qty_lots;
  /** The leg works again although its order has ended: it stays reserved until it is canceled. */
  readonly legWorks?: true;
  /** When the venue did it; absent in journals from before that was kept. */
  readonly amendedAt?: Nanos;
}

/** A bust or a correction of an execution that is not booked yet. */
export interface EarlyAmend {
  readonly leg: number;
  readonly venue: VenueId;
  readonly clOrdId: LegClOrdId;
  readonly execType: "trade_cancel" | "trade_correct";
  readonly execKey: string;
  readonly execId: string;
  readonly refExecId: string;
  readonly cumQty_lots: Qty_lots;
  readonly leavesQty_lots?: Qty_lots;
  readonly lastQty_lots?: Qty_lots;
  readonly lastPx_ticks?: Price_ticks;
  readonly fee?: Fee;
  /** When it happened: an execution after it is another one. */
  readonly tsEvent: Nanos;
}

/** A booked execution that its venue took back or corrected. */
export interface ExecutionAmend {
  /** Its own key, so that a repeat is recognised. */
  readonly execKey: string;
  /** Key of the trade that it is about. */
  readonly of: string;
  readonly execId: string;
  /** What counts since then: zero lots after a bust. */
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
  readonly fee?: Fee;
  /** It changed nothing: no count was ever passed twice by it. */
  readonly noted?: true;
  /** When it happened: what is told later and happened before it changes nothing any more. */
  readonly at?: Nanos;
}
