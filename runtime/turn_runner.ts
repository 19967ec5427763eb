/**
 * Runs one turn of a shard model and writes down what it did.
 *
 * A turn that throws is rolled back and tried again a bounded number of times; then the message is
 * parked: the model's `park` answers the sender, the message goes to the dead letters with its
 * cause, and the shard goes on. One bad message never stops the others.
 *
 * Owns: the atomicity of a turn. Never: performs anything; it only records what is to be done.
 */
import { toNanos } from "../protocols/kernel/instant.ts";
import { deadLetterSubject } from "../protocols/kernel/subjects.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import { shardName } from "../protocols/kernel/shard.ts";
import { limits } from "./limits.ts";
import type { ShardInput, ShardModel, Turn } from "./shard_model.ts";
import type { TurnSpace } from "./space.ts";
import type { TimerQueue } from "./timer_queue.ts";

/** A message that leaves after the commit: its own text, and the one that the frame keeps. */
export type OutItem = { readonly index: number; readonly text: string; readonly line: string } & (
  | { readonly to: Shard }
  | { readonly subject: string }
);

/** What a turn did. */
export interface TurnResult<Effect> {
  /** The turn's record for the frame, as JSON text, and its size. */
  readonly text: string;
  readonly bytes: number;
  readonly out: readonly OutItem[];
  readonly effects: readonly Effect[];
  /** Why it was parked, where it was. */
  readonly parked: string | undefined;
}

/** Where a turn stands: in which frame, and what came in. */
export interface TurnPlace {
  readonly seq: number;
  /** Index of the turn's first outgoing message in the frame. */
  readonly firstIndex: number;
  /** The record's `in`. */
  readonly label: string;
  /** The record's `from`, for messages of other shards. */
  readonly from: readonly [string, number, number] | undefined;
}

/** Runs turns against one space. */
export interface TurnRunner<Message, Local, Effect> {
  readonly run: (input: ShardInput<Message, Local>, place: TurnPlace) => TurnResult<Effect>;
}

interface Runner<Kinds, Event, Message, Local, Effect, Outgoing> {
  readonly shard: Shard;
  readonly model: ShardModel<Kinds, Event, Message, Local, Effect, Outgoing>;
  readonly space: TurnSpace<Kinds>;
  readonly timers: TimerQueue;
  /** Nanoseconds since the epoch. */
  readonly clock: () => bigint;
}

/** Makes the runner of a shard. */
export const makeTurnRunner = <Kinds, Event, Message, Local, Effect, Outgoing>(
  runner: Runner<Kinds, Event, Message, Local, Effect, Outgoing>,
): TurnRunner<Message, Local, Effect> => ({
  run: (input, place) => {
    let cause: unknown;
    for (let tries = 0; tries < limits.attempts_max; tries += 1) {
      try {
        return attempt(runner, place, undefined, (turn) => runner.model.decide(input, turn));
      } catch (thrown) {
        cause = thrown;
      }
    }
    // Put aside, such an input would leave the shard in a state that nothing leads out of.
    if (runner.model.isVital(input)) throw cause;
    return park(runner, input, place, sentence(cause));
  },
});

/** What a turn gathers while it runs. */
interface Gathered<Event, Effect> {
  readonly events: Event[];
  readonly out: OutItem[];
  readonly effects: Effect[];
  readonly timers: (readonly [string, bigint | undefined])[];
}

/** Runs `body` in a turn of its own; throws what it throws, with nothing left behind. */
const attempt = <Kinds, Event, Message, Local, Effect, Outgoing>(
  runner: Runner<Kinds, Event, Message, Local, Effect, Outgoing>,
  place: TurnPlace,
  parked: string | undefined,
  body: (turn: Turn<Kinds, Event, Outgoing, Effect>) => void,
): TurnResult<Effect> => {
  const { space, timers } = runner;
  const gathered: Gathered<Event, Effect> = { events: [], out: [], effects: [], timers: [] };
  space.begin();
  try {
    body(turnOf(runner, place, gathered));
    const text = recordText(place, gathered, parked);
    let bytes = Buffer.byteLength(text);
    for (const item of gathered.out) bytes += Buffer.byteLength(item.line);
    if (bytes > limits.turn_bytes_max) throw new Error(`a turn of ${bytes} bytes fits no frame`);
    space.keep();
    for (const [id, at_ns] of gathered.timers) timers.set(id, at_ns);
    return { text, bytes, out: gathered.out, effects: gathered.effects, parked };
  } catch (cause) {
    space.rollback();
    throw cause;
  }
};

