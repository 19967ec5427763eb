/**
 * The last gate of a bound order: no further leg of it leaves once its group ends it.
 *
 * A replace that is on its way as two orders goes on by itself when its first leg makes room. Where
 * a peer has executed meanwhile, or was triggered, and a cancel came too late for that first leg,
 * the second must not go. It is answered as what is proven never to have left, and at the end of
 * the turn the group brings its order to where it must be.
 *
 * Owns: that check.
 */
import type { LegReport } from "../protocols/venue.ts";
import { unsent } from "./account_fence.ts";
import { groupOf } from "./account_group_state.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { wantsOf } from "./contingency/group_decision.ts";
import type { VenueRequest } from "./order/order_decision.ts";

/** The answer to a place of an order that its group ends; undefined where it may. */
export const heldByGroup = (
  { space, now }: Pick<AccountTurn, "space" | "now">,
  world: AccountWorld,
  request: VenueRequest,
): LegReport | undefined => {
  const { command } = request;
  if (command.kind !== "place") return undefined;
  const order = space.get("order", command.orderId);
  const bond = order?.terms?.bond;
  if (order === undefined || bond === undefined || order.legs.length < 2) return undefined;
  const group = groupOf(space, world, bond.group);
  const want = group && wantsOf(group).find(({ orderId }) => orderId === order.orderId);
  if (want?.want !== "cancel") return undefined;
  const refusal = { code: "ORDER_CLOSED", text: want.why } as const;
  return unsent(now, request, { execId: `group-${command.clOrdId}`, ...refusal });
};
