/**
 * The way that prices took between two looks at them, kept short without losing a turn.
 *
 * A point that lies between its neighbours in every price tells a trigger nothing: what the stretch
 * does is done at its ends. So only turning points are kept, and a stop that was touched and left
 * again in between is found, as is the peak that a trailing stop followed.
 *
 * Owns: that reduction, and the bound on what is kept.
 */
import type { PricePoint } from "../../protocols/trigger.ts";

/** Most points kept; beyond it the last is overwritten, so a storm loses detail, not the end. */
export const points_max = 64;

/** A path with one more point. */
export const extendPath = (
  path: readonly PricePoint[],
  point: PricePoint,
): readonly PricePoint[] => {
  const last = path.at(-1);
  const beforeLast = path.at(-2);
  if (last !== undefined && isSame(last, point)) return path;
  const isOnTheWay =
    last !== undefined && beforeLast !== undefined && isBetween(beforeLast, last, point);
  return isOnTheWay || path.length >= points_max ? [...path.slice(0, -1), point] : [...path, point];
};

const names = ["bid_ticks", "ask_ticks", "last_ticks"] as const;

const isSame = (a: PricePoint, b: PricePoint): boolean =>
  names.every((name) => a[name] === b[name]);

/** Whether each price of the middle lies between those of the ends; the mid then does too. */
const isBetween = (from: PricePoint, middle: PricePoint, to: PricePoint): boolean =>
  names.every((name) => {
    const a = from[name];
    const b = middle[name];
    const c = to[name];
    if (a === undefined || b === undefined || c === undefined) return a === b && b === c;
    return (a <= b && b <= c) || (a >= b && b >= c);
  });
