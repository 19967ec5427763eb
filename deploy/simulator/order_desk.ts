/**
 * Takes a session's requests, runs them through the matching books, and reports what happened.
 *
 * Every request has exactly one first answer (`new`, `canceled`, `replaced` or a refusal); fills
 * follow it. Ids (`clOrdId`) of orders, cancels and replaces are one space per session, and an
 * order answers to every id of its replace chain. A remainder that may not rest (market, ioc, fok)
 * ends with `expired`. A refused new order is kept, so that a query finds it as `rejected`.
 *
 * Owns: all orders of the venue and the ids used.
 * Never: knows a connection, a sequence number, a clock (each request brings its time).
 */
import type {
  SimCancel,
  SimMassCancel,
  SimNewOrder,
  SimRejectCode,
  SimReplace,
} from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import { feeOf } from "./fees.ts";
import type { FeeSchedule } from "./fees.ts";
import type { IdMaker } from "./id_maker.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";
import type { BookTrade, MatchingBook } from "./matching_book.ts";
import { amendExecution } from "./order_amend.ts";
import type { Amend } from "./order_amend.ts";
import { checkNewOrder, refused } from "./order_check.ts";
import type { Refusal } from "./order_check.ts";
import { OrderRegistry } from "./order_registry.ts";
import { replaceOrder } from "./order_replace.ts";
import { refusalReport, refusedView, unknownOrderReport } from "./refused_order.ts";
import { SessionPositions } from "./session_positions.ts";
import type { ReportSubject } from "./venue_state.ts";
import { isWorking, leavesOf_lots, mayRest, reportOf, standingOf } from "./venue_order.ts";
import type { UnnumberedReport, VenueExecution, VenueOrder } from "./venue_order.ts";

/** An instrument that the venue lists, with its book. */
export interface Listing {
  readonly spec: InstrumentSpec;
  readonly book: MatchingBook;
}

/** What the desk needs to know. */
export interface OrderDeskOptions {
  readonly ids: IdMaker;
  readonly listings: ReadonlyMap<string, Listing>;
  readonly fees: FeeSchedule;
  /** Most ids that are remembered; then new orders and replaces are refused as `venue_full`. */
  readonly clOrdIds_max: number;
}

/** Told everything that the desk does. */
export interface OrderDeskSink {
  onReport(session: string, report: UnnumberedReport, subject: ReportSubject): void;
  /** A client order took liquidity, or gave it to another. */
  onClientMatch(listing: Listing, trade: BookTrade): void;
  /** A client order traded; its report is out. */
  onExecution(order: VenueOrder, execution: VenueExecution): void;
}

const nothing: ReportSubject = { kind: "nothing" };

/** All orders of one venue. */
export class OrderDesk {
  readonly #options: OrderDeskOptions;
  readonly #sink: OrderDeskSink;
  readonly registry = new OrderRegistry();
  readonly positions = new SessionPositions();
  #executions = 0;

