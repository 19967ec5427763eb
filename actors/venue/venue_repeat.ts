/**
 * A command whose id is known already: it never leaves again, and still nobody waits for ever.
 *
 * Owns: the answer to it. While the first one is under way its answer is theirs both; one that was
 * proven unsent stays unsent; of any other the venue is asked what it has.
 */
import type { VenueRequest } from "./venue_link.ts";
import { askOrders, checkOrder } from "./venue_check.ts";
import { isQueued } from "./venue_queue.ts";
import { publishIncident, tellOrder, tellOutcome } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Answers a command whose id was used before. */
export const repeatCommand = (turn: VenueTurn, command: VenueRequest): void => {
  const { space, now: tsEvent } = turn;
  const { clOrdId, orderId } = command;
  const root = space.get("id", clOrdId);
  const order = root === undefined ? undefined : space.get("order", root);
  if (root === undefined || order === undefined) return;
  if (order.orderId !== orderId) {
    // The first one is another order's: this one has never left, and never will.
    const text = `the id is that of order=${order.orderId}`;
    publishIncident(turn, "id_conflict", text, { clOrdId, orderId });
    tellOrder(turn, orderId, {
      execType: "not_sent",
      clOrdId,
      execId: `conflict-${clOrdId}`,
      cumQty_lots: 0,
      code: "ID_CONFLICT",
      text,
      tsEvent,
    });
    return;
  }
  const request = space.get("request", clOrdId);
  if (request?.stage === "unresolved") {
    tellOutcome(turn, command, "in_doubt", undefined, "the venue can prove nothing of it");
  }
  if (request !== undefined || space.get("waiting", clOrdId) !== undefined) return;
  if (isQueued(turn, clOrdId)) return;
  // A change has no record of its own at a venue: what became of it was told when it was known.
  if (command.kind !== "place") return;
  if (order.neverLeft === true) {
    tellOutcome(turn, command, "not_sent", "VENUE_NOT_SENT", "it was proven unsent before");
    return;
  }
  checkOrder(turn, root, { afterSeq: 0, executionsWanted: true });
  askOrders(turn);
};
