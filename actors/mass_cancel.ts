/**
 * Mass cancel: every open order of a strategy that passes the filters is asked to cancel.
 *
 * A strategy may have thousands; a turn takes at most `ordersPerTurn_max` and then sends its own
 * shard the rest, so that no frame is too large and other commands pass in between. An order that
 * has seen this mass cancel is not asked again, which is also what ends it.
 */
import { Result } from "effect";
import { toNanos, milliseconds } from "../protocols/kernel/instant.ts";
import { accountShard } from "../protocols/kernel/shard.ts";
import { accountEventSubject } from "../protocols/kernel/subjects.ts";
import type { CommandTarget } from "../protocols/kernel/subjects.ts";
import type { AccountId } from "../protocols/kernel/ids.ts";
import { readMassCancel } from "../protocols/command.ts";
import type { OrderState } from "../protocols/order.ts";
import type { AccountTurn, AccountWorld, MassCancelRest } from "./account_kinds.ts";
import type { CommandInput } from "./account_entry.ts";
import { carryOut } from "./account_outcome.ts";
import { decideCancel } from "./order/order_cancel.ts";
import { cancelCommand, orderIdsOf, seenCommand } from "./order/order_decision.ts";

/** Orders asked to cancel in one turn. */
export const ordersPerTurn_max = 100;

/** Starts a mass cancel. Throws where its body cannot be read: it names no order to answer on. */
export const startMassCancel = (
  turn: AccountTurn,
  world: AccountWorld,
  input: CommandInput,
  target: CommandTarget,
): void => {
  const read = readMassCancel(input.data);
  if (Result.isFailure(read)) {
    throw new Error(`MALFORMED at ${read.failure.path}: ${read.failure.message}`);
  }
  const { cancelId, instrument, side, digest } = read.success;
  continueMassCancel(turn, world, {
    kind: "mass_cancel",
    account: target.account,
    strategy: target.strategy,
    cancelId: cancelId ?? `_mass-${input.seq}`,
    digest,
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
    asked: 0,
    at: turn.now,
  });
};

/** Asks the next orders; says so on the account's events when none is left. */
export const continueMassCancel = (
  turn: AccountTurn,
  world: AccountWorld,
  rest: MassCancelRest,
): void => {
  const until = toNanos(turn.now_ns + milliseconds(world.reference.earlyCancel_ms));
  const batch: OrderState[] = [];
  const prefix = `${rest.account}.${rest.strategy}.`;
  for (const orderId of turn.space.keys("open")) {
    if (batch.length === ordersPerTurn_max) break;
    if (!orderId.startsWith(prefix)) continue;
    const order = turn.space.get("order", orderId);
    if (order !== undefined && isAffected(order, rest)) batch.push(order);
  }
  for (const order of batch) {
    const { cancelId, digest } = rest;
    const command = { cancelId: cancelId as typeof order.clOrdId, digest };
    const decision = decideCancel(orderIdsOf(order.orderId), order, command, until, turn.now);
    carryOut(turn, world, order.orderId, decision);
  }
  const asked = rest.asked + batch.length;
  if (batch.length === ordersPerTurn_max) {
    turn.send(accountShard(world.shardIndex), { ...rest, asked });
    return;
  }
  const { account, strategy, cancelId } = rest;
  turn.publish(accountEventSubject(account as AccountId, "mass_cancel"), (eventId) => ({
    eventId,
    account,
    strategy,
    cancelId,
    orders: asked,
    tsEvent: rest.at,
    tsInit: turn.now,
  }));
};

const isAffected = (order: OrderState, rest: MassCancelRest): boolean =>
  order.pendingCancel === undefined &&
  (rest.instrument === undefined || order.terms?.instrument === rest.instrument) &&
  (rest.side === undefined || order.terms?.side === rest.side) &&
  seenCommand(order, cancelCommand(rest.cancelId)) === undefined;
