/**
 * What a venue's own record of an order means, and the reports that are made of it.
 *
 * Owns: those reports' form. Their ids are made of the record, so that a repeat is one.
 * Never: makes a trade: only the venue's executions are trades.
 */
import { outlivesDay } from "../../protocols/ord_status.ts";
import type { LegReport } from "../../protocols/venue.ts";
import type { VenueOrderView, VenueReport } from "./venue_link.ts";
import type { VenueTurn } from "./venue_turn.ts";

type OrdStatus = VenueOrderView["ordStatus"];

/** An end that is not a fill. */
type End = Extract<OrdStatus, "canceled" | "expired" | "rejected" | "done_for_day">;

/** How an order stands that has not ended, in the words of reports. */
type Standing = "new" | Extract<OrdStatus, "suspended" | "done_for_day">;

/** Whether the order has ended at the venue. One that is not traded for now has not. */
export const hasEnded = (view: VenueOrderView): boolean =>
  view.ordStatus === "filled" || endOf(view) !== undefined;

/**
 * The end that is not a fill, if there is one: for an order of the day that is also its end. One
 * that was filled and counts less since a bust trades no more: its rest is as canceled.
 */
export const endOf = (view: VenueOrderView): End | undefined => {
  const { ordStatus, timeInForce, cumQty_lots, orderQty_lots } = view;
  switch (ordStatus) {
    case "canceled":
    case "expired":
    case "rejected":
      return ordStatus;
    case "done_for_day":
      return timeInForce === undefined || outlivesDay(timeInForce) ? undefined : ordStatus;
    case "new":
    case "partially_filled":
    case "suspended":
      return undefined;
    case "filled":
      return cumQty_lots < orderQty_lots ? "canceled" : undefined;
    default:
      return ordStatus satisfies never;
  }
};

/** Whether an order that is there is traded, and if not, why. */
export const standingOf = ({ ordStatus }: VenueOrderView): Standing =>
  ordStatus === "suspended" || ordStatus === "done_for_day" ? ordStatus : "new";

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
  execType: Standing | End | "replaced",
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
