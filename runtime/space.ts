/**
 * The actor states of one shard in memory, with an undo log for the turn that throws.
 *
 * Owns: the maps by kind and key. A turn writes through; `rollback` restores what it replaced, so
 * an actor that throws is back in its state before the turn and no other one notices.
 */
import { invariant } from "./invariant.ts";
import type { Space } from "./shard_model.ts";

interface Undo {
  readonly kind: string;
  readonly key: string;
  readonly before: unknown;
}

/** A space that the shard loop owns. */
export interface TurnSpace<Kinds> extends Space<Kinds> {
  /** Starts a turn. */
  readonly begin: () => void;
  /** Keeps what the turn wrote. */
  readonly keep: () => void;
  /** Restores what was there before the turn. */
  readonly rollback: () => void;
  /** A copy of the maps: states are immutable, so it stays as it is while turns go on. */
  readonly copy: () => ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

/** An empty space for those kinds. */
export const makeSpace = <Kinds>(kinds: readonly (keyof Kinds & string)[]): TurnSpace<Kinds> => {
  const maps = new Map<string, Map<string, unknown>>(kinds.map((kind) => [kind, new Map()]));
  const undo: Undo[] = [];
  let inTurn = false;

  const mapOf = (kind: string): Map<string, unknown> => {
    const map = maps.get(kind);
    invariant(map !== undefined, `the kind ${kind} was declared by the model`);
    return map;
  };
  const write = (kind: string, key: string, state: unknown): void => {
    const map = mapOf(kind);
    if (inTurn) undo.push({ kind, key, before: map.get(key) });
    if (state === undefined) map.delete(key);
    else map.set(key, state);
  };
  const end = (): void => {
    undo.length = 0;
    inTurn = false;
  };
  return {
    get: <K extends keyof Kinds & string>(kind: K, key: string) =>
      mapOf(kind).get(key) as Kinds[K] | undefined,
    entries: <K extends keyof Kinds & string>(kind: K) =>
      mapOf(kind).entries() as Iterable<[string, Kinds[K]]>,
    size: (kind) => mapOf(kind).size,
    set: (kind, key, state) => write(kind, key, state),
    remove: (kind, key) => write(kind, key, undefined),
    begin: () => {
      invariant(!inTurn, "a turn ends before the next one begins");
      inTurn = true;
    },
    keep: end,
    rollback: () => {
      inTurn = false;
      for (const { kind, key, before } of undo.toReversed()) write(kind, key, before);
      end();
    },
    copy: () => new Map([...maps].map(([kind, map]) => [kind, new Map(map)])),
  };
};
