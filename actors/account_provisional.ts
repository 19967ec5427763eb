/**
 * The clock's part of fills that venues count and do not tell: they are booked provisionally when
 * they were waited for long enough, and asked for again and again at growing distances.
 *
 * Owns: that look. What is booked is `order/provisional_fill.ts`.
 */
import type { OrderId } from "../protocols/kernel/ids.ts";
import { milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { graceOf, missingTimer } from "./account_missing.ts";
import { carryOut } from "./account_outcome.ts";
import { decideProvisional, nextLook } from "./order/provisional_fill.ts";

/** Looks at what is missing of an order, and sets the next look. */
export const lookForMissing = (turn: AccountTurn, world: AccountWorld, orderId: OrderId): void => {
  const order = turn.space.get("order", orderId);
  if (order === undefined) return;
  const { now, now_ns } = turn;
  const deadline = toNanos(now_ns + milliseconds(world.reference.intentDeadline_ms));
  const grace_ms = graceOf(world);
  carryOut(turn, world, orderId, decideProvisional(order, grace_ms, { now, deadline }));
  const after = turn.space.get("order", orderId);
  const next_ns = after === undefined ? undefined : nextLook(after, grace_ms, now_ns);
  if (next_ns !== undefined) turn.timer(missingTimer(orderId), next_ns);
};
