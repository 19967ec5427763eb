/**
 * Restart intensity over a period, as OTP's `supervisor` counts it: pure, a sliding window.
 *
 * Owns: the rule when a supervisor has restarted too often to go on.
 * Never: reads a clock; the caller gives monotonic instants.
 */

/** At most `intensity` restarts within any `period_ms`. OTP's own defaults are 1 in 5 s. */
export interface RestartLimit {
  /** Restarts allowed within the period; 0: the first failure already exceeds it. */
  readonly intensity: number;
  readonly period_ms: number;
}

/** Instants (monotonic, ms) of the restarts that still count, oldest first. */
export type RestartWindow = readonly number[];

/** No restart yet. */
export const emptyRestartWindow: RestartWindow = [];

/**
 * Adds a restart at `now_ms`. `exceeded` says that it is one more than the limit allows: the
 * supervisor then stops. A restart exactly `period_ms` old still counts (OTP's `in_period`).
 */
export const addRestart = (
  window: RestartWindow,
  now_ms: number,
  limit: RestartLimit,
): { readonly window: RestartWindow; readonly exceeded: boolean } => {
  const counted = window.filter((at_ms) => now_ms - at_ms <= limit.period_ms);
  // Never more than intensity + 1 entries: beyond that the answer cannot change.
  const next = [...counted, now_ms].slice(-(limit.intensity + 1));
  return { window: next, exceeded: next.length > limit.intensity };
};
