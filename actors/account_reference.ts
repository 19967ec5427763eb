/**
 * The price that an order is judged and valued at: the market's, or for one with a trigger the
 * price that the market will be at when it acts.
 *
 * A stop far from the market is not a fat finger: its limit price is compared with its stop. It is
 * valued at its stop too, or at the touch where the trigger is already met.
 *
 * Owns: that choice. A missing or stale market price still refuses: an order is never accepted
 * without one.
 */
import type { Instant_ns } from "../protocols/kernel/instant.ts";
import type { OrderTerms } from "../protocols/order.ts";
import type { AccountWorld } from "./account_kinds.ts";
import { firesUpward } from "./held/trigger_model.ts";
import { referencePrice } from "./risk/reference_price.ts";
import type { ReferencePrice } from "./risk/reference_price.ts";

/** The reference price of an order that comes, or changes, now. */
export const judgedPrice = (
  { market, reference }: AccountWorld,
  terms: OrderTerms,
  now_ns: Instant_ns,
): ReferencePrice => {
  const price = referencePrice(
    market,
    reference.venues,
    terms.instrument,
    terms.route,
    now_ns,
    reference.referencePriceAge_ms_max,
  );
  const { trigger, side } = terms;
  const stop_ticks = trigger?.stopPx_ticks;
  if (price.status !== "fresh" || trigger === undefined || stop_ticks === undefined) return price;
  const touch_ticks = side === "buy" ? price.ask_ticks : price.bid_ticks;
  // Where the trigger is met already, it acts at the market, not at its stop.
  const further = firesUpward(trigger, side) ? Math.max : Math.min;
  const at_ticks = further(stop_ticks, touch_ticks);
  return { ...price, bid_ticks: at_ticks, ask_ticks: at_ticks };
};
