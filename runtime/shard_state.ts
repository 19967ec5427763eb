/**
 * Everything that a shard's owner knows: actor states, reading positions, timers, the journal's
 * end.
 *
 * Owns: how a journaled frame changes it (`applyFrame`), how it is written into a snapshot and read
 * back, and its hash. Live turns and replayed frames lead to the same state: that is invariant 8 of
 * the design, and the hash is its proof.
 */
import { hash } from "node:crypto";
import { canonicalText, fromCanonicalText } from "./canonical.ts";
import { checkChain, noSum } from "./frame.ts";
import type { Frame, Marks } from "./frame.ts";
import type { HighWater } from "./parcel.ts";
import type { ShardModel } from "./shard_model.ts";
import { Dormant, makeSpace } from "./space.ts";
import type { TurnSpace } from "./space.ts";
import { makeTimerQueue } from "./timer_queue.ts";
import type { TimerQueue } from "./timer_queue.ts";

/** Where the journal ends, as far as this state has followed it. */
export interface JournalEnd {
  readonly seq: number;
  readonly sum: string;
  readonly epoch: number;
}

/** A shard's whole state in memory. */
export interface ShardState<Kinds> {
  readonly space: TurnSpace<Kinds>;
  readonly timers: TimerQueue;
  readonly high: Map<string, HighWater>;
  /** Reading positions of the turns that were run, also of those not yet committed. */
  marks: Marks;
  /** Reading positions that the journal holds. */
  committed: Marks;
  drained: number;
  end: JournalEnd;
}

/** The part of a model that replay needs. */
export type Evolver<Kinds, Event> = Pick<
  ShardModel<Kinds, Event, never, never, never, never>,
  "kinds" | "evolve"
>;

/** The state before the first frame. */
export const emptyState = <Kinds>(kinds: readonly (keyof Kinds & string)[]): ShardState<Kinds> => ({
  space: makeSpace(kinds),
  timers: makeTimerQueue(),
  high: new Map(),
  marks: { h: 0, n: 0 },
  committed: { h: 0, n: 0 },
  drained: 0,
  end: { seq: 0, sum: noSum, epoch: 0 },
});

/**
 * Follows one journaled frame. Throws `FrameBroken` where it does not continue the state.
 */
export const applyFrame = <Kinds, Event>(
  state: ShardState<Kinds>,
  model: Evolver<Kinds, Event>,
  frame: Frame,
): void => {
  checkChain(frame, state.end);
  const { content } = frame;
  if (content.kind === "turns") {
    for (const turn of content.turns) {
      for (const event of turn.events) model.evolve(state.space, event as Event);
      for (const [id, at] of turn.timers ?? []) {
        state.timers.set(id, at === null ? undefined : BigInt(at));
      }
      const timer = timerOfLabel(turn.in);
      if (timer !== undefined && !turn.timers?.some(([id]) => id === timer)) {
        state.timers.set(timer, undefined);
      }
      if (turn.from !== undefined) state.high.set(turn.from[0], [turn.from[1], turn.from[2]]);
    }
    state.marks = content.marks;
    state.committed = content.marks;
    state.drained = content.drained;
  }
  state.end = { seq: frame.seq, sum: frame.sum, epoch: frame.epoch };
};

/** The record's `in` of a timer turn. */
export const timerLabel = (id: string): string => `timer:${id}`;

const timerOfLabel = (label: string): string | undefined =>
  label.startsWith("timer:") ? label.slice("timer:".length) : undefined;

/** A frozen view of a state, from which a snapshot is written while turns go on. */
export interface FrozenState {
  readonly end: JournalEnd;
  readonly head: string;
  readonly kinds: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

/** Freezes a state at a frame boundary: copies the maps, not the (immutable) actor states. */
export const freeze = <Kinds>(state: ShardState<Kinds>): FrozenState => ({
  end: state.end,
  head: canonicalText({
    v: 1,
    marks: state.marks,
    drained: state.drained,
    epoch: state.end.epoch,
    seq: state.end.seq,
    sum: state.end.sum,
    high: Object.fromEntries(state.high),
    timers: [...state.timers.all()],
  }),
  kinds: state.space.copy(),
});

/** The lines of a snapshot, one actor state each; the head comes first. */
export function* linesOf(frozen: FrozenState): Generator<string> {
  yield frozen.head;
  for (const [kind, states] of frozen.kinds) {
    for (const [key, state] of states) yield lineOf(kind, key, state);
  }
}

const lineOf = (kind: string, key: string, state: unknown): string => {
  const text = state instanceof Dormant ? state.text : canonicalText(state);
  return `${JSON.stringify([kind, key])}\t${text}`;
};

interface Head {
  readonly marks: Marks;
  readonly drained: number;
  readonly epoch: number;
  readonly seq: number;
  readonly sum: string;
  readonly high: Readonly<Record<string, HighWater>>;
  readonly timers: readonly (readonly [string, bigint])[];
}

/** Reads a snapshot's lines back into an empty state. Throws where they are none. */
export const thaw = <Kinds>(
  kinds: readonly (keyof Kinds & string)[],
  lines: Iterable<string>,
): ShardState<Kinds> => {
  const state = emptyState<Kinds>(kinds);
  let first = true;
  for (const line of lines) {
    if (first) {
      const head = fromCanonicalText(line) as Head;
      state.marks = head.marks;
      state.committed = head.marks;
      state.drained = head.drained;
      state.end = { seq: head.seq, sum: head.sum, epoch: head.epoch };
      for (const [sender, high] of Object.entries(head.high)) state.high.set(sender, high);
      for (const [id, at_ns] of head.timers) state.timers.set(id, at_ns);
      first = false;
      continue;
    }
    const tab = line.indexOf("\t");
    const [kind, key] = JSON.parse(line.slice(0, tab)) as [keyof Kinds & string, string];
    state.space.load(kind, key, line.slice(tab + 1));
  }
  return state;
};

/** Adds up line hashes: the sum does not depend on the order in which actors were created. */
export interface StateHasher {
  readonly add: (line: string) => void;
  /** 128 bits as hex. */
  readonly digest: () => string;
}

/** A hasher over the lines of actor states (the head, which holds positions, is left out). */
export const makeStateHasher = (): StateHasher => {
  let total = 0n;
  return {
    add: (line) => {
      total += BigInt(`0x${hash("sha256", line, "hex").slice(0, 32)}`);
    },
    digest: () => BigInt.asUintN(128, total).toString(16).padStart(32, "0"),
  };
};

/** The hash of all actor states. */
export const stateHash = (frozen: FrozenState): string => {
  const hasher = makeStateHasher();
  let head = true;
  for (const line of linesOf(frozen)) {
    if (!head) hasher.add(line);
    head = false;
  }
  return hasher.digest();
};
