/**
 * Reads a node's `/metrics`: Prometheus text in, numbers out.
 *
 * Owns: the reading of the text format as far as the demo needs it, and quantiles of histograms.
 * Never: fails a run because metrics cannot be had.
 */

/** One sample: a name, its labels, its value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)(?: \d+)?$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the text format; what is no sample is skipped. */
export const readSamples = (text: string): readonly Sample[] =>
  text.split("\n").flatMap((row) => {
    const match = line.exec(row);
    if (match === null) return [];
    const [, name = "", labelText = "", valueText = ""] = match;
    const labels: Record<string, string> = {};
    for (const [, key = "", value = ""] of labelText.matchAll(label)) labels[key] = value;
    const value = valueText === "+Inf" ? Infinity : Number(valueText);
    return Number.isNaN(value) ? [] : [{ name, labels, value }];
  });

/** Sum of a metric over all samples whose labels match. */
export const sumOf = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter((sample) => sample.name === name && matches(sample, labels))
    .reduce((sum, sample) => sum + sample.value, 0);

/**
 * A quantile of a histogram, linear within its bucket (as PromQL's histogram_quantile), in the unit
 * of the metric; undefined when it counted nothing.
 */
export const quantileOf = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
  share: number,
): number | undefined => {
  const cumulative = new Map<number, number>();
  for (const sample of samples) {
    const le = sample.labels["le"];
    if (sample.name !== `${name}_bucket` || le === undefined || !matches(sample, labels)) continue;
    const bound = le === "+Inf" ? Infinity : Number(le);
    cumulative.set(bound, (cumulative.get(bound) ?? 0) + sample.value);
  }
  const bounds = [...cumulative.keys()].toSorted((a, b) => a - b);
  const total = cumulative.get(Infinity) ?? 0;
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  let lower = 0;
  for (const bound of bounds) {
    const count = cumulative.get(bound) ?? 0;
    if (count >= rank) {
      if (bound === Infinity) return lower;
      return count === below ? bound : lower + ((bound - lower) * (rank - below)) / (count - below);
    }
    below = count;
    lower = bound;
  }
  return lower;
};

const matches = (sample: Sample, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => sample.labels[key] === value);

/** Fetches and reads the metrics on a loopback port; empty when they cannot be had in time. */
export const fetchSamples = async (port: number, wait_ms: number): Promise<readonly Sample[]> => {
  try {
    const signal = AbortSignal.timeout(wait_ms);
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal });
    return readSamples(await response.text());
  } catch {
    return [];
  }
};
