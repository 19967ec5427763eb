/**
 * Gathers turns for the next frame: takes what waits, runs it, and stops at the frame's limits.
 *
 * Order of taking: due timers, the driver's inputs, the urgent lane, new work. A parcel's messages
 * are turns of their own; the reading position moves on when the last of them is in.
 *
 * Owns: the reading positions while a frame grows. Never: commits.
 */
import { parseMailboxSubject } from "../protocols/kernel/subjects.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";
import type { ShardIntake } from "./intake.ts";
import { limits } from "./limits.ts";
import type { Delivery } from "./mailbox.ts";
import { alreadyTaken, decodeParcel } from "./parcel.ts";
import type { ParcelItem } from "./parcel.ts";
import type { ShardInput } from "./shard_model.ts";
import { timerLabel } from "./shard_state.ts";
import type { ShardState } from "./shard_state.ts";
import type { OutItem, TurnRunner } from "./turn_runner.ts";

/** A frame's worth of turns, not yet committed. */
export interface Batch<Effect> {
  /** Turn records as JSON texts. */
  readonly turns: readonly string[];
  readonly out: readonly OutItem[];
  readonly effects: readonly Effect[];
  /** Causes of messages that were parked. */
  readonly parked: readonly string[];
  /** When the oldest mailbox message in it was stored. */
  readonly oldest_ns: bigint | undefined;
}

/** Gathers batches. */
export interface FrameBuilder<Message, Local, Effect> {
  /** Runs what waits, up to the frame's limits. */
  readonly gather: (seq: number, now_ns: bigint) => Batch<Effect>;
  /** Runs one given input as a batch of its own. */
  readonly single: (seq: number, input: ShardInput<Message, Local>, label: string) => Batch<Effect>;
}

interface OpenParcel {
  readonly delivery: Delivery;
  readonly from: string;
  readonly items: readonly ParcelItem[];
  next: number;
}

interface Growing<Effect> {
  readonly seq: number;
  readonly turns: string[];
  readonly out: OutItem[];
  readonly effects: Effect[];
  readonly parked: string[];
  oldest_ns: bigint | undefined;
  bytes: number;
}

/** What a builder works on; `parcel` is one that did not fit into the last frame. */
interface Builder<Kinds, Message, Local, Effect> {
  readonly state: ShardState<Kinds>;
  readonly intake: ShardIntake<Local>;
  readonly runner: TurnRunner<Message, Local, Effect>;
  readonly taken: (delivery: Delivery) => void;
  parcel: OpenParcel | undefined;
}

/** The builder of one shard. */
export const makeFrameBuilder = <Kinds, Message, Local, Effect>(
  state: ShardState<Kinds>,
  intake: ShardIntake<Local>,
  runner: TurnRunner<Message, Local, Effect>,
  taken: (delivery: Delivery) => void,
): FrameBuilder<Message, Local, Effect> => {
  const builder: Builder<Kinds, Message, Local, Effect> = {
    state,
    intake,
    runner,
    taken,
    parcel: undefined,
  };
  return {
    gather: (seq, now_ns) => {
      const growing = newGrowing<Effect>(seq);
      const urgent_max =
        intake.size("n") > 0
          ? limits.frameTurns_max - limits.frameTurnsNewWork_min
          : limits.frameTurns_max;
      runTimers(builder, growing, now_ns, urgent_max);
      runLocals(builder, growing, urgent_max);
      runParcel(builder, growing, urgent_max);
      if (builder.parcel === undefined) runLane(builder, growing, "h", urgent_max);
      runLane(builder, growing, "n", limits.frameTurns_max);
      intake.settle();
      if (builder.parcel !== undefined || state.timers.isDue(now_ns)) intake.wake();
      return growing;
    },
    single: (seq, input, label) => {
      const growing = newGrowing<Effect>(seq);
      run(builder, growing, input, label);
      return growing;
    },
  };
};

const newGrowing = <Effect>(seq: number): Growing<Effect> => ({
  seq,
  turns: [],
  out: [],
  effects: [],
  parked: [],
  oldest_ns: undefined,
  bytes: 0,
});

const isFull = <Effect>(growing: Growing<Effect>, turns_max: number): boolean =>
  growing.turns.length >= turns_max || growing.bytes >= limits.frame_bytes_target;

