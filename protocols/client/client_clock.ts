/**
 * The client's time and its source of ids: injected, so that a test or a replay owns both.
 *
 * Owns: the only reads of the real clock, of real timers and of randomness in this folder.
 */
import { randomBytes } from "node:crypto";

/** Time as the client uses it. */
export interface ClientClock {
  /** Milliseconds on a clock that never jumps back; for durations. */
  readonly now_ms: () => number;
  /** Calls once after the delay; the result cancels it. */
  readonly after: (delay_ms: number, run: () => void) => () => void;
}

/** Real time. */
export const liveClock: ClientClock = {
  now_ms: () => performance.now(),
  after: (delay_ms, run) => {
    const timer = setTimeout(run, delay_ms);
    return () => clearTimeout(timer);
  },
};

/** Waits; never fails. */
export const pause = (clock: ClientClock, delay_ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delay_ms, resolve);
  });

/** Gives tokens that are unique for ever within the strategy. */
export type IdSource = () => string;

/** `<prefix>-1`, `<prefix>-2`, … in base 36: unique as long as no prefix is used twice. */
export const countingIds = (prefix: string): IdSource => {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
};

/** Ids with a prefix of 48 random bits, new for every process. */
export const liveIds = (): IdSource => countingIds(randomBytes(6).toString("hex"));
