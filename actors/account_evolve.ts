/**
 * How one fact changes an account shard: the order, and with it reservation and position.
 *
 * Exposure and position have no events of their own. They fold the order's: what an order may still
 * cost is taken before and after each of its events, and a trade is booked where it is stated. So
 * position = Σ fills and exposure = Σ reservations hold by construction (invariants 4 and 5).
 */
import type { InstrumentId } from "../protocols/kernel/ids.ts";
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import type { Space } from "../runtime/shard_model.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountEvent, AccountKinds } from "./account_kinds.ts";
import { evolve as evolveOrder } from "./order/order_evolve.ts";
import { worstOpen_lots, worstPrice_ticks } from "./order/order_reservation.ts";
import { applyFill } from "./position/position_model.ts";
import { moveOpenOrder, newAccountState } from "./risk/account_state.ts";
import { moveReservation, noExposure } from "./risk/exposure_model.ts";
import type { Reservation } from "./risk/exposure_model.ts";

/** Applies one journaled fact. */
export const evolve = (
  space: Space<AccountKinds>,
  event: AccountEvent,
  currencyOf: (instrument: InstrumentId) => string,
): void => {
  if ("execType" in event) {
    evolveFromOrder(space, event, currencyOf);
    return;
  }
  switch (event.what) {
    case "venue_status":
      space.set("venue", event.venue, event.status);
      return;
    case "orders_retired":
      for (const orderId of event.orderIds) space.remove("order", orderId);
      return;
    default:
      event satisfies never;
  }
};

const evolveFromOrder = (
  space: Space<AccountKinds>,
  event: OrderEvent,
  currencyOf: (instrument: InstrumentId) => string,
): void => {
  const before = space.get("order", event.orderId);
  const after = evolveOrder(before, event);
  space.set("order", event.orderId, after);
  reserve(space, before, after);
  if (event.execType === "trade") book(space, event, after, currencyOf);
};

/** What an order may still cost; undefined once it can cost nothing any more. */
export const reservationOf = (order: OrderState | undefined): Reservation | undefined => {
  if (order?.terms === undefined) return undefined;
  const qty_lots = worstOpen_lots(order);
  if (qty_lots === 0) return undefined;
  const { side } = order.terms;
  return { side, qty_lots, price_ticks: worstPrice_ticks(order) ?? 0 };
};

const reserve = (
  space: Space<AccountKinds>,
  before: OrderState | undefined,
  after: OrderState,
): void => {
  const released = reservationOf(before);
  const taken = reservationOf(after);
  if (released === undefined && taken === undefined) return;
  const { account, terms } = after;
  if (terms === undefined) return;
  const key = holdingKey(account, terms.instrument);
  const exposure = space.get("exposure", key) ?? noExposure(account, terms.instrument);
  space.set("exposure", key, moveReservation(exposure, released, taken));
  const book = space.get("account", account) ?? newAccountState(account);
  space.set("account", account, moveOpenOrder(book, released, taken));
};

const book = (
  space: Space<AccountKinds>,
  event: Extract<OrderEvent, { execType: "trade" }>,
  { account, terms }: OrderState,
  currencyOf: (instrument: InstrumentId) => string,
): void => {
  if (terms === undefined) return;
  const { instrument, side, grid } = terms;
  const key = holdingKey(account, instrument);
  const position = applyFill(space.get("position", key), {
    account,
    instrument,
    grid,
    currency: currencyOf(instrument),
    side,
    qty_lots: event.lastQty_lots,
    price_ticks: event.lastPx_ticks,
    ...(event.fee === undefined ? {} : { fee: event.fee }),
    tsEvent: event.tsEvent,
  });
  space.set("position", key, position);
};
