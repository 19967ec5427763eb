/**
 * How facts change the positions of an account shard: the account's own and, under it, one virtual
 * position per strategy and one for the external bucket.
 *
 * Every change is made to the account's position and to exactly one virtual one (a split and a mark
 * to all of them), by the same functions. So for each account and instrument the virtual positions
 * add up to the account's: in quantity, total profit at any mark, fees and cash.
 *
 * Owns: which positions a fact reaches. Never: decides; what it is told has happened.
 */
import type { AccountId, InstrumentId } from "../protocols/kernel/ids.ts";
import { shardIndexOfLeg } from "../protocols/kernel/ids.ts";
import { externalStrategy } from "../protocols/kernel/subjects.ts";
import type { OrderState } from "../protocols/order.ts";
import type { Space } from "../runtime/shard_model.ts";
import {
  externalKey,
  externalRequestKey,
  holdingKey,
  startingWith,
  virtualKey,
} from "./account_kinds.ts";
import type { AccountKinds, AccountSpace, TradeEvent } from "./account_kinds.ts";
import { adjustPosition } from "./position/position_adjustment.ts";
import { isSameTrade } from "./position/position_fact.ts";
import type {
  AmendedNumbers,
  ExternalAmended,
  ExternalEntry,
  ExternalIdentity,
  ExternalTrade,
  PositionAdjusted,
  PositionFact,
  PositionMarked,
} from "./position/position_fact.ts";
import { markPosition } from "./position/position_mark.ts";
import { applyFill, feeAmount, flatPosition } from "./position/position_model.ts";
import type { Fill, Holding, PositionState } from "./position/position_model.ts";
import { correctFill, reverseFill } from "./position/position_reversal.ts";

type KindsSpace = Space<AccountKinds>;

/** In the place of a strategy: the bucket of what belongs to no order of ours. */
export const externalBucket = externalStrategy;

/** Books what an order's event says of its executions, into its account and its strategy. */
export const bookTrade = (space: KindsSpace, event: TradeEvent, order: OrderState): void => {
  bookFill(space, event, order);
  countExternal(space, event, order);
};

const bookFill = (space: KindsSpace, event: TradeEvent, order: OrderState): void => {
  const { account, strategy, terms } = order;
  if (terms === undefined) return;
  const { instrument, side, grid, currency } = terms;
  const { tsEvent, lastQty_lots, lastPx_ticks, fee } = event;
  const holding = { account, instrument, grid, currency, tsEvent };
  const fill: Fill = {
    ...holding,
    side,
    qty_lots: lastQty_lots,
    price_ticks: lastPx_ticks,
    ...(fee === undefined ? {} : { fee, paid: feeAmount(fee) }),
  };
  switch (event.execType) {
    case "trade": {
      if (leaveBucket(space, event.execKey, order)) {
        changeVirtual(space, holding, strategy, (state) => applyFill(state, fill));
      } else {
        change(space, holding, strategy, (state) => applyFill(state, fill));
      }
      return;
    }
    case "trade_cancel":
      change(space, holding, strategy, (state) => reverseFill(state, fill));
      return;
    case "trade_correct": {
      const { qty_lots, px_ticks, fee: paid } = event.from;
      const was = { ...holding, side, qty_lots, price_ticks: px_ticks };
      const booked: Fill = paid === undefined ? was : { ...was, fee: paid };
      change(space, holding, strategy, (state) => correctFill(state, booked, fill));
      return;
    }
  }
};

/** What an adopted order trades is in the external bucket, as its strategy says. */
const countExternal = (space: KindsSpace, event: TradeEvent, order: OrderState): void => {
  const { account, strategy, terms } = order;
  if (strategy !== externalBucket || terms === undefined) return;
  const { instrument, side, grid, currency } = terms;
  const { tsEvent, lastQty_lots } = event;
  const more = { trade: lastQty_lots, trade_cancel: -lastQty_lots };
  const moved_lots =
    event.execType === "trade_correct" ? lastQty_lots - event.from.qty_lots : more[event.execType];
  changeAccount(space, { account, instrument, grid, currency, tsEvent }, (state) =>
    movedExternally(state, side === "buy" ? moved_lots : -moved_lots),
  );
};

