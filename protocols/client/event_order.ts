/**
 * Puts a feed of order events into each order's own order: pure, no clock, no I/O.
 *
 * The feed may repeat events, and after a fault it may bring them late. Each order numbers its
 * events 1, 2, 3…; from that alone repeats are dropped and a missing number is noticed. What
 * comes after a missing number is held back for `hold_ms`, then let go with a report of the gap.
 *
 * Owns: the next expected version of each order and the events held back.
 * Never: lets an order's versions go backwards or repeat; never holds more than its limits say.
 */

/** What the ordering needs to know of an event. */
export interface Versioned {
  readonly orderId: string;
  readonly version: number;
}

/** Versions of an order that did not come in time, both ends included. */
export interface Gap {
  readonly orderId: string;
  readonly from: number;
  readonly to: number;
}

/** What may be shown now, in this order. */
export type Released<E> =
  | { readonly type: "event"; readonly event: E }
  | { readonly type: "gap"; readonly gap: Gap };

/** Limits of the ordering. */
export interface EventOrderLimits {
  /** How long a later event waits for a missing one. */
  readonly hold_ms: number;
  /** Most events held back in all; beyond it the longest waiting order is let go early. */
  readonly held_max: number;
  /** Most orders remembered; beyond it the one that was quiet for longest is forgotten. */
  readonly orders_max: number;
}

/** Half a second covers a re-sent batch; the counts are a few megabytes. */
export const eventOrderLimits_default: EventOrderLimits = {
  hold_ms: 500,
  held_max: 10_000,
  orders_max: 50_000,
};

interface Waiting<E> {
  readonly since_ms: number;
  readonly held: Map<number, E>;
}

/** The ordering of one feed. */
export class EventOrder<E extends Versioned> {
  readonly #limits: EventOrderLimits;
  /** Next version by order; the quietest order first. */
  readonly #next = new Map<string, number>();
  /** Orders with held events; the longest waiting first. */
  readonly #waiting = new Map<string, Waiting<E>>();
  #heldCount = 0;

  constructor(limits: EventOrderLimits = eventOrderLimits_default) {
    this.#limits = limits;
  }

  /** Events held back now. */
  get held(): number {
    return this.#heldCount;
  }

  /** Says that an order begins here, so that its first event must be version 1. */
  expectFromStart(orderId: string): void {
    if (!this.#next.has(orderId)) this.#remember(orderId, 1);
  }

  /** Takes one event; gives what may be shown. An order never heard of starts where it is seen. */
  accept(event: E, now_ms: number): Released<E>[] {
    const next = this.#next.get(event.orderId) ?? event.version;
    if (event.version < next) return [];
    if (event.version > next) return this.#hold(event, now_ms);
    this.#remember(event.orderId, next + 1);
    const released: Released<E>[] = [{ type: "event", event }];
    this.#follow(event.orderId, released);
    return released;
  }

  /** Lets go what has waited for `hold_ms`. */
  expire(now_ms: number): Released<E>[] {
    const released: Released<E>[] = [];
    for (const [orderId, waiting] of this.#waiting) {
      if (now_ms - waiting.since_ms < this.#limits.hold_ms) break;
      this.#letGo(orderId, waiting, released);
    }
    return released;
  }

  /** When `expire` will next have something to do; undefined when nothing waits. */
  get deadline_ms(): number | undefined {
    for (const waiting of this.#waiting.values()) return waiting.since_ms + this.#limits.hold_ms;
    return undefined;
  }

  #remember(orderId: string, next: number): void {
    this.#next.delete(orderId);
    this.#next.set(orderId, next);
    if (this.#next.size <= this.#limits.orders_max) return;
    for (const quietest of this.#next.keys()) {
      if (this.#waiting.has(quietest)) continue;
      this.#next.delete(quietest);
      return;
    }
  }

  #hold(event: E, now_ms: number): Released<E>[] {
    const waiting = this.#waiting.get(event.orderId) ?? { since_ms: now_ms, held: new Map() };
    if (waiting.held.has(event.version)) return [];
    waiting.held.set(event.version, event);
    this.#waiting.set(event.orderId, waiting);
    this.#heldCount += 1;
    const released: Released<E>[] = [];
    if (this.#heldCount > this.#limits.held_max) {
      for (const [orderId, longest] of this.#waiting) {
        this.#letGo(orderId, longest, released);
        break;
      }
    }
    return released;
  }

  /** Shows the held events that now follow without a gap. */
  #follow(orderId: string, released: Released<E>[]): void {
    const waiting = this.#waiting.get(orderId);
    if (waiting === undefined) return;
    let next = this.#next.get(orderId) ?? 1;
    for (let event = waiting.held.get(next); event !== undefined; event = waiting.held.get(next)) {
      waiting.held.delete(next);
      this.#heldCount -= 1;
      released.push({ type: "event", event });
      next += 1;
    }
    this.#remember(orderId, next);
    if (waiting.held.size === 0) this.#waiting.delete(orderId);
  }

  #letGo(orderId: string, waiting: Waiting<E>, released: Released<E>[]): void {
    let next = this.#next.get(orderId) ?? 1;
    for (const version of [...waiting.held.keys()].toSorted((a, b) => a - b)) {
      const event = waiting.held.get(version);
      if (event === undefined) continue;
      if (version > next) {
        released.push({ type: "gap", gap: { orderId, from: next, to: version - 1 } });
      }
      released.push({ type: "event", event });
      next = version + 1;
    }
    this.#heldCount -= waiting.held.size;
    this.#waiting.delete(orderId);
    this.#remember(orderId, next);
  }
}
