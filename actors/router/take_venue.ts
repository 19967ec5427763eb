/**
 * The venue to take liquidity from: the one that shows the most of the order's quantity at its
 * price or better; then the lowest all-in cost of taking that; then the deepest; then the lowest
 * id.
 *
 * The visible book is not all there is, so an order that needs more than any venue shows still goes
 * to the one that shows the most.
 *
 * Owns: that ranking and its record.
 */
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import { allInCost, takeFrom } from "./taking_cost.ts";
import type { Taking } from "./taking_cost.ts";
import type { Route, RouteOrder } from "./route.ts";
import { bestTwo, farSide } from "./usable_venue.ts";
import type { UsableVenue } from "./usable_venue.ts";

interface Taker {
  readonly venue: UsableVenue;
  readonly taking: Taking;
  readonly cost: bigint;
  readonly best_ticks: Price_ticks;
}

/** The best venue to take from, or undefined where nothing can be taken at the order's price. */
export const takeVenue = (order: RouteOrder, usable: readonly UsableVenue[]): Route | undefined => {
  const takers: Taker[] = [];
  for (const venue of usable) {
    const levels = farSide(order, venue.book);
    const taking = takeFrom(levels, order.side, order.price_ticks, order.orderQty_lots);
    const first = levels[0];
    if (taking.taken_lots === 0 || first === undefined) continue;
    const cost = allInCost(taking, order.side, venue.profile.taker_bps);
    takers.push({ venue, taking, cost, best_ticks: first.price_ticks });
  }
  const [best, next] = bestTwo(takers, compare);
  if (best === undefined) return undefined;
  const over = next === undefined ? "" : ` over ${describe(next)}`;
  return { venue: best.venue.profile.id, why: `take ${describe(best)}${over}` };
};

const compare = (a: Taker, b: Taker): number => {
  if (a.taking.taken_lots !== b.taking.taken_lots) return b.taking.taken_lots - a.taking.taken_lots;
  if (a.cost !== b.cost) return a.cost < b.cost ? -1 : 1;
  if (a.taking.depth_lots !== b.taking.depth_lots) return b.taking.depth_lots - a.taking.depth_lots;
  return a.venue.profile.id < b.venue.profile.id ? -1 : 1;
};

const describe = ({ venue, taking, best_ticks }: Taker): string =>
  `${venue.profile.id} px=${best_ticks} qty=${taking.taken_lots} of=${taking.depth_lots}` +
  ` value=${taking.value} taker_bps=${venue.profile.taker_bps}`;
