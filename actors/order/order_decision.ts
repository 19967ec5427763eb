/**
 * What a decision of the order actor comes to: facts, requests to venues, alarms, one timer.
 *
 * Owns: the shape of a decision and the head that every event carries.
 *
 * `commandId` of an event: the command that it answers (`submit`, `replace:<id>`, `cancel:<id>`)
 * wherever it answers one, also when a venue's report brought the outcome, because that is what a
 * strategy waits for; else the report that caused it (`report:<venue>:<execId>`).
 */
import type {
  AccountId,
  ClOrdId,
  LegClOrdId,
  OrderId,
  StrategyId,
  VenueId,
} from "../../protocols/kernel/ids.ts";
import { partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { isOver } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState, SeenCommand } from "../../protocols/order.ts";
import type { Leg, PendingReplace } from "../../protocols/order_leg.ts";
import type { LegReport, VenueCommand } from "../../protocols/venue.ts";

/** Whose order it is. */
export interface OrderIds {
  readonly orderId: OrderId;
  readonly account: AccountId;
  readonly strategy: StrategyId;
  readonly clOrdId: ClOrdId;
}

/** The ids of an order. */
export const orderIdsOf = (orderId: OrderId): OrderIds => ({
  orderId,
  ...partsOfOrderId(orderId),
});

/** A message to a venue shard, to leave after the commit. */
export interface VenueRequest {
  readonly venue: VenueId;
  readonly command: VenueCommand;
}

/** What an operator must know. */
export interface Incident {
  /** Stable word, for an alert: `late_fill`, `overfill`, … */
  readonly what: IncidentKind;
  /** For a person: ids and numbers. */
  readonly text: string;
}

/**
 * The kinds of incident.
 *
 * - `late_fill`: a fill on an order that had ended.
 * - `overfill`: more was executed than was ever asked for.
 * - `fills_missing`: a venue ended an order with more executed than it had reported.
 * - `fills_provisional`: what a venue counts and has not told for too long is booked all the same.
 * - `provisional_resolved`: the executions came, or a bust: nothing of a leg is provisional now.
 * - `fills_unpriced`: it cannot be booked, because no price is known for it.
 * - `execution_contradiction`: an execution id again, with other numbers: not applied.
 * - `execution_renamed`: a booked execution again under another id: not applied.
 * - `execution_unknown`: a bust or a correction of an execution that is not booked: it is kept.
 * - `report_unreadable`: a fill without a quantity or a price: not applied.
 * - `request_unknown`: a report about a request that is none of the order's: not applied.
 * - `end_contradicted`: a venue acknowledged what was rejected or proven unsent.
 * - `terms_differ`: a venue accepted a replace with other terms than were asked for.
 * - `leg_refused`: the leg that was to go on with an order was refused: the order ends.
 * - `overcommitted`: more is live than the order's total, and its venue refuses to cancel it.
 * - `slice_barred`: the next slice of an order cannot be sent now; it is tried again.
 * - `slice_refused`: a venue refused a slice, or it never left; the order goes on.
 * - `slices_used_up`: an order had as many slices as one can have: it ends.
 * - `trigger_unrouted`: a stop was met and no venue takes the order now; it is tried again.
 * - `contingency_overfilled`: orders bound to each other executed more than their group may.
 * - `contingency_unprotected`: what an entry executed has no stop loss any more.
 * - `contingency_rest`: what a parent executed and its child did not is below the smallest order.
 * - `contingency_short`: a child is smaller than what its parent executed; it is tried again.
 * - `order_unknown`: a fill of an order that is not known (any more): booked outside of all orders.
 */
export type IncidentKind =
  | "late_fill"
  | "overfill"
  | "fills_missing"
  | "fills_provisional"
  | "provisional_resolved"
  | "fills_unpriced"
  | "execution_contradiction"
  | "execution_renamed"
  | "execution_unknown"
  | "report_unreadable"
  | "request_unknown"
  | "end_contradicted"
  | "terms_differ"
  | "leg_refused"
  | "overcommitted"
  | "slice_barred"
  | "slice_refused"
  | "slices_used_up"
  | "trigger_unrouted"
  | "contingency_overfilled"
  | "contingency_unprotected"
  | "contingency_rest"
  | "contingency_short"
  | "order_unknown";