  constructor(options: OrderDeskOptions, sink: OrderDeskSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** Fills so far, both sides counted. */
  get executions(): number {
    return this.#executions;
  }

  /** `new_order`. */
  newOrder(session: string, request: SimNewOrder, tsEvent: string): void {
    const listing = this.#options.listings.get(request.instrument);
    if (this.registry.known(session, request.clOrdId) !== undefined) {
      const refusal = refused("duplicate_cl_ord_id", request.clOrdId);
      this.#refuseNew(session, request, refusal, tsEvent);
      return;
    }
    if (this.registry.clOrdIds >= this.#options.clOrdIds_max) {
      const refusal = refused("venue_full", `${this.#options.clOrdIds_max} ids used`);
      this.#refuseNew(session, request, refusal, tsEvent);
      return;
    }
    const checked = checkNewOrder(request, listing?.spec);
    if (checked.kind === "refused" || listing === undefined) {
      const refusal =
        checked.kind === "refused" ? checked : refused("unknown_instrument", request.instrument);
      this.#refuseNew(session, request, refusal, tsEvent, true);
      return;
    }
    const order: VenueOrder = {
      orderId: this.registry.orders.length + 1,
      session,
      venueOrderId: this.#options.ids.orderId(),
      spec: listing.spec,
      side: request.side,
      ordType: request.ordType,
      timeInForce: request.timeInForce,
      postOnly: request.postOnly ?? false,
      clOrdId: request.clOrdId,
      origClOrdId: undefined,
      price_ticks: checked.price_ticks,
      order_lots: checked.qty_lots,
      cum_lots: 0,
      lost_lots: 0,
      notional: 0n,
      status: "new",
      executions: [],
    };
    this.#enter(listing, order, request, tsEvent);
  }

  /** `cancel`. */
  cancel(session: string, request: SimCancel, tsEvent: string): void {
    const order = this.#workingOrder(session, request);
    if ("rejectCode" in order) {
      this.#refuseChange(session, request, "cancel_rejected", order, tsEvent);
      return;
    }
    this.registry.remember(session, request.clOrdId, { kind: "cancel" });
    this.#endCanceled(order, tsEvent, {
      clOrdId: request.clOrdId,
      origClOrdId: request.origClOrdId,
    });
  }

  /** Cancels every open order of a session, without being asked by it. */
  cancelAll(session: string, text: string, tsEvent: string): void {
    for (const order of this.registry.openOrders(session)) {
      this.#endCanceled(order, tsEvent, { text });
    }
  }

  /** `mass_cancel`: gives how many orders it ended. Its own id is free: it may be repeated. */
  massCancel(session: string, request: SimMassCancel, tsEvent: string): number {
    const { clOrdId: massCancelId, instrument, side } = request;
    const meant = this.registry
      .openOrders(session)
      .filter((order) => instrument === undefined || order.spec.instrument === instrument)
      .filter((order) => side === undefined || order.side === side);
    for (const order of meant) this.#endCanceled(order, tsEvent, { massCancelId });
    return meant.length;
  }

  /** `replace`. A new total that is not above the filled part ends the order as filled. */
  replace(session: string, request: SimReplace, tsEvent: string): void {
    const order = this.#workingOrder(session, request);
    if ("rejectCode" in order) {
      this.#refuseChange(session, request, "replace_rejected", order, tsEvent);
      return;
    }
    const refusal = this.#applyReplace(order, request, tsEvent);
    if (refusal !== undefined) {
      this.#refuseChange(session, request, "replace_rejected", refusal, tsEvent);
    }
  }

  /** Refuses a good request for a reason that is not in it. */
  reject(
    session: string,
    request: SimNewOrder | SimCancel | SimReplace,
    rejectCode: SimRejectCode,
    tsEvent: string,
  ): void {
    const refusal = refused(rejectCode, "refused by chance");
    if (request.type === "new_order") {
      const isKnown = this.registry.known(session, request.clOrdId) !== undefined;
      this.#refuseNew(session, request, refusal, tsEvent, !isKnown);
      return;
    }
    const execType = request.type === "cancel" ? "cancel_rejected" : "replace_rejected";
    this.#refuseChange(session, request, execType, refusal, tsEvent);
  }

  /** Books the fills that the recorded market gave to client orders. */
  applyTrades(listing: Listing, trades: readonly BookTrade[], tsEvent: string): void {
    for (const trade of trades) {
      if (trade.maker !== undefined) this.#fill(trade.maker, trade, "added", tsEvent);
      if (trade.taker !== undefined) this.#fill(trade.taker, trade, "removed", tsEvent);
      this.#sink.onClientMatch(listing, trade);
    }
  }

  /** A bust or a correction; gives why it is impossible. */
  amend(
    what: Pick<Amend, "order" | "execution" | "to" | "reopen">,
    tsEvent: string,
  ): string | undefined {
    const { order } = what;
    const listing = this.#options.listings.get(order.spec.instrument);
    if (listing === undefined) throw new Error("an order has a listed instrument");
    const { registry, positions } = this;
    const books = { registry, positions, book: listing.book, fees: this.#options.fees };
    const execId = this.#options.ids.execId();
    const outcome = amendExecution({ ...what, execId, tsEvent }, books);
    if (outcome.kind === "impossible") return outcome.text;
    this.#report(order, outcome.event);
    this.applyTrades(listing, outcome.trades, tsEvent);
    return undefined;
  }

  /** An open order of before the venue's restart works again, behind those that already do. */
  resume(order: VenueOrder, tsEvent: string): void {
    const listing = this.#options.listings.get(order.spec.instrument);
    if (listing === undefined) throw new Error("an order has a listed instrument");
    this.registry.open(order);
    if (!mayRest(order)) {
      this.#expire(order, tsEvent);
      return;
    }
    const outcome = listing.book.enter({
      orderId: order.orderId,
      side: order.side,
      price_ticks: order.price_ticks,
      qty_lots: leavesOf_lots(order),
      remainder: "rest",
      postOnly: false,
    });
    if (outcome.kind === "entered") this.applyTrades(listing, outcome.trades, tsEvent);
  }

  /** The venue was away, and the order's fills of before are counted again. */
  recount(order: VenueOrder): void {
    for (const execution of order.executions) {
      this.#executions += 1;
      const { qty_lots } = standingOf(execution);
      this.positions.add(order.session, order.spec, order.side, qty_lots);
    }
  }

  #enter(listing: Listing, order: VenueOrder, request: SimNewOrder, tsEvent: string): void {
    const outcome = listing.book.enter({
      orderId: order.orderId,
      side: order.side,
      price_ticks: order.price_ticks,
      qty_lots: order.order_lots,
      remainder: mayRest(order) ? "rest" : order.timeInForce === "fok" ? "fok" : "ioc",
      postOnly: order.postOnly,
    });
    if (outcome.kind === "would_cross") {
      const refusal = refused("post_only_would_cross", `price=${request.price ?? ""}`);
      this.#refuseNew(order.session, request, refusal, tsEvent, true);
      return;
    }
    this.registry.add(order);
    this.registry.open(order);
    this.#report(order, { execType: "new", execId: this.#options.ids.execId(), tsEvent });
    this.applyTrades(listing, outcome.trades, tsEvent);
    if (isWorking(order) && outcome.resting_lots === 0) this.#expire(order, tsEvent);
  }

  #expire(order: VenueOrder, tsEvent: string): void {
    order.status = "expired";
    this.registry.end(order, tsEvent);
    const text = "the remainder may not rest";
    this.#report(order, { execType: "expired", execId: this.#options.ids.execId(), text, tsEvent });
  }

  #applyReplace(order: VenueOrder, request: SimReplace, tsEvent: string): Refusal | undefined {
    if (this.registry.clOrdIds >= this.#options.clOrdIds_max) {
      return refused("venue_full", `${this.#options.clOrdIds_max} ids used`);
    }
    const listing = this.#options.listings.get(order.spec.instrument);
    if (listing === undefined) throw new Error("an order has a listed instrument");
    const { clOrdId: origClOrdId } = order;
    const outcome = replaceOrder(order, request, listing.book);
    if (outcome.kind === "refused") return outcome;
    if (outcome.isDone) this.registry.end(order, tsEvent);
    this.registry.remember(order.session, request.clOrdId, { kind: "order", order });
    this.#report(order, {
      execType: "replaced",
      origClOrdId,
      execId: this.#options.ids.execId(),
      tsEvent,
    });
    this.applyTrades(listing, outcome.trades, tsEvent);
    return undefined;
  }

  /** The order that a cancel or replace means, or why it means none that can be changed. */
  #workingOrder(session: string, request: SimCancel | SimReplace): VenueOrder | Refusal {
    if (this.registry.known(session, request.clOrdId) !== undefined) {
      return refused("duplicate_cl_ord_id", request.clOrdId);
    }
    const known = this.registry.known(session, request.origClOrdId);
    if (known === undefined || known.kind === "cancel") {
      return refused("unknown_order", request.origClOrdId);
    }
    if (known.kind === "refused") return refused("too_late", "order is rejected");
    if (isWorking(known.order)) return known.order;
    return refused("too_late", `order is ${known.order.status}`);
  }

  #endCanceled(
    order: VenueOrder,
    tsEvent: string,
    how: Pick<UnnumberedReport, "origClOrdId" | "text" | "massCancelId"> & {
      readonly clOrdId?: string;
    },
  ): void {
    const listing = this.#options.listings.get(order.spec.instrument);
    const rested = listing?.book.cancel(order.orderId) === true;
    if (!rested && leavesOf_lots(order) > 0) throw new Error("what is open rests in its book");
    order.status = "canceled";
    this.registry.end(order, tsEvent);
    const execId = this.#options.ids.execId();
    this.#report(order, { execType: "canceled", execId, tsEvent, ...how });
  }

  #fill(orderId: number, trade: BookTrade, liquidity: "added" | "removed", tsEvent: string): void {
    const order = this.registry.orders[orderId - 1];
    if (order === undefined || trade.qty_lots > leavesOf_lots(order)) {
      throw new Error("a fill is within the open quantity of a known order");
    }
    const { price_ticks, qty_lots } = trade;
    order.cum_lots += qty_lots;
    order.notional += BigInt(price_ticks) * BigInt(qty_lots);
    order.status = order.cum_lots === order.order_lots ? "filled" : "partially_filled";
    if (order.status === "filled") this.registry.end(order, tsEvent);
    const execId = this.#options.ids.execId();
    const { clOrdId, spec } = order;
    const facts = { execId, clOrdId, price_ticks, qty_lots, liquidity, tsEvent };
    const execution: VenueExecution = { ...facts, amendments: [] };
    order.executions.push(execution);
    this.#executions += 1;
    this.positions.add(order.session, spec, order.side, qty_lots);
    this.#report(order, {
      execType: "trade",
      execId,
      lastQty: formatOnGrid(qty_lots, spec.qtyDecimals),
      lastPx: formatOnGrid(price_ticks, spec.priceDecimals),
      lastLiquidityInd: liquidity,
      fee: feeOf(spec, this.#options.fees, { price_ticks, qty_lots, liquidity }),
      tsEvent,
    });
    this.#sink.onExecution(order, execution);
    if (isWorking(order) && leavesOf_lots(order) === 0) {
      this.#endCanceled(order, tsEvent, { text: "busted quantity is not given back" });
    }
  }

  /** Refuses a new order; if `isKept` it is remembered under its id. */
  #refuseNew(
    session: string,
    request: SimNewOrder,
    refusal: Refusal,
    tsEvent: string,
    isKept = false,
  ): void {
    const refusedOrder = { session, view: refusedView(request), endedAt_ns: tsEvent };
    if (isKept) this.registry.addRefused(refusedOrder);
    const report = refusalReport(request, refusal, { execId: this.#options.ids.execId(), tsEvent });
    const subject = isKept ? ({ kind: "refused", refusedOrder } as const) : nothing;
    this.#sink.onReport(session, report, subject);
  }

  #refuseChange(
    session: string,
    request: SimCancel | SimReplace,
    execType: "cancel_rejected" | "replace_rejected",
    refusal: Refusal,
    tsEvent: string,
  ): void {
    const known = this.registry.known(session, request.origClOrdId);
    const event = { execType, execId: this.#options.ids.execId(), tsEvent };
    if (known?.kind === "order") {
      const { clOrdId, origClOrdId } = request;
      const { rejectCode, text } = refusal;
      this.#report(known.order, { ...event, clOrdId, origClOrdId, rejectCode, text });
    } else {
      this.#sink.onReport(session, unknownOrderReport(request, refusal, event), nothing);
    }
  }

  #report(order: VenueOrder, event: Parameters<typeof reportOf>[1]): void {
    this.#sink.onReport(order.session, reportOf(order, event), { kind: "order", order });
  }
}
