/**
 * The legs whose place waits in a venue's shard for its rate budget: no venue has anything of them.
 *
 * A worked order may show and take back a slice for as long as the market moves, and wait for its
 * venue's leave in between: a world that is at rest may be found in the midst of that. What waits
 * belongs to an open order, and does not wait beyond its deadline.
 */
import { fromNanos } from "../../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import { isLive } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import type { PlaceLeg } from "../../../protocols/venue.ts";
import type { Evidence } from "./checker.ts";

/** Their places, by the id that each leg would have at its venue. */
export const waitingLegs = ({ mirrors }: Evidence): ReadonlyMap<LegClOrdId, PlaceLeg> => {
  const waiting = new Map<LegClOrdId, PlaceLeg>();
  for (const { space } of mirrors.venues.values()) {
    for (const [, { command }] of space.entries("queuedPlace")) {
      waiting.set(command.clOrdId, command);
    }
  }
  return waiting;
};

/** What is wrong with one that waits: no order has it open, or it should have been answered. */
export const strayPlace = (
  { now_ns }: Evidence,
  waiting: ReadonlyMap<LegClOrdId, PlaceLeg>,
  orders: ReadonlyMap<string, OrderState>,
): string | undefined => {
  for (const [clOrdId, { orderId, deadline }] of waiting) {
    const leg = orders.get(orderId)?.legs.find((one) => one.clOrdId === clOrdId);
    if (leg === undefined || !isLive(leg)) return `${clOrdId} of ${orderId} waits for nobody`;
    if (fromNanos(deadline) + late_ns < now_ns()) return `${clOrdId} waits since ${deadline}`;
  }
  return undefined;
};

/** How late a place may be answered whose deadline is over. */
const late_ns = 1_000_000_000n;
