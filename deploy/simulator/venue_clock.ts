/**
 * The venue process's time: the only file here that reads a clock or sets a timer.
 *
 * Owns: wall time, monotonic time, timers.
 */

/** Time, and being called back in time. Tests give their own. */
export interface VenueClock {
  /** Monotonic nanoseconds since the process started: a safe integer for a hundred days. */
  now_ns(): number;
  /** Wall time, integer nanoseconds since the epoch, as the wire spells it. Never goes back. */
  wall_ns(): string;
  /** Calls back once, not before `delay_ns` has passed. The result cancels it. */
  schedule(delay_ns: number, callback: () => void): () => void;
}

/**
 * The real clock. A timer waits whole milliseconds; a delay of 0 comes back after the I/O that is
 * already waiting.
 */
export const systemClock = (): VenueClock => {
  const origin_ns = process.hrtime.bigint();
  const wallOrigin_ns = BigInt(Date.now()) * 1_000_000n;
  return {
    now_ns: () => Number(process.hrtime.bigint() - origin_ns),
    wall_ns: () => (wallOrigin_ns + process.hrtime.bigint() - origin_ns).toString(),
    schedule: (delay_ns, callback) => {
      if (delay_ns <= 0) {
        const immediate = setImmediate(callback);
        return () => clearImmediate(immediate);
      }
      const timer = setTimeout(callback, Math.ceil(delay_ns / 1_000_000));
      return () => clearTimeout(timer);
    },
  };
};
