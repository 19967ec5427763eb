/**
 * Reads of a shard's states that never see what is not yet committed.
 */
import type { ReadonlySpace } from "./shard_model.ts";

/** Holds readers back while a frame is under way. */
export interface CommittedReads<Kinds> {
  /** Calls back as soon as all that the states say is committed: now, or after the frame. */
  readonly read: (reader: (space: ReadonlySpace<Kinds>) => void) => void;
  /** Turns run from here on: what they write is not committed. */
  readonly hold: () => void;
  /** What was written is committed. */
  readonly release: () => void;
}

/** The committed reads of one shard. */
export const makeCommittedReads = <Kinds>(space: ReadonlySpace<Kinds>): CommittedReads<Kinds> => {
  let held = false;
  let waiting: ((space: ReadonlySpace<Kinds>) => void)[] = [];
  return {
    read: (reader: (space: ReadonlySpace<Kinds>) => void): void => {
      if (held) waiting.push(reader);
      else reader(space);
    },
    hold: (): void => {
      held = true;
    },
    release: (): void => {
      held = false;
      const readers = waiting;
      waiting = [];
      for (const reader of readers) reader(space);
    },
  };
};
