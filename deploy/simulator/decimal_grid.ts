/**
 * Decimal strings ↔ integers on a grid of 10^-decimals. Exact, without floating point.
 *
 * Owns: the venue's number formats.
 * Never: rounds a client's number; `roundDown` is for recorded market quantities alone.
 */

/** Why a decimal string is no number on the grid. */
export type GridFault = "malformed" | "off_grid" | "too_large";

const zero = 48;
const nine = 57;
const dot = 46;

/** Largest integer that a grid number may have: sums of thousands of them stay safe integers. */
export const gridIntegerMax = 1_000_000_000_000;

/**
 * "61837.63000000" with 2 decimals → 6183763. Zeros beyond the grid are accepted; other digits
 * there are `off_grid`, or dropped when `roundDown` is given.
 */
export const parseOnGrid = (
  text: string,
  decimals: number,
  roundDown = false,
): number | GridFault => {
  let value = 0;
  let fraction = -1;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === dot && fraction === -1 && index > 0) {
      fraction = 0;
      continue;
    }
    if (code < zero || code > nine) return "malformed";
    if (fraction >= decimals) {
      if (code !== zero && !roundDown) return "off_grid";
      continue;
    }
    value = value * 10 + (code - zero);
    if (fraction >= 0) fraction += 1;
    if (value > gridIntegerMax) return "too_large";
  }
  if (text.length === 0 || fraction === 0) return "malformed";
  for (let missing = Math.max(fraction, 0); missing < decimals; missing += 1) value *= 10;
  return value > gridIntegerMax ? "too_large" : value;
};

/** 6183760 with 2 decimals → "61837.6": the shortest exact form. Takes integers of any size. */
export const formatOnGrid = (value: number | bigint, decimals: number): string => {
  const negative = value < 0;
  const digits = (negative ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return negative ? `-${text}` : text;
};

/** floor(value × numerator / denominator) for non-negative integers, exact at any size. */
export const mulDivFloor = (value: number, numerator: number, denominator: number): number => {
  const product = value * numerator;
  if (product <= Number.MAX_SAFE_INTEGER) return (product - (product % denominator)) / denominator;
  return Number((BigInt(value) * BigInt(numerator)) / BigInt(denominator));
};
