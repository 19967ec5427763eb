/**
 * The price of a slice: at the touch, and never beyond the order's limit.
 *
 * - `taker`: the best price of the other side; none where that is beyond the limit.
 * - `passive`: the best price of the own side, or the limit where that is less; the limit alone
 *   where nobody is there.
 * - An iceberg is shown at its limit.
 *
 * Owns: that price. Never: is beyond the limit.
 */
import type { AlgoTerms } from "../../protocols/algo.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { PricePoint } from "../../protocols/trigger.ts";
import type { Side } from "../../protocols/venue.ts";

/** The price of a slice that is sent now; undefined where none can be had. */
export const childPrice_ticks = (
  { type, childStyle }: Pick<AlgoTerms, "type" | "childStyle">,
  side: Side,
  limit_ticks: Price_ticks | undefined,
  { bid_ticks, ask_ticks }: PricePoint,
): Price_ticks | undefined => {
  if (type === "iceberg") return limit_ticks;
  const isBuy = side === "buy";
  const [own, far] = isBuy ? [bid_ticks, ask_ticks] : [ask_ticks, bid_ticks];
  if (childStyle === "passive") {
    if (own === undefined || limit_ticks === undefined) return own ?? limit_ticks;
    return isBuy ? Math.min(own, limit_ticks) : Math.max(own, limit_ticks);
  }
  if (far === undefined || limit_ticks === undefined) return far;
  const isWithin = isBuy ? far <= limit_ticks : far >= limit_ticks;
  return isWithin ? far : undefined;
};