/** Applies a fact that is no order's. */
export const evolvePositions = (space: KindsSpace, fact: PositionFact): void => {
  switch (fact.what) {
    case "external_trade":
      bookExternal(space, fact);
      return;
    case "external_attributed": {
      const { what: _, orderId, ...trade } = fact;
      const holding = holdingOf(trade);
      const fill = fillOf(trade, holding);
      changeAccount(space, holding, (state) => ({
        ...state,
        externalQty_lots: state.externalQty_lots - signedLots(trade),
        version: state.version + 1,
        tsEvent: fact.tsEvent,
      }));
      changeVirtual(space, holding, externalBucket, (state) => reverseFill(state, fill));
      remember(space, trade, { trade, attributedTo: orderId });
      return;
    }
    case "external_amended":
      amendExternal(space, fact);
      return;
    case "external_retired":
      for (const trade of fact.trades) forget(space, fact.account, trade);
      return;
    case "position_adjusted":
      adjust(space, fact);
      return;
    case "position_marked":
      mark(space, fact);
      return;
    default:
      fact satisfies never;
  }
};

/** The virtual positions of an account in an instrument, the external bucket's among them. */
export const virtualPositions = (
  space: AccountSpace,
  account: AccountId,
  instrument: InstrumentId,
): readonly PositionState[] => {
  const found: PositionState[] = [];
  for (const state of startingWith(space, "strategyPosition", holdingKey(account, ""))) {
    if (state.instrument === instrument) found.push(state);
  }
  return found;
};

const bookExternal = (space: KindsSpace, fact: ExternalTrade): void => {
  const { account, venue, instrument, grid, currency, side, execKey, execId, tsEvent } = fact;
  const { lastQty_lots, lastPx_ticks, fee, clOrdId } = fact;
  const trade: ExternalTrade = {
    ...{ account, venue, instrument, grid, currency, side },
    ...{ execKey, execId, lastQty_lots, lastPx_ticks },
    ...(fee === undefined ? {} : { fee }),
    ...(clOrdId === undefined ? {} : { clOrdId }),
    tsEvent,
  };
  const holding = holdingOf(trade);
  const fill = fillOf(trade, holding);
  changeAccount(space, holding, (state) =>
    movedExternally(applyFill(state, fill), signedLots(trade)),
  );
  changeVirtual(space, holding, externalBucket, (state) => applyFill(state, fill));
  remember(space, trade, { trade });
  // Only a request id of ours can ever lead to an order of ours.
  if (clOrdId === undefined || shardIndexOfLeg(clOrdId) === undefined) return;
  const key = externalRequestKey(account, clOrdId);
  const execKeys = space.get("externalRequest", key)?.execKeys ?? [];
  space.set("externalRequest", key, { execKeys: [...execKeys, execKey] });
};

const amendExternal = (space: KindsSpace, fact: ExternalAmended): void => {
  const { what: _, amendKey, to, ...until } = fact;
  const key = externalKey(until.account, until.execKey);
  const entry = space.get("external", key)?.entries.find((one) => isSameTrade(one.trade, until));
  if (entry === undefined) throw new Error("broken invariant: an amended trade is remembered");
  const holding = holdingOf(until);
  const was = fillOf(until, holding);
  const move: Move = (state) =>
    to.lastQty_lots === 0
      ? reverseFill(state, was)
      : correctFill(state, was, fillOf(amendedTrade(until, to), holding));
  const moved_lots = signedLots(amendedTrade(until, to)) - signedLots(until);
  changeAccount(space, holding, (state) => movedExternally(move(state), moved_lots));
  changeVirtual(space, holding, externalBucket, move);
  const keys = [...(entry.amended?.keys ?? []), amendKey];
  remember(space, until, { ...entry, amended: { ...to, keys } });
};

const amendedTrade = (
  { fee: _fee, ...trade }: ExternalTrade,
  { lastQty_lots, lastPx_ticks, fee }: AmendedNumbers,
): ExternalTrade => ({
  ...trade,
  lastQty_lots,
  lastPx_ticks,
  ...(fee === undefined ? {} : { fee }),
});

/** An order's own event about a trade that was booked before its order was known. */
const leaveBucket = (space: KindsSpace, execKey: string, order: OrderState): boolean => {
  if (space.size("external") === 0) return false;
  const { account, orderId } = order;
  const entries = space.get("external", externalKey(account, execKey))?.entries;
  const entry = entries?.find(({ attributedTo }) => attributedTo === orderId);
  if (entry === undefined) return false;
  forget(space, account, entry.trade);
  return true;
};

