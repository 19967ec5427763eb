/**
 * What a venue is asked about a leg that it has: to cancel it, or what became of it.
 *
 * Owns: those two requests. A leg's first one is `placeLeg`, a native replace `askToReplace`.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { VenueRequest } from "./order_decision.ts";

/** The request that cancels a leg. */
export const cancelLeg = (state: OrderState, leg: Leg, clOrdId: LegClOrdId): VenueRequest => {
  const origClOrdId = leg.clOrdId;
  const command = { kind: "cancel", ...aboutOf(state), clOrdId, origClOrdId } as const;
  return { venue: leg.venue, command };
};

/** Asks the venue what became of a leg. */
export const queryLeg = (state: OrderState, leg: Leg): VenueRequest => {
  const command = { kind: "query", ...aboutOf(state), clOrdId: leg.clOrdId } as const;
  return { venue: leg.venue, command };
};

const aboutOf = ({ orderId, terms }: OrderState) => {
  invariant(terms !== undefined, `order ${orderId} has legs and so has terms`);
  const { instrument, grid } = terms;
  return { orderId, instrument, grid };
};
