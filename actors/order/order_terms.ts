/**
 * From what a strategy wrote to terms on the instrument's grid, or the reason why not.
 *
 * The checks stand in a column in the order of `reject_code.ts`: the first that refuses answers.
 * Nothing is rounded or moved. Whether venues or we can honour the order is decided later
 * (`account_honour`).
 *
 * Owns: which fields go together, and that their numbers are on the grid.
 */
import type { ReplaceCommand, SubmitCommand } from "../../protocols/command.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { Step } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { isHeld, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../../protocols/order.ts";
import { askedQtyOf } from "../../protocols/bound_order.ts";
import type { OrdType } from "../../protocols/ord_words.ts";
import type { ReplaceTerms } from "./order_reservation.ts";
import { badMaxFloor, badTrigger, triggerOf } from "./trigger_terms.ts";

/** Whether a value is a refusal. */
export const isRefusal = (value: object): value is Refusal => "code" in value;

interface Prices {
  readonly price: boolean;
  readonly stopPx: boolean | "may";
}

/** Which prices an order type is defined by; a trailing stop may begin at one. */
const prices: Readonly<Record<OrdType, Prices>> = {
  market: { price: false, stopPx: false },
  limit: { price: true, stopPx: false },
  stop: { price: false, stopPx: true },
  stop_limit: { price: true, stopPx: true },
  market_if_touched: { price: false, stopPx: true },
  limit_if_touched: { price: true, stopPx: true },
  trailing_stop: { price: false, stopPx: "may" },
};

type Check = (submit: SubmitCommand, instrument: Instrument, now: Nanos) => Refusal | undefined;

const checks: readonly Check[] = [
  ({ validUntil }, _instrument, now) => lateness(validUntil, now),
  ({ price, stopPx }, instrument) =>
    offTick("price", price, instrument) ?? offTick("stopPx", stopPx, instrument),
  ({ ordType, price, stopPx }) => {
    const needs = prices[ordType];
    if (needs.price && price === undefined) return refuse("PRICE_REQUIRED", { ordType });
    if (needs.stopPx === true && stopPx === undefined) {
      return refuse("PRICE_REQUIRED", { ordType, missing: "stopPx" });
    }
    if (!needs.price && price !== undefined) return refuse("PRICE_NOT_ALLOWED", { ordType, price });
    if (needs.stopPx === false && stopPx !== undefined) {
      return refuse("PRICE_NOT_ALLOWED", { ordType, stopPx });
    }
    return undefined;
  },
  badTrigger,
  ({ orderQty }, instrument) => badQuantity(orderQty, instrument),
  badMaxFloor,
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
  const maxFloor_lots =
    submit.maxFloor === undefined ? undefined : toSteps(submit.maxFloor, grid.lot);
  const trigger = triggerOf(submit, instrument);
  const orderQty_lots = toSteps(submit.orderQty, grid.lot);
  if (orderQty_lots === undefined) return refuse("QTY_OFF_LOT", { orderQty: submit.orderQty });
  return {
    instrument: instrument.id,
    side: submit.side,
    ordType: submit.ordType,
    timeInForce: submit.timeInForce,
    orderQty_lots,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(maxFloor_lots === undefined ? {} : { maxFloor_lots }),
    ...(submit.expireTime === undefined ? {} : { expireTime: submit.expireTime }),
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
  const { orderQty, price, stopPx, suspended, validUntil } = command;
  const needs = prices[terms.ordType];
  // Once its trigger has fired an order is of another kind.
  const hasStop = needs.stopPx !== false && (terms.held?.trigger === undefined || isHeld(state));
  const refusal =
    lateness(validUntil, now) ??
    offTick("price", price, instrument) ??
    offTick("stopPx", stopPx, instrument) ??
    (price !== undefined && !needs.price
      ? refuse("PRICE_NOT_ALLOWED", { ordType: terms.ordType, price })
      : undefined) ??
    (stopPx !== undefined && !hasStop
      ? refuse("PRICE_NOT_ALLOWED", { ordType: terms.ordType, stopPx })
      : undefined) ??
    (orderQty === undefined ? undefined : badQuantity(orderQty, instrument)) ??
    (suspended !== undefined && terms.algo === undefined
      ? refuse("ALGO_UNSUPPORTED", { algo: "none", suspended: String(suspended) })
      : undefined);
  if (refusal !== undefined) return refusal;
  const { tick, lot } = instrument.grid;
  // One that was overtaken changes no terms any more.
  const last = replacesOf(state).findLast(({ overtaken }) => overtaken !== true);
  const before: ReplaceTerms = last ?? terms;
  const asked_lots = askedQtyOf(state);
  const quantity_lots = asked_lots ?? before.orderQty_lots;
  const orderQty_lots = stepsOf(orderQty, lot) ?? quantity_lots;
  const price_ticks = stepsOf(price, tick) ?? before.price_ticks;
  const stopPx_asked = last?.stopPx_ticks;
  const stopPx_ticks = stepsOf(stopPx, tick) ?? stopPx_asked;
  const stopPx_before = stopPx_asked ?? terms.trigger?.stopPx_ticks;
  const isSameStop = stopPx_ticks === undefined || stopPx_ticks === stopPx_before;
  const isSame =
    orderQty_lots === quantity_lots &&
    price_ticks === before.price_ticks &&
    isSameStop &&
    (suspended === undefined || suspended === (last?.suspended ?? state.suspended === true));
  if (isSame) {
    return refuse("REPLACE_CHANGES_NOTHING");
  }
  // What follows others grows only as they allow.
  const quantity =
    asked_lots === undefined
      ? { orderQty_lots }
      : {
          orderQty_lots: Math.min(orderQty_lots, before.orderQty_lots),
          askedQty_lots: orderQty_lots,
        };
  return {
    ...quantity,
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(stopPx_ticks === undefined ? {} : { stopPx_ticks }),
    ...(suspended === undefined ? {} : { suspended }),
  };
};

const stepsOf = (text: string | undefined, step: Step): number | undefined =>
  text === undefined ? undefined : toSteps(text, step);

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
