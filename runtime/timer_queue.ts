/**
 * Timers of one shard: a heap by due time, with one live due time per id.
 *
 * Owns: which timer is due next. A timer that was changed or cleared stays in the heap as a ghost
 * until it surfaces. Never: reads a clock or sleeps; the shard loop does.
 */
import { popHeap, pushHeap } from "./heap.ts";

/** A set of timers by id. */
export interface TimerQueue {
  /** Sets, moves or (undefined) clears a timer. */
  readonly set: (id: string, at_ns: bigint | undefined) => void;
  /** When the next live timer is due. */
  readonly next_ns: () => bigint | undefined;
  /** Whether a timer is due. */
  readonly isDue: (now_ns: bigint) => boolean;
  /** Takes one timer that is due; the earliest first, in order of setting where equal. */
  readonly takeDue: (now_ns: bigint) => string | undefined;
  /** All live timers, for a snapshot. */
  readonly all: () => ReadonlyMap<string, bigint>;
}

interface Entry {
  readonly id: string;
  readonly at_ns: bigint;
  readonly order: number;
}

const before = (a: Entry, b: Entry): boolean =>
  a.at_ns < b.at_ns || (a.at_ns === b.at_ns && a.order < b.order);

/** An empty queue. */
export const makeTimerQueue = (): TimerQueue => {
  const live = new Map<string, Entry>();
  const heap: Entry[] = [];
  let order = 0;

  const isGhost = (entry: Entry): boolean => live.get(entry.id) !== entry;
  const dropGhosts = (): Entry | undefined => {
    let top = heap[0];
    while (top !== undefined && isGhost(top)) {
      popHeap(heap, before);
      top = heap[0];
    }
    return top;
  };
  return {
    set: (id, at_ns) => {
      live.delete(id);
      if (at_ns === undefined) return;
      const entry: Entry = { id, at_ns, order };
      order += 1;
      live.set(id, entry);
      pushHeap(heap, entry, before);
    },
    next_ns: () => dropGhosts()?.at_ns,
    isDue: (now_ns) => {
      const top = dropGhosts();
      return top !== undefined && top.at_ns <= now_ns;
    },
    takeDue: (now_ns) => {
      const top = dropGhosts();
      if (top === undefined || top.at_ns > now_ns) return undefined;
      popHeap(heap, before);
      live.delete(top.id);
      return top.id;
    },
    all: () => new Map([...live.values()].map(({ id, at_ns }) => [id, at_ns])),
  };
};
