/**
 * The venue to rest at: the lowest maker fee; then the best price on the order's own side (the
 * market is there, so the other side comes there first); then the lowest id.
 *
 * An order that may not take (post-only) goes to a venue where it would cross only if it would
 * cross everywhere: that venue then refuses it, in its own words.
 *
 * Owns: that ranking and its record.
 */
import { isWithinLimit } from "./taking_cost.ts";
import type { Route, RouteOrder } from "./route.ts";
import { bestTwo, farSide, ownSide } from "./usable_venue.ts";
import type { UsableVenue } from "./usable_venue.ts";

/** The best venue to rest at; undefined without a venue, and for a market order: it cannot rest. */
export const restVenue = (order: RouteOrder, usable: readonly UsableVenue[]): Route | undefined => {
  if (order.price_ticks === undefined) return undefined;
  const [best, next] = bestTwo(usable, (a, b) => compare(order, a, b));
  if (best === undefined) return undefined;
  const over = next === undefined ? "" : ` over ${describe(order, next)}`;
  return { venue: best.profile.id, why: `rest ${describe(order, best)}${over}` };
};

const compare = (order: RouteOrder, a: UsableVenue, b: UsableVenue): number => {
  const crosses = wouldCross(order, a);
  if (crosses !== wouldCross(order, b)) return crosses ? 1 : -1;
  if (a.profile.maker_bps !== b.profile.maker_bps) return a.profile.maker_bps - b.profile.maker_bps;
  const aOwn = ownPrice(order, a);
  const bOwn = ownPrice(order, b);
  if (aOwn !== bOwn) return aOwn > bOwn ? -1 : 1;
  return a.profile.id < b.profile.id ? -1 : 1;
};

const wouldCross = (order: RouteOrder, { book }: UsableVenue): boolean => {
  const far = farSide(order, book)[0];
  return far !== undefined && isWithinLimit(order.side, far.price_ticks, order.price_ticks);
};

/** The best price on the order's own side, signed so that higher is better; none is worst. */
const ownPrice = (order: RouteOrder, { book }: UsableVenue): number => {
  const own = ownSide(order, book)[0];
  if (own === undefined) return Number.NEGATIVE_INFINITY;
  return order.side === "buy" ? own.price_ticks : -own.price_ticks;
};

const describe = (order: RouteOrder, { profile, book }: UsableVenue): string => {
  const own_ticks = ownSide(order, book)[0]?.price_ticks ?? "none";
  return `${profile.id} maker_bps=${profile.maker_bps} own=${own_ticks}`;
};
