/**
 * The life of a shard under one owner: recover, then take – decide – commit – release, for ever.
 *
 * One fiber, one frame under way. While a frame is being stored, input gathers for the next one:
 * that is the group commit, without any lingering. Only what the journal has accepted leaves: first
 * the outbox and the driver's effects, and the next frame says how far the outbox has come.
 *
 * Ends only by a fault: fenced (another owner writes), the journal unreachable, the mailbox gone,
 * or a broken journal. It never goes on after one: the supervisor starts it anew from the journal.
 *
 * Invariants of the design kept here: 1 (one writer), 2 (nothing leaves before its commit),
 * 8 (replay gives the live state: the loop and the replay change it by the same code).
 */
import { Cause, Clock, Effect, Exit, Fiber, Latch } from "effect";
import type { Scope } from "effect";
import { lanes } from "../protocols/kernel/subjects.ts";
import { shardName, shardOfName } from "../protocols/kernel/shard.ts";
import { makeCommittedReads } from "./committed_reads.ts";
import { makeCommitter } from "./committer.ts";
import type { Outgoing } from "./frame.ts";
import { makeFrameBuilder } from "./frame_builder.ts";
import type { Batch } from "./frame_builder.ts";
import { makeIntake } from "./intake.ts";
import { limits } from "./limits.ts";
import { Mailbox } from "./mailbox.ts";
import { makeOutbox } from "./outbox.ts";
import type { Outbox } from "./outbox.ts";
import { recover } from "./recovery.ts";
import type { Unsent } from "./recovery.ts";
import type { ShardDriver } from "./shard_model.ts";
import type { ShardOptions } from "./shard_options.ts";
import { freeze } from "./shard_state.ts";
import type { ShardState } from "./shard_state.ts";
import { writeSnapshot } from "./snapshotter.ts";
import { makeTrimmer } from "./trimmer.ts";
import { makeTurnRunner, messageItem, publicationItem } from "./turn_runner.ts";
import type { OutItem } from "./turn_runner.ts";

/** Runs a shard until a fault, or until it is drained. */
export const runShard = <Kinds, Event, Message, Local, Effects, Said>(
  options: ShardOptions<Kinds, Event, Message, Local, Effects, Said>,
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { shard, model, observer } = options;
      const clock = yield* Clock.Clock;
      const now_ns = (): bigint => clock.currentTimeNanosUnsafe();
      const { state, unsent } = yield* takeOver(options, now_ns);
      const intake = makeIntake<Local>();
      const outbox = yield* makeOutbox(shard, state.drained, {
        onRoom: intake.wake,
        onFailure: (to, cause) => observer.undelivered(shardName(shard), to, cause),
      });
      resend(outbox, unsent);
      const driver = yield* startDriver(options, intake);
      const runner = makeTurnRunner({
        shard,
        model,
        space: state.space,
        timers: state.timers,
        clock: now_ns,
      });
      const trimmer = yield* makeTrimmer(shard, () => state.committed);
      const builder = makeFrameBuilder(state, intake, runner, (delivery) => {
        const { subject, seq, traceparent, data } = delivery;
        trimmer.read(data.byteLength);
        observer.taken(shardName(shard), subject, seq, traceparent);
      });
      const readFailed = (cause: unknown): void => observer.readFailed(shardName(shard), cause);
      const readers = makeCommittedReads(state.space, readFailed);
      const commitFrame = yield* makeCommitter(options, state, outbox, driver);
      const commit = (batch: Batch<Effects>) =>
        Effect.andThen(commitFrame(batch), Effect.sync(readers.release));
      yield* commit(builder.single(state.end.seq + 1, { type: "started" }, "started"));

      const mailbox = yield* Mailbox;
      const consumers = yield* Effect.forkScoped(
        Effect.all(
          lanes.map((lane) => mailbox.consume(shard, lane, state.marks[lane], intake)),
          { concurrency: "unbounded", discard: true },
        ),
      );
      yield* Effect.forkScoped(trimmer.run);
      const drain = makeDrain(intake.wake, driver);
      yield* options.onLive({ read: readers.read, drain: drain.request });
      const loop = Effect.gen(function* () {
        while (!drain.isRequested()) {
          yield* waitForInput(intake, state, now_ns);
          if (outbox.size() >= limits.outbox_max) {
            intake.settle();
            yield* Effect.sleep("1 millis");
            intake.wake();
            continue;
          }
          readers.hold();
          const batch = builder.gather(state.end.seq + 1, now_ns());
          if (batch.turns.length > 0) yield* commit(batch);
          else readers.release();
        }
        yield* Fiber.interrupt(consumers);
        yield* outbox.flushed;
        yield* commit(emptyBatch);
        yield* trimmer.trim;
        yield* Effect.ignore(writeSnapshot(shard, freeze(state)));
        yield* drain.done;
      });
      yield* Effect.raceFirst(loop, failureOf(consumers));
    }),
  );

