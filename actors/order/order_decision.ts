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
import type { Leg, OrderEvent, OrderState, SeenCommand } from "../../protocols/order.ts";
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
 * - `execution_contradiction`: an execution id again, with other numbers: not applied.
 * - `report_unreadable`: a fill without a quantity or a price: not applied.
 * - `request_unknown`: a report about a request that is none of the order's: not applied.
 * - `end_contradicted`: a venue acknowledged what was rejected or proven unsent.
 * - `terms_differ`: a venue accepted a replace with other terms than were asked for.
 */
export type IncidentKind =
  | "late_fill"
  | "overfill"
  | "fills_missing"
  | "execution_contradiction"
  | "report_unreadable"
  | "request_unknown"
  | "end_contradicted"
  | "terms_differ";

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

/** The command that opens an order. */
export const submitted = "submit";
/** The command that a pending replace or cancel answers to. */
export const replaceCommand = (replaceId: string): string => `replace:${replaceId}`;
/** The command that a pending or early cancel answers to. */
export const cancelCommand = (cancelId: string): string => `cancel:${cancelId}`;

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
  /** The order itself, its pending replace, its pending cancel, or a request answered long ago. */
  readonly role: "order" | "replace" | "cancel" | "past";
  readonly leg: Leg;
  readonly clOrdId: LegClOrdId;
}
