/**
 * What is said of a venue on the event feed, `oms.v1.evt.venue.<venue>.<what>`.
 *
 * `rate`: the venue refused, and something is closed to us until then, or open again. `breaker`:
 * orders flow to the venue, or do not, or a few by way of trial. `session`: where the session
 * stands. `reconciled`: what a comparison of both records has found. `incident`: something that a
 * person should look at. `trading_state`, `mass_cancel`: what operators' requests have come to.
 *
 * Owns: the bodies' shapes.
 */
import { Schema } from "effect";
import { Nanos } from "./kernel/instant.ts";

/** Body of a venue's `rate` event. */
export const VenueRateEventBody = Schema.Struct({
  eventId: Schema.String,
  venue: Schema.String,
  state: Schema.Literals(["closed", "open"]),
  /** `all`, `limit:<name of the limit>` or `kind:<kind of request>`. */
  scope: Schema.String,
  /** With `closed`: until then, unless the venue says later. */
  until: Schema.optionalKey(Nanos),
  /** The venue's code and words. */
  reason: Schema.String,
  tsEvent: Nanos,
  tsInit: Nanos,
});
/** Body of a venue's `rate` event. */
export type VenueRateEventBody = typeof VenueRateEventBody.Type;

/** Body of a venue's `breaker` event. */
export const VenueBreakerEventBody = Schema.Struct({
  eventId: Schema.String,
  venue: Schema.String,
  from: Schema.Literals(["closed", "open", "half_open"]),
  to: Schema.Literals(["closed", "open", "half_open"]),
  cause: Schema.Literals([
    "timeouts",
    "trouble",
    "refusals",
    "slow",
    "banned",
    "no_answer",
    "cooled",
    "released",
    "well",
  ]),
  /** Openings one after the other, this one counted. */
  trips: Schema.Int,
  /** What was counted: requests by what came of them, milliseconds where the name says so. */
  numbers: Schema.Record(Schema.String, Schema.Finite),
  /** With `open`: when the venue is tried again. */
  until: Schema.optionalKey(Nanos),
  tsEvent: Nanos,
  tsInit: Nanos,
});
/** Body of a venue's `breaker` event. */
export type VenueBreakerEventBody = typeof VenueBreakerEventBody.Type;

const SessionStatus = Schema.Literals([
  "disconnected",
  "connecting",
  "logged_on",
  "reconciling",
  "open",
  "draining",
  "quarantined",
]);

/** Body of a venue's `session` event. */
export const VenueSessionEventBody = Schema.Struct({
  eventId: Schema.String,
  venue: Schema.String,
  from: SessionStatus,
  to: SessionStatus,
  reason: Schema.String,
  tsEvent: Nanos,
  tsInit: Nanos,
});
/** Body of a venue's `session` event. */
export type VenueSessionEventBody = typeof VenueSessionEventBody.Type;

const SnapshotPart = Schema.Literals(["open_orders", "executions", "positions"]);

const Count = Schema.optionalKey(Schema.Natural);

/** What a run of the reconciliation counts; what is zero is absent. */
const FindingCounts = Schema.Struct({
  /** Compared: what the venue has told of each part. */
  orders: Count,
  executions: Count,
  positions: Count,
  /** Left for the next run: something of them was on its way. */
  left: Count,
  /** Open here, not among the venue's open orders. */
  missing: Count,
  /** The venue tells it otherwise. */
  news: Count,
  /** Alive at the venue, and none of ours. */
  unknown: Count,
  /** Does not map to exactly one of ours. */
  duplicate: Count,
  /** Has an execution that was not told. */
  execution: Count,
  /** Positions that differ. */
  position: Count,
  /** Positions that cannot be read. */
  unreadable: Count,
});

/** Body of a venue's `reconciled` event: one run of the reconciliation. */
export const VenueReconciledEventBody = Schema.Struct({
  eventId: Schema.String,
  venue: Schema.String,
  why: Schema.Literals(["logon", "schedule", "retry", "demand"]),
  /** All that the gate for orders waits for is known, and each order maps to one of ours. */
  settled: Schema.Boolean,
  counts: FindingCounts,
  /** Parts that were not answered, or not so that they could be taken: unknown, never empty. */
  unknown: Schema.Array(SnapshotPart),
  /** Which venue orders do not map to exactly one of ours; absent: all do. */
  broken: Schema.optionalKey(Schema.String),
  duration_ms: Schema.Natural,
  /** When it began. */
  tsEvent: Nanos,
  /** When it was over. */
  tsInit: Nanos,
});
/** Body of a venue's `reconciled` event. */
export type VenueReconciledEventBody = typeof VenueReconciledEventBody.Type;

/** Body of a venue's `incident` event. What else is known of it stands beside these fields. */
export const VenueIncidentEventBody = Schema.StructWithRest(
  Schema.Struct({
    eventId: Schema.String,
    venue: Schema.String,
    /** Its kind, by which an alarm is keyed. */
    incident: Schema.String,
    text: Schema.String,
    tsEvent: Nanos,
    tsInit: Nanos,
  }),
  [Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite]))],
);
/** Body of a venue's `incident` event. */
export type VenueIncidentEventBody = typeof VenueIncidentEventBody.Type;

const askedBy = {
  requestId: Schema.String,
  operator: Schema.String,
  reason: Schema.String,
} as const;

/** Body of a venue's `trading_state` event: the fence in front of its wire. */
export const VenueTradingStateEventBody = Schema.Struct({
  eventId: Schema.String,
  venue: Schema.String,
  /** Whose orders it is about; absent: everybody's. */
  account: Schema.optionalKey(Schema.String),
  /** With `account`; absent: all of its strategies. */
  strategy: Schema.optionalKey(Schema.String),
  tradingState: Schema.Literals(["halted", "active"]),
  ...askedBy,
  tsEvent: Nanos,
  tsInit: Nanos,
});
/** Body of a venue's `trading_state` event. */
export type VenueTradingStateEventBody = typeof VenueTradingStateEventBody.Type;

/** Body of a venue's `mass_cancel` event: one that the venue carries out itself. */
export const VenueMassCancelEventBody = Schema.Struct({
  eventId: Schema.String,
  venue: Schema.String,
  massCancelId: Schema.String,
  cause: Schema.Literals(["kill", "mass_cancel"]),
  /** `sending`: it may leave now. Each order's outcome is told by its own events alone. */
  phase: Schema.Literals(["sending", "reported", "refused", "not_sent", "in_doubt"]),
  ...askedBy,
  instrument: Schema.optionalKey(Schema.String),
  side: Schema.optionalKey(Schema.String),
  /** With `reported`: how many orders by the venue's count. */
  affected: Schema.optionalKey(Schema.Natural),
  tsEvent: Nanos,
  tsInit: Nanos,
});
/** Body of a venue's `mass_cancel` event. */
export type VenueMassCancelEventBody = typeof VenueMassCancelEventBody.Type;

/** The bodies of a venue's events, by the last token of the subject. */
export const venueEventBodies = {
  breaker: VenueBreakerEventBody,
  session: VenueSessionEventBody,
  rate: VenueRateEventBody,
  reconciled: VenueReconciledEventBody,
  incident: VenueIncidentEventBody,
  trading_state: VenueTradingStateEventBody,
  mass_cancel: VenueMassCancelEventBody,
} as const;
/** The kinds of a venue's events. */
export type VenueEventName = keyof typeof venueEventBodies;