/** One kind of order event. */
export type EventOf<T extends OrderEvent["execType"]> = Extract<OrderEvent, { execType: T }>;

/** The outcome of a decision. */
export interface OrderDecision {
  /** To be stated in this order; each evolves the order's state. */
  readonly events: readonly OrderEvent[];
  readonly requests: readonly VenueRequest[];
  readonly incidents: readonly Incident[];
  /** The order's early-cancel timer is set (or with undefined cleared); absent: left as it is. */
  readonly earlyCancelTimer?: { readonly at: Nanos | undefined };
}

/** A decision of events alone. */
export const decided = (...events: readonly OrderEvent[]): OrderDecision => ({
  events,
  requests: [],
  incidents: [],
});

/** Nothing happens. */
export const nothing: OrderDecision = decided();

/** Only an alarm is raised. */
export const alarm = (what: IncidentKind, text: string): OrderDecision => ({
  events: [],
  requests: [],
  incidents: [{ what, text }],
});

/** The part that all events have. */
export interface EventHead {
  readonly orderId: OrderId;
  readonly commandId: string;
  readonly tsEvent: Nanos;
  readonly tsInit: Nanos;
}

/** Head of an event that we cause: it happens now. */
export const headNow = (orderId: OrderId, commandId: string, now: Nanos): EventHead => ({
  orderId,
  commandId,
  tsEvent: now,
  tsInit: now,
});

/** Head of an event that a report causes; a command that it answers goes first. */
export const headOf = (report: LegReport, now: Nanos, answers?: string): EventHead => ({
  orderId: report.orderId,
  commandId: answers ?? `report:${report.venue}:${report.execId}`,
  tsEvent: report.tsEvent,
  tsInit: now,
});

/** The end that an order has had; a full fill is none to come back to. */
export const endBefore = (state: OrderState): Pick<OrderState, "endedAs"> =>
  isOver(state) && state.phase !== "filled" ? { endedAs: state.phase } : {};

/** The command that opens an order. */
export const submitted = "submit";
/** The command that a pending replace or cancel answers to. */
export const replaceCommand = (replaceId: string): string => `replace:${replaceId}`;
/** The command that a pending or early cancel answers to. */
export const cancelCommand = (cancelId: string): string => `cancel:${cancelId}`;

/**
 * Whether a refusal answers what is on its way. One with a digest refuses a command on arrival: it
 * may carry the very id of the one on its way (an id conflict) and yet be no answer to it.
 */
export const answersCommand = (
  event: EventOf<"cancel_rejected"> | EventOf<"replace_rejected">,
  commandId: string,
): boolean => event.digest === undefined && event.commandId === commandId;

/** What is remembered of a command; undefined where it was never seen. */
export const seenCommand = (
  state: OrderState | undefined,
  commandId: string,
): SeenCommand | undefined => state?.commands.find((seen) => seen.commandId === commandId);

/** The answer to a repeated command: where the order stands, nothing else. */
export const answerStatus = (state: OrderState, commandId: string, now: Nanos): OrderDecision =>
  decided({
    ...headNow(state.orderId, commandId, now),
    execType: "order_status",
    text: `${commandId} was seen before`,
  });

/** What a request id is to an order. */
export interface RequestRole {
  /**
   * A leg itself, a pending replace, our own cancel of a leg that makes room, the pending cancel,
   * or a request answered long ago.
   */
  readonly role: "order" | "replace" | "leave" | "cancel" | "past";
  readonly leg: Leg;
  readonly clOrdId: LegClOrdId;
  /** The replace, where it is one. */
  readonly replace?: PendingReplace;
}

/** What is decided about: a report, what it names of the order, and when that is. */
export interface ReportCase {
  /** The order before it. */
  readonly state: OrderState;
  readonly report: LegReport;
  readonly role: RequestRole;
  readonly time: DecisionTime;
}

/** When a report is decided, and until when a leg that is placed because of it may leave. */
export interface DecisionTime {
  readonly now: Nanos;
  readonly deadline: Nanos;
}
