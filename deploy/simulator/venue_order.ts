/**
 * One order at the venue, and how it looks from outside.
 *
 * Owns: the record's shape, the average price, the body of a report about an order.
 * Never: changes an order; `order_desk.ts` does.
 */
import type {
  SimExecType,
  SimOrderView,
  SimOrdStatus,
  SimOrdType,
  SimReport,
  SimSide,
  SimTimeInForce,
} from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";

/** A bust, or a correction with the numbers that count since. */
export interface VenueAmendment {
  readonly execId: string;
  readonly execType: "trade_cancel" | "trade_correct";
  readonly price_ticks: number;
  /** 0 for a bust. */
  readonly qty_lots: number;
  readonly tsEvent: string;
}

/** What an execution counts for. */
export interface ExecutionNumbers {
  readonly price_ticks: number;
  readonly qty_lots: number;
}

/** One fill of an order, as the venue remembers it. */
export interface VenueExecution {
  readonly execId: string;
  /** The id that the order went by when it traded. */
  readonly clOrdId: string;
  readonly price_ticks: number;
  readonly qty_lots: number;
  readonly liquidity: "added" | "removed";
  readonly tsEvent: string;
  /** What was said of it later, oldest first; the last one is what counts. */
  readonly amendments: VenueAmendment[];
}

/** An order that the venue accepted. */
export interface VenueOrder {
  readonly orderId: number;
  readonly session: string;
  readonly venueOrderId: string;
  readonly spec: InstrumentSpec;
  readonly side: SimSide;
  readonly ordType: SimOrdType;
  readonly timeInForce: SimTimeInForce;
  readonly postOnly: boolean;
  /** The id that the order goes by now; a replace changes it. */
  clOrdId: string;
  /** The id before the last replace. */
  origClOrdId: string | undefined;
  price_ticks: number | undefined;
  order_lots: number;
  cum_lots: number;
  /** Taken back by busts and not given back to the book: will not trade any more. */
  lost_lots: number;
  /** Σ price × quantity of its fills, in ticks × lots. */
  notional: bigint;
  status: SimOrdStatus;
  /** Its place among the session's ended orders, once it has ended. */
  endNo?: number;
  /** When it ended, wall time in ns. */
  endedAt_ns?: string;
  readonly executions: VenueExecution[];
}

/** A report before its session gives it a number. */
export type UnnumberedReport = Omit<SimReport, "seq" | "type">;

/** Digits of an average price beyond the tick; the last one is rounded half up. */
const averageExtraDecimals = 6;

/** What the execution counts for now, after its amendments. */
export const standingOf = (execution: VenueExecution): ExecutionNumbers => {
  const { price_ticks, qty_lots } = execution.amendments.at(-1) ?? execution;
  return { price_ticks, qty_lots };
};

/** True while the order can still trade. */
export const isWorking = (order: VenueOrder): boolean =>
  order.status === "new" || order.status === "partially_filled";

/** Whether what is not filled at once may wait in the book. */
export const mayRest = ({ ordType, timeInForce }: VenueOrder): boolean =>
  ordType === "limit" && (timeInForce === "day" || timeInForce === "gtc");

/** The open quantity: 0 once the order has ended. */
export const leavesOf_lots = (order: VenueOrder): number =>
  isWorking(order) ? order.order_lots - order.cum_lots - order.lost_lots : 0;

const averagePrice = (order: VenueOrder): string => {
  if (order.cum_lots === 0) return "0";
  const scaled = order.notional * 10n ** BigInt(averageExtraDecimals);
  const cum = BigInt(order.cum_lots);
  const rounded = (scaled * 2n + cum) / (cum * 2n);
  return formatOnGrid(rounded, order.spec.priceDecimals + averageExtraDecimals);
};

const quantities = (order: VenueOrder) => ({
  orderQty: formatOnGrid(order.order_lots, order.spec.qtyDecimals),
  ...(order.price_ticks === undefined
    ? {}
    : { price: formatOnGrid(order.price_ticks, order.spec.priceDecimals) }),
  cumQty: formatOnGrid(order.cum_lots, order.spec.qtyDecimals),
  leavesQty: formatOnGrid(leavesOf_lots(order), order.spec.qtyDecimals),
  avgPx: averagePrice(order),
});

/** The order as a query shows it. */
export const viewOf = (order: VenueOrder): SimOrderView => ({
  venueOrderId: order.venueOrderId,
  clOrdId: order.clOrdId,
  ...(order.origClOrdId === undefined ? {} : { origClOrdId: order.origClOrdId }),
  instrument: order.spec.instrument,
  side: order.side,
  ordType: order.ordType,
  timeInForce: order.timeInForce,
  postOnly: order.postOnly,
  ordStatus: order.status,
  ...quantities(order),
});

/** The report of something that happened to the order, with the order as it is after it. */
export const reportOf = (
  order: VenueOrder,
  event: Pick<UnnumberedReport, "execId" | "tsEvent"> &
    Partial<UnnumberedReport> & { readonly execType: SimExecType },
): UnnumberedReport => ({
  venueOrderId: order.venueOrderId,
  clOrdId: order.clOrdId,
  ordStatus: order.status,
  instrument: order.spec.instrument,
  side: order.side,
  ...quantities(order),
  ...event,
});
