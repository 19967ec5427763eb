/**
 * What a turn leads to beyond its own order: reduce-only orders give way where a position shrank,
 * and those that wait for room are sent where some became free.
 *
 * Done at the end of every turn in which something of that kind happened, for the holdings that it
 * touched, so that no other code need think of it. What a venue refuses to let give way is asked
 * again a little later.
 *
 * Owns: which holdings a turn touched.
 */
import type { AccountId, InstrumentId } from "../protocols/kernel/ids.ts";
import { milliseconds } from "../protocols/kernel/instant.ts";
import { isOver } from "../protocols/ord_status.ts";
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

/** A turn that notes what it touches, and what is to be done when its own work is done. */
export const settling = (
  turn: AccountTurn,
  world: AccountWorld,
): { readonly turn: AccountTurn; readonly settle: () => void } => {
  // Nearly always: nobody is reduce-only.
  if (turn.space.size("reduceOnly") === 0) return { turn, settle: () => undefined };
  const touched = new Map<string, Holding>();
  const noting: AccountTurn = {
    ...turn,
    emit: (event) => {
      turn.emit(event);
      if ("execType" in event && refusals.has(event.execType)) askAgain(turn);
      const holding = touchedBy(turn, event);
      if (holding === undefined) return;
      touched.set(holdingKey(holding.account, holding.instrument), holding);
    },
  };
  return {
    turn: noting,
    settle: () => {
      const holdings = [...touched.values()];
      for (const { account, instrument } of holdings) {
        yieldIn(turn, world, account, instrument);
        sendReduceOnly(turn, world, account, instrument);
      }
    },
  };
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
