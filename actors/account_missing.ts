/**
 * What an account shard remembers and sets because fills are missing that venues count: a timer for
 * each such order, so that every turn is about one order however many wait, and the list of orders
 * with something provisional.
 *
 * Owns: that timer's name and first setting, and that list. What happens at its time is
 * `account_provisional.ts`.
 */
import type { OrderId } from "../protocols/kernel/ids.ts";
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { Space } from "../runtime/shard_model.ts";
import type { AccountKinds, AccountTurn, AccountWorld, TradeEvent } from "./account_kinds.ts";
import { provisionalFill_ms_default } from "./order/provisional_fill.ts";

const prefix = "provisional:";

/** The timer of an order with missing fills. */
export const missingTimer = (orderId: OrderId): string => `${prefix}${orderId}`;

/** The order that a look for missing fills is about; undefined where the timer is another one. */
export const orderOfMissing = (id: string): OrderId | undefined =>
  id.startsWith(prefix) ? (id.slice(prefix.length) as OrderId) : undefined;

/** How long missing fills are waited for, milliseconds. */
export const graceOf = ({ reference }: AccountWorld): number =>
  reference.provisionalFill_ms ?? provisionalFill_ms_default;

/** Follows an event of an order: fills of it may be missing from now on. */
export const followMissing = (
  turn: AccountTurn,
  world: AccountWorld,
  event: OrderEvent,
  { orderId, legs }: OrderState,
): void => {
  if (event.execType !== "fills_awaited" || event.missing?.since !== event.tsInit) return;
  // What of another leg is missing for longer is looked at first, and this after it.
  const isEarlier = legs.some(
    ({ no, missing, owedQty_lots }) =>
      no !== event.leg && missing !== undefined && owedQty_lots !== undefined,
  );
  if (isEarlier) return;
  const due_ns = fromNanos(event.missing.since) + milliseconds(graceOf(world));
  turn.timer(missingTimer(orderId), due_ns);
};

/** Keeps the list of orders with something provisional. */
export const evolveProvisional = (
  space: Space<AccountKinds>,
  event: TradeEvent,
  { orderId, legs, terms }: OrderState,
): void => {
  if (event.provisional !== true || terms === undefined) return;
  const qty_lots = legs.reduce((sum, leg) => sum + (leg.provisionalQty_lots ?? 0), 0);
  const { instrument } = terms;
  if (qty_lots > 0) space.set("provisional", orderId, { instrument, qty_lots });
  else space.remove("provisional", orderId);
};
