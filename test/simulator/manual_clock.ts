/**
 * A clock that moves when it is told.
 *
 * Owns: the time of one test.
 */
import type { VenueClock } from "../../deploy/simulator/venue_clock.ts";

/** Time stands still until `advance`. */
export class ManualClock implements VenueClock {
  #now_ns = 0;
  #timers: { readonly due_ns: number; readonly callback: () => void }[] = [];

  now_ns(): number {
    return this.#now_ns;
  }

  wall_ns(): string {
    return (1_700_000_000_000_000_000n + BigInt(Math.round(this.#now_ns))).toString();
  }

  schedule(delay_ns: number, callback: () => void): () => void {
    const timer = { due_ns: this.#now_ns + delay_ns, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time on without calling anybody back: the process was paused. */
  jump(by_ns: number): void {
    this.#now_ns += by_ns;
  }

  /** Moves time on, calling back in order what becomes due, at the time when it is due. */
  advance(by_ns: number): void {
    const end_ns = this.#now_ns + by_ns;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.due_ns - b.due_ns)[0];
      if (next === undefined || next.due_ns > end_ns) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now_ns = Math.max(this.#now_ns, next.due_ns);
      next.callback();
    }
    this.#now_ns = end_ns;
  }
}
