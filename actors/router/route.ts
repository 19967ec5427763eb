/**
 * What is routed and what a route is.
 *
 * Owns: the shapes that the choices share.
 */
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import type { OrderTerms } from "../../protocols/order.ts";

/** What of an order decides its route; an `OrderTerms` is one. No price means a market order. */
export type RouteOrder = Pick<
  OrderTerms,
  "instrument" | "side" | "orderQty_lots" | "price_ticks" | "execInst" | "route"
>;

/** A route. */
export interface Route {
  readonly venue: VenueId;
  /** The inputs that mattered, prices in ticks and quantities in lots. */
  readonly why: string;
}

/** Whether the router found a venue. */
export const isRoute = (answer: Route | Refusal): answer is Route => "venue" in answer;
