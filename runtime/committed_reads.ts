/**
 * Reads of a shard's states that never see what is not yet committed.
 */
import { limits } from "./limits.ts";
import type { ReadonlySpace } from "./shard_model.ts";

/** Holds readers back while a frame is under way. */
export interface CommittedReads<Kinds> {
  /**
   * Calls back as soon as all that the states say is committed: now, or after the frame. False: too
   * many wait already, this one will not be called. A reader that throws harms nobody else.
   */
  readonly read: (reader: (space: ReadonlySpace<Kinds>) => void) => boolean;
  /** Turns run from here on: what they write is not committed. */
  readonly hold: () => void;
  /** What was written is committed. */
  readonly release: () => void;
}

/**
 * The committed reads of one shard.
 *
 * @param failed told of what a reader throws; it has lost its answer, whoever asked asks again
 */
export const makeCommittedReads = <Kinds>(
  space: ReadonlySpace<Kinds>,
  failed: (cause: unknown) => void,
): CommittedReads<Kinds> => {
  /** A reader is a guest: what it throws must not end the shard. */
  const call = (reader: (space: ReadonlySpace<Kinds>) => void): void => {
    try {
      reader(space);
    } catch (cause) {
      failed(cause);
    }
  };
  let held = false;
  let waiting: ((space: ReadonlySpace<Kinds>) => void)[] = [];
  return {
    read: (reader) => {
      if (!held) {
        call(reader);
        return true;
      }
      if (waiting.length >= limits.readersWaiting_max) return false;
      waiting.push(reader);
      return true;
    },
    hold: (): void => {
      held = true;
    },
    release: (): void => {
      held = false;
      const readers = waiting;
      waiting = [];
      for (const reader of readers) call(reader);
    },
  };
};
