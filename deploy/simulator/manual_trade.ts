/**
 * A trade in a session's name that no request of the session made: by telephone, by a person at the
 * venue's own screen, by a clearing correction.
 *
 * It is in the session's positions at once, in the venue's record, and told to the session later or
 * never. It is not in the state file before it is told.
 *
 * Owns: that trade. Never: touches the book.
 */
import type { SimTradeManually } from "../../protocols/sim_wire.ts";
import { formatOnGrid, parseOnGrid } from "./decimal_grid.ts";
import { feeOf } from "./fees.ts";
import type { Venue } from "./venue.ts";
import { reportOf } from "./venue_order.ts";
import type { VenueExecution, VenueOrder } from "./venue_order.ts";

/** Makes it; gives why it cannot. */
export const tradeManually = (venue: Venue, request: SimTradeManually): string | undefined => {
  const { desk, clock, markets, sessions, settings, incarnation } = venue;
  const { reportAfter_ms, side } = request;
  const spec = markets.get(request.instrument)?.listing.spec;
  const session = sessions.get(request.session);
  if (session === undefined) return `session ${request.session} is unknown`;
  if (spec === undefined) return `instrument ${request.instrument} is unknown`;
  const qty_lots = parseOnGrid(request.qty, spec.qtyDecimals);
  const price_ticks = parseOnGrid(request.px, spec.priceDecimals);
  if (typeof qty_lots === "string" || qty_lots === 0) return "qty is not on the grid";
  if (typeof price_ticks === "string") return "px is not on the grid";
  const tsEvent = clock.wall_ns();
  const orderId = desk.registry.orders.length + 1;
  const id = `${settings.venue}-${incarnation}-M${orderId}`;
  const execution: VenueExecution = {
    execId: id,
    clOrdId: id,
    liquidity: "removed",
    amendments: [],
    ...{ price_ticks, qty_lots, tsEvent },
  };
  const order: VenueOrder = {
    ...{ orderId, spec, side, price_ticks },
    session: session.name,
    venueOrderId: id,
    ordType: "limit",
    timeInForce: "ioc",
    postOnly: false,
    clOrdId: id,
    origClOrdId: undefined,
    order_lots: qty_lots,
    cum_lots: qty_lots,
    lost_lots: 0,
    notional: BigInt(price_ticks) * BigInt(qty_lots),
    status: "filled",
    executions: [execution],
  };
  desk.registry.add(order);
  desk.registry.end(order, tsEvent);
  desk.positions.add(session.name, spec, side, qty_lots);
  if (reportAfter_ms === undefined) return undefined;
  clock.schedule(reportAfter_ms * 1_000_000, () => {
    const report = reportOf(order, {
      execType: "trade",
      execId: id,
      lastQty: formatOnGrid(qty_lots, spec.qtyDecimals),
      lastPx: formatOnGrid(price_ticks, spec.priceDecimals),
      lastLiquidityInd: "removed",
      fee: feeOf(spec, settings.fees, { price_ticks, qty_lots, liquidity: "removed" }),
      tsEvent,
    });
    session.report(report, () => undefined);
  });
  return undefined;
};
