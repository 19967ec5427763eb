/**
 * The orders of which a venue cannot tell any more what became of them: it forgot them, or what it
 * had said of them, before that was durable here. Nobody can know; a person has to look.
 */
import type { Evidence } from "./checker.ts";

/** Those orders. */
export const notTold = (evidence: Evidence): ReadonlySet<string> => {
  const orders = new Set(unresolvedOrders(evidence));
  for (const venue of evidence.venues.values()) {
    for (const order of venue.orders()) if (order.lost === true) orders.add(order.orderId);
  }
  return orders;
};

/** The orders with a request that no answer can prove to have arrived, or not. */
export const unresolvedOrders = ({ mirrors }: Evidence): ReadonlySet<string> => {
  const orders = new Set<string>();
  for (const { space } of mirrors.venues.values()) {
    for (const [, request] of space.entries("request")) {
      if (request.stage === "unresolved") orders.add(request.command.orderId);
    }
  }
  return orders;
};
