/**
 * A venue with limits for tests of the budget, and the little that they say to a shard.
 */
import { Schema } from "effect";
import { breakerOptions_default } from "../../../actors/venue/breaker_options.ts";
import { rateOptions_default } from "../../../actors/venue/rate_limits.ts";
import type { RateLimit, RateOptions } from "../../../actors/venue/rate_limits.ts";
import type { VenueRefusal } from "../../../actors/venue/venue_link.ts";
import type { VenueOptions } from "../../../actors/venue/venue_options.ts";
import { VenueRateEventBody } from "../../../protocols/venue_event.ts";
import { ms, VenueShardBench } from "./venue_shard_bench.ts";

/** Every request weighs 1: ten in a second, of which new work may use 6, questions 8. */
export const perSecond: RateLimit = {
  name: "weight",
  kind: "window",
  window_ms: 1_000,
  limit: 10,
  weights: { other: 1 },
};

/** Options with these limits, a fifth kept for cancels and as much for questions. */
export const rated = (
  limits: readonly RateLimit[],
  change: Partial<RateOptions> = {},
): { readonly rate: RateOptions } => ({
  rate: {
    ...rateOptions_default,
    delay_ms: 0,
    skew_ms: 0,
    safety: 0,
    cancelReserve: 0.2,
    reconcileReserve: 0.2,
    limits,
    ...change,
  },
});

/** An open session at a patient venue with limits, at the beginning of a second. */
export const openRated = (
  limits: readonly RateLimit[] = [perSecond],
  change: Partial<RateOptions> = {},
  options: Partial<VenueOptions> = {},
): VenueShardBench => {
  // The budget alone is looked at: the circuit breaker has tests of its own.
  const never = 1_000_000;
  const off = { trouble_min: never, timeouts_max: never, ack_min: never, ban_ms_min: 86_400_000 };
  const breaker = { ...breakerOptions_default, ...off };
  const patient = { answerTimeout_ms: 600_000, breaker };
  const bench = new VenueShardBench({ ...rated(limits, change), ...patient, ...options });
  bench.open();
  bench.takeEffects();
  // The logon counted in the second that is over.
  bench.pass(1_000);
  return bench;
};

/** The driver posts a refusal of link 1. */
export const refuse = (bench: VenueShardBench, refusal: VenueRefusal): void =>
  bench.local({ type: "refused", link: 1, refusal });

/** Half a second from now. */
export const half = (bench: VenueShardBench): bigint => bench.now_ns + 500n * ms;

/** An hour from now. */
export const late = (bench: VenueShardBench): bigint => bench.now_ns + 3_600_000n * ms;

/** What was published of the budget, read as the contract has it: `<state> <scope>`. */
export const rateEvents = (bench: VenueShardBench): string[] =>
  bench.published.flatMap(({ subject, body }) => {
    if (!subject.endsWith(".rate")) return [];
    const { state, scope } = readRateEvent(body);
    return [`${state} ${scope}`];
  });

const readRateEvent = Schema.decodeUnknownSync(VenueRateEventBody, { onExcessProperty: "error" });
