/**
 * The exact cost of what is left when a part of a position is closed.
 *
 * A whole number for the books and a fraction beyond it. The fraction's denominator grows with
 * every partial close; beyond `denominator_max` it is put on the grid of 2^-64 once, an error of
 * at most 2^-65 of a tick × lot, and the books stay whole and conserved all the same.
 *
 * Owns: the fraction, its reduction and its bound.
 * Never: knows what is realised.
 */

/** `numerator / denominator`, denominator above zero; in lowest terms while it is exact. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** No fraction. */
export const noRest: Fraction = { numerator: 0n, denominator: 1n };

/** Largest denominator that is kept as it is: it bounds the state and the work per fill. */
export const denominator_max = 1n << 128n;

const coarse = 1n << 64n;

/**
 * `left / net` of the exact cost `cost + rest`, as a whole part and a rest in [−1/2, 1/2). Rounding
 * the half upwards makes the whole part move in step with whole numbers added to the cost: that is
 * why a fill that only adds realises nothing.
 *
 * @param left_lots what is left of `net_lots`, same sign, nearer to zero
 */
export const partOfCost = (
  cost: bigint,
  rest: Fraction,
  left_lots: number,
  net_lots: number,
): readonly [cost: bigint, rest: Fraction] => {
  const exact = bounded(times(cost * rest.denominator + rest.numerator, rest, left_lots, net_lots));
  const whole = floorDivide(2n * exact.numerator + exact.denominator, 2n * exact.denominator);
  const beyond = exact.numerator - whole * exact.denominator;
  return [whole, beyond === 0n ? noRest : { numerator: beyond, denominator: exact.denominator }];
};

/**
 * `value / rest.denominator × left / net` in lowest terms, if that was. Of two fractions that are
 * each in lowest terms only the one's numerator and the other's denominator have common factors,
 * and quantities fit a number: no search for a divisor of two long integers.
 */
const times = (value: bigint, rest: Fraction, left_lots: number, net_lots: number): Fraction => {
  const both = divisor(Math.abs(left_lots), Math.abs(net_lots));
  const left = Math.abs(left_lots) / both;
  const net = Math.abs(net_lots) / both;
  const ofNet = divisor(remainder(value, net), net);
  const ofLeft = divisor(remainder(rest.denominator, left), left);
  return {
    numerator: (value / BigInt(ofNet)) * BigInt(left / ofLeft),
    denominator: (rest.denominator / BigInt(ofLeft)) * BigInt(net / ofNet),
  };
};

const remainder = (value: bigint, by: number): number => Math.abs(Number(value % BigInt(by)));

/** Greatest common divisor of a number and one above zero. */
const divisor = (one: number, other: number): number => {
  let [a, b] = [other, one];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
};

const bounded = (exact: Fraction): Fraction => {
  if (exact.denominator <= denominator_max) return exact;
  const twice = 2n * exact.denominator;
  return {
    numerator: floorDivide(2n * exact.numerator * coarse + exact.denominator, twice),
    denominator: coarse,
  };
};

const floorDivide = (numerator: bigint, denominator: bigint): bigint => {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
};
