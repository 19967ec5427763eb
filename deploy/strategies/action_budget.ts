/**
 * A token bucket: how many commands a strategy may still send. Pure; time is handed in.
 */

/** Refills at `rate_per_s` up to `burst`. */
export class ActionBudget {
  readonly #rate_per_s: number;
  readonly #burst: number;
  #tokens: number;
  #at_ms: number;

  constructor(rate_per_s: number, burst: number, now_ms: number) {
    this.#rate_per_s = rate_per_s;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at_ms = now_ms;
  }

  /** Takes one token if there is one. */
  take(now_ms: number): boolean {
    const elapsed_ms = Math.max(0, now_ms - this.#at_ms);
    this.#at_ms = now_ms;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsed_ms * this.#rate_per_s) / 1_000);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
