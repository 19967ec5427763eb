/**
 * A venue in a deployment's configuration: what it offers, how our session with it is kept.
 *
 * Owns: the form of a venue's `offers` (what it lacks is done by us, or denied), of what happens to
 * our orders when it loses us, and of its reconciliation.
 */
import { Schema } from "effect";
import { reconcileOptions_default } from "../actors/venue/reconcile_options.ts";
import type { ReconcileOptions } from "../actors/venue/reconcile_options.ts";
import { snapshotParts } from "../actors/venue/venue_snapshot.ts";
import type { SnapshotPart } from "../actors/venue/venue_snapshot.ts";
import type { BreakerOptions } from "../actors/venue/breaker_options.ts";
import { AccountId } from "../protocols/kernel/ids.ts";
import { ordTypes, timesInForce } from "../protocols/ord_words.ts";
import type { VenueOffer } from "../protocols/venue_offer.ts";
import { breakerOfFile } from "./breaker_config.ts";
import type { BreakerFile } from "./breaker_config.ts";

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

const Milliseconds = Schema.Int.check(Schema.isGreaterThan(0));

/** How a venue's record is held against ours; what is absent is as by default. */
export const ReconcileFile = Schema.Struct({
  every_ms: Schema.optionalKey(Milliseconds),
  positionGrace_ms: Schema.optionalKey(Milliseconds),
  /** Parts of the venue's snapshot without which no order leaves. */
  required: Schema.optionalKey(Schema.Array(Schema.Literals(snapshotParts))),
  unknownOrders: Schema.optionalKey(Schema.Literals(["cancel", "adopt"])),
  externalAccount: Schema.optionalKey(AccountId),
});

/** How our session with a venue is kept. */
export interface VenueSessionConfig {
  /** Whether the venue is to cancel our orders when it loses us. */
  readonly cancelOnDisconnect: boolean;
  readonly reconcile: ReconcileOptions;
  readonly breaker: BreakerOptions;
}

/** The session of a venue's configuration. */
export const sessionOfFile = ({
  cancelOnDisconnect = false,
  reconcile = {},
  breaker,
}: {
  readonly cancelOnDisconnect?: boolean;
  readonly reconcile?: typeof ReconcileFile.Type;
  readonly breaker?: typeof BreakerFile.Type;
}): VenueSessionConfig => {
  const { every_ms, positionGrace_ms, required, unknownOrders, externalAccount } = reconcile;
  return {
    cancelOnDisconnect,
    breaker: breakerOfFile(breaker),
    reconcile: {
      ...reconcileOptions_default,
      ...(every_ms === undefined ? {} : { reconcileEvery_ms: every_ms }),
      ...(positionGrace_ms === undefined ? {} : { positionGrace_ms }),
      ...(required === undefined ? {} : { required }),
      ...(unknownOrders === undefined ? {} : { unknownOrders }),
      ...(externalAccount === undefined ? {} : { externalAccount }),
    },
  };
};

/** The options of a venue's reconciliation, as far as its adapter can answer. */
export const reconcileFor = (
  options: ReconcileOptions,
  parts: readonly SnapshotPart[],
): ReconcileOptions => ({
  ...options,
  parts: options.parts.filter((part) => parts.includes(part)),
});
