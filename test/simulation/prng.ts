/**
 * Random numbers of one simulation: streams of their own per purpose, all from one seed.
 *
 * A stream per purpose (schedule, faults, workload, venues) keeps a change in one from reshuffling
 * the others.
 */

/** One stream of random numbers. */
export interface Prng {
  /** From 0 up to 1. */
  readonly next: () => number;
  /** A whole number from 0 to n − 1. */
  readonly below: (n: number) => number;
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  /** One of the items, which must not be none. */
  readonly pick: <A>(items: readonly A[]) => A;
}

/** The stream of that name under that seed (sfc32, C. Doty-Humphrey, PractRand). */
export const makePrng = (seed: number, name: string): Prng => {
  let [a, b, c, d] = [seed | 0, hashOf(name), 0x9e3779b9, 1];
  const next32 = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i += 1) next32();
  const next = (): number => next32() / 2 ** 32;
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("there is something to pick from");
      return item;
    },
  };
};

const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash | 0;
};
