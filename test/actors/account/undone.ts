/**
 * What the runtime does with a turn that throws, for benches that run a model by themselves.
 */
import type { AccountKinds } from "../../../actors/account_kinds.ts";
import type { makeSpace } from "../../../runtime/space.ts";

/** What a turn changes. */
interface Changed {
  readonly space: ReturnType<typeof makeSpace<AccountKinds>>;
  readonly timers: Map<string, bigint>;
  /** Lists that a turn only adds to. */
  readonly lists: readonly unknown[][];
}

/** Runs a turn; one that throws leaves nothing behind, and its cause is given back. */
export const causeOf = (
  { space, timers, lists }: Changed,
  turn: () => void,
): string | undefined => {
  const armed = new Map(timers);
  const lengths = lists.map(({ length }) => length);
  space.begin();
  try {
    turn();
    space.keep();
    return undefined;
  } catch (cause) {
    space.rollback();
    for (const [index, list] of lists.entries()) list.length = lengths[index] ?? 0;
    timers.clear();
    for (const [id, at_ns] of armed) timers.set(id, at_ns);
    return String(cause);
  }
};
