/**
 * The ends that a venue (or the gate in front of it) gives an order.
 *
 * An end answers everything that was still on its way: the pending cancel gets `canceled`, or
 * `cancel_rejected` where the order ended otherwise; the pending replace gets `replace_rejected`.
 * Where the venue's count of executions is above ours, fills are missing: what is missing stays
 * reserved and the venue is asked.
 *
 * Owns: canceled, expired, rejected, and a place request that never left.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { isFinal } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import {
  alarm,
  cancelCommand,
  decided,
  headOf,
  nothing,
  replaceCommand,
} from "./order_decision.ts";
import type { OrderDecision, RequestRole } from "./order_decision.ts";
import { queryLeg } from "./order_refusal.ts";

type End = "canceled" | "expired" | "rejected";

/** Decides a report that a venue ended the order. */
export const decideEnd = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  end: End,
  now: Nanos,
): OrderDecision => {
  const filled = state.phase === "filled";
  if (isFinal(state.phase) && !filled) return nothing;
  const missing = report.cumQty_lots - state.cumQty_lots > (state.owedQty_lots ?? 0);
  const answersCancel = end === "canceled" && state.pendingCancel !== undefined;
  const rest = unanswered(state, report, end, now);
  // Filled outranks every other end: it is said only where it says something.
  if (filled && !missing && !answersCancel) return decided(...rest);
  const events = [endEvent(state, report, role, end, now), ...rest];
  if (!missing) return decided(...events);
  const { orderId, cumQty_lots } = state;
  const text = `order=${orderId} ${end} at ${report.cumQty_lots} lots, booked ${cumQty_lots}`;
  const incidents = [{ what: "fills_missing", text }] as const;
  return { events, requests: [queryLeg(state, role.leg)], incidents };
};

const endEvent = (
  state: OrderState,
  report: LegReport,
  { leg }: RequestRole,
  end: End,
  now: Nanos,
): OrderEvent => {
  const owed = report.cumQty_lots - state.cumQty_lots;
  const ending = owed > 0 ? { leg: leg.no, owedQty_lots: owed } : { leg: leg.no };
  const text = report.text === undefined ? {} : { text: report.text };
  switch (end) {
    case "canceled": {
      const answers = state.pendingCancel && cancelCommand(state.pendingCancel.cancelId);
      return { ...headOf(report, now, answers), execType: "canceled", ...ending, ...text };
    }
    case "expired":
      return { ...headOf(report, now), execType: "expired", ...ending, ...text };
    case "rejected": {
      const refusal = { code: report.code ?? "VENUE_REJECTED", text: report.text ?? "" } as const;
      return { ...headOf(report, now), execType: "rejected", ...ending, ...refusal };
    }
  }
};

/** The answers to what was on its way when the order ended; a cancel's own is `canceled`. */
const unanswered = (
  { pendingCancel, pendingReplace }: OrderState,
  report: LegReport,
  end: End,
  now: Nanos,
): OrderEvent[] => {
  const closed = refuse("ORDER_CLOSED", { end });
  const events: OrderEvent[] = [];
  if (pendingCancel !== undefined && end !== "canceled") {
    const head = headOf(report, now, cancelCommand(pendingCancel.cancelId));
    events.push({ ...head, execType: "cancel_rejected", ...closed });
  }
  if (pendingReplace !== undefined) {
    const head = headOf(report, now, replaceCommand(pendingReplace.replaceId));
    events.push({ ...head, execType: "replace_rejected", ...closed });
  }
  return events;
};

/**
 * Decides the proof that the order's place request never left: it is `rejected`, or, where a cancel
 * was on its way, `canceled` as asked. Proof against what the venue had said before is an alarm.
 */
export const decideNotSent = (
  state: OrderState,
  report: LegReport,
  role: RequestRole,
  now: Nanos,
): OrderDecision => {
  if (isFinal(state.phase)) return nothing;
  if (state.phase !== "pending_new") {
    const text = `order=${state.orderId}: said to be unsent, but it was ${state.phase}`;
    return alarm("end_contradicted", text);
  }
  const code = report.code ?? "VENUE_NOT_SENT";
  const unsent: LegReport = { ...report, code, cumQty_lots: 0 };
  return decideEnd(
    state,
    unsent,
    role,
    state.pendingCancel === undefined ? "rejected" : "canceled",
    now,
  );
};
