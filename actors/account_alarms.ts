/**
 * What operators must know of orders that are bound to each other: more was executed than their
 * group may, what an entry bought has no stop loss, or a venue keeps refusing what a child lacks.
 *
 * Looked at when the turn's work is done, so that what the turn itself put right is no alarm.
 *
 * Owns: these alarms. Never: changes an order.
 */
import { isOver } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import { groupOf } from "./account_group_state.ts";
import { isTrade } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { raise } from "./account_outcome.ts";
import { isShort, overfilled_lots } from "./contingency/group_decision.ts";
import type { GroupMember, OrderGroupState } from "./contingency/group_decision.ts";
import { ownPrefix, refusesFirstRetry } from "./account_group_retry.ts";
import { cancelCommand } from "./order/order_decision.ts";

/** Whether an event of a bound order may call for an alarm. */
export const isNotable = (event: OrderEvent, after: OrderState): boolean => {
  if (isTrade(event) || refusesFirstRetry(event)) return true;
  if (after.terms?.bond?.role !== "stop_loss" || !isOver(after)) return false;
  // What its group ended is not missing.
  return isEnd(event) && !event.commandId.startsWith(cancelCommand(ownPrefix));
};

const isEnd = ({ execType }: OrderEvent): boolean =>
  execType === "canceled" ||
  execType === "rejected" ||
  execType === "expired" ||
  execType === "done_for_day";

/** Raises what an event of a bound order calls for. */
export const alarmGroup = (
  turn: AccountTurn,
  world: AccountWorld,
  { orderId, terms, phase }: OrderState,
  event: OrderEvent,
): void => {
  const group = groupOf(turn.space, world, terms?.bond?.group ?? "");
  if (group === undefined) return;
  if (event.execType === "replace_rejected") {
    if (!isShort(group, orderId)) return;
    const text = `order=${orderId} refused again: ${event.code} ${event.text}`.trimEnd();
    raise(turn, orderId, { what: "contingency_short", text });
    return;
  }
  const parent = group.members.find(({ role }) => role === "parent");
  if (isTrade(event)) {
    const over = overfilled_lots(group);
    if (over > 0) {
      const text = `group=${terms?.bond?.group ?? ""} order=${orderId}: ${over} lots too many`;
      raise(turn, orderId, { what: "contingency_overfilled", text });
    }
    // What an exit had closed is open again after a bust.
    const opens = orderId === parent?.orderId ? "trade" : "trade_cancel";
    if (event.execType !== opens && event.execType !== "trade_correct") return;
  }
  const bare = unprotected_lots(group);
  if (bare > 0) {
    const text = `group=${terms?.bond?.group ?? ""}: ${bare} lots have no stop loss`;
    raise(turn, orderId, { what: "contingency_unprotected", text });
    return;
  }
  const isLate = orderId === parent?.orderId && parent.life === "over" && phase !== "filled";
  if (!isLate || !group.members.every(({ life }) => life === "over")) return;
  const text = `order=${orderId}: what it executed late has no child any more`;
  raise(turn, orderId, { what: "contingency_short", text });
};

/** What the entry has executed, no exit has closed, and no stop loss guards or will. */
const unprotected_lots = ({ members }: OrderGroupState): number => {
  const isExit = ({ role }: GroupMember): boolean => role === "stop_loss" || role === "take_profit";
  const stop = members.find(({ role }) => role === "stop_loss");
  if (stop === undefined) return 0;
  let bare = stop.life === "over" ? 0 : stop.executed_lots - stop.asked_lots;
  for (const member of members) {
    if (member.role === "parent") bare += member.booked_lots;
    else if (isExit(member)) bare -= member.executed_lots;
  }
  return bare;
};
