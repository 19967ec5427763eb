/**
 * Children for supervisor tests that write down what happens to them and end on command.
 *
 * Owns: the trace of starts (`+a`), readiness (`a!`) and ends (`-a`). Never: sleeps by itself.
 */
import { Deferred, Effect, Schedule } from "effect";
import type { ChildSpec, SupervisionEvent, SupervisorSpec } from "../../runtime/child_spec.ts";

/** What a test can make a child do. */
export type Order = "fail" | "defect" | "end" | "interrupt";

/** Options of a probe child, with OTP's usual values as defaults. */
export interface ProbeOptions extends Partial<Omit<ChildSpec, "id" | "start">> {
  /** Before it is ready: nothing, a wait, or a failure at the n-th start (from 1). */
  readonly init?: (nth: number) => Effect.Effect<void, unknown>;
  /** Finalizer of the n-th run (from 1), after the trace entry. */
  readonly cleanUp?: (nth: number) => Effect.Effect<void>;
}

/** A world of probe children with one trace. */
export interface Probe {
  readonly trace: string[];
  readonly events: SupervisionEvent[];
  /** The trace since the last call. */
  readonly take: () => string;
  readonly child: (id: string, options?: ProbeOptions) => ChildSpec;
  /** Makes the running child end in that way; a defect in the test where none runs. */
  readonly tell: (id: string, order: Order) => Effect.Effect<void>;
  readonly spec: (
    id: string,
    strategy: SupervisorSpec["strategy"],
    children: readonly ChildSpec[],
    more?: Partial<SupervisorSpec>,
  ) => SupervisorSpec;
}

/** An empty world. */
export const makeProbe = (): Probe => {
  const trace: string[] = [];
  const events: SupervisionEvent[] = [];
  const orders = new Map<string, Deferred.Deferred<Order>>();
  const starts = new Map<string, number>();
  let taken = 0;
  const start =
    (id: string, options: ProbeOptions): ChildSpec["start"] =>
    (control) =>
      Effect.gen(function* () {
        trace.push(`+${id}`);
        const nth = (starts.get(id) ?? 0) + 1;
        starts.set(id, nth);
        yield* Effect.addFinalizer(() =>
          Effect.andThen(
            Effect.sync(() => trace.push(`-${id}`)),
            options.cleanUp?.(nth) ?? Effect.void,
          ),
        );
        if (options.init !== undefined) yield* options.init(nth);
        const order = Deferred.makeUnsafe<Order>();
        orders.set(id, order);
        trace.push(`${id}!`);
        yield* control.ready;
        switch (yield* Deferred.await(order)) {
          case "fail":
            return yield* Effect.fail(`${id} failed`);
          case "defect":
            throw new Error(`${id} is broken`);
          case "interrupt":
            return yield* Effect.interrupt;
          case "end":
            return;
        }
      });
  return {
    trace,
    events,
    take: () => {
      const fresh = trace.slice(taken).join(" ");
      taken = trace.length;
      return fresh;
    },
    child: (id, options = {}) => ({
      id,
      start: start(id, options),
      restart: options.restart ?? "permanent",
      shutdown_ms: options.shutdown_ms ?? 5_000,
      type: options.type ?? "worker",
      ...(options.trapExit === undefined ? {} : { trapExit: options.trapExit }),
    }),
    tell: (id, order) =>
      Effect.suspend(() => {
        const waiting = orders.get(id);
        if (waiting === undefined) return Effect.die(`no child ${id}`);
        return Effect.andThen(Deferred.succeed(waiting, order), settle);
      }),
    spec: (id, strategy, children, more = {}) => ({
      id,
      strategy,
      intensity: 5,
      period_ms: 60_000,
      // No jitter unless a test is about it: who comes first must not depend on chance.
      backoff: Schedule.exponential(100),
      children,
      onEvent: (event) => events.push(event),
      ...more,
    }),
  };
};

/** Lets every fiber run until it waits for something, without time passing. */
export const settle: Effect.Effect<void> = Effect.forEach(
  Array.from({ length: 50 }),
  () => Effect.yieldNow,
  { discard: true },
);
