/**
 * Durations counted in log-linear buckets: constant memory, mergeable, about 4 % resolution. Pure.
 *
 * Bucket i holds durations up to 2^(i/16) microseconds.
 */

const perOctave = 16;
const buckets_max = 512;

/** Counts by bucket: `[bucket, count]`, as it travels between processes. */
export type HistogramCounts = readonly (readonly [bucket: number, count: number])[];

/** Counts of durations. */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #total = 0;

  get count(): number {
    return this.#total;
  }

  /** Adds one duration; below a microsecond counts as one. */
  record(duration_us: number): void {
    const bucket = Math.ceil(Math.log2(Math.max(1, duration_us)) * perOctave);
    this.#add(Math.min(buckets_max, bucket), 1);
  }

  /** Adds what another process counted. */
  merge(counts: HistogramCounts): void {
    for (const [bucket, count] of counts) this.#add(bucket, count);
  }

  /** Gives the counts and starts again from nothing. */
  take(): HistogramCounts {
    const counts = [...this.#counts];
    this.#counts.clear();
    this.#total = 0;
    return counts;
  }

  /** Upper bound of the bucket in which that share of the durations ends, in microseconds. */
  quantile_us(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (const bucket of [...this.#counts.keys()].toSorted((a, b) => a - b)) {
      seen += this.#counts.get(bucket) ?? 0;
      if (seen >= rank) return 2 ** (bucket / perOctave);
    }
    return undefined;
  }

  #add(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#total += count;
  }
}
