/**
 * Booking fills: each execution once, in every state, with an alarm where it contradicts the state.
 *
 * Owns: the trade event and the alarms about executions.
 * Never: drops an execution because of the order's state.
 */
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { isFinal } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { execKeyOf, judgeExecution } from "./exec_key.ts";
import type { Execution } from "./exec_key.ts";
import { alarm, headOf, nothing } from "./order_decision.ts";
import type { Incident, OrderDecision, RequestRole } from "./order_decision.ts";

/** Decides a report of a fill on any of the order's request ids. */
export const decideFill = (
  state: OrderState,
  report: LegReport,
  { leg }: RequestRole,
  now: Nanos,
): OrderDecision => {
  const { venue, execId, cumQty_lots, lastQty_lots, lastPx_ticks } = report;
  const id = `order=${state.orderId} execId=${execId}`;
  if (lastQty_lots === undefined || lastPx_ticks === undefined || lastQty_lots <= 0) {
    return alarm("report_unreadable", `${id}: a fill without quantity or price`);
  }
  const execution: Execution = { venue, execId, cumQty_lots, lastQty_lots, lastPx_ticks };
  switch (judgeExecution(state.execKeys, execution)) {
    case "repeat":
      return nothing;
    case "contradiction":
      return alarm(
        "execution_contradiction",
        `${id}: again with other numbers, ${lastQty_lots}@${lastPx_ticks} cum=${cumQty_lots}`,
      );
    case "fresh":
      break;
  }
  const { lastLiquidityInd, fee, venueOrderId } = report;
  const event: OrderEvent = {
    ...headOf(report, now),
    execType: "trade",
    leg: leg.no,
    venue,
    execId,
    execKey: execKeyOf(execution),
    lastQty_lots,
    lastPx_ticks,
    ...(lastLiquidityInd === undefined ? {} : { lastLiquidityInd }),
    ...(fee === undefined ? {} : { fee }),
    ...(venueOrderId === undefined ? {} : { venueOrderId }),
  };
  return { events: [event], requests: [], incidents: alarmsOf(state, lastQty_lots, id) };
};

const alarmsOf = (state: OrderState, lastQty_lots: number, id: string): Incident[] => {
  const { terms, pendingReplace, cumQty_lots, phase } = state;
  invariant(terms !== undefined, `order ${state.orderId} has legs and so has terms`);
  const incidents: Incident[] = [];
  if (isFinal(phase) && phase !== "filled") {
    incidents.push({ what: "late_fill", text: `${id}: ${lastQty_lots} lots, it was ${phase}` });
  }
  // A replace that is on its way may have raised the quantity at the venue already.
  const most = Math.max(terms.orderQty_lots, pendingReplace?.orderQty_lots ?? 0);
  const cum = cumQty_lots + lastQty_lots;
  if (cum > most) incidents.push({ what: "overfill", text: `${id}: ${cum} lots of ${most}` });
  return incidents;
};
