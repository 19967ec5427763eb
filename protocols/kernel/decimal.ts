/**
 * Exact decimals: strings on the wire, scaled bigints inside.
 *
 * Owns: the grammar of a decimal, exact arithmetic on it and the one rounding there is.
 * Never: rounds unless the function's name says so; never makes a floating-point number of it.
 */

/** `units / 10^scale`, exactly. Two decimals of different scale may be the same number. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Longest decimal text that is read: more digits than any market needs, few enough to be cheap. */
export const decimalLength_max = 40;

const grammar = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** Zero. */
export const zero: Decimal = { units: 0n, scale: 0 };

/**
 * Reads `-?digits[.digits]`; undefined where the text is anything else (`1e3`, `+1`, `01`, `.5`).
 */
export const parseDecimal = (text: string): Decimal | undefined => {
  if (text.length > decimalLength_max) return undefined;
  const match = grammar.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  return { units: BigInt(sign + whole + fraction), scale: fraction.length };
};

/** The shortest text of a decimal: no trailing zeros, no trailing point, never `-0`. */
export const formatDecimal = ({ units, scale }: Decimal): string => {
  const text = formatScaled(units, scale);
  return scale === 0 ? text : text.replace(/\.?0+$/, "");
};

/** `units / 10^scale` with exactly `scale` digits after the point. */
export const formatScaled = (units: bigint, scale: number): string => {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, "0");
  const cut = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return negative ? `-${text}` : text;
};

const rescale = (d: Decimal, scale: number): bigint => d.units * 10n ** BigInt(scale - d.scale);

/** a + b, exactly. */
export const addDecimals = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale);
  return { units: rescale(a, scale) + rescale(b, scale), scale };
};

/** a × b, exactly. */
export const multiplyDecimals = (a: Decimal, b: Decimal): Decimal => ({
  units: a.units * b.units,
  scale: a.scale + b.scale,
});

/** Negative, zero or positive as a is below, equal to or above b. */
export const compareDecimals = (a: Decimal, b: Decimal): number => {
  const scale = Math.max(a.scale, b.scale);
  const difference = rescale(a, scale) - rescale(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** `numerator / denominator`, rounded half to even (IEEE 754's roundTiesToEven) as a bigint. */
export const divideHalfEven = (numerator: bigint, denominator: bigint): bigint => {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = n / d;
  const twice = (n % d) * 2n;
  const up = twice > d || (twice === d && quotient % 2n === 1n);
  const rounded = up ? quotient + 1n : quotient;
  return negative ? -rounded : rounded;
};
