/**
 * How long to wait before connecting again: at once after a stable link, then longer and longer.
 *
 * Exponential with jitter, so that many clients of a venue that comes back do not arrive together
 * (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
 */

/** A back-off policy. */
export interface BackOff {
  /** Wait before the second attempt; the first is made at once. */
  readonly first_ms: number;
  readonly factor: number;
  readonly max_ms: number;
  /** Share of the wait that is random, 0 to 1: the wait is shortened by up to that share. */
  readonly jitter: number;
  /** A link that lived this long makes the next attempt the first again. */
  readonly stable_ms: number;
}

/** Fits a venue on the same network. */
export const backOff_default: BackOff = {
  first_ms: 50,
  factor: 2,
  max_ms: 30_000,
  jitter: 0.5,
  stable_ms: 5_000,
};

/** The wait before an attempt, counted from 0; `random` is from 0 up to 1. */
export const backOffDelay_ms = (policy: BackOff, attempt: number, random: number): number => {
  if (attempt === 0) return 0;
  const full_ms = Math.min(policy.max_ms, policy.first_ms * policy.factor ** (attempt - 1));
  return full_ms * (1 - policy.jitter * random);
};
