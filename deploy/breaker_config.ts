/**
 * A venue's circuit breaker in a deployment's configuration: `venues.*.breaker`.
 *
 * Owns: its form. What is absent is as by default (`actors/venue/breaker_options.ts`).
 */
import { Schema } from "effect";
import { breakerOptions_default } from "../actors/venue/breaker_options.ts";
import type { BreakerOptions } from "../actors/venue/breaker_options.ts";
import { edges_ms } from "../actors/venue/breaker_window.ts";

const Count = Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)));
const Share = Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })));

/** The longest answer that the breaker tells from longer ones. */
const slowest_ms = edges_ms.at(-1) ?? 0;

/** A breaker as it is configured. */
export const BreakerFile = Schema.Struct({
  timeouts_max: Count,
  troubleShare: Share,
  trouble_min: Count,
  refusedShare: Share,
  refused_min: Count,
  ack_ms_max: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: slowest_ms })),
  ),
  ackQuantile: Share,
  ack_min: Count,
  ban_ms_min: Count,
  coolDown_ms: Count,
  coolDown_ms_max: Count,
  jitter: Share,
  trial_max: Count,
  trialOrders_min: Count,
  probeEvery_ms: Count,
  trialProbes_min: Count,
});

/** The breaker of a configuration. */
export const breakerOfFile = (file: typeof BreakerFile.Type = {}): BreakerOptions => ({
  ...breakerOptions_default,
  ...file,
});
