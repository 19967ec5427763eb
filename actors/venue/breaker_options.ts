/**
 * When a venue's circuit breaker opens, for how long, and how the venue is tried again.
 */

/** A breaker's configuration. Shares are from 0 to 1; numbers of samples are within 30 s. */
export interface BreakerOptions {
  /** Requests in a row without an answer in time. */
  readonly timeouts_max: number;
  /** Share of requests that had no answer, or a refusal for the venue's own trouble. */
  readonly troubleShare: number;
  readonly trouble_min: number;
  /**
   * Share of orders and replaces that the venue refused, whatever for: of all, and of those of all
   * accounts but the one with most refusals, where others ask anything.
   */
  readonly refusedShare: number;
  readonly refused_min: number;
  /** Time to the first answer that the share `ackQuantile` of the requests stays below. */
  readonly ack_ms_max: number;
  readonly ackQuantile: number;
  readonly ack_min: number;
  /** A ban of at least this opens it at once, as long as it lasts; a shorter one is waited for. */
  readonly ban_ms_min: number;
  /** How long the venue is left alone, the first time and at most; doubled each time. */
  readonly coolDown_ms: number;
  readonly coolDown_ms_max: number;
  /** Part of the cool-down that is drawn by lot: it is shortened by up to that share. */
  readonly jitter: number;
  /** Orders in flight at once while the venue is tried out. */
  readonly trial_max: number;
  /** Orders answered well in a trial, after which the breaker closes. */
  readonly trialOrders_min: number;
  /** Between two harmless questions of a trial. */
  readonly probeEvery_ms: number;
  /** Harmless questions answered, after which it closes where no order came, or a few went well. */
  readonly trialProbes_min: number;
}

/** Fits a venue that answers within milliseconds and refuses some orders in its daily business. */
export const breakerOptions_default: BreakerOptions = {
  timeouts_max: 5,
  troubleShare: 0.5,
  trouble_min: 20,
  refusedShare: 0.95,
  refused_min: 50,
  ack_ms_max: 1_000,
  ackQuantile: 0.9,
  ack_min: 20,
  ban_ms_min: 1_000,
  coolDown_ms: 1_000,
  coolDown_ms_max: 60_000,
  jitter: 0.2,
  trial_max: 3,
  trialOrders_min: 5,
  probeEvery_ms: 1_000,
  trialProbes_min: 10,
};
