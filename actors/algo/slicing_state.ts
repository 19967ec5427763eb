/**
 * What a shard remembers of an order that it shows in slices, beside the order itself.
 *
 * Owns: that state and the facts that change it. It goes with the order's end.
 */
import type { AccountId, InstrumentId, OrderId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";

/** What is remembered of a sliced order. Immutable. */
export interface SlicingState {
  readonly orderId: OrderId;
  /** Why its next slice could not be sent, as it was last told. */
  readonly barred?: { readonly code: string; readonly at: Nanos };
  /** When its last slice was sent. */
  readonly sentAt?: Nanos;
  /** Where traded volume matters to it: what it is counted from. */
  readonly volume?: VolumeCount;
}

/** What an order's share is counted from. */
export interface VolumeCount {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  /** The volume of each venue in question when it began. */
  readonly base: readonly VenueVolume[];
  /** What its account has traded of the instrument since. */
  readonly own_lots: Qty_lots;
}

/** A venue's volume, as it was observed. */
export interface VenueVolume {
  readonly venue: VenueId;
  readonly total_lots: Qty_lots;
}

/** A slice that was due could not be sent, and operators are told. */
export interface SliceBarred {
  readonly what: "slice_barred";
  readonly orderId: OrderId;
  readonly code: string;
  readonly at: Nanos;
}

/** An algorithm that depends on traded volume begins to count. */
export interface VolumeCounted {
  readonly what: "volume_counted";
  readonly orderId: OrderId;
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly base: readonly VenueVolume[];
}

/** The state after a fact. */
export const slicingAfter = (
  before: SlicingState | undefined,
  fact: SliceBarred | VolumeCounted,
): SlicingState => {
  const { orderId } = fact;
  if (fact.what === "slice_barred") {
    return { ...before, orderId, barred: { code: fact.code, at: fact.at } };
  }
  const { account, instrument, base } = fact;
  return { ...before, orderId, volume: { account, instrument, base, own_lots: 0 } };
};
