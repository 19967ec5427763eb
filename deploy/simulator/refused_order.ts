/**
 * A new order that the venue refused: in no book, but remembered, so that a query finds it.
 *
 * Owns: how a refusal looks from outside. The figures are the client's own words, since they may
 * be on no grid.
 */
import type { SimCancel, SimNewOrder, SimOrderView, SimReplace } from "../../protocols/sim_wire.ts";
import type { Refusal } from "./order_check.ts";
import type { UnnumberedReport } from "./venue_order.ts";

/** A refused new order. */
export interface RefusedOrder {
  readonly session: string;
  readonly view: SimOrderView;
  /** Its place among the session's ended orders. */
  endNo?: number;
  /** When it was refused, wall time in ns. */
  readonly endedAt_ns: string;
}

/** Stands where the venue has no order of its own to name. */
const noOrder = "NONE";

const none = { cumQty: "0", leavesQty: "0", avgPx: "0" } as const;

const asAsked = ({ clOrdId, instrument, side, orderQty, price }: SimNewOrder) => ({
  venueOrderId: noOrder,
  clOrdId,
  instrument,
  side,
  orderQty,
  ...(price === undefined ? {} : { price }),
  ...none,
});

/** What a query shows of it. */
export const refusedView = (request: SimNewOrder): SimOrderView => ({
  ...asAsked(request),
  ordType: request.ordType,
  timeInForce: request.timeInForce,
  postOnly: request.postOnly ?? false,
  ordStatus: "rejected",
});

/** The report that answers a refused new order. */
export const refusalReport = (
  request: SimNewOrder,
  { rejectCode, text }: Refusal,
  event: Pick<UnnumberedReport, "execId" | "tsEvent">,
): UnnumberedReport => ({
  ...asAsked(request),
  execType: "rejected",
  ordStatus: "rejected",
  rejectCode,
  text,
  ...event,
});

/** The report that answers a cancel or replace of an order that the venue does not know. */
export const unknownOrderReport = (
  { clOrdId, origClOrdId }: SimCancel | SimReplace,
  { rejectCode, text }: Refusal,
  event: Pick<UnnumberedReport, "execId" | "tsEvent" | "execType">,
): UnnumberedReport => ({
  venueOrderId: noOrder,
  clOrdId,
  origClOrdId,
  ordStatus: "rejected",
  orderQty: "0",
  ...none,
  rejectCode,
  text,
  ...event,
});
