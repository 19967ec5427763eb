/**
 * One run of one child: a fiber, whether it is ready, and how it is stopped within a deadline.
 *
 * Owns: starting the fiber with its own scope, telling its exit without polling, stopping it.
 * Never: decides about restarts; `supervisor.ts` does. Never leaves a fiber behind, except one that
 * does not end when interrupted (stuck in uninterruptible work), which it reports as abandoned.
 */
import { Deferred, Duration, Effect, Fiber, Option } from "effect";
import type { Context, Exit } from "effect";
import type { ChildSpec, StopOutcome } from "./child_spec.ts";

/** A child while it runs. */
export interface ChildRun {
  readonly fiber: Fiber.Fiber<void, unknown>;
  /** Done when the child said that it is ready, or ended without failure. */
  readonly ready: Deferred.Deferred<void>;
  readonly stopping: Deferred.Deferred<void>;
  /** Set once it is to end: its exit is then no news. */
  stopRequested: boolean;
}

/** Extra time that an interrupted `trapExit` child gets for its finalizers. */
export const killed_ms_max = 1_000;

/**
 * Starts a run. `onReady` is called at most once, in the child's fiber; `onExit` exactly once, when
 * the fiber has ended with all its finalizers. Both only after this function has returned.
 */
export const startRun = <R>(
  context: Context.Context<R>,
  spec: ChildSpec<R>,
  onReady: (run: ChildRun) => void,
  onExit: (run: ChildRun, exit: Exit.Exit<void, unknown>) => void,
): ChildRun => {
  const ready = Deferred.makeUnsafe<void>();
  const stopping = Deferred.makeUnsafe<void>();
  const sayReady = Effect.sync(() => {
    if (Deferred.doneUnsafe(ready, Effect.void)) onReady(run);
  });
  const body = Effect.suspend(() =>
    spec.start({ ready: sayReady, stopping: Deferred.await(stopping) }),
  );
  // Synchronous, so that no interruption comes between the fiber and the record of it; the child
  // yields first, so that `run` is there when it speaks. No scope owns the fiber: a scope would
  // wait for a stuck child for ever when it closes. The supervisor stops every run that it started.
  const fiber = Effect.runForkWith(context)(Effect.andThen(Effect.yieldNow, Effect.scoped(body)));
  const run: ChildRun = { fiber, ready, stopping, stopRequested: false };
  fiber.addObserver((exit) => {
    onExit(run, exit);
  });
  return run;
};

/** Stops a run; completes at its end or at its deadline. May be repeated. */
export const stopRun = <R>(spec: ChildSpec<R>, run: ChildRun): Effect.Effect<StopOutcome> =>
  Effect.gen(function* () {
    run.stopRequested = true;
    if (spec.trapExit === true) {
      Deferred.doneUnsafe(run.stopping, Effect.void);
      if (yield* endsWithin(run, spec.shutdown_ms)) return "stopped";
      run.fiber.interruptUnsafe();
      return (yield* endsWithin(run, killed_ms_max)) ? "killed" : "abandoned";
    }
    run.fiber.interruptUnsafe();
    return (yield* endsWithin(run, spec.shutdown_ms)) ? "stopped" : "abandoned";
  });

const endsWithin = (run: ChildRun, deadline_ms: number): Effect.Effect<boolean> => {
  if (run.fiber.pollUnsafe() !== undefined) return Effect.succeed(true);
  const ended = Fiber.await(run.fiber);
  if (deadline_ms === Number.POSITIVE_INFINITY) return Effect.as(ended, true);
  return Effect.map(Effect.timeoutOption(ended, Duration.millis(deadline_ms)), Option.isSome);
};
