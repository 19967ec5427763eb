/**
 * What a turn leads to beyond its own order: reduce-only orders give way where a position shrank,
 * those that wait for room are sent where some became free, and orders that are bound to each other
 * follow each other.
 *
 * Done at the end of every turn in which something of that kind happened, for the holdings and the
 * groups that it touched, so that no other code need think of it. What a venue refuses is asked
 * again a little later.
 *
 * Owns: which holdings and which groups a turn touched.
 */
import type { AccountId, InstrumentId } from "../protocols/kernel/ids.ts";
import { milliseconds } from "../protocols/kernel/instant.ts";
import { isOver } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import { alarmGroup, isNotable } from "./account_alarms.ts";
import { settleGroup, settleLater, settleNext, settleRefused } from "./account_contingency.ts";
import { sendWaiting } from "./account_held.ts";
import { holdingKey, isTrade } from "./account_kinds.ts";
import type { AccountEvent, AccountTurn, AccountWorld } from "./account_kinds.ts";
import { yieldReduceOnly } from "./account_reduce.ts";

/** The timer that asks again what refused to give way, or was too much for one turn. */
export const yieldTimer = "yield";

const retry_ns = milliseconds(1_000);

interface Holding {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
}

/** Rounds of a turn's end: what one puts right may call for another. */
const rounds_max = 8;
/** Groups that follow in the turn that touched them; a group has up to nine orders. */
const groupsPerTurn_max = 20;

/** What a turn touched. */
interface Touched {
  readonly holdings: Map<string, Holding>;
  readonly groups: Set<string>;
  readonly notable: { readonly order: OrderState; readonly event: OrderEvent }[];
}

/** A turn that notes what it touches, and what is to be done when its own work is done. */
export const settling = (
  turn: AccountTurn,
  world: AccountWorld,
): { readonly turn: AccountTurn; readonly settle: () => void } => {
  const touched: Touched = { holdings: new Map(), groups: new Set(), notable: [] };
  const noting: AccountTurn = {
    ...turn,
    emit: (event) => {
      turn.emit(event);
      note(turn, touched, event);
    },
  };
  return { turn: noting, settle: () => settle(noting, world, touched) };
};

const note = (turn: AccountTurn, touched: Touched, event: AccountEvent): void => {
  if ("execType" in event) noteBound(turn, touched, event);
  // Nearly always: nobody is reduce-only.
  if (turn.space.size("reduceOnly") === 0) return;
  if ("execType" in event && refusals.has(event.execType)) askAgain(turn);
  const holding = touchedBy(turn, event);
  if (holding === undefined) return;
  touched.holdings.set(holdingKey(holding.account, holding.instrument), holding);
};

const noteBound = (turn: AccountTurn, touched: Touched, event: OrderEvent): void => {
  const order = turn.space.get("order", event.orderId);
  const group = order?.terms?.bond?.group;
  if (order === undefined || group === undefined) return;
  // What was refused is asked again later, so that no venue is pressed.
  const isUnsent = event.execType === "leg_ended" && event.refused === true;
  if (isUnsent || refusals.has(event.execType)) settleRefused(turn, order, event);
  else touched.groups.add(group);
  if (isNotable(event, order)) touched.notable.push({ order, event });
};

const settle = (turn: AccountTurn, world: AccountWorld, touched: Touched): void => {
  const { holdings, groups, notable } = touched;
  const begun = new Set<string>();
  for (let round = 0; holdings.size + groups.size > 0; round += 1) {
    if (round === rounds_max) {
      for (const group of groups) settleLater(turn, group);
      if (holdings.size > 0) askAgain(turn);
      break;
    }
    const [changed, bound] = [[...holdings.values()], [...groups]];
    holdings.clear();
    groups.clear();
    for (const { account, instrument } of changed) {
      yieldIn(turn, world, account, instrument);
      sendReduceOnly(turn, world, account, instrument);
    }
    for (const group of bound) {
      if (begun.size < groupsPerTurn_max) begun.add(group);
      if (begun.has(group)) settleGroup(turn, world, group);
      else settleNext(turn, group);
    }
  }
  for (const { order, event } of notable) alarmGroup(turn, world, order, event);
};

const refusals: ReadonlySet<string> = new Set(["cancel_rejected", "replace_rejected"]);

/** Asks the reduce-only orders of all holdings again to give way where they must. */
export const yieldAgain = (turn: AccountTurn, world: AccountWorld): void => {
  for (const [, { orderIds }] of [...turn.space.entries("reduceOnly")]) {
    const [first] = orderIds;
    const order = first === undefined ? undefined : turn.space.get("order", first);
    if (order?.terms !== undefined) yieldIn(turn, world, order.account, order.terms.instrument);
  }
};

const yieldIn = (
  turn: AccountTurn,
  world: AccountWorld,
  account: AccountId,
  instrument: InstrumentId,
): void => {
  const isAll = yieldReduceOnly(turn, world, account, instrument);
  if (!isAll) turn.timer(yieldTimer, turn.now_ns);
};

/** At the next whole second, so that it is never put off, and no venue is pressed. */
const askAgain = (turn: AccountTurn): void => {
  turn.timer(yieldTimer, (turn.now_ns / retry_ns + 1n) * retry_ns);
};

/** The holding whose position or room an event may have changed. */
const touchedBy = (turn: AccountTurn, event: AccountEvent): Holding | undefined => {
  if (!("execType" in event))
    return "instrument" in event && "account" in event ? event : undefined;
  const order = turn.space.get("order", event.orderId);
  if (order?.terms === undefined) return undefined;
  const isChange =
    isTrade(event) ||
    event.execType === "replaced" ||
    event.execType === "restated" ||
    isOver(order);
  if (!isChange) return undefined;
  return { account: order.account, instrument: order.terms.instrument };
};

const sendReduceOnly = (
  turn: AccountTurn,
  world: AccountWorld,
  account: AccountId,
  instrument: InstrumentId,
): void => {
  const known = turn.space.get("reduceOnly", holdingKey(account, instrument));
  for (const orderId of known?.orderIds ?? []) {
    if (turn.space.get("held", orderId)?.stage === "send") sendWaiting(turn, world, orderId);
  }
};
