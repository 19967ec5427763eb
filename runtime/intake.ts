/**
 * What waits to be processed by one shard: a bounded buffer per source, urgent things first.
 *
 * Order of taking: due timers and driver inputs are the shard loop's matter; here the urgent lane
 * goes before new work, but a flood on it leaves new work its share of each frame.
 *
 * Invariants
 *  1. Within a lane, and within the driver's inputs, order is kept.
 *  2. No buffer grows beyond its limit: a source without room is told to wait.
 */
import { Latch } from "effect";
import type { Effect } from "effect";
import { lanes } from "../protocols/kernel/subjects.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";
import { limits } from "./limits.ts";
import type { Delivery, Intake } from "./mailbox.ts";

/** The intake of a shard that keeps driver inputs of type `Local`. */
export interface ShardIntake<Local> extends Intake {
  /** Takes a driver's input; false: full, it was not taken. */
  readonly post: (input: Local) => boolean;
  /** Calls back once there is room for driver inputs. */
  readonly localRoom: (callback: () => void) => void;
  /** Completes when something may be there to take. */
  readonly ready: Effect.Effect<void>;
  /** Wakes the loop without an input (a timer came due, the outbox has room again). */
  readonly wake: () => void;
  /** Says that everything there was has been taken: `ready` waits from now on. */
  readonly settle: () => void;
  readonly takeLocal: () => Local | undefined;
  readonly take: (lane: Lane) => Delivery | undefined;
  readonly size: (lane: Lane) => number;
}

/** A first-in first-out buffer that does not shift on every take, nor keep what was taken. */
const makeFifo = <A>() => {
  let items: (A | undefined)[] = [];
  let head = 0;
  return {
    push: (item: A): void => {
      items.push(item);
    },
    take: (): A | undefined => {
      const item = items[head];
      if (item === undefined) return undefined;
      items[head] = undefined;
      head += 1;
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    size: (): number => items.length - head,
  };
};

/** An empty intake. */
export const makeIntake = <Local>(): ShardIntake<Local> => {
  const buffers = { h: makeFifo<Delivery>(), n: makeFifo<Delivery>() };
  const roomLatches = { h: Latch.makeUnsafe(true), n: Latch.makeUnsafe(true) };
  const locals = makeFifo<{ readonly input: Local }>();
  const ready = Latch.makeUnsafe(false);
  let waitingForRoom: (() => void)[] = [];

  const bytes = { h: 0, n: 0 };
  const isBelow = (lane: Lane, share: number): boolean =>
    buffers[lane].size() < limits.intakeLane_max * share &&
    bytes[lane] < limits.intakeLane_bytes_max * share;
  return {
    deliver: (delivery) => {
      buffers[delivery.lane].push(delivery);
      bytes[delivery.lane] += delivery.data.byteLength;
      ready.openUnsafe();
      if (isBelow(delivery.lane, 1)) return true;
      roomLatches[delivery.lane].closeUnsafe();
      return false;
    },
    room: (lane) => roomLatches[lane].await,
    post: (input) => {
      if (locals.size() >= limits.intakeLocal_max) return false;
      locals.push({ input });
      ready.openUnsafe();
      return true;
    },
    localRoom: (callback) => {
      waitingForRoom.push(callback);
    },
    ready: ready.await,
    wake: () => void ready.openUnsafe(),
    settle: () => {
      const empty = locals.size() === 0 && lanes.every((lane) => buffers[lane].size() === 0);
      if (empty) ready.closeUnsafe();
    },
    takeLocal: () => {
      const item = locals.take();
      if (waitingForRoom.length > 0 && locals.size() < limits.intakeLocal_max / 2) {
        const callbacks = waitingForRoom;
        waitingForRoom = [];
        for (const callback of callbacks) callback();
      }
      return item?.input;
    },
    take: (lane) => {
      const delivery = buffers[lane].take();
      bytes[lane] -= delivery?.data.byteLength ?? 0;
      if (isBelow(lane, 0.5)) roomLatches[lane].openUnsafe();
      return delivery;
    },
    size: (lane) => buffers[lane].size(),
  };
};
