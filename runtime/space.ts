/**
 * The actor states of one shard in memory, with an undo log for the turn that throws.
 *
 * Owns: the maps by kind and key. A turn writes through; `rollback` restores what it replaced, so
 * an actor that throws is back in its state before the turn and no other one notices.
 */
import { fromCanonicalText } from "./canonical.ts";
import { invariant } from "./invariant.ts";
import type { Space } from "./shard_model.ts";

/**
 * A state as a snapshot wrote it. It is read when it is first asked for, so that a shard with many
 * actors is taken over at once, and those that nobody asks for cost only their text.
 */
export class Dormant {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

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
  /** Puts a state that a snapshot wrote, as its canonical text. */
  readonly load: (kind: keyof Kinds & string, key: string, text: string) => void;
  /** Restores what was there before the turn. */
  readonly rollback: () => void;
  /** A copy of the maps: states (some still dormant) are immutable, so it stays as it is. */
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
  const wake = (map: Map<string, unknown>, key: string): unknown => {
    const state = map.get(key);
    if (!(state instanceof Dormant)) return state;
    const read = fromCanonicalText(state.text);
    map.set(key, read);
    return read;
  };
  const end = (): void => {
    undo.length = 0;
    inTurn = false;
  };
  return {
    get: <K extends keyof Kinds & string>(kind: K, key: string) =>
      wake(mapOf(kind), key) as Kinds[K] | undefined,
    keys: (kind) => mapOf(kind).keys(),
    *entries<K extends keyof Kinds & string>(kind: K): Generator<[string, Kinds[K]]> {
      const map = mapOf(kind);
      for (const key of map.keys()) yield [key, wake(map, key) as Kinds[K]];
    },
    size: (kind) => mapOf(kind).size,
    set: (kind, key, state) => write(kind, key, state),
    load: (kind, key, text) => void mapOf(kind).set(key, new Dormant(text)),
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
