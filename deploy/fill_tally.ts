/**
 * Counts positions from an account shard's facts alone, apart from the positions' own folding.
 *
 * Two sums per account and instrument: what orders executed (trades, less busts, with corrections)
 * and what is external (trades of nobody, entries for nobody). An adjustment for a strategy counts
 * with the orders; a split multiplies both.
 *
 * Owns: the sums. Never: asks a position's state.
 */
import { holdingKey, isTrade } from "../actors/account_kinds.ts";
import type { AccountEvent } from "../actors/account_kinds.ts";
import type {
  ExternalAmended,
  ExternalTrade,
  PositionAdjusted,
} from "../actors/position/position_fact.ts";
import type { OrderEvent } from "../protocols/order.ts";
import { partsOfOrderId } from "../protocols/kernel/ids.ts";

/** What the facts so far add up to, in lots. */
export interface FillSum {
  readonly fills_lots: number;
  readonly external_lots: number;
}

/** A count over the facts of one shard. */
export interface FillTally {
  /** Counts one fact; they must come in the journal's order. */
  readonly count: (event: AccountEvent) => void;
  /** By `<account>.<instrument>`. */
  readonly sums: ReadonlyMap<string, FillSum>;
  /** Executions of orders so far: busted ones too. */
  readonly trades: () => number;
}

interface Side {
  readonly instrument: string;
  readonly sign: number;
}

const none: FillSum = { fills_lots: 0, external_lots: 0 };

/** A tally that has counted nothing. */
export const makeFillTally = (): FillTally => {
  const sideOf = new Map<string, Side>();
  const sums = new Map<string, FillSum>();
  let trades = 0;

  const add = (key: string, fills_lots: number, external_lots: number): void => {
    const sum = sums.get(key) ?? none;
    sums.set(key, {
      fills_lots: sum.fills_lots + fills_lots,
      external_lots: sum.external_lots + external_lots,
    });
  };
  const ofOrder = (event: OrderEvent): void => {
    const { orderId } = event;
    if (event.execType === "pending_new") {
      const { instrument, side } = event.terms;
      sideOf.set(orderId, { instrument, sign: side === "buy" ? 1 : -1 });
    }
    const executed_lots = executed(event);
    if (executed_lots === undefined) return;
    const order = sideOf.get(orderId);
    if (order === undefined) throw new Error(`a fill of ${orderId} precedes its order`);
    const key = holdingKey(partsOfOrderId(orderId).account, order.instrument);
    add(key, order.sign * executed_lots, 0);
    if (event.execType === "trade") trades += 1;
  };
  const ofTrade = (trade: ExternalTrade, sign: 1 | -1): void => {
    const { account, instrument, side, lastQty_lots } = trade;
    const signed_lots = side === "buy" ? lastQty_lots : -lastQty_lots;
    add(holdingKey(account, instrument), 0, sign * signed_lots);
  };
  const ofExternalAmend = (event: ExternalAmended): void => {
    ofTrade(event, -1);
    ofTrade({ ...event, lastQty_lots: event.to.lastQty_lots }, 1);
  };
  const ofAdjustment = ({ account, instrument, entry, strategy }: PositionAdjusted): void => {
    const key = holdingKey(account, instrument);
    if (entry.kind === "split") {
      const { fills_lots, external_lots } = sums.get(key) ?? none;
      const { numerator, denominator } = entry;
      const scaled = (lots: number): number =>
        Number((BigInt(lots) * BigInt(numerator)) / BigInt(denominator));
      sums.set(key, { fills_lots: scaled(fills_lots), external_lots: scaled(external_lots) });
    } else if (entry.kind === "quantity") {
      if (strategy === undefined) add(key, 0, entry.qty_lots);
      else add(key, entry.qty_lots, 0);
    }
  };
  return {
    count: (event) => {
      if ("execType" in event) ofOrder(event);
      else if (event.what === "external_trade") ofTrade(event, 1);
      else if (event.what === "external_attributed") ofTrade(event, -1);
      else if (event.what === "external_amended") ofExternalAmend(event);
      else if (event.what === "position_adjusted") ofAdjustment(event);
    },
    sums,
    trades: () => trades,
  };
};

/** By how much an order's event changes what is executed of it; undefined where it does not. */
const executed = (event: OrderEvent): number | undefined => {
  if (!isTrade(event)) return undefined;
  switch (event.execType) {
    case "trade":
      return event.lastQty_lots;
    case "trade_cancel":
      return -event.lastQty_lots;
    case "trade_correct":
      return event.lastQty_lots - event.from.qty_lots;
  }
};
