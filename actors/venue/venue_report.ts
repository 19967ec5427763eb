/**
 * What a venue says of an order, in our words and on the instrument's grid: reports, records.
 *
 * Owns: the shapes that every adapter reads into.
 */
import type { AveragePrice } from "../../protocols/average_price.ts";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { LegExecType, LegReport, PlaceLeg } from "../../protocols/venue.ts";

/** What a venue's report says, on the instrument's grid; the shard adds whose order it is. */
export interface VenueReport extends Omit<LegReport, "kind" | "venue" | "orderId" | "execType"> {
  readonly execType: Exclude<LegExecType, "not_sent" | "in_doubt">;
  /** Whether the order has ended at the venue with this report. */
  readonly ended: boolean;
  /**
   * The venue refuses the request only because it already has one of that id. That says nothing of
   * the first one's fate (FIX 5.0 App. D, F.1.b): it must never be read as "the order is dead".
   */
  readonly duplicateId?: true;
  /** The venue refuses it because of itself, not because of what was asked. */
  readonly trouble?: true;
}

/** An order as a venue describes it in the answer to a query. */
export interface VenueOrderView {
  /** The id that the order goes by now. */
  readonly clOrdId: LegClOrdId;
  readonly venueOrderId: string;
  /**
   * `suspended` (FIX OrdStatus 9), `done_for_day` (3): there, executed or not, and not traded for
   * now. Of an order that its time in force, where that is told, ends with the day, `done_for_day`
   * is the end.
   */
  readonly ordStatus:
    | "new"
    | "partially_filled"
    | "filled"
    | "canceled"
    | "rejected"
    | "expired"
    | "suspended"
    | "done_for_day";
  readonly orderQty_lots: Qty_lots;
  readonly price_ticks?: Price_ticks;
  readonly cumQty_lots: Qty_lots;
  /** What those executions cost on average, where the venue says so. */
  readonly avgPx?: AveragePrice;
  /** Where the venue says them: what it is of, and what kind. */
  readonly instrument?: InstrumentId;
  readonly side?: PlaceLeg["side"];
  readonly ordType?: PlaceLeg["ordType"];
  readonly timeInForce?: PlaceLeg["timeInForce"];
  readonly postOnly?: true;
  /** The id that it went by before the last replace. */
  readonly origClOrdId?: LegClOrdId;
}
