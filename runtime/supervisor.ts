/**
 * Supervision as in Erlang/OTP: ordered start, reverse stop, restart strategies, intensity over
 * period, escalation. The dialogue:
 *
 *   supervisor                         child
 *   start(control) ------------------> initialises
 *                  <------------------ control.ready        (then the next sibling is started)
 *                  <------------------ its fiber's exit     (restart, or end, or give up)
 *   control.stopping (trapExit only) -> finishes its work
 *   interruption --------------------> runs its finalizers, within shutdown_ms
 *
 * One fiber (`watch`) handles the exits one after another; what takes time (back-off, waiting for
 * ready, stopping siblings) is a job in a fiber of its own, so that a slow restart never delays the
 * next exit. A new failure that concerns the members of a job replaces that job.
 *
 * Owns: its children's fibers, from start to stop. Never: logs, or reads a clock but Effect's.
 *
 * Invariants
 *  1. When `run` has ended, however it did, every child was stopped, later ones first.
 *  2. A child has at most one run; the next one starts only after the former was stopped or ended.
 *  3. No more than `intensity` restarts within `period_ms`, then it fails: the parent decides.
 */
import { Cause, Deferred, Duration, Effect, Exit, Queue, Scope } from "effect";
import { startRun, stopRun } from "./child_run.ts";
import type { ChildRun } from "./child_run.ts";
import { SupervisorExhausted } from "./child_spec.ts";
import type { ChildControl, ChildSpec, ChildStartFailed, ChildStatus } from "./child_spec.ts";
import type { SupervisorSpec } from "./child_spec.ts";
import { invariant } from "./invariant.ts";
import { addRestart } from "./restart_intensity.ts";
import { delayOf, forget, groupOf, makeFamily, memberOf } from "./supervisor_family.ts";
import { monotonic_ms, startFailed, statusOf } from "./supervisor_family.ts";
import type { Ended, Family, Member } from "./supervisor_family.ts";

/** A supervisor: run it as a fiber or as another supervisor's child. */
export interface Supervisor<R = never> {
  readonly id: string;
  /**
   * Starts the children and keeps them until interrupted; each call begins anew with the static
   * children. Says `ready` when every static child has been ready. One run at a time.
   */
  readonly run: (
    control?: ChildControl,
  ) => Effect.Effect<never, SupervisorExhausted | ChildStartFailed, R>;
  /**
   * Adds a child (`one_for_one` only, as OTP's dynamic children) and completes when it is ready. It
   * then belongs to the current run of the supervisor: a restarted supervisor has forgotten it.
   * Interrupting the call stops the child.
   */
  readonly startChild: (spec: ChildSpec<R>) => Effect.Effect<void, ChildStartFailed>;
  /** Stops a child and forgets it; does nothing where there is no such child. */
  readonly stopChild: (id: string) => Effect.Effect<void>;
  /** All children in starting order; empty while the supervisor is not running. */
  readonly children: () => readonly ChildStatus[];
}

/** Makes a supervisor from its specification; nothing runs yet. */
export const makeSupervisor = <R = never>(spec: SupervisorSpec<R>): Supervisor<R> => {
  let current: Family<R> | undefined;
  const run = (control?: ChildControl) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        invariant(current === undefined, `supervisor ${spec.id} runs once at a time`);
        const family = yield* makeFamily(spec);
        current = family;
        const exit = yield* Effect.exit(restore(keep(family, control)));
        yield* stopFamily(family);
        current = undefined;
        return yield* exit;
      }),
    );
  return {
    id: spec.id,
    run,
    startChild: (child) =>
      Effect.suspend(() =>
        current === undefined
          ? Effect.fail(startFailed(spec.id, child.id, "not_running"))
          : addChild(current, child),
      ),
    stopChild: (id) =>
      Effect.suspend(() => (current === undefined ? Effect.void : removeChild(current, id))),
    children: () => (current === undefined ? [] : current.members.map(statusOf)),
  };
};

/** A supervisor as a child of another: permanent, and given all the time it needs to stop. */
export const supervisorChild = <R>(
  supervisor: Supervisor<R>,
  restart: ChildSpec["restart"] = "permanent",
): ChildSpec<R> => ({
  id: supervisor.id,
  start: supervisor.run,
  restart,
  shutdown_ms: Number.POSITIVE_INFINITY,
  type: "supervisor",
});

