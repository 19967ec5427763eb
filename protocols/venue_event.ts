/**
 * What is said of a venue on the event feed, `oms.v1.evt.venue.<venue>.<rate|breaker|session>`.
 *
 * `rate`: the venue refused, and something is closed to us until then, or open again. `breaker`:
 * orders flow to the venue, or do not, or a few by way of trial. `session`: where the session
 * stands.
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
