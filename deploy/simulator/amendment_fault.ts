/**
 * Takes fills back, or corrects them, some time after they were reported.
 *
 * Owns: the choice which ones, and what a correction says.
 */
import type { VenueConditions } from "./conditions.ts";
import type { OrderDesk } from "./order_desk.ts";
import type { Prng } from "./prng.ts";
import type { VenueClock } from "./venue_clock.ts";
import type { ExecutionNumbers, VenueExecution, VenueOrder } from "./venue_order.ts";

/** Largest correction of a price, in ticks. */
const correction_ticks_max = 5;

/** Decides about a fresh fill, and amends it when the time has come. */
export const amendLater = (
  order: VenueOrder,
  execution: VenueExecution,
  desk: () => OrderDesk,
  conditions: VenueConditions,
  clock: VenueClock,
): void => {
  const { amendments } = conditions.faults;
  if (amendments === undefined) return;
  const { bust, correct, after_ms, reopen = false } = amendments;
  const isBust = conditions.happens("busted", bust);
  if (!isBust && !conditions.happens("corrected", correct)) return;
  const to = isBust ? "bust" : correctionOf(execution, conditions.prng("corrected"));
  clock.schedule(after_ms * 1_000_000, () => {
    desk().amend({ order, execution, to, reopen }, clock.wall_ns());
  });
};

/** Another price, or one lot less. */
const correctionOf = (
  { price_ticks, qty_lots }: ExecutionNumbers,
  prng: Prng,
): ExecutionNumbers => {
  if (qty_lots > 1 && prng.nextUnit() < 0.5) return { price_ticks, qty_lots: qty_lots - 1 };
  const by_ticks = 1 + (prng.nextUint32() % correction_ticks_max);
  const isUp = price_ticks <= by_ticks || prng.nextUnit() < 0.5;
  return { price_ticks: price_ticks + (isUp ? by_ticks : -by_ticks), qty_lots };
};
