/**
 * The clock of the benchmark: monotonic, and the same for every process of one machine, so that a
 * time taken here and one taken in a child process can be subtracted.
 */

/** Microseconds since some fixed moment of this boot. */
export const now_us = (): number => Number(process.hrtime.bigint()) / 1_000;
