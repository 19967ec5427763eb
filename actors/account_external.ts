/**
 * Trades of no order of ours: into the account's external bucket, and out of it once their order
 * is known.
 *
 * An external trade becomes an order's in one of two ways: an order comes to be whose request id it
 * was reported under, or the venue reports the execution again and an order books it. Either way
 * two facts are stated in one turn: `external_attributed` takes it out of the bucket, and the
 * order's own `trade` event puts it into the order and its strategy. The account's position, its
 * cost and its profit do not move.
 *
 * Owns: that an execution is booked once between the bucket and the orders.
 */
import type { AccountId, LegClOrdId } from "../protocols/kernel/ids.ts";
import type { Nanos } from "../protocols/kernel/instant.ts";
import { accountEventSubject } from "../protocols/kernel/subjects.ts";
import { formatSteps } from "../protocols/kernel/grid.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { LegReport } from "../protocols/venue.ts";
import { externalKey, externalRequestKey } from "./account_kinds.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { showPosition } from "./account_position_view.ts";
import { roleOf } from "./order/order_request.ts";
import { isSameTrade } from "./position/position_fact.ts";
import type { ExternalAmended, ExternalEntry, ExternalTrade } from "./position/position_fact.ts";

type Trade = Extract<OrderEvent, { execType: "trade" }>;

/** Books a trade of nobody, once; a repeat changes nothing. True where it was booked now. */
export const bookExternal = (
  turn: AccountTurn,
  world: AccountWorld,
  trade: ExternalTrade,
): boolean => {
  const { account, instrument, execKey } = trade;
  if (entriesOf(turn, account, execKey).some((entry) => isSameTrade(entry.trade, trade))) {
    return false;
  }
  turn.emit({ ...trade, what: "external_trade" });
  let causeEventId = "";
  turn.publish(accountEventSubject(account, "external_trade"), (eventId) => {
    causeEventId = eventId;
    return externalBody(trade, eventId, turn.now);
  });
  showPosition(turn, world, account, instrument, () => causeEventId, trade.tsEvent);
  return true;
};

/** Before an order's trade is stated: if the bucket holds it, it leaves the bucket. */
export const leaveBucket = (turn: AccountTurn, event: Trade, order: OrderState): void => {
  if (turn.space.size("external") === 0) return;
  const { account, orderId } = order;
  const held = entriesOf(turn, account, event.execKey).find(
    ({ trade: of, attributedTo, amended }) =>
      attributedTo === undefined && amended === undefined && fits(of, order, event.leg),
  );
  if (held === undefined) return;
  const { trade } = held;
  turn.emit({ ...trade, what: "external_attributed", orderId });
  turn.publish(accountEventSubject(account, "external_attributed"), (eventId) => ({
    ...externalBody(trade, eventId, turn.now),
    orderId,
  }));
};

/**
 * Trades that were booked before an order was known and are its own, as its events. Those of its
 * first leg: a later one's executions have other keys, which no report without an order gives.
 */
export const tradesBefore = (turn: AccountTurn, order: OrderState): readonly Trade[] => {
  const leg = order.legs[0];
  if (leg === undefined || turn.space.size("externalRequest") === 0) return [];
  const { account } = order;
  const request = turn.space.get("externalRequest", externalRequestKey(account, leg.clOrdId));
  return (request?.execKeys ?? []).flatMap((execKey) =>
    entriesOf(turn, account, execKey)
      .filter(({ amended }) => amended === undefined)
      .filter(({ trade }) => trade.clOrdId === leg.clOrdId && fits(trade, order, leg.no))
      .map(({ trade }) => tradeEvent(trade, order, leg.no, turn.now)),
  );
};

/** The trades of the bucket that were reported under one request id at one venue. */
export const externalOf = (
  turn: AccountTurn,
  account: AccountId,
  { venue, clOrdId }: Pick<LegReport, "venue" | "clOrdId">,
): readonly ExternalEntry[] => {
  const request = turn.space.get("externalRequest", externalRequestKey(account, clOrdId));
  return (request?.execKeys ?? []).flatMap((execKey) =>
    entriesOf(turn, account, execKey).filter(
      ({ trade }) => trade.venue === venue && trade.clOrdId === clOrdId,
    ),
  );
};

/** A trade of the bucket counts otherwise from now on. */
export const amendExternal = (
  turn: AccountTurn,
  world: AccountWorld,
  fact: Omit<ExternalAmended, "what">,
): void => {
  const { account, instrument, to, grid } = fact;
  turn.emit({ ...fact, what: "external_amended" });
  let causeEventId = "";
  turn.publish(accountEventSubject(account, "external_amended"), (eventId) => {
    causeEventId = eventId;
    return {
      ...externalBody(fact, eventId, turn.now),
      toQty: formatSteps(to.lastQty_lots, grid.lot),
      toPx: formatSteps(to.lastPx_ticks, grid.tick),
      ...(to.fee === undefined ? {} : { toFee: to.fee }),
    };
  });
  showPosition(turn, world, account, instrument, () => causeEventId, fact.tsEvent);
};

const entriesOf = (
  turn: AccountTurn,
  account: AccountId,
  execKey: string,
): readonly ExternalEntry[] =>
  turn.space.get("external", externalKey(account, execKey))?.entries ?? [];

/** Whether a trade can be one of that leg: its request, where it has one, is one of the leg's. */
const fits = (trade: ExternalTrade, order: OrderState, no: number): boolean => {
  const { terms, legs } = order;
  if (terms === undefined || terms.instrument !== trade.instrument) return false;
  if ((terms.side === "buy") !== (trade.side === "buy")) return false;
  if (!legs.some((leg) => leg.no === no && leg.venue === trade.venue)) return false;
  const { clOrdId } = trade;
  return clOrdId === undefined || roleOf(order, clOrdId as LegClOrdId)?.leg.no === no;
};

const tradeEvent = (trade: ExternalTrade, order: OrderState, leg: number, now: Nanos): Trade => {
  const { venue, execId, execKey, lastQty_lots, lastPx_ticks, fee, tsEvent } = trade;
  return {
    orderId: order.orderId,
    commandId: `report:${venue}:${execId}`,
    tsEvent,
    tsInit: now,
    execType: "trade",
    leg,
    ...{ venue, execId, execKey, lastQty_lots, lastPx_ticks },
    ...(fee === undefined ? {} : { fee }),
  };
};

const externalBody = (trade: ExternalTrade, eventId: string, now: Nanos): object => ({
  eventId,
  account: trade.account,
  instrument: trade.instrument,
  side: trade.side,
  lastQty: formatSteps(trade.lastQty_lots, trade.grid.lot),
  lastPx: formatSteps(trade.lastPx_ticks, trade.grid.tick),
  lastMkt: trade.venue,
  execId: trade.execId,
  ...(trade.fee === undefined ? {} : { fee: trade.fee }),
  ...(trade.clOrdId === undefined ? {} : { clOrdId: trade.clOrdId }),
  tsEvent: trade.tsEvent,
  tsInit: now,
});
