/**
 * Busts and corrections: the venue takes an execution back, or says what it really was.
 *
 * The quantity that falls away is either given back to the book, where the order works (again), or
 * lost: then the order ends with less. Which one is the venue's habit, told by the caller.
 *
 * Owns: what an amendment does to an order and its position, and its report.
 * Never: raises a quantity, revives an order that was canceled or has expired.
 */
import type { SimReport } from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import { feeOf } from "./fees.ts";
import type { FeeSchedule } from "./fees.ts";
import type { BookTrade, MatchingBook } from "./matching_book.ts";
import type { OrderRegistry } from "./order_registry.ts";
import type { SessionPositions } from "./session_positions.ts";
import { isWorking, leavesOf_lots, mayRest, standingOf } from "./venue_order.ts";
import type { ExecutionNumbers, VenueExecution, VenueOrder } from "./venue_order.ts";

/** What an execution is to be from now on; `bust`: nothing. */
export type AmendTo = "bust" | ExecutionNumbers;

/** What is amended, how, and with whose id. */
export interface Amend {
  readonly order: VenueOrder;
  readonly execution: VenueExecution;
  readonly to: AmendTo;
  /** Whether the quantity that falls away works again. */
  readonly reopen: boolean;
  readonly execId: string;
  readonly tsEvent: string;
}

/** The venue's books that an amendment changes. */
export interface AmendBooks {
  readonly registry: OrderRegistry;
  readonly positions: SessionPositions;
  readonly book: MatchingBook;
  readonly fees: FeeSchedule;
}

/** The report of an amendment, and the trades of what works again; or why there is none. */
export type AmendOutcome =
  | { readonly kind: "amended"; readonly event: AmendEvent; readonly trades: readonly BookTrade[] }
  | { readonly kind: "impossible"; readonly text: string };

/** The part of the report that is not the order's own state. */
export type AmendEvent = Pick<
  SimReport,
  "execType" | "execId" | "execRefId" | "lastQty" | "lastPx" | "fee" | "tsEvent"
>;

/** Amends an execution. */
export const amendExecution = (amend: Amend, books: AmendBooks): AmendOutcome => {
  const { order, execution, execId, tsEvent } = amend;
  const now = standingOf(execution);
  const isBust = amend.to === "bust" || amend.to.qty_lots === 0;
  const to = amend.to === "bust" ? { ...now, qty_lots: 0 } : amend.to;
  if (now.qty_lots === 0) return { kind: "impossible", text: "it was taken back before" };
  if (to.qty_lots > now.qty_lots) return { kind: "impossible", text: "it would grow" };
  const lost_lots = now.qty_lots - to.qty_lots;
  order.cum_lots -= lost_lots;
  order.notional -= BigInt(now.price_ticks) * BigInt(now.qty_lots);
  order.notional += BigInt(to.price_ticks) * BigInt(to.qty_lots);
  books.positions.add(order.session, order.spec, order.side, -lost_lots);
  const execType = isBust ? "trade_cancel" : "trade_correct";
  execution.amendments.push({ execId, execType, ...to, tsEvent });
  const trades = giveBack(amend, books, lost_lots);
  const { spec } = order;
  // A bust names what it takes back, so that a client can tell two executions of one id apart.
  const told = isBust ? now : to;
  const event = {
    execType,
    execId,
    execRefId: execution.execId,
    lastQty: formatOnGrid(told.qty_lots, spec.qtyDecimals),
    lastPx: formatOnGrid(told.price_ticks, spec.priceDecimals),
    ...(isBust ? {} : { fee: feeOf(spec, books.fees, { ...to, liquidity: execution.liquidity }) }),
    tsEvent,
  } as const;
  return { kind: "amended", event, trades };
};

/** What becomes of the quantity that does not count any more. */
const giveBack = (
  { order, reopen }: Amend,
  { registry, book }: AmendBooks,
  lost_lots: number,
): readonly BookTrade[] => {
  const isLimit = reopen && mayRest(order);
  const worksAgain = isLimit && lost_lots > 0 && (isWorking(order) || order.status === "filled");
  if (!worksAgain) order.lost_lots += lost_lots;
  if (!isWorking(order) && !worksAgain) return [];
  if (!isWorking(order)) registry.reopen(order);
  order.status = order.cum_lots === 0 ? "new" : "partially_filled";
  if (!worksAgain) return [];
  book.cancel(order.orderId);
  const outcome = book.enter({
    orderId: order.orderId,
    side: order.side,
    price_ticks: order.price_ticks,
    qty_lots: leavesOf_lots(order),
    remainder: "rest",
    postOnly: false,
  });
  return outcome.kind === "entered" ? outcome.trades : [];
};
