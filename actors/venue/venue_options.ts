/**
 * What a venue shard's model is configured with, and the limits that it keeps.
 */
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { RateOptions } from "./rate_limits.ts";
import { reconcileOptions_default } from "./reconcile_options.ts";
import type { ReconcileOptions } from "./reconcile_options.ts";
import { breakerOptions_default } from "./breaker_options.ts";
import type { BreakerOptions } from "./breaker_options.ts";
import { guardOptions_default } from "./venue_guard_options.ts";
import type { GuardOptions } from "./venue_guard_options.ts";

/** Configuration of one venue shard's model. */
export interface VenueOptions {
  readonly venue: VenueId;
  /** Account shards of the deployment: where reports go and who is told of the gate. */
  readonly accountShards: number;
  /** Its adapter can cancel many orders by one request. */
  readonly massCancel?: true;
  /** A request without an answer for this long is in doubt and asked for. */
  readonly answerTimeout_ms: number;
  /**
   * Longest time between a request's deadline and its effect at the venue: network, kernel buffers,
   * clock difference between hosts. Only an answer to a question asked later proves an absence.
   */
  readonly grace_ms: number;
  /** A question without an answer for this long is asked again. */
  readonly queryTimeout_ms: number;
  /** Questions under way at once, about unanswered requests and about orders each. */
  readonly queriesInFlight_max: number;
  /**
   * Requests without an answer, those left to a person not counted. More orders are refused;
   * cancels may be as many again, more of them wait. A lost link puts them in doubt slice by slice,
   * each in a turn of its own: one takes up to about 1 KiB (its fact, the report to its order, the
   * reason in both).
   */
  readonly unanswered_max: number;
  /** How long a request that nothing can resolve is kept, and how many at most. */
  readonly unresolvedRetention_ms: number;
  readonly unresolved_max: number;
  /** Unreadable reports of one instrument after which it takes no new orders. */
  readonly unreadable_max: number;
  /** What the venue lets us send in which time; absent: what it says is all that limits us. */
  readonly rate?: RateOptions;
  /** When its circuit breaker opens. */
  readonly breaker: BreakerOptions;
  /** What the session guards itself against. */
  readonly guard: GuardOptions;
  /** How long an ended order is kept for late reports. */
  readonly endedRetention_ms: number;
  /** Ended orders kept, besides those with an unanswered request. */
  readonly ended_max: number;
  readonly reconcile: ReconcileOptions;
}

/** Limits that fit a venue answering within milliseconds. */
export const venueOptions_default = {
  answerTimeout_ms: 2_000,
  grace_ms: 500,
  queryTimeout_ms: 2_000,
  queriesInFlight_max: 32,
  unanswered_max: 1_000,
  unresolvedRetention_ms: 600_000,
  unresolved_max: 1_000,
  unreadable_max: 3,
  breaker: breakerOptions_default,
  guard: guardOptions_default,
  endedRetention_ms: 600_000,
  ended_max: 50_000,
  reconcile: reconcileOptions_default,
} as const satisfies Omit<VenueOptions, "venue" | "accountShards">;
