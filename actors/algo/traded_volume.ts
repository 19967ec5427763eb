/**
 * Traded volume as an account shard knows it: what it read of a market's count, journaled.
 *
 * The count is the node's, and begins anew with every node; what the shard adds up is its own.
 * Where it meets another count than the one that it read last, what happened in between is lost:
 * an algorithm is then slower, never faster.
 *
 * Owns: that sum, and how much of a count is new.
 */
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Instant_ns, Nanos } from "../../protocols/kernel/instant.ts";
import { fromNanos, milliseconds, toNanos } from "../../protocols/kernel/instant.ts";
import type { Traded } from "../../protocols/market.ts";

/** The volume of one market. Immutable. */
export interface VolumeState {
  /** Which count was read last; absent while there was none. */
  readonly since?: Nanos;
  /** What that count said. */
  readonly count_lots: Qty_lots;
  /** What was observed of all counts. */
  readonly total_lots: Qty_lots;
  readonly at: Nanos;
}

/** What was read of a market's count. */
export interface VolumeObserved extends VolumeState {
  readonly what: "volume_observed";
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
}

/** Key of a market's volume. */
export const volumeKey = (venue: VenueId, instrument: InstrumentId): string =>
  `${venue}.${instrument}`;

/** Least time between two readings of one market that are journaled. */
export const reading_ms = 250;

/** What a reading of a market's count comes to; undefined where it is no news. */
export const readCount = (
  known: VolumeState | undefined,
  count: Traded | undefined,
  now_ns: Instant_ns,
): VolumeState | undefined => {
  const at = toNanos(now_ns);
  if (count === undefined) {
    return known === undefined ? { count_lots: 0, total_lots: 0, at } : undefined;
  }
  const since = toNanos(count.since_ns);
  const count_lots = count.qty_lots;
  if (known === undefined) return { since, count_lots, total_lots: 0, at };
  if (known.since === since && known.count_lots === count_lots) return undefined;
  if (now_ns - fromNanos(known.at) < milliseconds(reading_ms)) return undefined;
  const total_lots = known.total_lots + newIn(known, count, since);
  return { since, count_lots, total_lots, at };
};

const newIn = (known: VolumeState, { since_ns, qty_lots }: Traded, since: Nanos): Qty_lots => {
  if (known.since === since) return Math.max(0, qty_lots - known.count_lots);
  // There was no count when we looked last: all of this one is new if it began since then.
  return known.since === undefined && since_ns >= fromNanos(known.at) ? qty_lots : 0;
};
