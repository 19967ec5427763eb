/**
 * What operators ask of positions: adjustments and the end of a day, from request to answer.
 *
 * Every request has its answer on the account's events: `position_adjusted` (each entry, followed
 * by the position), `adjustment_repeated` or `adjustment_refused`; `position_marked` for each
 * position and `positions_marked` when a day's end is done.
 *
 * Owns: those answers. Decides nothing itself (`position/adjustment_decision`, `mark_decision`).
 */
import { accountEventSubject } from "../protocols/kernel/subjects.ts";
import { fromNanos, milliseconds } from "../protocols/kernel/instant.ts";
import { formatDecimal } from "../protocols/kernel/decimal.ts";
import { formatSteps, moneyScale } from "../protocols/kernel/grid.ts";
import type { Grid } from "../protocols/kernel/grid.ts";
import { accountShard } from "../protocols/kernel/shard.ts";
import { holdingKey, startingWith } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { freshMark, showPosition } from "./account_position_view.ts";
import { virtualPositions } from "./account_positions.ts";
import { decideAdjustment } from "./position/adjustment_decision.ts";
import type { AdjustPosition } from "./position/adjustment_decision.ts";
import { decideMark } from "./position/mark_decision.ts";
import type { MarkPositions } from "./position/mark_decision.ts";
import type { AdjustmentEntry } from "./position/position_adjustment.ts";
import type {
  ExternalIdentity,
  PositionAdjusted,
  PositionMarked,
} from "./position/position_fact.ts";
import { isDate, markBody } from "./position/position_mark.ts";
import { moneyPerTickLot } from "./position/position_model.ts";
import type { PositionState } from "./position/position_model.ts";

/** Positions marked, and external trades forgotten, in one turn. */
const perTurn_max = 100;

/** Adjusts a position, once. */
export const adjustPositions = (
  turn: AccountTurn,
  world: AccountWorld,
  message: AdjustPosition,
): void => {
  const { account, instrument, adjustmentId } = message;
  const key = holdingKey(account, instrument);
  const decision = decideAdjustment({
    message,
    instrument: world.reference.instruments.get(instrument),
    accountKnown: world.reference.accounts.has(account),
    position: turn.space.get("position", key),
    virtual: virtualPositions(turn.space, account, instrument),
    openOrders: turn.space.get("exposure", key)?.openOrders ?? 0,
    seen: turn.space.get("adjustment", holdingKey(account, adjustmentId)),
  });
  if (decision.kind === "adjusted") {
    for (const fact of decision.facts) stateAdjustment(turn, world, fact);
    return;
  }
  const { code, text } = decision.kind === "refused" ? decision : { code: undefined, text: "" };
  const what = code === undefined ? "adjustment_repeated" : "adjustment_refused";
  turn.publish(accountEventSubject(account, what), (eventId) => ({
    eventId,
    account,
    instrument,
    adjustmentId,
    ...(code === undefined ? {} : { rejectCode: code, text }),
    tsEvent: message.at,
    tsInit: turn.now,
  }));
};

const stateAdjustment = (turn: AccountTurn, world: AccountWorld, fact: PositionAdjusted): void => {
  const { account, instrument, adjustmentId, reason, grid, strategy, part, tsEvent } = fact;
  turn.emit(fact);
  let causeEventId = "";
  turn.publish(accountEventSubject(account, "position_adjusted"), (eventId) => {
    causeEventId = eventId;
    return {
      eventId,
      account,
      instrument,
      adjustmentId,
      reason,
      ...entryBody(fact.entry, grid),
      ...(strategy === undefined ? {} : { strategy }),
      ...(part === undefined ? {} : { part }),
      tsEvent,
      tsInit: turn.now,
    };
  });
  showPosition(turn, world, account, instrument, () => causeEventId, tsEvent);
};

