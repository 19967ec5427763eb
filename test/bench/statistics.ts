/**
 * Medians and percentiles: what a noisy machine can be asked for.
 */

/** The value below which that share of the samples lies; NaN without samples. */
export const percentile = (samples: readonly number[], share: number): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** The middle sample. */
export const median = (samples: readonly number[]): number => percentile(samples, 0.5);
