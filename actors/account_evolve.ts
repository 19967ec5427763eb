/**
 * How one fact changes an account shard: the order, and with it reservation and position.
 *
 * Exposure has no events of its own: what an order may still cost is taken before and after each of
 * its events. Positions fold the order's events too (a trade, its bust, its correction) and, for
 * what is no order's, the facts in `position/position_fact.ts`. So position = Σ fills + external
 * and exposure = Σ reservations hold by construction (invariants 4 and 5).
 */
import type { OrderEvent, OrderState } from "../protocols/order.ts";
import { isOpen } from "../protocols/ord_status.ts";
import type { Space } from "../runtime/shard_model.ts";
import { holdingKey, isTrade } from "./account_kinds.ts";
import type { AccountEvent, AccountKinds } from "./account_kinds.ts";
import { bookTrade, evolvePositions } from "./account_positions.ts";
import { evolveGroup, forgetInGroup } from "./account_groups.ts";
import { evolveProvisional } from "./account_missing.ts";
import { evolveControl } from "./account_control_evolve.ts";
import { evolveSlicing, followSlicing } from "./account_slicing.ts";
import { evolvePrices, evolveWaiting } from "./account_waiting.ts";
import { evolve as evolveOrder } from "./order/order_evolve.ts";
import { worstOpen_lots, worstPrice_ticks } from "./order/order_reservation.ts";
import { moveOpenOrder, newAccountState } from "./risk/account_state.ts";
import { moveReservation, noExposure } from "./risk/exposure_model.ts";
import type { Reservation } from "./risk/exposure_model.ts";

/** Applies one journaled fact. */
export const evolve = (space: Space<AccountKinds>, event: AccountEvent): void => {
  if ("execType" in event) {
    evolveFromOrder(space, event);
    return;
  }
  switch (event.what) {
    case "venue_status":
      space.set("venue", event.venue, event.status);
      return;
    case "orders_retired":
      for (const orderId of event.orderIds) {
        forgetInGroup(space, orderId);
        space.remove("order", orderId);
        space.remove("ended", orderId);
      }
      return;
    case "prices_observed":
      evolvePrices(space, event);
      return;
    case "slice_barred":
    case "volume_counted":
    case "volume_observed":
      evolveSlicing(space, event);
      return;
    case "external_trade":
    case "external_attributed":
    case "external_amended":
    case "external_retired":
    case "position_adjusted":
    case "position_marked":
      evolvePositions(space, event);
      return;
    case "control_taken":
    case "trading_state_set":
    case "operator_cancel_began":
    case "operator_cancel_moved":
    case "operator_cancel_stumbled":
    case "operator_cancel_ended":
      evolveControl(space, event);
      return;
    default:
      event satisfies never;
  }
};

const evolveFromOrder = (space: Space<AccountKinds>, event: OrderEvent): void => {
  const before = space.get("order", event.orderId);
  const after = evolveOrder(before, event);
  space.set("order", event.orderId, after);
  index(space, event, after);
  evolveWaiting(space, event, after);
  evolveGroup(space, event, after);
  followSlicing(space, event, after);
  reserve(space, before, after);
  if (!isTrade(event)) return;
  bookTrade(space, event, after);
  evolveProvisional(space, event, after);
};

/** Keeps the lists of open and of ended orders. An order that only a cancel named has ended too. */
const index = (space: Space<AccountKinds>, event: OrderEvent, after: OrderState): void => {
  const { orderId } = after;
  const open = isOpen(after);
  if (open !== (space.get("open", orderId) !== undefined)) {
    if (open) space.set("open", orderId, true);
    else space.remove("open", orderId);
  }
  const ended = !open && after.earlyCancel === undefined;
  if (ended === (space.get("ended", orderId) !== undefined)) return;
  if (ended) space.set("ended", orderId, event.tsInit);
  else space.remove("ended", orderId);
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
