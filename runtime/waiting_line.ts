/**
 * What waits for one courier, first in first out.
 *
 * A courier that waits is resumed in the call that adds something: nothing waits for a turn of the
 * event loop between a commit and its first publication.
 */
import { Effect, Latch } from "effect";

/** A line of waiting things. */
export interface WaitingLine<A> {
  /** Adds one; the courier goes on at the next `start`. */
  readonly add: (item: A) => void;
  /** Lets the courier take what was added. */
  readonly start: () => void;
  /** Takes as many as there are, up to `max`; waits where there is none. */
  readonly take: (max: number) => Effect.Effect<readonly A[]>;
}

/** An empty line. */
export const makeWaitingLine = <A>(): WaitingLine<A> => {
  let items: A[] = [];
  const some = Latch.makeUnsafe(false);
  const take = (max: number): Effect.Effect<readonly A[]> =>
    Effect.suspend(() => {
      if (items.length === 0) return Effect.flatMap(some.await, () => take(max));
      const taken = items.length <= max ? items : items.slice(0, max);
      items = items.length <= max ? [] : items.slice(max);
      if (items.length === 0) some.closeUnsafe();
      return Effect.succeed(taken);
    });
  return {
    add: (item) => void items.push(item),
    start: () => void some.openUnsafe(),
    take,
  };
};
