/**
 * Deciding what a venue's report means for an order.
 *
 * Reports may come twice, late, or in another order than they were made. The rules:
 *  - A fill is always booked, once, whatever the order's state; an incident says when it
 *    contradicts that state.
 *  - An answer counts for the request that it names. A second answer to it changes nothing.
 *  - Doubt ends with proof only: the answer to the doubtful request, or for the order itself
 *    anything that shows what the venue has of it.
 *  - The end of an order answers what is still unanswered of it.
 *
 * Owns: the dispatch by kind of report; fills are in `order_fill.ts`, ends in `order_end.ts`,
 * refusals and doubts in `order_refusal.ts`.
 * Never: invents an end, or lets a report of less knowledge undo one of more.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { hasEnded } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { alarm, decided, headOf, nothing, replaceCommand } from "./order_decision.ts";
import type { OrderDecision, RequestRole } from "./order_decision.ts";
import { decideEnd, decideNotSent } from "./order_end.ts";
import { decideFill } from "./order_fill.ts";
import { decideDoubt, decideRequestRefused } from "./order_refusal.ts";
import { roleOf } from "./order_request.ts";

/** Decides a report. The order may be unknown: then it is an incident and nothing else. */
export const decideReport = (
  state: OrderState | undefined,
  report: LegReport,
  now: Nanos,
): OrderDecision => {
  const role = state === undefined ? undefined : roleOf(state, report.clOrdId);
  if (state === undefined || role === undefined || role.leg.venue !== report.venue) {
    return alarm("request_unknown", describe(report));
  }
  switch (report.execType) {
    case "new":
      return decideAcknowledged(state, report, role, now);
    case "trade":
      return decideFill(state, report, role, now);
    case "replaced":
      return decideReplaced(state, report, role, now);
    case "canceled":
    case "expired":
      return decideEnd(state, report, role, report.execType, now);
    case "rejected":
      // Some venues refuse a cancel or a replace with the words for a refused order.
      return role.role === "order"
        ? decideEnd(state, report, role, "rejected", now)
        : decideRequestRefused(state, report, role, now);
    case "cancel_rejected":
    case "replace_rejected":
      return decideRequestRefused(state, report, role, now);
    case "not_sent":
      return role.role === "order"
        ? decideNotSent(state, report, role, now)
        : decideRequestRefused(state, report, role, now);
    case "in_doubt":
      return decideDoubt(state, report, role, now);
  }
};

const describe = (report: LegReport): string =>
  `${report.execType} of ${report.clOrdId} execId=${report.execId} order=${report.orderId}`;

const decideAcknowledged = (
  state: OrderState,
  report: LegReport,
  { leg }: RequestRole,
  now: Nanos,
): OrderDecision => {
  if (state.phase === "rejected" && leg.venueOrderId === undefined)
    return alarm("end_contradicted", describe(report));
  const named = report.venueOrderId === undefined ? {} : { venueOrderId: report.venueOrderId };
  const doubted = leg.state === "in_doubt" && leg.doubtOf === leg.clOrdId;
  if (!hasEnded(state) && (state.phase === "pending_new" || doubted)) {
    return decided({ ...headOf(report, now), execType: "new", leg: leg.no, ...named });
  }
  if (report.venueOrderId === undefined || leg.venueOrderId !== undefined) return nothing;
  const { venueOrderId } = report;
  return decided({ ...headOf(report, now), execType: "leg_named", leg: leg.no, venueOrderId });
};

const decideReplaced = (
  state: OrderState,
  report: LegReport,
  { role, leg }: RequestRole,
  now: Nanos,
): OrderDecision => {
  const { pendingReplace } = state;
  // Answered before: a repeat, or what the end of the order overtook.
  if (role !== "replace" || pendingReplace === undefined) return nothing;
  // A total below what was executed is that (FIX D11, D12).
  const executed_lots = Math.max(report.cumQty_lots, state.cumQty_lots);
  const asked_lots = Math.max(pendingReplace.orderQty_lots, executed_lots);
  const orderQty_lots = Math.max(report.orderQty_lots ?? asked_lots, executed_lots);
  const price_ticks = report.price_ticks ?? pendingReplace.price_ticks;
  const decision = decided({
    ...headOf(report, now, replaceCommand(pendingReplace.replaceId)),
    execType: "replaced",
    leg: leg.no,
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(report.venueOrderId === undefined ? {} : { venueOrderId: report.venueOrderId }),
  });
  const asAsked = orderQty_lots === asked_lots && price_ticks === pendingReplace.price_ticks;
  if (asAsked) return decision;
  return { ...decision, incidents: [{ what: "terms_differ", text: describe(report) }] };
};