/** Recovers the shard as its new owner. */
const takeOver = <Kinds, Event, Message, Local, Effects, Said>(
  { shard, model, node, observer }: ShardOptions<Kinds, Event, Message, Local, Effects, Said>,
  now_ns: () => bigint,
) =>
  Effect.gen(function* () {
    const began_ns = now_ns();
    const { state, unsent, replayed } = yield* recover(shard, model, node, now_ns);
    const took_ms = Number(now_ns() - began_ns) / 1e6;
    observer.recovered(shardName(shard), state.end.epoch, replayed, took_ms);
    return { state, unsent };
  });

/** The wish to end in order, and its fulfilment. */
const makeDrain = <Effects>(wake: () => void, driver: ShardDriver<Effects> | undefined) => {
  let requested = false;
  const done = Latch.makeUnsafe(false);
  return {
    isRequested: (): boolean => requested,
    done: done.open,
    request: Effect.gen(function* () {
      const rest = Latch.makeUnsafe(false);
      if (driver?.drain !== undefined) driver.drain(() => rest.openUnsafe());
      else rest.openUnsafe();
      yield* rest.await;
      requested = true;
      wake();
      return yield* done.await;
    }),
  };
};

/** Fails as the fiber fails; its interruption (a drain) is none. */
const failureOf = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<never, E> =>
  Effect.flatMap(Fiber.await(fiber), (exit) =>
    Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
      ? Effect.failCause(exit.cause)
      : Effect.never,
  );

/** Completes when input waits or a timer is due. */
const waitForInput = <Kinds>(
  intake: { readonly ready: Effect.Effect<void> },
  state: ShardState<Kinds>,
  now_ns: () => bigint,
): Effect.Effect<void> => {
  const next_ns = state.timers.next_ns();
  if (next_ns === undefined) return intake.ready;
  const wait_ms = Math.ceil(Number(next_ns - now_ns()) / 1e6);
  if (wait_ms <= 0) return Effect.void;
  return Effect.raceFirst(intake.ready, Effect.sleep(wait_ms));
};

const emptyBatch: Batch<never> = {
  turns: [],
  out: [],
  effects: [],
  parked: [],
  oldest_ns: undefined,
};

/** Puts a predecessor's unsent messages into the outbox, under their first ids. */
const resend = (outbox: Outbox, unsent: readonly Unsent[]): void => {
  for (const { frame, items } of unsent) {
    outbox.release(
      frame,
      items.map((out, index) => outItemOf(index, out)),
    );
  }
};

const outItemOf = (index: number, out: Outgoing): OutItem =>
  "to" in out
    ? messageItem(index, shardOfName(out.to), JSON.stringify(out.message))
    : publicationItem(index, out.subject, JSON.stringify(out.body));

const startDriver = <Kinds, Event, Message, Local, Effects, Said>(
  options: ShardOptions<Kinds, Event, Message, Local, Effects, Said>,
  intake: ReturnType<typeof makeIntake<Local>>,
): Effect.Effect<ShardDriver<Effects> | undefined, never, Scope.Scope> =>
  options.driver === undefined
    ? Effect.succeed(undefined)
    : options.driver({
        shard: options.shard,
        post: intake.post,
        room: intake.localRoom,
        mayAct: options.mayAct,
      });
