/**
 * Holds messages back for a sampled time and lets them out in the order in which they came in.
 *
 * Owns: the messages on their way.
 * Never: reorders. A message with a short delay waits for the longer one before it, as on one
 * TCP connection.
 */
import type { VenueClock } from "./venue_clock.ts";

interface Held<Item> {
  readonly item: Item;
  readonly release_ns: number;
}

/** A first-in first-out pipe with latency. */
export class DelayLine<Item> {
  readonly #clock: VenueClock;
  readonly #sample_ns: () => number;
  readonly #deliver: (item: Item) => void;
  #held: Held<Item>[] = [];
  #head = 0;
  #lastRelease_ns = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: VenueClock, sample_ns: () => number, deliver: (item: Item) => void) {
    this.#clock = clock;
    this.#sample_ns = sample_ns;
    this.#deliver = deliver;
  }

  /** How many messages are on their way. */
  get size(): number {
    return this.#held.length - this.#head;
  }

  /** Takes a message; delivers it at once when it has no delay and nothing is before it. */
  push(item: Item): void {
    const delay_ns = this.#sample_ns();
    if (delay_ns === 0 && this.size === 0) {
      this.#deliver(item);
      return;
    }
    const release_ns = Math.max(this.#clock.now_ns() + delay_ns, this.#lastRelease_ns);
    this.#lastRelease_ns = release_ns;
    this.#held.push({ item, release_ns });
    this.#arm();
  }

  /** Delivers everything now, in order. */
  flush(): void {
    this.#deliverUntil(Number.POSITIVE_INFINITY);
    this.#disarm();
  }

  /** Forgets everything on its way. */
  clear(): void {
    this.#held = [];
    this.#head = 0;
    this.#disarm();
  }

  #arm(): void {
    const first = this.#held[this.#head];
    if (this.#cancelTimer !== undefined || first === undefined) return;
    const wait_ns = Math.max(0, first.release_ns - this.#clock.now_ns());
    this.#cancelTimer = this.#clock.schedule(wait_ns, () => {
      this.#cancelTimer = undefined;
      this.#deliverUntil(this.#clock.now_ns());
      this.#arm();
    });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #deliverUntil(now_ns: number): void {
    for (;;) {
      const first = this.#held[this.#head];
      if (first === undefined || first.release_ns > now_ns) break;
      this.#head += 1;
      if (this.#head > 1_024 && this.#head * 2 > this.#held.length) {
        this.#held = this.#held.slice(this.#head);
        this.#head = 0;
      }
      this.#deliver(first.item);
    }
    if (this.#head === this.#held.length) {
      this.#held = [];
      this.#head = 0;
    }
  }
}
