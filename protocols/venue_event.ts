/**
 * What is said of a venue's rate budget on the event feed, `oms.v1.evt.venue.<venue>.rate`: the
 * venue refused, and something is closed to us until then, or open again.
 *
 * Owns: the body's shape.
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
