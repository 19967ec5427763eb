/**
 * What the algorithms have in common: figures to decide on, and what a plan of one says.
 *
 * A plan is a total that may be out by now, what is executed and what is open included. It never
 * says what to send; `slice_size.ts` makes an order of the difference.
 *
 * Owns: these shapes, and the split of a window into stretches.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";

/** What a plan follows from. */
export interface Figures {
  /** FIX OrderQty: the total, filled part included. */
  readonly orderQty_lots: Qty_lots;
  /** Executed, also what venues counted and we have not seen. */
  readonly executed_lots: Qty_lots;
  /** What is live, on its way or in doubt. */
  readonly open_lots: Qty_lots;
  /** What others traded since the algorithm began, as far as we heard. */
  readonly volume_lots: Qty_lots;
  readonly now_ns: Instant_ns;
}

/** What an algorithm says of a moment. */
export interface Plan {
  /** The total that may be out by now. */
  readonly target_lots: Qty_lots;
  /** The stretch of time it is: a new one may send its slice at once. */
  readonly slot: number;
  /** When the next stretch begins; absent where none does. */
  readonly next_ns?: Instant_ns;
}

/** A window of time in equal stretches. */
export interface Window {
  readonly start_ns: Instant_ns;
  readonly end_ns: Instant_ns;
  readonly slots: number;
}

/** The stretch that a moment is in: −1 before the window, the last one after it. */
export const slotAt = ({ start_ns, end_ns, slots }: Window, now_ns: Instant_ns): number => {
  if (now_ns < start_ns) return -1;
  const passed = ((now_ns - start_ns) * BigInt(slots)) / (end_ns - start_ns);
  return passed >= BigInt(slots) ? slots - 1 : Number(passed);
};

/** When a stretch begins: the first moment that is in it. */
export const beginOf = ({ start_ns, end_ns, slots }: Window, slot: number): Instant_ns => {
  const count = BigInt(slots);
  return start_ns + (BigInt(slot) * (end_ns - start_ns) + count - 1n) / count;
};

/** `numerator / denominator` of a quantity, rounded down; exact whatever the sizes. */
export const shareOf = (qty_lots: Qty_lots, numerator: number, denominator: number): Qty_lots => {
  const product = qty_lots * numerator;
  if (Number.isSafeInteger(product)) return Math.floor(product / denominator);
  return Number((BigInt(qty_lots) * BigInt(numerator)) / BigInt(denominator));
};
