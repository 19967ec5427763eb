/**
 * What is to happen later in a simulated world: a heap by time, and in order of adding where equal.
 */
import { popHeap, pushHeap } from "../../runtime/heap.ts";

/** Events by time. */
export interface EventHeap {
  /** Adds an event; the result cancels it. */
  readonly add: (at_us: number, run: () => void) => () => void;
  /** When the next event is due. */
  readonly next_us: () => number | undefined;
  /** Takes the next event if it is due by then. */
  readonly takeDue: (now_us: number) => (() => void) | undefined;
}

interface Entry {
  readonly at_us: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const before = (a: Entry, b: Entry): boolean =>
  a.at_us < b.at_us || (a.at_us === b.at_us && a.order < b.order);

/** An empty heap. */
export const makeEventHeap = (): EventHeap => {
  const heap: Entry[] = [];
  let order = 0;
  const top = (): Entry | undefined => {
    while (heap[0] !== undefined && heap[0].run === undefined) popHeap(heap, before);
    return heap[0];
  };
  return {
    add: (at_us, run) => {
      const entry: Entry = { at_us, order, run };
      order += 1;
      pushHeap(heap, entry, before);
      return () => {
        entry.run = undefined;
      };
    },
    next_us: () => top()?.at_us,
    takeDue: (now_us) => {
      const entry = top();
      if (entry === undefined || entry.at_us > now_us) return undefined;
      popHeap(heap, before);
      return entry.run;
    },
  };
};
