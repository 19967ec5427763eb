/**
 * Carrying out the cancels that operators ask for (`control/operator_cancel.ts`): slice by slice,
 * round by round, each order with its own events and its own outcome.
 *
 * A turn asks a bounded number; a timer brings the next slice and the next round, so that reports
 * and cancels of strategies pass in between, and a new owner goes on where this one stopped.
 *
 * Owns: that timer, and what is published of a run's beginning and end.
 */
import type { RuledBy } from "../protocols/control.ts";
import type { AccountId, ClOrdId } from "../protocols/kernel/ids.ts";
import { milliseconds } from "../protocols/kernel/instant.ts";
import { accountShard, shardName } from "../protocols/kernel/shard.ts";
import { accountEventSubject } from "../protocols/kernel/subjects.ts";
import { isOpen } from "../protocols/ord_status.ts";
import type { OrderState } from "../protocols/order.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { carryOut } from "./account_outcome.ts";
import { parkTimer } from "./account_park.ts";
import { allAccounts } from "./control/control_fact.ts";
import type { OperatorCancelOutcome } from "./control/control_fact.ts";
import {
  cancelIdOf,
  isMeant,
  mayBeMeant,
  isSameScope,
  operatorCancelId,
  waitAfterRound_ms,
} from "./control/operator_cancel.ts";
import type { CancelScope, OperatorCancel } from "./control/operator_cancel.ts";
import { decideCancel } from "./order/order_cancel.ts";
import { cancelCommand, orderIdsOf, seenCommand } from "./order/order_decision.ts";

/** Orders asked to cancel in one turn. */
export const askedPerTurn_max = 100;

/** Orders that fail by themselves before a run waits as any other timer that fails. */
const passedOver_max = 100;

/** Between two slices: what came meanwhile is taken first. */
const slicePause_ms = 1;

const timerPrefix = "operator_cancel:";
const timerOf = (id: string): string => `${timerPrefix}${id}`;

/** The run that a timer is about, where it is one of these. */
export const operatorCancelOfTimer = (timer: string): string | undefined =>
  timer.startsWith(timerPrefix) ? timer.slice(timerPrefix.length) : undefined;

/**
 * Begins a run of cancels. The first slice is asked in a turn of its own, at once: whatever may be
 * wrong with an order, it cannot undo the halt that this turn has set.
 */
export const beginOperatorCancel = (
  turn: AccountTurn,
  world: AccountWorld,
  { cause, scope, by }: Pick<OperatorCancel, "cause" | "scope"> & { readonly by: RuledBy },
): void => {
  const id = operatorCancelId(by.requestId, scope);
  if (turn.space.get("operatorCancel", id) !== undefined) return;
  const run: OperatorCancel = { id, cause, scope, by, round: 1, asked: 0 };
  turn.emit({ what: "operator_cancel_began", run });
  publish(turn, world, run, "began");
  turn.timer(timerOf(id), turn.now_ns);
};

/** Asks the next slice; where none is left ends the round, and with it perhaps the run. */
export const continueOperatorCancel = (
  turn: AccountTurn,
  world: AccountWorld,
  id: string,
): void => {
  const run = turn.space.get("operatorCancel", id);
  if (run === undefined) return;
  const cancelId = cancelIdOf(run);
  const { slice, meant } = nextSlice(turn, run);
  for (const order of slice) {
    const command = { cancelId: cancelId as ClOrdId, digest: cancelId };
    const decision = decideCancel(orderIdsOf(order.orderId), order, command, turn.now, turn.now);
    carryOut(turn, world, order.orderId, decision);
  }
  const asked = run.asked + slice.length;
  if (slice.length === sliceOf(run)) {
    turn.emit({ what: "operator_cancel_moved", id, round: run.round, asked });
    turn.timer(timerOf(id), turn.now_ns + milliseconds(slicePause_ms));
    return;
  }
  const isLeft = meant.some(({ orderId }) => isStillOpen(turn, orderId));
  if (run.cause === "mass_cancel" || !isLeft) {
    end(turn, world, { ...run, asked }, isLeft ? "asked" : "done");
    return;
  }
  turn.emit({ what: "operator_cancel_moved", id, round: run.round + 1, asked });
  turn.timer(timerOf(id), turn.now_ns + milliseconds(waitAfterRound_ms(run.round)));
};