/** An entry in the words of the wire. */
const entryBody = (entry: AdjustmentEntry, grid: Grid): object => {
  switch (entry.kind) {
    case "split":
    case "cash":
      return { entry };
    case "quantity": {
      const { kind, qty_lots, price_ticks } = entry;
      const qty = formatSteps(qty_lots, grid.lot);
      return { entry: { kind, qty, price: formatSteps(price_ticks, grid.tick) } };
    }
    case "cost": {
      const units = BigInt(entry.value) * moneyPerTickLot(grid);
      return {
        entry: { kind: entry.kind, amount: formatDecimal({ units, scale: moneyScale(grid) }) },
      };
    }
  }
};

/**
 * Marks the positions of an account at the end of a day, some at a time. Positions that were marked
 * for the date before are left as they are; those that are open without a price are named.
 */
export const markPositions = (
  turn: AccountTurn,
  world: AccountWorld,
  message: MarkPositions,
): void => {
  const { account, date, at } = message;
  const unmarked: string[] = [];
  let here = 0;
  const fault = faultOf(message);
  for (const position of fault === undefined ? positionsOf(turn, message) : []) {
    if (here === perTurn_max) break;
    const { instrument } = position;
    const given = Object.hasOwn(message.marks, instrument) ? message.marks[instrument] : undefined;
    const mark_ticks = given ?? freshMark(turn, world, instrument);
    const virtual = virtualPositions(turn.space, account, instrument);
    const decision = decideMark(position, virtual, date, mark_ticks, at);
    if (decision.kind === "no_price") unmarked.push(instrument);
    if (decision.kind !== "marked") continue;
    stateMark(turn, position, decision.fact);
    here += 1;
  }
  const done = message.done + here;
  if (here === perTurn_max) {
    turn.send(accountShard(world.shardIndex), { ...message, done });
    return;
  }
  if (fault === undefined) retireExternal(turn, world, message);
  turn.publish(accountEventSubject(account, "positions_marked"), (eventId) => ({
    eventId,
    account,
    date,
    positions: done,
    unmarked,
    ...(fault === undefined ? {} : { rejectCode: "MALFORMED", text: fault }),
    tsEvent: at,
    tsInit: turn.now,
  }));
};

const faultOf = ({ date, marks }: MarkPositions): string | undefined => {
  if (!isDate(date)) return "date";
  return Object.values(marks).every(Number.isSafeInteger) ? undefined : "marks";
};

const positionsOf = (turn: AccountTurn, { account }: MarkPositions): readonly PositionState[] => [
  ...startingWith(turn.space, "position", holdingKey(account, "")),
];

const stateMark = (turn: AccountTurn, position: PositionState, fact: PositionMarked): void => {
  const { account, instrument, date, mark_ticks, tsEvent } = fact;
  const body = markBody(position, mark_ticks);
  const { grid, currency } = position;
  turn.emit(fact);
  turn.publish(accountEventSubject(account, "position_marked"), (eventId) => ({
    eventId,
    account,
    instrument,
    date,
    ...(mark_ticks === undefined ? {} : { markPx: formatSteps(mark_ticks, grid.tick) }),
    netQty: formatSteps(position.netQty_lots, grid.lot),
    ...body,
    currency,
    tsEvent,
    tsInit: turn.now,
  }));
};

/** External trades that no report and no order will name any more, as with orders that ended. */
const retireExternal = (
  turn: AccountTurn,
  world: AccountWorld,
  { account }: MarkPositions,
): void => {
  const before_ns = turn.now_ns - milliseconds(world.reference.closedOrder_ms);
  const trades: ExternalIdentity[] = [];
  for (const [, { entries }] of turn.space.entries("external")) {
    if (trades.length >= perTurn_max) break;
    for (const { trade } of entries) {
      const { execKey, clOrdId, instrument, side, tsEvent } = trade;
      if (trade.account !== account || fromNanos(tsEvent) >= before_ns) continue;
      trades.push({ execKey, instrument, side, ...(clOrdId === undefined ? {} : { clOrdId }) });
    }
  }
  if (trades.length > 0) turn.emit({ what: "external_retired", account, trades });
};