/** Starts all, then watches until a failure that the supervisor may not handle. */
const keep = <R>(family: Family<R>, control: ChildControl | undefined) =>
  Effect.gen(function* () {
    const { spec, members } = family;
    const all = [...members];
    const first = yield* Effect.forkIn(startInOrder(family, all), family.jobs);
    // One for one: a child that fails meanwhile is restarted beside the start of the others.
    if (spec.strategy !== "one_for_one") for (const member of all) member.job = first;
    const announce = Effect.gen(function* () {
      yield* Effect.forEach(all, (member) => Effect.exit(Deferred.await(member.started)), {
        discard: true,
      });
      spec.onEvent({ type: "supervisor_running", supervisor: spec.id });
      if (control !== undefined) yield* control.ready;
    });
    yield* Effect.forkIn(announce, family.jobs);
    while (true) yield* handleEnd(family, yield* Queue.take(family.ended));
  });

/** Starts the members that have no run, each when the one before is ready. */
const startInOrder = <R>(family: Family<R>, members: readonly Member<R>[]): Effect.Effect<void> =>
  Effect.forEach(
    members,
    (member) => {
      if (!member.wanted) return Effect.void;
      return Deferred.await(startMember(family, member).ready);
    },
    { discard: true },
  );

const startMember = <R>(family: Family<R>, member: Member<R>): ChildRun => {
  const { spec } = family;
  const names = { supervisor: spec.id, child: member.spec.id };
  invariant(member.run === undefined, `child ${member.spec.id} of ${spec.id} has one run`);
  member.state = "starting";
  member.running_ms = undefined;
  spec.onEvent({ type: "child_starting", ...names });
  const onReady = (run: ChildRun) => {
    if (member.run !== run || run.stopRequested) return;
    member.state = "running";
    member.running_ms = monotonic_ms(family);
    spec.onEvent({ type: "child_running", ...names });
    Deferred.doneUnsafe(member.started, Effect.void);
  };
  const onExit = (run: ChildRun, exit: Exit.Exit<void, unknown>) => {
    Queue.offerUnsafe(family.ended, { member, run, exit });
  };
  member.run = startRun(family.context, member.spec, onReady, onExit);
  return member.run;
};

/** Decides what the end of a child means; never waits for long. */
const handleEnd = <R>(family: Family<R>, { member, run, exit }: Ended<R>) =>
  Effect.gen(function* () {
    // Ended because it was stopped: whoever stopped it knows.
    if (run.stopRequested || !member.wanted) return;
    const { spec } = family;
    const names = { supervisor: spec.id, child: member.spec.id };
    const failure =
      Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause) ? exit.cause : undefined;
    const restarts =
      member.spec.restart === "permanent" ||
      (member.spec.restart === "transient" && failure !== undefined);
    member.run = undefined;
    if (failure !== undefined && !Deferred.isDoneUnsafe(member.started)) {
      spec.onEvent({ type: "child_failed", ...names, cause: failure });
      const error = startFailed(spec.id, member.spec.id, "failed", Cause.squash(failure));
      forget(family, member, error);
      if (!member.dynamic) return yield* error;
      return;
    }
    // Ending well counts as having started, for whoever waits.
    Deferred.doneUnsafe(member.started, Effect.void);
    Deferred.doneUnsafe(run.ready, Effect.void);
    if (!restarts && failure === undefined) {
      member.state = "stopped";
      spec.onEvent({ type: "child_ended", ...names });
    } else {
      spec.onEvent({ type: "child_failed", ...names, cause: failure });
    }
    if (restarts) yield* restart(family, member, failure);
    else if (member.dynamic || member.spec.restart === "temporary") forget(family, member);
  });

