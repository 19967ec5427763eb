/**
 * Whoever listens to a client's events: callbacks, and loops with a bounded backlog each.
 *
 * Owns: the list of listeners. Never: holds an event back for a slow one.
 */
import { EventQueue } from "./event_queue.ts";
import type { StrategyEvent } from "./strategy_event.ts";

/** The listeners of one client. */
export interface EventListeners {
  /** Tells everybody, in the order in which they began to listen. */
  readonly tell: (event: StrategyEvent) => void;
  readonly onEvent: (listener: (event: StrategyEvent) => void) => () => void;
  readonly events: () => AsyncIterableIterator<StrategyEvent>;
  /** Ends the loops once they have read what they have. */
  readonly close: () => void;
}

/** No listeners yet. @param buffered_max most events that one loop may be behind */
export const makeEventListeners = (buffered_max: number): EventListeners => {
  const listeners = new Set<(event: StrategyEvent) => void>();
  const queues = new Set<EventQueue<StrategyEvent>>();
  const onEvent = (listener: (event: StrategyEvent) => void): (() => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  return {
    tell: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
    onEvent,
    events: () => {
      const queue = new EventQueue<StrategyEvent>(buffered_max, () => {
        stop();
        queues.delete(queue);
      });
      const stop = onEvent((event) => queue.push(event));
      queues.add(queue);
      return queue;
    },
    close: () => {
      for (const queue of [...queues]) queue.close();
    },
  };
};
