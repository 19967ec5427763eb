/**
 * Times a synchronous function that is much faster than one reading of the clock.
 *
 * The median is of batches: a hundred calls between two readings, divided by a hundred. The 99th
 * percentile is of single calls, the two clock readings included (some 50 ns): a batch would hide
 * the slow ones.
 *
 * Owns: the method, so that two figures of a table mean the same.
 */

/** What was measured, in microseconds per call. */
export interface CallTiming {
  readonly p50_us: number;
  readonly p99_us: number;
  /** Calls behind each of the two figures. */
  readonly n: number;
}

const batchCalls = 100;
const warmUpCalls = 20_000;

/**
 * Times `call(i)` for i = 0, 1, 2…, which must return something that depends on its work.
 *
 * @param iterations calls to measure, at least one batch of 100
 */
export const timeCalls = (call: (index: number) => unknown, iterations: number): CallTiming => {
  let sink = 0;
  const run = (index: number): void => {
    if (call(index) !== undefined) sink += 1;
  };
  for (let index = 0; index < warmUpCalls; index += 1) run(index);
  const batches_us: number[] = [];
  const batchCount = Math.max(1, Math.floor(iterations / batchCalls));
  for (let batch = 0; batch < batchCount; batch += 1) {
    const start_ns = process.hrtime.bigint();
    for (let index = 0; index < batchCalls; index += 1) run(batch * batchCalls + index);
    batches_us.push(Number(process.hrtime.bigint() - start_ns) / 1e3 / batchCalls);
  }
  const singles_us: number[] = [];
  const n = batchCount * batchCalls;
  for (let index = 0; index < n; index += 1) {
    const start_ns = process.hrtime.bigint();
    run(index);
    singles_us.push(Number(process.hrtime.bigint() - start_ns) / 1e3);
  }
  if (sink === 0) throw new Error("a timed call returns something");
  return { p50_us: percentile(batches_us, 0.5), p99_us: percentile(singles_us, 0.99), n };
};

const percentile = (samples: readonly number[], share: number): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
