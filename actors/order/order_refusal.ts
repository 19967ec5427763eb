/**
 * Refused requests and doubtful ones.
 *
 * A refused cancel or replace ends that request and nothing else: it never takes a state back. A
 * venue that says it does not know the order contradicts us, and is asked.
 *
 * Owns: cancel_rejected, replace_rejected and in_doubt as venues bring them about.
 * Never: takes "unknown order" for an end.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { RejectCode } from "../../protocols/kernel/reject_code.ts";
import { isFinal } from "../../protocols/ord_status.ts";
import type { Leg, OrderEvent, OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { cancelCommand, decided, headOf, nothing, replaceCommand } from "./order_decision.ts";
import type { OrderDecision, RequestRole, VenueRequest } from "./order_decision.ts";

/** Asks the venue what became of a leg. */
export const queryLeg = (state: OrderState, leg: Leg): VenueRequest => {
  const { orderId, terms } = state;
  invariant(terms !== undefined, `order ${orderId} has legs and so has terms`);
  const { instrument, grid } = terms;
  const command = { kind: "query", orderId, clOrdId: leg.clOrdId, instrument, grid } as const;
  return { venue: leg.venue, command };
};

/** Decides the refusal of a replace or a cancel, or the proof that it never left. */
export const decideRequestRefused = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  now: Nanos,
): OrderDecision => {
  const refusal = refusalEvent(state, report, role, now);
  if (refusal === undefined) return nothing;
  const known = report.code !== "ORDER_UNKNOWN" || isFinal(state.phase);
  if (known) return decided(refusal);
  const query = queryLeg(state, role.leg);
  const doubt = role.leg.doubtOf === role.leg.clOrdId ? [] : [unknownThere(report, role, now)];
  return { events: [refusal, ...doubt], requests: [query], incidents: [] };
};

const refusalEvent = (
  { pendingCancel, pendingReplace }: OrderState,
  report: LegReport,
  { role }: RequestRole,
  now: Nanos,
): OrderEvent | undefined => {
  const unsent = report.execType === "not_sent";
  const code: RejectCode = report.code ?? (unsent ? "VENUE_NOT_SENT" : "VENUE_REJECTED");
  const text = report.text ?? "";
  if (role === "cancel" && pendingCancel !== undefined) {
    const head = headOf(report, now, cancelCommand(pendingCancel.cancelId));
    return { ...head, execType: "cancel_rejected", code, text };
  }
  if (role === "replace" && pendingReplace !== undefined) {
    const head = headOf(report, now, replaceCommand(pendingReplace.replaceId));
    return { ...head, execType: "replace_rejected", code, text };
  }
  return undefined;
};

const unknownThere = (report: LegReport, { leg }: RequestRole, now: Nanos): OrderEvent => ({
  ...headOf(report, now),
  execType: "in_doubt",
  leg: leg.no,
  clOrdId: leg.clOrdId,
  text: "the venue says that it does not know the order",
});

/**
 * Decides the news that a request may or may not have reached the venue, which is being asked. Says
 * so once, and not of a request that was answered.
 */
export const decideDoubt = (
  state: OrderState,
  report: LegReport,
  { role, leg, clOrdId }: RequestRole,
  now: Nanos,
): OrderDecision => {
  if (role === "past" || leg.state === "in_doubt") return nothing;
  if (role === "order" && isFinal(state.phase)) return nothing;
  return decided({
    ...headOf(report, now),
    execType: "in_doubt",
    leg: leg.no,
    clOrdId,
    ...(report.text === undefined ? {} : { text: report.text }),
  });
};