const run = <Kinds, Message, Local, Effect>(
  { runner }: Builder<Kinds, Message, Local, Effect>,
  growing: Growing<Effect>,
  input: ShardInput<Message, Local>,
  label: string,
  from?: readonly [string, number, number],
): void => {
  const place = { seq: growing.seq, firstIndex: growing.out.length, label, from };
  const result = runner.run(input, place);
  growing.turns.push(result.text);
  growing.bytes += result.bytes;
  growing.out.push(...result.out);
  growing.effects.push(...result.effects);
  if (result.parked !== undefined) growing.parked.push(result.parked);
};

const runTimers = <Kinds, Message, Local, Effect>(
  builder: Builder<Kinds, Message, Local, Effect>,
  growing: Growing<Effect>,
  now_ns: bigint,
  turns_max: number,
): void => {
  while (!isFull(growing, turns_max)) {
    const id = builder.state.timers.takeDue(now_ns);
    if (id === undefined) return;
    run(builder, growing, { type: "timer", id }, timerLabel(id));
  }
};

const runLocals = <Kinds, Message, Local, Effect>(
  builder: Builder<Kinds, Message, Local, Effect>,
  growing: Growing<Effect>,
  turns_max: number,
): void => {
  while (!isFull(growing, turns_max)) {
    const input = builder.intake.takeLocal();
    if (input === undefined) return;
    run(builder, growing, { type: "local", input }, "local");
  }
};

const runLane = <Kinds, Message, Local, Effect>(
  builder: Builder<Kinds, Message, Local, Effect>,
  growing: Growing<Effect>,
  lane: Lane,
  turns_max: number,
): void => {
  while (!isFull(growing, turns_max)) {
    const delivery = builder.intake.take(lane);
    if (delivery === undefined) return;
    runDelivery(builder, growing, delivery, turns_max);
  }
};

const runDelivery = <Kinds, Message, Local, Effect>(
  builder: Builder<Kinds, Message, Local, Effect>,
  growing: Growing<Effect>,
  delivery: Delivery,
  turns_max: number,
): void => {
  growing.oldest_ns ??= delivery.stored_ns;
  builder.taken(delivery);
  const subject = delivery.lane === "h" ? parseMailboxSubject(delivery.subject) : undefined;
  if (subject?.type === "parcel") {
    builder.parcel = openParcel(delivery, subject.from);
    if (builder.parcel !== undefined) {
      runParcel(builder, growing, turns_max);
      return;
    }
  }
  run(builder, growing, commandOf(delivery), `${delivery.lane}:${delivery.seq}`);
  passed(builder, delivery);
};

/** Runs the open parcel's messages as far as the frame has room. */
const runParcel = <Kinds, Message, Local, Effect>(
  builder: Builder<Kinds, Message, Local, Effect>,
  growing: Growing<Effect>,
  turns_max: number,
): void => {
  const { parcel, state } = builder;
  if (parcel === undefined) return;
  const { delivery, from, items } = parcel;
  for (; parcel.next < items.length; parcel.next += 1) {
    if (isFull(growing, turns_max)) return;
    const item = items[parcel.next];
    if (item === undefined || alreadyTaken(item, state.high.get(from))) continue;
    const [frame, index, message] = item;
    const label = `${delivery.lane}:${delivery.seq}#${parcel.next}`;
    const input = { type: "message", from, message: message as Message } as const;
    run(builder, growing, input, label, [from, frame, index]);
    state.high.set(from, [frame, index]);
  }
  passed(builder, delivery);
  builder.parcel = undefined;
};

const passed = <Kinds, Message, Local, Effect>(
  { state }: Builder<Kinds, Message, Local, Effect>,
  delivery: Delivery,
): void => {
  state.marks = { ...state.marks, [delivery.lane]: delivery.seq };
};

/**
 * A parcel that cannot be read, or is not from whom its subject says, is treated as a command,
 * whose reader will refuse it aloud.
 */
const openParcel = (delivery: Delivery, from: string): OpenParcel | undefined => {
  try {
    const parcel = decodeParcel(delivery.data);
    return parcel.from === from ? { delivery, ...parcel, next: 0 } : undefined;
  } catch {
    return undefined;
  }
};

const commandOf = (delivery: Delivery): ShardInput<never, never> => ({
  type: "command",
  lane: delivery.lane,
  seq: delivery.seq,
  subject: delivery.subject,
  data: delivery.data,
  stored_ns: delivery.stored_ns,
  traceparent: delivery.traceparent,
});
