/**
 * Routing of an order as it stands now: the router's world, gathered from the shard's states.
 *
 * Owns: that gathering. Which venue is best is `router/route_policy.ts`.
 */
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import type { ReferenceData } from "../protocols/instrument.ts";
import { calendarOfInstrument, venuesFor } from "./account_honour.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import type { OrderTerms } from "../protocols/order.ts";
import type { Route, RouteOrder } from "./router/route.ts";
import { chooseVenue } from "./router/route_policy.ts";

/** Where an order goes now among those venues, or why it can go nowhere. */
export const routeAmong = (
  turn: AccountTurn,
  { reference, market }: AccountWorld,
  order: RouteOrder,
  venues: ReferenceData["venues"],
): Route | Refusal =>
  chooseVenue(
    order,
    {
      venues,
      statusOf: (venue) => turn.space.get("venue", venue),
      market,
      bookAge_ms_max: reference.referencePriceAge_ms_max,
    },
    turn.now_ns,
  );

/** The venues that can take an order which was accepted before. */
export const venuesNow = (
  { reference }: AccountWorld,
  terms: OrderTerms,
): ReferenceData["venues"] => {
  const instrument = reference.instruments.get(terms.instrument);
  const hasSessions = instrument !== undefined && calendarOfInstrument(instrument).hasSessions;
  return venuesFor(terms, reference, hasSessions);
};
