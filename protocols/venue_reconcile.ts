/**
 * What is said between shards when a venue's record and ours are held against each other.
 *
 * Owns: the shapes. Never: a venue's own message.
 */
import type { AccountId, InstrumentId, LegClOrdId, OrderId, VenueId } from "./kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "./kernel/grid.ts";
import type { Nanos } from "./kernel/instant.ts";
import type { OrdType, TimeInForce } from "./ord_words.ts";
import type { Side } from "./venue.ts";

/** To a venue shard: reconcile now. Where a run is under way, or no link is, one comes anyway. */
export interface ReconcileVenue {
  readonly kind: "reconcile";
  /** For the record: who asks, and why. */
  readonly reason: string;
}

/** To an account shard: an order works at a venue that is nobody's; it becomes one of ours. */
export interface AdoptOrder {
  readonly kind: "adopt_order";
  readonly venue: VenueId;
  readonly orderId: OrderId;
  /** The id that it goes by at the venue, which is not one of ours. */
  readonly clOrdId: LegClOrdId;
  readonly venueOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly ordType: OrdType;
  readonly timeInForce: TimeInForce;
  readonly postOnly?: true;
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  readonly at: Nanos;
}

/** To an account shard: a venue has lots (or lacks them) that no report explains. */
export interface PositionDifference {
  readonly kind: "position_difference";
  readonly venue: VenueId;
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  /** Made of what differs, so that each difference is booked once. */
  readonly adjustmentId: string;
  readonly difference_lots: Qty_lots;
  /** What the instrument last traded at for us there: where the account knows no better price. */
  readonly lastPx_ticks?: Price_ticks;
  readonly at: Nanos;
}

/** To an account shard: an execution was reported that explains a difference, or a part of one. */
export interface DifferenceExplained {
  readonly kind: "difference_explained";
  readonly venue: VenueId;
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  /** The adjustment that is taken back, so far. */
  readonly adjustmentId: string;
  readonly explained_lots: Qty_lots;
  readonly execId: string;
  readonly at: Nanos;
}

/** From a venue shard to account shards about what it found. */
export type ReconcileMessage = AdoptOrder | PositionDifference | DifferenceExplained;