/** Ends the kills of a scope that is released: what is still open stays as it is. */
export const releaseKills = (turn: AccountTurn, world: AccountWorld, scope: CancelScope): void => {
  for (const [, run] of [...turn.space.entries("operatorCancel")]) {
    if (run.cause === "kill" && isSameScope(run.scope, scope)) end(turn, world, run, "released");
  }
};

/**
 * A slice failed every time. Whatever the cause, the orders in it are asked one by one, and one
 * that fails by itself is told and passed over: no order keeps a kill from the others.
 */
export const parkOperatorCancel = (turn: AccountTurn, world: AccountWorld, id: string): void => {
  const run = turn.space.get("operatorCancel", id);
  if (run === undefined) return;
  const { passedOver } = run;
  const [failed] = passedOver === undefined ? [] : nextSlice(turn, run).slice;
  const isNews = passedOver === undefined || failed !== undefined;
  if (!isNews || (passedOver?.length ?? 0) >= passedOver_max) {
    parkTimer(turn, timerOf(id));
    return;
  }
  const more = failed === undefined ? [] : [failed.orderId];
  turn.emit({ what: "operator_cancel_stumbled", id, passedOver: [...(passedOver ?? []), ...more] });
  if (failed !== undefined) publish(turn, world, run, "failed", { orderId: failed.orderId });
  turn.timer(timerOf(id), turn.now_ns + milliseconds(slicePause_ms));
};

const sliceOf = ({ passedOver }: OperatorCancel): number =>
  passedOver === undefined ? askedPerTurn_max : 1;

/** The next orders to ask, and where they are few all that the run means. */
const nextSlice = (
  { space }: AccountTurn,
  run: OperatorCancel,
): { readonly slice: readonly OrderState[]; readonly meant: readonly OrderState[] } => {
  const slice: OrderState[] = [];
  const meant: OrderState[] = [];
  const commandId = cancelCommand(cancelIdOf(run));
  const { passedOver = [] } = run;
  for (const orderId of space.keys("open")) {
    if (!mayBeMeant(run, orderId)) continue;
    const order = space.get("order", orderId);
    if (order === undefined || !isMeant(run, order)) continue;
    meant.push(order);
    if (order.pendingCancel !== undefined || seenCommand(order, commandId) !== undefined) continue;
    if (passedOver.includes(orderId)) continue;
    slice.push(order);
    if (slice.length === sliceOf(run)) break;
  }
  return { slice, meant };
};

const isStillOpen = ({ space }: AccountTurn, orderId: string): boolean => {
  const order = space.get("order", orderId);
  return order !== undefined && isOpen(order);
};

const end = (
  turn: AccountTurn,
  world: AccountWorld,
  run: OperatorCancel,
  outcome: OperatorCancelOutcome,
): void => {
  turn.emit({ what: "operator_cancel_ended", id: run.id, outcome, at: turn.now });
  turn.timer(timerOf(run.id), undefined);
  publish(turn, world, run, outcome);
};

const publish = (
  turn: AccountTurn,
  { shardIndex }: AccountWorld,
  run: OperatorCancel,
  phase: "began" | "failed" | OperatorCancelOutcome,
  about: { readonly orderId?: string } = {},
): void => {
  const { cause, scope, by, asked } = run;
  const account = (scope.account ?? allAccounts) as AccountId;
  const { requestId, operator, reason } = by;
  turn.publish(accountEventSubject(account, cause), (eventId) => ({
    eventId,
    account,
    ...scope,
    shard: shardName(accountShard(shardIndex)),
    requestId,
    operator,
    reason,
    phase,
    ...about,
    cancelId: cancelIdOf({ ...run, round: 1 }),
    orders: asked,
    tsEvent: by.since,
    tsInit: turn.now,
  }));
};
