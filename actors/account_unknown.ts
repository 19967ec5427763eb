/**
 * A fill of an order that this shard does not know, or no longer knows: it happened all the same.
 *
 * It is booked into the external bucket of the account that the order id names, once, and operators
 * hear of it. What cannot be booked, because the report does not say what was traded, is an alarm.
 *
 * Owns: the external trade that such a report stands for.
 */
import { partsOfOrderId } from "../protocols/kernel/ids.ts";
import type { LegReport } from "../protocols/venue.ts";
import { bookExternal } from "./account_external.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { raise } from "./account_outcome.ts";
import { execKeyOf } from "./order/exec_key.ts";
import type { ExternalTrade } from "./position/position_fact.ts";

/** Books a fill of an order without a state. A repeat changes nothing and raises nothing. */
export const bookUnknown = (turn: AccountTurn, world: AccountWorld, report: LegReport): void => {
  const { orderId, clOrdId, execId } = report;
  const id = `trade ${execId} of ${clOrdId} order=${orderId}`;
  const trade = externalTradeOf(report, world);
  if (trade === undefined) {
    raise(turn, orderId, { what: "request_unknown", text: `${id}: not booked` });
    return;
  }
  if (!bookExternal(turn, world, trade)) return;
  const numbers = `${trade.lastQty_lots}@${trade.lastPx_ticks}`;
  raise(turn, orderId, { what: "order_unknown", text: `${id}: ${numbers} booked as external` });
};

/** The external trade; undefined where the report does not say enough of it. */
const externalTradeOf = (report: LegReport, world: AccountWorld): ExternalTrade | undefined => {
  const { orderId, venue, clOrdId, execId, instrument, side, fee, tsEvent } = report;
  const { cumQty_lots, lastQty_lots, lastPx_ticks } = report;
  const { account } = partsOfOrderId(orderId);
  const known = instrument === undefined ? undefined : world.reference.instruments.get(instrument);
  if (account === "" || known === undefined || side === undefined) return undefined;
  if (lastQty_lots === undefined || lastQty_lots <= 0 || lastPx_ticks === undefined) {
    return undefined;
  }
  const execution = { venue, leg: 0, execId, cumQty_lots, lastQty_lots, lastPx_ticks };
  return {
    account,
    venue,
    instrument: known.id,
    grid: known.grid,
    currency: known.quote,
    side,
    execKey: execKeyOf(execution),
    execId,
    lastQty_lots,
    lastPx_ticks,
    ...(fee === undefined ? {} : { fee }),
    clOrdId,
    tsEvent,
  };
};
