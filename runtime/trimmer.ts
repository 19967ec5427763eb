/**
 * Keeps a shard's mailbox small: what its journal holds is removed from it.
 *
 * A full mailbox refuses new messages, so this may not wait for a snapshot: it runs when enough
 * has been read since the last time, by bytes or by time.
 */
import { Effect, Latch } from "effect";
import { lanes } from "../protocols/kernel/subjects.ts";
import type { Lane } from "../protocols/kernel/subjects.ts";
import type { Shard } from "../protocols/kernel/shard.ts";
import type { Marks } from "./frame.ts";
import { limits } from "./limits.ts";
import { Mailbox } from "./mailbox.ts";

/** Trims one shard's mailbox. */
export interface Trimmer {
  /** Says that this many bytes were read from the mailbox. */
  readonly read: (bytes: number) => void;
  /** Trims now, up to the positions that the journal holds. */
  readonly trim: Effect.Effect<void>;
  /** Trims whenever it is worth it, for ever. */
  readonly run: Effect.Effect<never>;
}

/** Makes the trimmer; `committed` gives the reading positions that the journal holds. */
export const makeTrimmer = (
  shard: Shard,
  committed: () => Marks,
): Effect.Effect<Trimmer, never, Mailbox> =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox;
    const enough = Latch.makeUnsafe(false);
    const done: Record<Lane, number> = { h: 0, n: 0 };
    let bytes = 0;
    const trimLane = (lane: Lane): Effect.Effect<void> =>
      Effect.suspend(() => {
        const through = committed()[lane];
        if (through <= done[lane]) return Effect.void;
        // What could not be trimmed is trimmed the next time.
        return Effect.ignore(
          Effect.andThen(
            mailbox.trim(shard, lane, through),
            Effect.sync(() => {
              done[lane] = through;
            }),
          ),
        );
      });
    const trim = Effect.suspend(() => {
      bytes = 0;
      enough.closeUnsafe();
      return Effect.forEach(lanes, trimLane, { discard: true });
    });
    return {
      read: (count) => {
        bytes += count;
        if (bytes >= limits.trimEvery_bytes) enough.openUnsafe();
      },
      trim,
      run: Effect.forever(
        Effect.andThen(
          Effect.raceFirst(enough.await, Effect.sleep(limits.trimEvery_ms)),
          // However fast it is read, the server is not asked more often than this.
          Effect.andThen(trim, Effect.sleep(limits.trimPause_ms)),
        ),
      ),
    };
  });