/** Plans the restart of a failed child and of the siblings that its strategy adds. */
const restart = <R>(
  family: Family<R>,
  member: Member<R>,
  cause: Cause.Cause<unknown> | undefined,
): Effect.Effect<void, SupervisorExhausted> =>
  Effect.gen(function* () {
    const { spec } = family;
    const names = { supervisor: spec.id, child: member.spec.id };
    const now_ms = monotonic_ms(family);
    const counted = addRestart(family.restarts, now_ms, spec);
    family.restarts = counted.window;
    const delay = counted.exceeded ? undefined : yield* delayOf(family, member, now_ms);
    if (delay === undefined) {
      spec.onEvent({ type: "supervisor_exhausted", ...names });
      return yield* new SupervisorExhausted({
        id: spec.id,
        child: member.spec.id,
        cause: cause === undefined ? "ended" : Cause.squash(cause),
      });
    }
    member.state = "restarting";
    const group = groupOf(family, member);
    for (const each of group) each.restarts += 1;
    const delay_ms = Duration.toMillis(delay);
    spec.onEvent({ type: "child_restarting", ...names, restarts: member.restarts, delay_ms });
    for (const each of group) each.job?.interruptUnsafe();
    const job = Effect.andThen(
      stopInReverse(family, group),
      Effect.andThen(Effect.sleep(delay), startInOrder(family, group)),
    );
    const fiber = yield* Effect.forkIn(job, family.jobs);
    for (const each of group) each.job = fiber;
  });

const stopInReverse = <R>(family: Family<R>, group: readonly Member<R>[]): Effect.Effect<void> =>
  Effect.forEach(
    [...group].reverse(),
    (member) =>
      Effect.map(stopMember(family, member), () => {
        if (member.spec.restart === "temporary") forget(family, member);
        else member.state = "restarting";
      }),
    { discard: true },
  );

/** Stops a member's run, if it has one. Interrupted midway it may be repeated. */
const stopMember = <R>(family: Family<R>, member: Member<R>): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { run } = member;
    if (run === undefined) return;
    const names = { supervisor: family.spec.id, child: member.spec.id };
    family.spec.onEvent({ type: "child_stopping", ...names });
    const outcome = yield* stopRun(member.spec, run);
    // Whoever waits for it to be ready (the initial start, in order) need not wait any longer.
    Deferred.doneUnsafe(run.ready, Effect.void);
    if (member.run !== run) return;
    member.run = undefined;
    member.state = "stopped";
    family.spec.onEvent({ type: "child_stopped", ...names, outcome });
  });

const addChild = <R>(
  family: Family<R>,
  spec: ChildSpec<R>,
): Effect.Effect<void, ChildStartFailed> =>
  Effect.suspend(() => {
    const { id, strategy } = family.spec;
    invariant(strategy === "one_for_one", `supervisor ${id} with dynamic children is one_for_one`);
    if (family.closed) return Effect.fail(startFailed(id, spec.id, "not_running"));
    if (family.members.some((each) => each.spec.id === spec.id)) {
      return Effect.fail(startFailed(id, spec.id, "duplicate"));
    }
    const member = memberOf(spec, true);
    family.members.push(member);
    startMember(family, member);
    return Effect.onInterrupt(Deferred.await(member.started), () => dismiss(family, member));
  });

const removeChild = <R>(family: Family<R>, id: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const member = family.members.find((each) => each.spec.id === id);
    return member === undefined ? Effect.void : Effect.uninterruptible(dismiss(family, member));
  });

/** Stops one child for good, whether it runs or waits for its restart. */
const dismiss = <R>(family: Family<R>, member: Member<R>): Effect.Effect<void> =>
  Effect.gen(function* () {
    member.wanted = false;
    if (family.spec.strategy === "one_for_one") member.job?.interruptUnsafe();
    yield* stopMember(family, member);
    forget(family, member);
  });

/**
 * Ends all jobs, then all children: dynamic ones together (as OTP does), then the others in turn.
 */
const stopFamily = <R>(family: Family<R>): Effect.Effect<void> =>
  Effect.gen(function* () {
    family.closed = true;
    yield* Scope.close(family.jobs, Exit.void);
    const all = [...family.members].reverse();
    for (const member of all) member.wanted = false;
    yield* Effect.forEach(
      all.filter((member) => member.dynamic),
      (member) => dismiss(family, member),
      { concurrency: "unbounded", discard: true },
    );
    yield* Effect.forEach(
      all.filter((member) => !member.dynamic),
      (member) => dismiss(family, member),
      { discard: true },
    );
    family.spec.onEvent({ type: "supervisor_stopped", supervisor: family.spec.id });
  });
