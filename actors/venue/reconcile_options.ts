/**
 * How a venue shard holds the venue's record against its own, and what it does about differences.
 */
import type { AccountId } from "../../protocols/kernel/ids.ts";
import { snapshotParts } from "./venue_snapshot.ts";
import type { SnapshotPart } from "./venue_snapshot.ts";

/** What becomes of a live order at the venue that is none of ours. */
export type UnknownOrders = "cancel" | "adopt";

/** Configuration of a venue's reconciliation. */
export interface ReconcileOptions {
  /** The parts of a snapshot that the venue answers; none: orders are asked for by id alone. */
  readonly parts: readonly SnapshotPart[];
  /** Those of them without which the gate stays closed. */
  readonly required: readonly SnapshotPart[];
  /** Time between two runs while all is well. */
  readonly reconcileEvery_ms: number;
  /** A part without an answer for this long is unknown. */
  readonly partTimeout_ms: number;
  /** Time until the next run after an unknown part; doubles, up to `reconcileEvery_ms`. */
  readonly retry_ms: number;
  /** While the gate waits for a run, no longer than this between two of them. */
  readonly closedRetry_ms_max: number;
  /** A difference of positions is seen twice, this far apart, before anything is done about it. */
  readonly positionGrace_ms: number;
  /** Findings that one run acts on; the next one finds the rest again. */
  readonly findings_max: number;
  readonly unknownOrders: UnknownOrders;
  /** The account of what happens at the venue and is nobody's; without it that is only told. */
  readonly externalAccount?: AccountId;
}

/** Fits a venue that answers within milliseconds. */
export const reconcileOptions_default: ReconcileOptions = {
  parts: snapshotParts,
  required: ["open_orders"],
  reconcileEvery_ms: 60_000,
  partTimeout_ms: 5_000,
  retry_ms: 1_000,
  closedRetry_ms_max: 8_000,
  positionGrace_ms: 5_000,
  findings_max: 250,
  unknownOrders: "cancel",
};
