/**
 * How much more of a bound order may come into force now: what the account's limits, its trading
 * state and the promises of reduce-only orders leave. It was checked when it came, but reserved
 * nothing then.
 *
 * Peers share one quantity, so what they reserve does not count against each other.
 *
 * Owns: that check.
 */
import { formatSteps } from "../protocols/kernel/grid.ts";
import type { Qty_lots } from "../protocols/kernel/grid.ts";
import { isHeld } from "../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../protocols/order.ts";
import { peersReserved_lots } from "./account_groups.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { isReduceOnly, reduceOnlyRefusal, reduceRoomBeside } from "./account_reduce.ts";
import { stateRefusal } from "./account_risk.ts";
import { executed_lots, worstOpen_lots } from "./order/order_reservation.ts";

/** What may come into force. */
export interface RoomToGrow {
  readonly total_lots: Qty_lots;
  /** What is in the way, where an operator should know. */
  readonly why?: string;
}

/** So much of a wanted total of an order may come into force; perhaps no more than has. */
export const roomToGrow = (
  turn: AccountTurn,
  world: AccountWorld,
  order: OrderState,
  wanted_lots: Qty_lots,
): RoomToGrow => {
  const { terms, account } = order;
  if (terms === undefined) return { total_lots: 0 };
  const none = (why: string): RoomToGrow => ({ total_lots: 0, why });
  const leaves_lots = wanted_lots - executed_lots(order);
  // One that waits is judged when it is sent.
  const refusal = isHeld(order) ? undefined : stateRefusal(turn, order, leaves_lots);
  if (refusal !== undefined) return none(refusal.code);
  const over = overPosition(turn, world, order, terms, leaves_lots);
  if (over !== undefined) return none(over);
  if (!isReduceOnly(terms)) {
    const taken = reduceOnlyRefusal(turn.space, account, terms, leaves_lots, order);
    return taken === undefined ? { total_lots: wanted_lots } : none(`${taken.code} ${taken.text}`);
  }
  if (isHeld(order)) return { total_lots: wanted_lots };
  const room_lots = reduceRoomBeside(turn.space, order);
  return { total_lots: Math.min(wanted_lots, executed_lots(order) + room_lots) };
};

const overPosition = (
  turn: AccountTurn,
  { reference }: AccountWorld,
  order: OrderState,
  { instrument, side, grid }: OrderTerms,
  leaves_lots: Qty_lots,
): string | undefined => {
  const { account } = order;
  const limit = reference.accounts.get(account)?.instruments.get(instrument)?.maxPosition_lots;
  if (limit === undefined) return "RISK_LIMIT_MISSING";
  const key = holdingKey(account, instrument);
  const exposure = turn.space.get("exposure", key);
  const isBuy = side === "buy";
  const net_lots = turn.space.get("position", key)?.netQty_lots ?? 0;
  let open_lots = (isBuy ? exposure?.openBuy_lots : exposure?.openSell_lots) ?? 0;
  open_lots -= worstOpen_lots(order);
  open_lots -= peersReserved_lots(turn.space, order);
  const worst_lots = (isBuy ? net_lots : -net_lots) + open_lots + leaves_lots;
  if (worst_lots <= limit) return undefined;
  const observed = formatSteps(worst_lots, grid.lot);
  return `RISK_POSITION_LIMIT limit=${formatSteps(limit, grid.lot)} observed=${observed}`;
};
