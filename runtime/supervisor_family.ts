/**
 * What a supervisor knows of its children during one run of it, and the questions it asks of that.
 *
 * Owns: the list of members in starting order, who is restarted together, the next back-off.
 * Never: starts or stops anything; `supervisor.ts` does.
 */
import { Clock, Deferred, Effect, Pull, Queue, Schedule, Scope } from "effect";
import type { Context, Duration, Exit, Fiber } from "effect";
import type { ChildRun } from "./child_run.ts";
import { ChildStartFailed } from "./child_spec.ts";
import type { ChildSpec, ChildState, ChildStatus, SupervisorSpec } from "./child_spec.ts";
import { invariant } from "./invariant.ts";
import { emptyRestartWindow } from "./restart_intensity.ts";
import type { RestartWindow } from "./restart_intensity.ts";

/** One child and everything that is known about it. */
export interface Member<R> {
  readonly spec: ChildSpec<R>;
  readonly dynamic: boolean;
  /** Done at the first ready; fails where there will be none. */
  readonly started: Deferred.Deferred<void, ChildStartFailed>;
  state: ChildState;
  restarts: number;
  run: ChildRun | undefined;
  running_ms: number | undefined;
  nextDelay: NextDelay | undefined;
  /** The start or restart under way; group jobs are shared by their members. */
  job: Fiber.Fiber<void> | undefined;
  /** False once it is to be stopped for good. */
  wanted: boolean;
}

type NextDelay = (now_ms: number) => Pull.Pull<[unknown, Duration.Duration], never, unknown>;

/** A child's run has ended. */
export interface Ended<R> {
  readonly member: Member<R>;
  readonly run: ChildRun;
  readonly exit: Exit.Exit<void, unknown>;
}

/** One run of a supervisor. */
export interface Family<R> {
  readonly spec: SupervisorSpec<R>;
  readonly context: Context.Context<R>;
  readonly clock: Clock.Clock;
  readonly members: Member<R>[];
  readonly ended: Queue.Queue<Ended<R>>;
  readonly jobs: Scope.Closeable;
  readonly allStarted: Deferred.Deferred<void>;
  restarts: RestartWindow;
  closed: boolean;
}

/** A family in which nothing is started yet. */
export const makeFamily = <R>(spec: SupervisorSpec<R>): Effect.Effect<Family<R>, never, R> =>
  Effect.gen(function* () {
    const ids = new Set(spec.children.map((child) => child.id));
    invariant(ids.size === spec.children.length, `child ids of ${spec.id} are unique`);
    return {
      spec,
      context: yield* Effect.context<R>(),
      clock: yield* Clock.Clock,
      members: spec.children.map((child) => memberOf(child, false)),
      // Unbounded is bounded here: one entry per run at most, and few runs exist at once.
      ended: yield* Queue.unbounded<Ended<R>>(),
      jobs: yield* Scope.make("parallel"),
      allStarted: Deferred.makeUnsafe<void>(),
      restarts: emptyRestartWindow,
      closed: false,
    };
  });

/** A child that was not started yet. */
export const memberOf = <R>(spec: ChildSpec<R>, dynamic: boolean): Member<R> => ({
  spec,
  dynamic,
  started: Deferred.makeUnsafe(),
  state: "starting",
  restarts: 0,
  run: undefined,
  running_ms: undefined,
  nextDelay: undefined,
  job: undefined,
  wanted: true,
});

/** A child as others see it. */
export const statusOf = <R>({ spec, state, restarts }: Member<R>): ChildStatus => ({
  id: spec.id,
  state,
  restarts,
  type: spec.type,
});

/** The error of a child that did not start, from the ids of its supervisor and itself. */
export const startFailed = (
  id: string,
  child: string,
  reason: ChildStartFailed["reason"],
  cause?: unknown,
): ChildStartFailed => new ChildStartFailed({ id, child, reason, cause });

/** Monotonic time, ms with fractions: only differences mean something. */
export const monotonic_ms = <R>(family: Family<R>): number =>
  Number(family.clock.monotonicTimeNanosUnsafe()) / 1e6;

/** Takes a child off the list, as OTP does with a temporary or a terminated dynamic child. */
export const forget = <R>(family: Family<R>, member: Member<R>, error?: ChildStartFailed): void => {
  member.state = "stopped";
  member.wanted = false;
  const index = family.members.indexOf(member);
  if (index >= 0) family.members.splice(index, 1);
  const reason = error ?? startFailed(family.spec.id, member.spec.id, "stopped");
  Deferred.doneUnsafe(member.started, Effect.fail(reason));
};

/** The next back-off; undefined where the schedule has ended. */
export const delayOf = <R>(
  family: Family<R>,
  member: Member<R>,
  now_ms: number,
): Effect.Effect<Duration.Duration | undefined> =>
  Effect.gen(function* () {
    const { period_ms, backoff } = family.spec;
    const stable = member.running_ms !== undefined && now_ms - member.running_ms >= period_ms;
    if (stable || member.nextDelay === undefined) {
      const step = yield* Schedule.toStep(backoff);
      member.nextDelay = (now) => step(now, undefined);
    }
    return yield* member.nextDelay(now_ms).pipe(
      Effect.map(([, delay]) => delay),
      Pull.catchDone(() => Effect.succeed(undefined)),
    );
  });

/**
 * Whom to restart with a failed child, in starting order. For `rest_for_one` it begins at the first
 * child that is down: a job that is being replaced may not have come to it yet. Temporary siblings
 * are stopped with the group and never started again.
 */
export const groupOf = <R>(family: Family<R>, failed: Member<R>): readonly Member<R>[] => {
  const { members, spec } = family;
  switch (spec.strategy) {
    case "one_for_one":
      return [failed];
    case "one_for_all":
      return [...members];
    case "rest_for_one":
      return members.slice(members.findIndex((each) => each === failed || isDown(each)));
    default:
      return spec.strategy satisfies never;
  }
};

const isDown = <R>(member: Member<R>): boolean => member.state === "restarting";
