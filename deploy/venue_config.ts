/**
 * What a venue offers, in a deployment's configuration.
 *
 * Owns: the form of a venue's `offers`. What it lacks is done by us, or denied.
 */
import { Schema } from "effect";
import { ordTypes, timesInForce } from "../protocols/ord_words.ts";
import type { VenueOffer } from "../protocols/venue_offer.ts";

/** What a venue offers, as it is configured. */
export const OffersFile = Schema.Struct({
  ordTypes: Schema.Array(Schema.Literals(ordTypes)),
  timesInForce: Schema.Array(Schema.Literals(timesInForce)),
  execInsts: Schema.Array(Schema.Literals(["post_only", "all_or_none"])),
  maxFloor: Schema.Boolean,
});

/** The offer of a configuration. */
export const offerOfFile = (file: typeof OffersFile.Type): VenueOffer => ({
  ordTypes: new Set(file.ordTypes),
  timesInForce: new Set(file.timesInForce),
  execInsts: new Set(file.execInsts),
  maxFloor: file.maxFloor,
});
