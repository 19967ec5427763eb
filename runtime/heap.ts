/**
 * A binary heap in an array: what comes first is at index 0.
 *
 * Owns: that order. The caller says what comes before what; of two that are equal either may come
 * first, so a caller to whom that matters compares something more.
 */

/** Whether an entry comes before another one. */
export type Before<Entry> = (a: Entry, b: Entry) => boolean;

/** Adds an entry. */
export const pushHeap = <Entry>(heap: Entry[], entry: Entry, before: Before<Entry>): void => {
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

/** Removes the first entry; nothing where there is none. */
export const popHeap = <Entry>(heap: Entry[], before: Before<Entry>): void => {
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
