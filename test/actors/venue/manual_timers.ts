/** Timers that a test drives by hand. */
import type { LinkTimers } from "../../../actors/venue/link_timers.ts";

/** Time stands still until `pass`. */
export class ManualTimers implements LinkTimers {
  #now_ms = 1_000;
  #waiting: { readonly at_ms: number; readonly run: () => void }[] = [];
  randomValue = 0;

  readonly now_ns = (): bigint => BigInt(this.#now_ms) * 1_000_000n;
  readonly random = (): number => this.randomValue;
  readonly after = (delay_ms: number, run: () => void): (() => void) => {
    const timer = { at_ms: this.#now_ms + delay_ms, run };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer);
    };
  };

  /** How long until each timer fires, soonest first. */
  waits_ms(): number[] {
    return this.#waiting.map(({ at_ms }) => at_ms - this.#now_ms).sort((a, b) => a - b);
  }

  /** Lets time pass; timers fire in their order. */
  pass(span_ms: number): void {
    const until_ms = this.#now_ms + span_ms;
    for (;;) {
      const [next] = this.#waiting
        .filter(({ at_ms }) => at_ms <= until_ms)
        .sort((a, b) => a.at_ms - b.at_ms);
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#now_ms = Math.max(this.#now_ms, next.at_ms);
      next.run();
    }
    this.#now_ms = until_ms;
  }
}
