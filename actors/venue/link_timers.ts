/**
 * Time and chance for everything that touches a venue's wire, handed in so that tests can drive it.
 *
 * Owns: the only `setTimeout` of the venue folder.
 * Never: used by a model.
 */

/** What links and drivers may know of time. */
export interface LinkTimers {
  /** Runs something once after that many milliseconds; the result cancels it. */
  readonly after: (delay_ms: number, run: () => void) => () => void;
  /** Nanoseconds since the epoch: what deadlines are compared with. */
  readonly now_ns: () => bigint;
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number;
}

/** Timers of the running process; clock and chance come from their owners. */
export const processTimers = (sources: Pick<LinkTimers, "now_ns" | "random">): LinkTimers => ({
  ...sources,
  after: (delay_ms, run) => {
    const handle = setTimeout(run, delay_ms);
    return () => clearTimeout(handle);
  },
});