const turnOf = <Kinds, Event, Message, Local, Effect, Outgoing>(
  { shard, model, space, clock }: Runner<Kinds, Event, Message, Local, Effect, Outgoing>,
  place: TurnPlace,
  { events, out, effects, timers }: Gathered<Event, Effect>,
): Turn<Kinds, Event, Outgoing, Effect> => {
  const now_ns = clock();
  const nextIndex = (): number => place.firstIndex + out.length;
  return {
    space,
    now_ns,
    now: toNanos(now_ns),
    emit: (event) => {
      events.push(event);
      model.evolve(space, event);
    },
    send: (to, message) => {
      out.push(messageItem(nextIndex(), to, JSON.stringify(message)));
    },
    publish: (subject, bodyOf) => {
      const index = nextIndex();
      const text = JSON.stringify(bodyOf(`${shardName(shard)}-${place.seq}-${index}`));
      out.push(publicationItem(index, subject, text));
    },
    timer: (id, at_ns) => timers.push([id, at_ns]),
    perform: (effect) => effects.push(effect),
  };
};

/** The message is put aside with its cause, and the model answers for it. */
const park = <Kinds, Event, Message, Local, Effect, Outgoing>(
  runner: Runner<Kinds, Event, Message, Local, Effect, Outgoing>,
  input: ShardInput<Message, Local>,
  place: TurnPlace,
  cause: string,
): TurnResult<Effect> => {
  const subject = deadLetterSubject(runner.shard);
  const bury = (turn: Turn<Kinds, Event, Outgoing, Effect>): void =>
    turn.publish(subject, (eventId) => deadLetter(eventId, place, input, cause, turn.now));
  try {
    return attempt(runner, place, cause, (turn) => {
      bury(turn);
      runner.model.park(input, cause, turn);
    });
  } catch (second) {
    const both = `${cause}; its parking failed too: ${sentence(second)}`;
    return attempt(runner, place, both, bury);
  }
};

const sentence = (cause: unknown): string =>
  (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)).slice(0, 500);

const recordText = (
  place: TurnPlace,
  { events, timers }: Gathered<unknown, unknown>,
  parked: string | undefined,
): string => {
  let text = `{"in":${JSON.stringify(place.label)}`;
  if (place.from !== undefined) text += `,"from":${JSON.stringify(place.from)}`;
  text += `,"events":${JSON.stringify(events)}`;
  if (timers.length > 0) {
    const changes = timers.map(([id, at_ns]) => [id, at_ns === undefined ? null : String(at_ns)]);
    text += `,"timers":${JSON.stringify(changes)}`;
  }
  if (parked !== undefined) text += `,"parked":${JSON.stringify(parked)}`;
  return `${text}}`;
};

/** A message to a shard; `text` is its JSON. */
export const messageItem = (index: number, to: Shard, text: string): OutItem => {
  const line = `{"to":${JSON.stringify(shardName(to))},"message":${text}}`;
  return { index, to, text, line };
};

/** A publication on the feed; `text` is its JSON. */
export const publicationItem = (index: number, subject: string, text: string): OutItem => {
  const line = `{"subject":${JSON.stringify(subject)},"body":${text}}`;
  return { index, subject, text, line };
};

/** What is kept of a message that could not be processed, cut where it is long. */
const deadLetter = <Message, Local>(
  eventId: string,
  place: TurnPlace,
  input: ShardInput<Message, Local>,
  cause: string,
  at: string,
): object => {
  const kept =
    input.type === "command"
      ? { subject: input.subject, data: Buffer.from(input.data).toString("utf8") }
      : { data: JSON.stringify(input) };
  const data = kept.data.slice(0, limits.deadLetter_chars_max);
  return { eventId, in: place.label, cause, at, ...kept, data };
};
