/**
 * What a venue's own record of an order means, and the reports that are made of it.
 *
 * Owns: those reports' form. Their ids are made of the record, so that a repeat is one.
 * Never: makes a trade: only the venue's executions are trades.
 */
import type { LegReport } from "../../protocols/venue.ts";
import type { VenueOrderView, VenueReport } from "./venue_link.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Whether the order has ended at the venue. */
export const hasEnded = ({ ordStatus }: VenueOrderView): boolean =>
  ordStatus !== "new" && ordStatus !== "partially_filled";

/** The end that is not a fill, if there is one. */
export const endOf = (view: VenueOrderView): "canceled" | "expired" | "rejected" | undefined => {
  const { ordStatus } = view;
  return ordStatus === "canceled" || ordStatus === "expired" || ordStatus === "rejected"
    ? ordStatus
    : undefined;
};

/** What the shard adds to a report on its way to the order. */
export type Told = Omit<LegReport, "kind" | "venue" | "orderId">;

/** A venue's own report as the order is told it. */
export const toldOf = (report: VenueReport): Told => {
  const { ended: _, duplicateId: __, trouble: ___, ...told } = report;
  return told;
};

/** A report made of the venue's record. */
export const statusReport = (
  turn: VenueTurn,
  view: VenueOrderView,
  execType: "new" | "replaced" | "canceled" | "expired" | "rejected",
  text = "from the venue's record",
): Omit<Told, "clOrdId"> => ({
  execType,
  venueOrderId: view.venueOrderId,
  execId: `status-${view.venueOrderId}-${view.clOrdId}-${view.ordStatus}-${view.cumQty_lots}`,
  cumQty_lots: view.cumQty_lots,
  ...(view.avgPx === undefined ? {} : { avgPx: view.avgPx }),
  fromRecord: true,
  orderQty_lots: view.orderQty_lots,
  ...(view.price_ticks === undefined ? {} : { price_ticks: view.price_ticks }),
  ...(execType === "rejected" ? { code: "VENUE_REJECTED" as const } : {}),
  text,
  tsEvent: turn.now,
});
