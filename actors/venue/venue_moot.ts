/**
 * Requests that only their order's end settles: nothing can prove that they arrived, or did not.
 *
 * An order that was canceled, expired or rejected answers by that all that was on its way to it. A
 * fill answers nothing else, nor does a bust after which nothing works, so the order is told: a
 * cancel came too late; a replace is in force where the venue has the total that it asked for, and
 * else came too late as well.
 *
 * Owns: those answers. Never: settles a request that a report or a question can still prove.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { VenueRequest } from "./venue_link.ts";
import type { RequestState } from "./venue_state.ts";
import { tellOrder } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Whether nothing can prove a request any more, either way. */
export const isUnprovable = ({ stage, unprovable }: RequestState): boolean =>
  stage === "unresolved" || (unprovable === true && stage !== "sending");

/** The changes of an order that nothing can prove any more. Asked before its end is stated. */
export const unprovableChanges = (
  { space }: VenueTurn,
  root: LegClOrdId,
): readonly VenueRequest[] => {
  const ids = space.get("order", root)?.ids ?? [];
  return ids.flatMap((id) => {
    const request = space.get("request", id);
    const isChange = request !== undefined && request.command.kind !== "place";
    return isChange && isUnprovable(request) ? [request.command] : [];
  });
};

/** An order that is over at its venue, as that says: filled, or busted since. */
export interface FilledThere {
  readonly clOrdId: LegClOrdId;
  readonly cumQty_lots: Qty_lots;
  readonly orderQty_lots?: Qty_lots;
}

/** Tells an order that is over what became of changes that nothing can prove any more. */
export const tellMoot = (
  turn: VenueTurn,
  changes: readonly VenueRequest[],
  { clOrdId: current, cumQty_lots, orderQty_lots }: FilledThere,
): void => {
  for (const command of changes) {
    if (command.kind === "place") continue;
    const { clOrdId, origClOrdId, orderId } = command;
    const isInForce =
      command.kind === "replace" &&
      (current === clOrdId || orderQty_lots === command.orderQty_lots);
    const execType = isInForce ? "replaced" : (`${command.kind}_rejected` as const);
    tellOrder(turn, orderId, {
      execType,
      clOrdId,
      origClOrdId,
      execId: `filled-${clOrdId}`,
      cumQty_lots,
      ...(isInForce && orderQty_lots !== undefined ? { orderQty_lots } : {}),
      ...(isInForce ? {} : { code: "ORDER_CLOSED" as const }),
      text: "its order is over, and what else was reported is lost",
      tsEvent: turn.now,
    });
  }
};
