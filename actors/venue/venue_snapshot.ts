/**
 * What a venue says of a session as a whole: its open orders, its executions, its positions.
 *
 * Each part is asked for and answered by itself. A part that was refused, came too late, is too
 * much or cannot be read is unknown: it is never taken for an empty one.
 *
 * Owns: the shapes. What is concluded from them is `reconcile_model.ts`.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { VenueOrderView, VenueReport } from "./venue_report.ts";

/** The parts that a venue may be able to answer. */
export const snapshotParts = ["open_orders", "executions", "positions"] as const;
/** A part of a snapshot. */
export type SnapshotPart = (typeof snapshotParts)[number];

/** A question about a part. */
export interface SnapshotQuestion {
  readonly part: SnapshotPart;
  /** When it was asked: the answer is about this moment or a later one. */
  readonly askedAt: Nanos;
  /** For `executions`: those reported up to this number of the session are not wanted. */
  readonly afterSeq?: number;
}

/** An open order, or what can be said of one that cannot be read exactly. */
export type SnapshotOrder =
  | VenueOrderView
  | (Pick<VenueOrderView, "clOrdId" | "venueOrderId"> & { readonly unreadable: string });

/** An execution, its bust or correction, and its number in the session; 0: of an earlier one. */
export interface SnapshotExecution {
  readonly seq: number;
  readonly report: VenueReport;
}

/** A position: bought minus sold. What is not on our grid, or not known to us, says why. */
export interface SnapshotPosition {
  readonly instrument: string;
  readonly net_lots: number;
  readonly unreadable?: string;
}

interface Known {
  /** The answer is the state after this report of the session. */
  readonly asOfSeq: number;
  /** Request ids that reports behind `asOfSeq` named before the answer was whole. */
  readonly younger: readonly LegClOrdId[];
}

/** What was said of a part. */
export type PartContent =
  | { readonly part: "open_orders"; readonly orders: readonly SnapshotOrder[] }
  | { readonly part: "executions"; readonly executions: readonly SnapshotExecution[] }
  | { readonly part: "positions"; readonly positions: readonly SnapshotPosition[] };

/** A part that is known. */
export type KnownPart = Known & PartContent & Pick<SnapshotQuestion, "askedAt">;

/** A part that is unknown. */
export interface UnknownPart extends Pick<SnapshotQuestion, "part" | "askedAt"> {
  /** Why. */
  readonly unknown: string;
  /** Of `executions`: some of those asked for the venue has no more, and never will. */
  readonly areGone?: true;
}

/** The answer to a question about a part. */
export type SnapshotAnswer = KnownPart | UnknownPart;
