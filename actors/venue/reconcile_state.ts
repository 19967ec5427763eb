/**
 * What a venue shard remembers of its reconciliation, and the facts that change it.
 *
 * Owns: the shapes. Journals from before it have none of this: every state begins as undefined.
 * Never: decides anything.
 */
import type { InstrumentId, LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Side } from "../../protocols/venue.ts";
import type { SnapshotPart } from "./venue_snapshot.ts";

/** The kinds of what a run finds. */
export type FindingType =
  | "missing"
  | "news"
  | "unknown"
  | "duplicate"
  | "execution"
  | "position"
  | "unreadable";

/** How much was compared, left for the next run, and found; what is zero is absent. */
export type FindingCounts = Partial<
  Record<FindingType | "orders" | "executions" | "positions" | "left", number>
>;

/** Why a run is made. */
export type RunCause = "logon" | "schedule" | "retry" | "demand";

/** A run under way. */
export interface ReconcileRun {
  readonly why: RunCause;
  readonly begunAt: Nanos;
  /** Parts without an answer yet. */
  readonly open: readonly SnapshotPart[];
  readonly unknown: readonly SnapshotPart[];
  readonly counts: FindingCounts;
  /** Parts of which something is left for another run, soon. */
  readonly again: readonly SnapshotPart[];
}

/** How the reconciliation stands. */
export interface ReconcileState {
  readonly run?: ReconcileRun;
  /** The link on which a run found all that is required known, and settled it. */
  readonly settledOn?: number;
  /** Runs in a row that left a part unknown, or the mapping broken. */
  readonly failures: number;
  /** What the last run left unknown; absent: nothing. */
  readonly unknown?: readonly SnapshotPart[];
  /** When the next run is due. */
  readonly nextAt?: Nanos;
  /** Why it is, where not because of its time. */
  readonly dueWhy?: RunCause;
  /** Which venue orders do not map to exactly one of ours; undefined: all do. */
  readonly broken?: string;
  /** Runs in a row that compared the open orders and found the mapping broken; undefined: none. */
  readonly brokenRuns?: number;
  /** Executions behind this number may be missing: the venue's numbering broke. */
  readonly executionsFrom?: number;
  /** From the first position snapshot or report on, `tally` counts all of the session. */
  readonly tallied?: true;
}

/** An adjustment that no execution has explained yet. */
export interface OpenAdjustment {
  readonly id: string;
  readonly lots: Qty_lots;
}

/** What the venue has beyond what we know of. */
export interface PositionDiffers {
  readonly lots: Qty_lots;
  /** Since when it is the same. */
  readonly since: Nanos;
  /** It was confirmed and told, and nobody is there to take it. */
  readonly noted?: true;
}

/** An instrument's lots, as the venue's reports tell them. */
export interface TallyState {
  /** Bought minus sold: reports, and the differences that were settled. */
  readonly net_lots: Qty_lots;
  readonly lastPx_ticks?: Price_ticks;
  /** Undefined: it does not differ. */
  readonly differs?: PositionDiffers;
  /** How many differences were settled: part of the next one's id. */
  readonly settled?: number;
  readonly adjustments?: readonly OpenAdjustment[];
}

/** What an order at the venue is to us that we did not place. */
export type ExternalOrder =
  /** It is to be canceled where it is found alive. */
  | "unknown"
  /** An order of ours since it was adopted. */
  | "adopted";

/** Quantity and price of an order as its venue has them. */
export interface LegTerms {
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
}

/** What a venue's report or record says of an order besides its state. */
export interface ToldFacts {
  /** Lots that it has executed since it was last told; below zero after a bust. */
  readonly lots?: Qty_lots;
  /** They were sold. */
  readonly sold?: true;
  readonly px_ticks?: Price_ticks;
  readonly terms?: LegTerms;
  /** It had ended here, and works. */
  readonly reopened?: true;
  /** Executions of it were taken back or corrected: from now on its record alone counts. */
  readonly amended?: true;
}

interface At {
  readonly at: Nanos;
}

/** Journaled facts of the reconciliation. */
export type ReconcileEvent =
  | (At & {
      readonly type: "reconcile_begun";
      readonly why: RunCause;
      readonly parts: readonly SnapshotPart[];
    })
  /** A part's answer was taken, or is not to be had (`unknown`). */
  | (At & {
      readonly type: "reconcile_part";
      readonly part: SnapshotPart;
      readonly unknown?: true;
      readonly counts?: FindingCounts;
      readonly again?: true;
      /** Executions behind this are asked for again: others are gone for good, or were taken. */
      readonly executionsFrom?: number;
      /** Set where the open orders were compared: what is broken of the mapping, or "". */
      readonly broken?: string;
    })
  | (At & {
      readonly type: "reconcile_done";
      readonly settled: boolean;
      readonly nextAt: Nanos;
      /** The mapping is broken: in so many runs in a row. */
      readonly brokenRuns?: number;
    })
  /** The next run is moved forward. */
  | (At & { readonly type: "reconcile_due"; readonly nextAt: Nanos; readonly why?: RunCause })
  /** An order at the venue that we did not place; from now on its reports find it. */
  | (At & {
      readonly type: "order_external";
      readonly root: LegClOrdId;
      readonly orderId: OrderId;
      readonly instrument: InstrumentId;
      readonly side?: Side;
      readonly as: ExternalOrder;
      readonly cumQty_lots: Qty_lots;
      /** Of its executions these are in the tally. */
      readonly told_lots: Qty_lots;
    })
  /** The tally begins with what the venue has: reports from before are not in it. */
  | (At & {
      readonly type: "positions_baselined";
      readonly positions: readonly { readonly instrument: string; readonly net_lots: Qty_lots }[];
    })
  /** The venue has that many lots more than we know of; 0: no more. */
  | (At & {
      readonly type: "position_differs";
      readonly instrument: string;
      readonly lots: Qty_lots;
      readonly noted?: true;
    })
  /** The difference is taken as it is: it was sent to the external account. */
  | (At & {
      readonly type: "position_settled";
      readonly instrument: string;
      readonly lots: Qty_lots;
      readonly adjustmentId: string;
    })
  /** An execution explains (a part of) an adjustment. */
  | (At & {
      readonly type: "adjustment_explained";
      readonly instrument: string;
      readonly adjustmentId: string;
      readonly lots: Qty_lots;
    });
