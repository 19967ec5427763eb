/**
 * A fill of an order that this shard does not know, or no longer knows: it happened all the same.
 *
 * It is booked into the external bucket of the account that the order id names, once, and operators
 * hear of it. What cannot be booked, because the report does not say what was traded, is an alarm.
 * A bust or a correction of such a fill, under the same request id, changes what is in the bucket.
 *
 * Owns: the external trade that such a report stands for, and what becomes of it.
 */
import { partsOfOrderId } from "../protocols/kernel/ids.ts";
import type { LegReport } from "../protocols/venue.ts";
import { amendExternal, bookExternal, externalOf } from "./account_external.ts";
import type { AccountTurn, AccountWorld } from "./account_kinds.ts";
import { raise } from "./account_outcome.ts";
import { execKeyOf } from "./order/exec_key.ts";
import type { AmendedNumbers, ExternalEntry, ExternalTrade } from "./position/position_fact.ts";

/** Whether a report is of an execution, which counts also where its order is not known. */
export const isOfExecution = ({ execType }: LegReport): boolean =>
  execType === "trade" || execType === "trade_cancel" || execType === "trade_correct";

/** Takes a fill of an order that is not known, its bust, or its correction. */
export const takeUnknown = (turn: AccountTurn, world: AccountWorld, report: LegReport): void => {
  if (report.execType === "trade") bookUnknown(turn, world, report);
  else amendUnknown(turn, world, report);
};

const amendUnknown = (turn: AccountTurn, world: AccountWorld, report: LegReport): void => {
  const { orderId, clOrdId, execType, execId, refExecId, tsEvent } = report;
  const id = `${execType} ${execId} of=${refExecId ?? ""} request=${clOrdId} order=${orderId}`;
  const amendKey = `${execType}|${execId}`;
  const { account } = partsOfOrderId(orderId);
  const named = externalOf(turn, account, report).filter(
    ({ trade, attributedTo }) => trade.execId === refExecId && attributedTo === undefined,
  );
  if (named.length === 0) {
    raise(turn, orderId, { what: "request_unknown", text: `${id}: not booked` });
    return;
  }
  const standing = named.filter(({ amended }) => amended?.lastQty_lots !== 0);
  const [entry] = standing;
  // Taken back before, or told again.
  if (entry === undefined || standing.some(({ amended }) => amended?.keys.includes(amendKey))) {
    return;
  }
  const to = numbersOf(report, entry);
  if (standing.length > 1 || to === undefined) {
    const text = `${id}: ${standing.length} executions, not applied`;
    raise(turn, orderId, { what: "execution_contradiction", text });
    return;
  }
  const { fee: _fee, ...trade } = entry.trade;
  const until = amountsOf(entry.amended ?? entry.trade);
  amendExternal(turn, world, { ...trade, ...until, amendKey, to, tsEvent });
};

/** What counts from now on; undefined where a correction does not say it. */
const numbersOf = (
  { execType, lastQty_lots, lastPx_ticks, fee }: LegReport,
  { trade, amended }: ExternalEntry,
): AmendedNumbers | undefined => {
  const until = amended ?? trade;
  if (execType === "trade_cancel" || lastQty_lots === 0) {
    return { lastQty_lots: 0, lastPx_ticks: until.lastPx_ticks };
  }
  if (lastQty_lots === undefined || lastQty_lots < 0 || lastPx_ticks === undefined) {
    return undefined;
  }
  const feeNow = fee ?? until.fee;
  return { lastQty_lots, lastPx_ticks, ...(feeNow === undefined ? {} : { fee: feeNow }) };
};

const amountsOf = ({ lastQty_lots, lastPx_ticks, fee }: AmendedNumbers): AmendedNumbers => ({
  lastQty_lots,
  lastPx_ticks,
  ...(fee === undefined ? {} : { fee }),
});

/** Books a fill of an order without a state. A repeat changes nothing and raises nothing. */
const bookUnknown = (turn: AccountTurn, world: AccountWorld, report: LegReport): void => {
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
