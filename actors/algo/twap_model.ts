/**
 * TWAP: equal slices over equal stretches of time, each sent at the beginning of its stretch.
 *
 * The total by a stretch is a share of the whole, rounded down, so that roundings never add up; the
 * last stretch makes it exact. Time goes on whatever happens: what is behind is caught up with the
 * next slice, what is not done at the end is not done.
 *
 * Owns: that schedule. Never: is above it.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { AlgoTerms } from "../../protocols/algo.ts";
import { beginOf, shareOf, slotAt } from "./schedule.ts";
import type { Figures, Plan, Window } from "./schedule.ts";

/** What a TWAP may have out by now. */
export const planTwap = (
  { start, end, slices }: Extract<AlgoTerms, { type: "twap" }>,
  { orderQty_lots, now_ns }: Pick<Figures, "orderQty_lots" | "now_ns">,
): Plan => {
  const window: Window = { start_ns: fromNanos(start), end_ns: fromNanos(end), slots: slices };
  const slot = slotAt(window, now_ns);
  const next = slot + 1 < slices ? { next_ns: beginOf(window, slot + 1) } : {};
  return { target_lots: shareOf(orderQty_lots, slot + 1, slices), slot, ...next };
};
