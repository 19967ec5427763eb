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
  const left = BigInt(Math.abs(left_lots));
  const net = BigInt(Math.abs(net_lots));
  const numerator = (cost * rest.denominator + rest.numerator) * left;
  const exact = bounded(reduced(numerator, rest.denominator * net));
  const whole = floorDivide(2n * exact.numerator + exact.denominator, 2n * exact.denominator);
  const beyond = exact.numerator - whole * exact.denominator;
  return [whole, beyond === 0n ? noRest : { numerator: beyond, denominator: exact.denominator }];
};

const reduced = (numerator: bigint, denominator: bigint): Fraction => {
  let a = numerator < 0n ? -numerator : numerator;
  let b = denominator;
  while (b !== 0n) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
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
