/**
 * The venue's own record of everything, for comparison with what a client believes.
 *
 * Owns: the order and the shape of a dump: each order (refused ones last), each execution, the
 * counts. The content is fixed when the dump is made.
 */
import { encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimDumpAmendment, SimDumpExecution } from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import { feeOf } from "./fees.ts";
import type { FeeSchedule } from "./fees.ts";
import type { Venue } from "./venue.ts";
import { viewOf } from "./venue_order.ts";
import type { VenueAmendment, VenueExecution, VenueOrder } from "./venue_order.ts";

const executionOf = (
  requestId: string,
  order: VenueOrder,
  execution: VenueExecution,
  fees: FeeSchedule,
): SimDumpExecution => ({
  type: "dump_execution",
  requestId,
  session: order.session,
  execId: execution.execId,
  venueOrderId: order.venueOrderId,
  clOrdId: execution.clOrdId,
  instrument: order.spec.instrument,
  side: order.side,
  lastQty: formatOnGrid(execution.qty_lots, order.spec.qtyDecimals),
  lastPx: formatOnGrid(execution.price_ticks, order.spec.priceDecimals),
  lastLiquidityInd: execution.liquidity,
  fee: feeOf(order.spec, fees, execution),
  tsEvent: execution.tsEvent,
  ...(execution.amendments.length === 0
    ? {}
    : { amendments: execution.amendments.map((one) => amendmentOf(order, execution, one, fees)) }),
});

const amendmentOf = (
  { spec }: VenueOrder,
  { liquidity }: VenueExecution,
  amendment: VenueAmendment,
  fees: FeeSchedule,
): SimDumpAmendment => ({
  execId: amendment.execId,
  execType: amendment.execType,
  lastQty: formatOnGrid(amendment.qty_lots, spec.qtyDecimals),
  lastPx: formatOnGrid(amendment.price_ticks, spec.priceDecimals),
  fee: feeOf(spec, fees, { ...amendment, liquidity }),
  tsEvent: amendment.tsEvent,
});

/** Every line of a dump, `dump_done` last. */
export const dumpLines = (venue: Venue, requestId: string): readonly string[] => {
  const { orders, refusedOrders } = venue.desk.registry;
  const lines: string[] = [];
  let executions = 0;
  for (const order of orders) {
    const { session } = order;
    lines.push(encodeSimLine({ type: "dump_order", requestId, session, order: viewOf(order) }));
  }
  for (const { session, view } of refusedOrders) {
    lines.push(encodeSimLine({ type: "dump_order", requestId, session, order: view }));
  }
  for (const order of orders) {
    for (const execution of order.executions) {
      lines.push(encodeSimLine(executionOf(requestId, order, execution, venue.settings.fees)));
      executions += 1;
    }
  }
  const count = orders.length + refusedOrders.length;
  lines.push(encodeSimLine({ type: "dump_done", requestId, orders: count, executions }));
  return lines;
};
