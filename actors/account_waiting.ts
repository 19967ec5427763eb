/**
 * What an account shard remembers of its orders besides the orders: which wait with us, which end
 * with a day, and which may only reduce a position.
 *
 * All of it follows from the orders' events (and the prices observed), so that replay makes it
 * again; it is kept apart so that a price or a day's end need not look at every order.
 *
 * Owns: these three lists. Never: decides.
 */
import { isKeptBack } from "../protocols/held_terms.ts";
import { hasEnded } from "../protocols/ord_status.ts";
import type { OrderEvent, OrderState, OrderTerms } from "../protocols/order.ts";
import type { Space } from "../runtime/shard_model.ts";
import { holdingKey } from "./account_kinds.ts";
import type { AccountKinds, PricesObserved } from "./account_kinds.ts";
import { heldAfter, heldAfterPath, isSameMarket } from "./held/held_state.ts";

/** Whether an order ends with a day, by the sweep that all such orders share. */
export const endsWithDay = ({ timeInForce, held, algo }: OrderTerms): boolean =>
  held?.expire !== undefined &&
  (algo === undefined || !("end" in algo) || algo.end === undefined) &&
  (timeInForce === "day" || timeInForce === "ioc" || timeInForce === "fok");

/** Applies an order's event to the lists. */
export const evolveWaiting = (
  space: Space<AccountKinds>,
  event: OrderEvent,
  after: OrderState,
): void => {
  const { terms, orderId } = after;
  if (terms === undefined) return;
  if (isKeptBack(terms.held)) {
    const before = space.get("held", orderId);
    const next = heldAfter(before, event, after);
    if (next !== undefined) space.set("held", orderId, next);
    else if (before !== undefined) space.remove("held", orderId);
  }
  const isDay = endsWithDay(terms);
  const isReduceOnly = terms.execInst.includes("reduce_only");
  if (!isDay && !isReduceOnly) return;
  const isOpen = after.phase !== "denied" && !hasEnded(after);
  if (isDay) followDay(space, after, terms, isOpen);
  if (isReduceOnly) followReduceOnly(space, after, terms, isOpen);
};

const followDay = (
  space: Space<AccountKinds>,
  { orderId }: OrderState,
  { held }: OrderTerms,
  isOpen: boolean,
): void => {
  const known = space.get("dayOrder", orderId);
  if (isOpen && known === undefined && held?.expire !== undefined) {
    space.set("dayOrder", orderId, { expire: held.expire });
  }
  if (!isOpen && known !== undefined) space.remove("dayOrder", orderId);
};

const followReduceOnly = (
  space: Space<AccountKinds>,
  { orderId, account }: OrderState,
  { instrument }: OrderTerms,
  isOpen: boolean,
): void => {
  const key = holdingKey(account, instrument);
  const known = space.get("reduceOnly", key)?.orderIds ?? [];
  if (isOpen === known.includes(orderId)) return;
  const orderIds = isOpen ? [...known, orderId] : known.filter((one) => one !== orderId);
  if (orderIds.length > 0) space.set("reduceOnly", key, { orderIds });
  else space.remove("reduceOnly", key);
};

/** Applies observed prices to the orders that wait for them. */
export const evolvePrices = (space: Space<AccountKinds>, observed: PricesObserved): void => {
  for (const [orderId, held] of space.entries("held")) {
    if (!isSameMarket(held.market, observed)) continue;
    const next = heldAfterPath(held, observed.path);
    if (next !== held) space.set("held", orderId, next);
  }
};
