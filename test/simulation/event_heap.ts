/**
 * What is to happen later in a simulated world: a heap by time, and in order of adding where equal.
 */

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
    while (heap[0] !== undefined && heap[0].run === undefined) pop(heap);
    return heap[0];
  };
  return {
    add: (at_us, run) => {
      const entry: Entry = { at_us, order, run };
      order += 1;
      push(heap, entry);
      return () => {
        entry.run = undefined;
      };
    },
    next_us: () => top()?.at_us,
    takeDue: (now_us) => {
      const entry = top();
      if (entry === undefined || entry.at_us > now_us) return undefined;
      pop(heap);
      return entry.run;
    },
  };
};

const push = (heap: Entry[], entry: Entry): void => {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || !before(entry, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
};

const pop = (heap: Entry[]): void => {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    if (left === undefined) break;
    const right = heap[2 * at + 2];
    const takeRight = right !== undefined && before(right, left);
    const child = takeRight ? right : left;
    if (!before(child, last)) break;
    heap[at] = child;
    at = 2 * at + (takeRight ? 2 : 1);
  }
  heap[at] = last;
};
