/**
 * From what a strategy wrote to terms on the instrument's grid, or the reason why not.
 *
 * The checks stand in a column in the order of `reject_code.ts`: the first that refuses answers.
 * Nothing is rounded or moved; what this version does not offer is denied with its own code.
 *
 * Owns: the form of an order that this version offers: market and limit; day, gtc, ioc and fok;
 * post-only on a resting limit order.
 */
import type { ReplaceCommand, SubmitCommand } from "../../protocols/command.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState, OrderTerms, OrdType } from "../../protocols/order.ts";
import type { ReplaceTerms } from "./order_reservation.ts";

/** Whether a value is a refusal. */
export const isRefusal = (value: object): value is Refusal => "code" in value;

/** Which prices an order type is defined by. */
const prices: Readonly<Record<OrdType, { readonly price: boolean; readonly stopPx: boolean }>> = {
  market: { price: false, stopPx: false },
  limit: { price: true, stopPx: false },
  stop: { price: false, stopPx: true },
  stop_limit: { price: true, stopPx: true },
  market_if_touched: { price: false, stopPx: true },
  limit_if_touched: { price: true, stopPx: true },
  trailing_stop: { price: false, stopPx: true },
};

const offeredTypes: ReadonlySet<string> = new Set<OrdType>(["market", "limit"]);
const offeredTimes: ReadonlySet<string> = new Set(["day", "gtc", "ioc", "fok"]);

type Check = (submit: SubmitCommand, instrument: Instrument, now: Nanos) => Refusal | undefined;

const checks: readonly Check[] = [
  ({ validUntil }, _instrument, now) => lateness(validUntil, now),
  ({ price, stopPx }, instrument) =>
    offTick("price", price, instrument) ?? offTick("stopPx", stopPx, instrument),
  ({ ordType, price, stopPx }) => {
    const needs = prices[ordType];
    if (needs.price && price === undefined) return refuse("PRICE_REQUIRED", { ordType });
    if (needs.stopPx && stopPx === undefined) {
      return refuse("PRICE_REQUIRED", { ordType, missing: "stopPx" });
    }
    if (!needs.price && price !== undefined) return refuse("PRICE_NOT_ALLOWED", { ordType, price });
    if (!needs.stopPx && stopPx !== undefined) {
      return refuse("PRICE_NOT_ALLOWED", { ordType, stopPx });
    }
    return undefined;
  },
  ({ orderQty }, instrument) => badQuantity(orderQty, instrument),
  ({ ordType }) =>
    offeredTypes.has(ordType) ? undefined : refuse("ORDER_TYPE_UNSUPPORTED", { ordType }),
  ({ timeInForce }) =>
    offeredTimes.has(timeInForce) ? undefined : refuse("TIF_UNSUPPORTED", { timeInForce }),
  ({ execInst, ordType, timeInForce, maxFloor }) => {
    for (const inst of execInst) {
      if (inst !== "post_only") return refuse("EXEC_INST_UNSUPPORTED", { execInst: inst });
      // It must rest to be what it says.
      if (ordType !== "limit" || timeInForce === "ioc" || timeInForce === "fok") {
        return refuse("EXEC_INST_UNSUPPORTED", { execInst: inst, ordType, timeInForce });
      }
    }
    return maxFloor === undefined ? undefined : refuse("EXEC_INST_UNSUPPORTED", { maxFloor });
  },
  ({ contingency }) =>
    contingency === undefined
      ? undefined
      : refuse("CONTINGENCY_UNSUPPORTED", { contingency: contingency.type }),
];

/** The terms of a submit, or the first reason to refuse it. */
export const termsOf = (
  submit: SubmitCommand,
  instrument: Instrument,
  now: Nanos,
): OrderTerms | Refusal => {
  for (const check of checks) {
    const refusal = check(submit, instrument, now);
    if (refusal !== undefined) return refusal;
  }
  const { grid } = instrument;
  const price_ticks = submit.price === undefined ? undefined : toSteps(submit.price, grid.tick);
  const orderQty_lots = toSteps(submit.orderQty, grid.lot);
  if (orderQty_lots === undefined) return refuse("QTY_OFF_LOT", { orderQty: submit.orderQty });
  return {
    instrument: instrument.id,
    side: submit.side,
    ordType: submit.ordType,
    timeInForce: submit.timeInForce,
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    execInst: submit.execInst,
    route: submit.route,
    grid,
    currency: instrument.quote,
    ...(submit.text === undefined ? {} : { text: submit.text }),
  };
};

/**
 * The terms that a replace asks for, what it leaves out as the last replace on its way asked, or as
 * the order has it; or why not.
 */
export const replaceTermsOf = (
  state: OrderState,
  command: ReplaceCommand,
  instrument: Instrument,
  now: Nanos,
): (Required<Pick<ReplaceTerms, "orderQty_lots">> & ReplaceTerms) | Refusal => {
  const { terms } = state;
  if (terms === undefined) return refuse("ORDER_UNKNOWN");
  const { orderQty, price, stopPx, validUntil } = command;
  const refusal =
    lateness(validUntil, now) ??
    offTick("price", price, instrument) ??
    (price !== undefined && !prices[terms.ordType].price
      ? refuse("PRICE_NOT_ALLOWED", { ordType: terms.ordType, price })
      : undefined) ??
    (stopPx !== undefined && !prices[terms.ordType].stopPx
      ? refuse("PRICE_NOT_ALLOWED", { ordType: terms.ordType, stopPx })
      : undefined) ??
    (orderQty === undefined ? undefined : badQuantity(orderQty, instrument));
  if (refusal !== undefined) return refusal;
  const { grid } = instrument;
  const before: ReplaceTerms = replacesOf(state).at(-1) ?? terms;
  const orderQty_lots =
    (orderQty === undefined ? undefined : toSteps(orderQty, grid.lot)) ?? before.orderQty_lots;
  const price_ticks =
    (price === undefined ? undefined : toSteps(price, grid.tick)) ?? before.price_ticks;
  if (orderQty_lots === before.orderQty_lots && price_ticks === before.price_ticks) {
    return refuse("REPLACE_CHANGES_NOTHING");
  }
  return price_ticks === undefined ? { orderQty_lots } : { orderQty_lots, price_ticks };
};

const lateness = (validUntil: Nanos | undefined, now: Nanos): Refusal | undefined =>
  validUntil !== undefined && fromNanos(validUntil) < fromNanos(now)
    ? refuse("COMMAND_EXPIRED", { validUntil, now })
    : undefined;

const offTick = (
  name: string,
  price: string | undefined,
  { grid }: Instrument,
): Refusal | undefined =>
  price !== undefined && toSteps(price, grid.tick) === undefined
    ? refuse("PRICE_OFF_TICK", { [name]: price, tick: grid.tick.text })
    : undefined;

const badQuantity = (orderQty: string, { grid, minQty_lots }: Instrument): Refusal | undefined => {
  const lots = toSteps(orderQty, grid.lot);
  if (lots === undefined) return refuse("QTY_OFF_LOT", { orderQty, lot: grid.lot.text });
  if (lots >= minQty_lots) return undefined;
  return refuse("QTY_BELOW_MINIMUM", { orderQty, minimum: formatSteps(minQty_lots, grid.lot) });
};
