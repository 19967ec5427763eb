/**
 * How much each stream may hold and for how long: the table an operator asks for.
 *
 * Owns: the figures and the reason of each.
 * Never: talks to a server (`provision_jetstream.ts` does).
 */

/** What one stream may hold. */
export interface StreamLimits {
  /** Bytes on disk per replica; -1: no limit of its own. */
  readonly bytes_max: number;
  /** Age at which a message goes, milliseconds; 0: never. */
  readonly age_ms_max: number;
}

/** Limits by what a stream keeps. */
export type LimitsTable = Readonly<
  Record<"deadLetters" | "events" | "mailboxUrgent" | "mailboxNew" | "snapshots", StreamLimits>
>;

const megabyte = 1024 * 1024;
const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;

/**
 * Defaults. A full mailbox refuses (the sender sees it at once), every other one drops its oldest.
 *
 * - `mailboxNew`: a new order that waited a day is long past its deadline.
 * - `mailboxUrgent`: venue reports must outlive a long week-end's outage.
 * - `events`: a convenience for readers; the journals are the truth.
 * - `snapshots`: two per shard are kept by the store; the limit only stops a runaway.
 * - `deadLetters`: somebody must have looked at them within a month.
 *
 * Journals have no limit: dropping or refusing a frame would both be wrong, so the disk's own
 * space, which the server watches, is the limit.
 */
export const defaultLimits: LimitsTable = {
  mailboxNew: { bytes_max: 1_024 * megabyte, age_ms_max: day_ms },
  mailboxUrgent: { bytes_max: 2_048 * megabyte, age_ms_max: 7 * day_ms },
  events: { bytes_max: 4_096 * megabyte, age_ms_max: 7 * day_ms },
  snapshots: { bytes_max: 4_096 * megabyte, age_ms_max: 0 },
  deadLetters: { bytes_max: 256 * megabyte, age_ms_max: 30 * day_ms },
};

/** Repeats of one message id within this time are stored once. */
export const duplicateWindow_ms = 120_000;

/**
 * How long the trace of an expired or deleted key stays in a key-value bucket. Longer than any
 * watcher's gap, so that each sees the end of a lease.
 */
export const keyMarker_ms = 60_000;
