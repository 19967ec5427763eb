/**
 * What a supervisor is told and what it tells, in the words of Erlang/OTP's `supervisor`.
 *
 * Owns: child specifications, supervisor specifications, their events and their two errors.
 * Never: runs anything; `supervisor.ts` does.
 *
 * Ends of a child, as OTP reads exit reasons
 *  - success is `normal`, interruption is `shutdown`: neither is a failure;
 *  - a typed failure and a defect are the same to a supervisor: a failure.
 * A `permanent` child is restarted after every end, a `transient` one after failures only, a
 * `temporary` one never.
 */
import { Duration, Schedule, Schema } from "effect";
import type { Cause, Effect, Scope } from "effect";

/** When a child that ended is started again. */
export type Restart = "permanent" | "transient" | "temporary";

/** Who else is restarted with a failed child: nobody, those started after it, or all. */
export type Strategy = "one_for_one" | "rest_for_one" | "one_for_all";

/** What a running child and its supervisor say to each other. */
export interface ChildControl {
  /** The child says: initialised. The next sibling starts only then. Further calls do nothing. */
  readonly ready: Effect.Effect<void>;
  /** Completes when the supervisor asks a child with `trapExit` to end by itself. */
  readonly stopping: Effect.Effect<void>;
}

/** How one child is run. */
export interface ChildSpec<R = never> {
  /** Unique among its siblings. */
  readonly id: string;
  /**
   * Runs the child until it fails or ends, in a scope of its own for each run. A failure before
   * `ready` is a failed start; an end without failure counts as started.
   */
  readonly start: (control: ChildControl) => Effect.Effect<void, unknown, R | Scope.Scope>;
  readonly restart: Restart;
  /**
   * How long a child may take to end when stopped, `Infinity` for a supervisor. Beyond it a
   * `trapExit` child is interrupted; a child that is stuck in uninterruptible work cannot be killed
   * in this language: it is abandoned, which is reported, and the supervisor goes on without it.
   */
  readonly shutdown_ms: number;
  readonly type: "worker" | "supervisor";
  /**
   * False (the default): the child is interrupted to stop it, its finalizers are the clean-up.
   * True: it first sees `stopping` and may finish its work until the deadline, as an Erlang process
   * that traps exits.
   */
  readonly trapExit?: boolean;
}

/** How a supervisor treats its children. */
export interface SupervisorSpec<R = never> {
  readonly id: string;
  readonly strategy: Strategy;
  /** Restarts allowed within `period_ms`; one more and the supervisor itself fails. */
  readonly intensity: number;
  readonly period_ms: number;
  /**
   * Delays before the restarts of one child; begins anew once the child has been running for
   * `period_ms`. A schedule that ends counts as intensity exceeded.
   */
  readonly backoff: Schedule.Schedule<unknown>;
  /** In starting order. */
  readonly children: readonly ChildSpec<R>[];
  /** Told of every change of state, for logs and metrics. Must not throw and must not wait. */
  readonly onEvent: (event: SupervisionEvent) => void;
}

/** Where a child is: `restarting` from its end until its next start, back-off included. */
export type ChildState = "starting" | "running" | "restarting" | "stopped";

/** A child as `children()` shows it. */
export interface ChildStatus {
  readonly id: string;
  readonly state: ChildState;
  /** Restarts since its supervisor started, those caused by a sibling included. */
  readonly restarts: number;
  readonly type: "worker" | "supervisor";
}

/**
 * How a stop went: ended in time; interrupted after its deadline (`trapExit` only); or stuck beyond
 * that and left behind.
 */
export type StopOutcome = "stopped" | "killed" | "abandoned";

/** What happened under a supervisor; `supervisor` and `child` are the ids of the specs. */
export type SupervisionEvent =
  | { readonly type: "child_starting"; readonly supervisor: string; readonly child: string }
  | { readonly type: "child_running"; readonly supervisor: string; readonly child: string }
  /** Ended without failure and stays stopped. */
  | { readonly type: "child_ended"; readonly supervisor: string; readonly child: string }
  /** Failed by itself; `cause` is undefined where a permanent child merely ended. */
  | {
      readonly type: "child_failed";
      readonly supervisor: string;
      readonly child: string;
      readonly cause: Cause.Cause<unknown> | undefined;
    }
  /** Will be started again after the delay, with its later siblings where the strategy says so. */
  | {
      readonly type: "child_restarting";
      readonly supervisor: string;
      readonly child: string;
      readonly restarts: number;
      readonly delay_ms: number;
    }
  | { readonly type: "child_stopping"; readonly supervisor: string; readonly child: string }
  | {
      readonly type: "child_stopped";
      readonly supervisor: string;
      readonly child: string;
      readonly outcome: StopOutcome;
    }
  /** Too many restarts: it stops its children and fails. */
  | { readonly type: "supervisor_exhausted"; readonly supervisor: string; readonly child: string }
  | { readonly type: "supervisor_running"; readonly supervisor: string }
  | { readonly type: "supervisor_stopped"; readonly supervisor: string };

/** Intensity over period exceeded: all children are stopped, the parent decides. */
export class SupervisorExhausted extends Schema.TaggedError<SupervisorExhausted>()(
  "SupervisorExhausted",
  { id: Schema.String, child: Schema.String, cause: Schema.Defect() },
) {
  override get message() {
    return `supervisor ${this.id} gave up restarting ${this.child}`;
  }
}

/**
 * A child did not start.
 *
 * - `failed`: it failed before it was ready. A static child takes its supervisor down with it.
 * - `stopped`: it, or its supervisor, was stopped before it was ready.
 * - `duplicate`: a child of that id is there already.
 * - `not_running`: the supervisor is not running.
 */
export class ChildStartFailed extends Schema.TaggedError<ChildStartFailed>()("ChildStartFailed", {
  id: Schema.String,
  child: Schema.String,
  reason: Schema.Literals(["failed", "stopped", "duplicate", "not_running"]),
  cause: Schema.Defect(),
}) {
  override get message() {
    return `child ${this.child} of supervisor ${this.id} did not start: ${this.reason}`;
  }
}

/**
 * Jittered exponential delays (each doubles, ±20 %), never above `cap_ms`. The jitter comes from
 * Effect's `Random`, so that a seeded run repeats exactly.
 */
export const restartBackoff = (base_ms: number, cap_ms: number): Schedule.Schedule<unknown> =>
  Schedule.min([
    Schedule.exponential(Duration.millis(base_ms)).pipe(Schedule.jittered),
    Schedule.spaced(Duration.millis(cap_ms)),
  ]);
