/**
 * What a shard does, as the runtime sees it: pure functions over actor states. No trading word.
 *
 * The dialogue, for every input: the shard loop calls `decide`, which reads actor states and calls
 * `turn.emit`; each emitted event goes through `evolve` at once, so that later decisions of the
 * same turn see it. Everything a turn did is committed in one journal frame; only then do its
 * messages, publications and effects leave. Recovery calls `evolve` alone, with the journaled
 * events.
 *
 * Rules for a model
 *  1. `decide` and `evolve` are synchronous, keep nothing of their own and read no clock.
 *  2. `evolve` depends on the states and the event only: replay must give the same states.
 *  3. States are immutable values of JSON kind plus bigint; `evolve` replaces, never amends.
 *  4. A turn that throws leaves no trace; after bounded retries `park` answers for it, or the
 *     shard restarts where the input is vital.
 */
import type { Shard, ShardName } from "../protocols/kernel/shard.ts";
import type { Instant_ns, Nanos } from "../protocols/kernel/instant.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";

/** Actor states by kind and key, for reading. `Kinds` maps a kind's name to its state's type. */
export interface ReadonlySpace<Kinds> {
  readonly get: <K extends keyof Kinds & string>(kind: K, key: string) => Kinds[K] | undefined;
  /** Keys alone: cheap, also where the states behind them are still unread. */
  readonly keys: (kind: keyof Kinds & string) => Iterable<string>;
  readonly entries: <K extends keyof Kinds & string>(kind: K) => Iterable<[string, Kinds[K]]>;
  readonly size: (kind: keyof Kinds & string) => number;
}

/** Actor states by kind and key, for `evolve`. */
export interface Space<Kinds> extends ReadonlySpace<Kinds> {
  readonly set: <K extends keyof Kinds & string>(kind: K, key: string, state: Kinds[K]) => void;
  readonly remove: (kind: keyof Kinds & string, key: string) => void;
}

/** One thing that a shard is told. */
export type ShardInput<Message, Local> =
  /** A mailbox message from outside, as it was sent. */
  | {
      readonly type: "command";
      readonly lane: Lane;
      readonly seq: number;
      readonly subject: string;
      readonly data: Uint8Array;
      readonly stored_ns: Instant_ns;
      readonly traceparent: string | undefined;
    }
  /** A message of another shard (or of this one to itself), once each, in its sending order. */
  | { readonly type: "message"; readonly from: ShardName; readonly message: Message }
  /** A timer that the model set and that was neither changed nor cleared since. */
  | { readonly type: "timer"; readonly id: string }
  /** Something the shard's driver observed (a socket's bytes, a lost connection); volatile. */
  | { readonly type: "local"; readonly input: Local }
  /** First input of every ownership, after recovery: what was volatile is gone, ask again. */
  | { readonly type: "started" };

/** What `decide` may do. */
export interface Turn<Kinds, Event, Outgoing, Effect> {
  readonly space: ReadonlySpace<Kinds>;
  readonly now_ns: Instant_ns;
  readonly now: Nanos;
  /** States a fact: it is evolved now and journaled with the turn. */
  readonly emit: (event: Event) => void;
  /** Sends to another shard's mailbox after the commit, exactly once, in order. */
  readonly send: (to: Shard, message: Outgoing) => void;
  /** Publishes on the event feed after the commit; `body` gets the event's unique id. */
  readonly publish: (subject: string, body: (eventId: string) => object) => void;
  /**
   * Sets (or with undefined clears) a timer: it fires at or after the instant, also after replay.
   */
  readonly timer: (id: string, at_ns: Instant_ns | undefined) => void;
  /** Hands an effect to the driver after the commit; volatile, never repeated by a replay. */
  readonly perform: (effect: Effect) => void;
}

/**
 * The pure behaviour of one kind of shard. `Message` is what other shards tell it, `Outgoing` what
 * it tells them (the same, unless it says otherwise).
 */
export interface ShardModel<Kinds, Event, Message, Local, Effect, Outgoing = Message> {
  /** All kinds of actor state it keeps. */
  readonly kinds: readonly (keyof Kinds & string)[];
  readonly decide: (
    input: ShardInput<Message, Local>,
    turn: Turn<Kinds, Event, Outgoing, Effect>,
  ) => void;
  readonly evolve: (space: Space<Kinds>, event: Event) => void;
  /**
   * Whether an input that throws every time may not be put aside: the shard is restarted instead,
   * and its supervisor decides. For what other shards or strategies send this must be false.
   */
  readonly isVital: (input: ShardInput<Message, Local>) => boolean;
  /** Answers the sender of an input that threw every time; must itself be simple. */
  readonly park: (
    input: ShardInput<Message, Local>,
    cause: string,
    turn: Turn<Kinds, Event, Outgoing, Effect>,
  ) => void;
}

/** What the runtime tells a driver about its shard. */
export interface DriverContext<Local> {
  readonly shard: Shard;
  /** Posts an input to the shard; false: no room now, stop reading until `room` calls back. */
  readonly post: (input: Local) => boolean;
  /** Calls back once, when there is room for inputs again. */
  readonly room: (callback: () => void) => void;
  /** Whether this process still holds the shard: checked immediately before bytes leave. */
  readonly mayAct: () => boolean;
}

/** The part of a shard that touches the outside (a venue's wire). Started after recovery. */
export interface ShardDriver<Effect> {
  /** Called with all effects of a commit, before the first of them is performed. */
  readonly begin?: (effects: readonly Effect[]) => void;
  /** Called after the commit, in turn order. Must not throw and must not wait. */
  readonly perform: (effect: Effect) => void;
  /**
   * Asked once before the shard ends in order: calls back when the outside has come to rest, in
   * bounded time. The shard lives on meanwhile.
   */
  readonly drain?: (done: () => void) => void;
}
