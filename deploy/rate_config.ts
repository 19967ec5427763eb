/**
 * What a venue lets us send in which time, in a deployment's configuration.
 *
 * Owns: the form of a venue's `rateLimits`, and the refusal of limits that cannot be kept to.
 */
import { Schema } from "effect";
import { rateFault, rateOptions_default, rateWindows } from "../actors/venue/rate_limits.ts";
import type { RateOptions } from "../actors/venue/rate_limits.ts";

const Milliseconds = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 86_400_000 }));
const Delay = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60_000 }));
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.9 }));
const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 }));
const Weight = Schema.optionalKey(
  Schema.Int.check(Schema.isBetween({ minimum: -1_000_000, maximum: 1_000_000 })),
);

const Weights = Schema.Struct({
  place: Weight,
  replace: Weight,
  cancel: Weight,
  mass_cancel: Weight,
  query_order: Weight,
  query_open_orders: Weight,
  query_executions: Weight,
  query_positions: Weight,
  logon: Weight,
  first_fill: Weight,
  other: Weight,
});

/** A venue's limits, as they are configured. */
export const RateLimitsFile = Schema.Struct({
  limits: Schema.Array(
    Schema.Struct({
      name: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,36}$/)),
      kind: Schema.Literals(rateWindows),
      window_ms: Milliseconds,
      limit: Count,
      weights: Weights,
    }),
  ),
  delay_ms: Schema.optionalKey(Delay),
  skew_ms: Schema.optionalKey(Delay),
  safety: Schema.optionalKey(Share),
  cancelReserve: Schema.optionalKey(Share),
  reconcileReserve: Schema.optionalKey(Share),
  queue_max: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 })),
  ),
});

/** The limits of a configuration, or what is wrong with them. */
export const rateOfFile = (
  file: typeof RateLimitsFile.Type,
): RateOptions | { readonly fault: string } => {
  const options: RateOptions = { ...rateOptions_default, ...file };
  const fault = rateFault(options);
  return fault === undefined ? options : { fault };
};
