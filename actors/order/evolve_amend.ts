/**
 * How a bust or a correction changes an order's state: exactly what the execution had changed.
 *
 * Owns: the only way in which cumQty falls.
 */
import { isFinal } from "../../protocols/ord_status.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Leg } from "../../protocols/order_leg.ts";
import { invariant } from "../../runtime/invariant.ts";
import { provisionally } from "./evolve_fill.ts";
import { bookedOn } from "./exec_key.ts";
import type { BookedExecution } from "./exec_key.ts";
import type { EventOf } from "./order_decision.ts";
import { withLeg } from "./order_legs.ts";
import { phaseAfter } from "./order_status.ts";

/** The state after an execution was taken back or corrected. */
export const amended = (
  state: OrderState,
  event: EventOf<"trade_cancel"> | EventOf<"trade_correct">,
): OrderState => {
  const { execKey, execId, leavesQty_lots = 0, legQty_lots } = event;
  const { lastQty_lots, lastPx_ticks, fee } = event;
  const isBust = event.execType === "trade_cancel";
  const from = isBust
    ? { qty_lots: lastQty_lots, px_ticks: lastPx_ticks }
    : { qty_lots: event.from.qty_lots, px_ticks: event.from.px_ticks };
  const to_lots = isBust ? 0 : lastQty_lots;
  const booked = bookedAs(state, event, from.qty_lots, from.px_ticks);
  invariant(booked !== undefined, `execution ${event.refExecId} of ${state.orderId} is booked`);
  const moved_lots = to_lots - from.qty_lots;
  const comesBack = event.legWorks === true || !isFinal(phaseAfter(state, event));
  const works = leavesQty_lots > 0 && comesBack;
  const amendedLeg = ({ leaving, ...kept }: Leg): Leg => {
    // What was asked of a leg before it was over is no longer on its way.
    const stays = kept.state === "ended" || leaving === undefined ? kept : { ...kept, leaving };
    const leg = legQty_lots === undefined ? stays : { ...stays, orderQty_lots: legQty_lots };
    const cumQty_lots = leg.cumQty_lots + moved_lots;
    const isFull = cumQty_lots >= leg.orderQty_lots;
    if (leg.state === "ended" && works && !isFull) return { ...leg, cumQty_lots, state: "working" };
    if (leg.state === "working" && isFull) return { ...leg, cumQty_lots, state: "ended" };
    return { ...leg, cumQty_lots };
  };
  const next = withLeg(state, event.leg, (before) => {
    if (event.provisional !== true) return amendedLeg(before);
    const leg = provisionally(before, moved_lots);
    // The execution that is booked instead follows at once.
    if (event.replacedBy === undefined) return amendedLeg(leg);
    return { ...leg, cumQty_lots: leg.cumQty_lots + moved_lots };
  });
  return {
    ...next,
    cumQty_lots: state.cumQty_lots + moved_lots,
    cumValue:
      state.cumValue +
      BigInt(to_lots) * BigInt(lastPx_ticks) -
      BigInt(from.qty_lots) * BigInt(from.px_ticks),
    amends: [
      ...(state.amends ?? []),
      {
        execKey,
        of: booked.key,
        execId,
        lastQty_lots: to_lots,
        lastPx_ticks,
        ...(fee === undefined || isBust ? {} : { fee }),
        ...(event.amendedAt === undefined ? {} : { at: event.amendedAt }),
      },
    ],
  };
};

/** The booked execution of that id and those numbers that a bust or a correction is about. */
const bookedAs = (
  { execKeys, amends = [] }: OrderState,
  { venue, leg, refExecId, of }: EventOf<"trade_cancel"> | EventOf<"trade_correct">,
  qty_lots: number,
  px_ticks: number,
): BookedExecution | undefined =>
  bookedOn(execKeys, amends, venue, leg).find(
    ({ key, execIds, lastQty_lots, lastPx_ticks }) =>
      (of === undefined || key === of) &&
      execIds.includes(refExecId) &&
      lastQty_lots === qty_lots &&
      lastPx_ticks === px_ticks,
  );
