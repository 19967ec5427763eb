/**
 * Seeded pseudo-random numbers: the simulator's only source of chance, so a seed repeats a run.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand, public domain), mixed by splitmix32.
 * Never: reads a clock or the system's entropy.
 */

/** A stream of pseudo-random numbers. */
export interface Prng {
  /** Uniform integer in [0, 2^32). */
  nextUint32(): number;
  /** Uniform in [0, 1). */
  nextUnit(): number;
  /** Standard normal (Box and Muller, 1958). */
  nextNormal(): number;
}

/** Mixes an integer into 32 well-spread bits (finaliser of splitmix32). */
export const mix32 = (value: number): number => {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
};

/** A generator for `seed`; `stream` gives independent generators of one seed. */
export const createPrng = (seed: number, stream = 0): Prng => {
  let a = mix32(seed);
  let b = mix32(a ^ stream);
  let c = mix32(b + seed);
  let counter = 1;
  const nextUint32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) nextUint32();
  const nextUnit = (): number => nextUint32() / 4_294_967_296;
  const nextNormal = (): number => {
    const radius = Math.sqrt(-2 * Math.log(1 - nextUnit()));
    return radius * Math.cos(2 * Math.PI * nextUnit());
  };
  return { nextUint32, nextUnit, nextNormal };
};