/** Keeps an entry in the place of the one about the same trade. */
const remember = (space: KindsSpace, trade: ExternalTrade, entry: ExternalEntry): void => {
  const key = externalKey(trade.account, trade.execKey);
  const others = entriesBut(space, key, trade);
  space.set("external", key, { entries: [...others, entry] });
};

const entriesBut = (
  space: KindsSpace,
  key: string,
  trade: ExternalIdentity,
): readonly ExternalEntry[] =>
  (space.get("external", key)?.entries ?? []).filter((entry) => !isSameTrade(entry.trade, trade));

const forget = (space: KindsSpace, account: AccountId, trade: ExternalIdentity): void => {
  const { execKey, clOrdId } = trade;
  const key = externalKey(account, execKey);
  const entries = entriesBut(space, key, trade);
  if (entries.length === 0) space.remove("external", key);
  else space.set("external", key, { entries });
  if (clOrdId === undefined) return;
  const requestKey = externalRequestKey(account, clOrdId);
  const request = space.get("externalRequest", requestKey);
  if (request === undefined) return;
  const execKeys = request.execKeys.filter((one) => one !== execKey);
  if (execKeys.length === 0) space.remove("externalRequest", requestKey);
  else space.set("externalRequest", requestKey, { execKeys });
};

const adjust = (space: KindsSpace, fact: PositionAdjusted): void => {
  const { account, instrument, grid, currency, adjustmentId, digest } = fact;
  const { entry, strategy, tsEvent } = fact;
  const holding: Holding = { account, instrument, grid, currency, tsEvent };
  const move = (state: PositionState): PositionState => adjustPosition(state, entry, tsEvent);
  const price =
    fact.remembersPrice === true && entry.kind === "quantity"
      ? { price_ticks: entry.price_ticks }
      : {};
  space.set("adjustment", holdingKey(account, adjustmentId), { digest, ...price });
  if (entry.kind === "split") {
    changeAccount(space, holding, move);
    for (const { strategy: owner = externalBucket } of virtualPositions(
      space,
      account,
      instrument,
    )) {
      changeVirtual(space, holding, owner, move);
    }
    return;
  }
  changeVirtual(space, holding, strategy ?? externalBucket, move);
  const external_lots = entry.kind === "quantity" && strategy === undefined ? entry.qty_lots : 0;
  changeAccount(space, holding, (state) => movedExternally(move(state), external_lots));
};

const mark = (space: KindsSpace, fact: PositionMarked): void => {
  const { account, instrument, date, mark_ticks } = fact;
  const position = space.get("position", holdingKey(account, instrument));
  if (position === undefined) throw new Error("broken invariant: a marked position exists");
  space.set("position", holdingKey(account, instrument), markPosition(position, date, mark_ticks));
  for (const state of virtualPositions(space, account, instrument)) {
    const key = virtualKey(account, state.strategy ?? externalBucket, instrument);
    space.set("strategyPosition", key, markPosition(state, date, mark_ticks));
  }
};

const movedExternally = (state: PositionState, signed_lots: number): PositionState =>
  signed_lots === 0 ? state : { ...state, externalQty_lots: state.externalQty_lots + signed_lots };

const signedLots = ({ side, lastQty_lots }: ExternalTrade): number =>
  side === "buy" ? lastQty_lots : -lastQty_lots;

const holdingOf = (trade: ExternalTrade): Holding => {
  const { account, instrument, grid, currency, tsEvent } = trade;
  return { account, instrument, grid, currency, tsEvent };
};

const fillOf = (trade: ExternalTrade, holding: Holding): Fill => ({
  ...holding,
  side: trade.side,
  qty_lots: trade.lastQty_lots,
  price_ticks: trade.lastPx_ticks,
  ...(trade.fee === undefined ? {} : { fee: trade.fee, paid: feeAmount(trade.fee) }),
});

type Move = (state: PositionState) => PositionState;

const change = (space: KindsSpace, holding: Holding, strategy: string, move: Move): void => {
  changeAccount(space, holding, move);
  changeVirtual(space, holding, strategy, move);
};

const changeAccount = (space: KindsSpace, holding: Holding, move: Move): void => {
  const key = holdingKey(holding.account, holding.instrument);
  space.set("position", key, move(space.get("position", key) ?? flatPosition(holding)));
};

const changeVirtual = (space: KindsSpace, holding: Holding, strategy: string, move: Move): void => {
  const key = virtualKey(holding.account, strategy, holding.instrument);
  const before = space.get("strategyPosition", key) ?? flatPosition({ ...holding, strategy });
  space.set("strategyPosition", key, move(before));
};
