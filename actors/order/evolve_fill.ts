/**
 * How a booked fill changes an order's state, and what of it is provisional.
 *
 * Owns: the only way in which cumQty grows, but for a correction.
 *
 * Invariants
 *  1. A leg's `provisionalQty_lots` is the sum of its provisional trades as they count now.
 *  2. What is missing of a leg is remembered as long as something is owed or provisional.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import { oweing } from "./evolve_leg.ts";
import { entryOf } from "./exec_key.ts";
import type { EventOf } from "./order_decision.ts";
import { isFull, proven, withLeg } from "./order_legs.ts";

/** The state after a fill was booked, by its venue's word or provisionally. */
export const traded = (state: OrderState, event: EventOf<"trade">): OrderState => {
  const { leg: no, lastQty_lots, lastPx_ticks, venueOrderId, provisional } = event;
  let owed_lots = 0;
  let isProof = provisional !== true;
  const booked = withLeg(state, no, (leg) => {
    owed_lots = event.owedQty_lots ?? Math.max(0, (leg.owedQty_lots ?? 0) - lastQty_lots);
    const next = { ...leg, cumQty_lots: leg.cumQty_lots + lastQty_lots };
    // By the venue's count nothing of it works any more.
    isProof ||= isFull(next);
    return provisional === true ? provisionally(next, lastQty_lots) : next;
  });
  const shown = isProof ? proven(booked, no, venueOrderId) : booked;
  return {
    ...oweing(shown, no, owed_lots),
    cumQty_lots: state.cumQty_lots + lastQty_lots,
    cumValue: state.cumValue + BigInt(lastQty_lots) * BigInt(lastPx_ticks),
    execKeys: [...state.execKeys, entryOf(event.execKey, event.fee)],
  };
};

/** A leg of which so much more (or less) is booked provisionally. */
export const provisionally = (leg: Leg, moved_lots: Qty_lots): Leg => {
  const { provisionalQty_lots = 0, missing, ...plain } = leg;
  const lots = provisionalQty_lots + moved_lots;
  if (lots > 0) return { ...leg, provisionalQty_lots: lots };
  return leg.owedQty_lots === undefined || missing === undefined ? plain : { ...plain, missing };
};
