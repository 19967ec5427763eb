/**
 * What can be made to go wrong in the in-memory services.
 *
 * Owns: the knobs, and the one way in which each operation passes them.
 * Never: chances or timers of its own; a test or a simulation decides, time is Effect's clock.
 */
import { Effect, Latch } from "effect";

/**
 * The fate of one operation.
 *
 * - `none`: it works.
 * - `fail`: it fails and nothing is stored.
 * - `lose_answer`: it is stored and then fails, as far as the caller can tell.
 * - `repeat`: it is done twice, as after a resend.
 */
export type Fate = "fail" | "lose_answer" | "none" | "repeat";

/** Knobs of one in-memory service; turn them at any time. */
export interface FaultKnobs {
  /** How long an operation is under way before it takes effect. */
  delay_ms: number;
  /** Asked before each operation, by its name (`append`, `publish`, `save` …). */
  decide: (operation: string) => Fate;
  /** Closed: operations wait, as with a frozen server. */
  readonly gate: Latch.Latch;
}

/** Knobs with which everything works at once. */
export const makeFaultKnobs = (): FaultKnobs => ({
  delay_ms: 0,
  decide: () => "none",
  gate: Latch.makeUnsafe(true),
});

/** Carries out one operation under the knobs. `fault` makes the error of a failed one. */
export const perform = <A, E>(
  knobs: FaultKnobs,
  operation: string,
  action: () => A,
  fault: (cause: Error) => E,
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    yield* knobs.gate.await;
    if (knobs.delay_ms > 0) yield* Effect.sleep(knobs.delay_ms);
    const fate = knobs.decide(operation);
    if (fate === "fail") return yield* Effect.fail(fault(new Error(`${operation} failed`)));
    if (fate === "repeat") action();
    const result = action();
    if (fate === "lose_answer") {
      return yield* Effect.fail(fault(new Error(`the answer to ${operation} was lost`)));
    }
    return result;
  });
