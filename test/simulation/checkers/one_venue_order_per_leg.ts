/**
 * Invariant 3: each request id leaves at most once, so that for each leg at most one order can ever
 * exist at its venue, whatever crashed in between.
 */
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "one_venue_order_per_leg";

/** Makes the checker. */
export const oneVenueOrderPerLeg: CheckerMaker = ({ venues }) => {
  const sent = new Set<string>();
  return {
    name,
    onSend: ({ venue, request: { clOrdId, kind } }) => {
      if (sent.has(clOrdId)) throw new Violation(name, `${kind} ${clOrdId} leaves again: ${venue}`);
      sent.add(clOrdId);
    },
    // A cancel that the venue refused unseen never was there: it alone is sent again.
    onArrive: ({ request: { clOrdId, kind }, refusal }) => {
      if (refusal !== undefined && kind === "cancel") sent.delete(clOrdId);
    },
    atRest: () => {
      for (const [id, venue] of venues) {
        for (const order of venue.orders()) {
          if (!sent.has(order.root)) throw new Violation(name, `${id} has ${order.root}, not ours`);
        }
        if (venue.unsupported() > 0) throw new Violation(name, `${id} was asked what it cannot do`);
        if (venue.duplicates() > 0) throw new Violation(name, `${id} was sent an id twice`);
      }
    },
  };
};
