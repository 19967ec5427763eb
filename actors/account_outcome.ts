/**
 * Carries out what an order has decided: states it, shows it, asks venues, raises alarms.
 *
 * Every visible event goes out with the version that the order has after it; a trade, its bust and
 * its correction also show the position that they made. An order that comes to be takes with it
 * the trades that were booked before it was known.
 */
import type { OrderId } from "../protocols/kernel/ids.ts";
import { partsOfOrderId } from "../protocols/kernel/ids.ts";
import { fromNanos } from "../protocols/kernel/instant.ts";
import { venueShard } from "../protocols/kernel/shard.ts";
import { accountEventSubject, orderEventSubject } from "../protocols/kernel/subjects.ts";
import { isVisible } from "../protocols/order.ts";
import type { OrderEvent } from "../protocols/order.ts";
import { orderEventBody } from "../protocols/order_event.ts";
import type { LegReport } from "../protocols/venue.ts";
import { leaveBucket, tradesBefore } from "./account_external.ts";
import { heldBack } from "./account_fence.ts";
import { heldByGroup } from "./account_group_fence.ts";
import { isTrade } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { followMissing } from "./account_missing.ts";
import { showPosition } from "./account_position_view.ts";
import { followReopened } from "./account_reopened.ts";
import { followWaiting } from "./account_watch.ts";
import type { Incident, OrderDecision } from "./order/order_decision.ts";
import { decideReport } from "./order/order_report.ts";

/** The timer of a cancel that waits for its submit. */
export const earlyCancelTimer = (orderId: OrderId): string => `early_cancel:${orderId}`;

/** The order that a timer is about, where it is one of these. */
export const orderOfTimer = (id: string): OrderId | undefined =>
  id.startsWith("early_cancel:") ? (id.slice("early_cancel:".length) as OrderId) : undefined;

/** Carries out a decision about one order. */
export const carryOut = (
  turn: AccountTurn,
  world: AccountWorld,
  orderId: OrderId,
  decision: OrderDecision,
): void => {
  for (const event of decision.events) state(turn, world, event);
  const refused: LegReport[] = [];
  for (const request of decision.requests) {
    const answer = heldBack(turn, request) ?? heldByGroup(turn, world, request);
    if (answer === undefined) turn.send(venueShard(request.venue), request.command);
    else refused.push(answer);
  }
  for (const incident of decision.incidents) raise(turn, orderId, incident);
  const { earlyCancelTimer: timer } = decision;
  if (timer !== undefined) {
    const at_ns = timer.at === undefined ? undefined : fromNanos(timer.at);
    turn.timer(earlyCancelTimer(orderId), at_ns);
  }
  for (const report of refused) {
    const time = { now: turn.now, deadline: turn.now };
    carryOut(turn, world, orderId, decideReport(turn.space.get("order", orderId), report, time));
  }
};

const state = (turn: AccountTurn, world: AccountWorld, event: OrderEvent): void => {
  if (event.execType === "trade") {
    const order = turn.space.get("order", event.orderId);
    if (order !== undefined) leaveBucket(turn, event, order);
  }
  const held = turn.space.get("held", event.orderId);
  turn.emit(event);
  const after = turn.space.get("order", event.orderId);
  if (after !== undefined) followWaiting(turn, event, held, after);
  if (after !== undefined) followMissing(turn, world, event, after);
  if (after !== undefined) followReopened(turn, event, after);
  if (!isVisible(event)) return;
  if (after === undefined) throw new Error(`${event.orderId} has a state after its own event`);
  const { account, strategy, clOrdId } = after;
  let orderEventId = "";
  turn.publish(orderEventSubject(account, strategy, clOrdId, event.execType), (eventId) => {
    orderEventId = eventId;
    return orderEventBody(event, after, eventId);
  });
  if (isTrade(event) && after.terms !== undefined) {
    const { instrument } = after.terms;
    showPosition(turn, world, account, instrument, () => orderEventId, event.tsEvent);
  }
  if (event.execType !== "pending_new") return;
  for (const trade of tradesBefore(turn, after)) state(turn, world, trade);
};

/** Tells operators about something that must not happen, or not often. */
export const raise = (turn: AccountTurn, orderId: OrderId, { what, text }: Incident): void => {
  const { account } = partsOfOrderId(orderId);
  turn.publish(accountEventSubject(account, "incident"), (eventId) => ({
    eventId,
    account,
    orderId,
    what,
    text,
    tsInit: turn.now,
  }));
};
