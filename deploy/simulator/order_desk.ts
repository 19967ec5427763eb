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
import type { SimCancel, SimNewOrder, SimOrderView, SimReplace } from "../../protocols/sim_wire.ts";
import { formatOnGrid } from "./decimal_grid.ts";
import { feeOf } from "./fees.ts";
import type { FeeSchedule } from "./fees.ts";
import type { InstrumentSpec } from "./instrument_spec.ts";
import type { BookTrade, MatchingBook } from "./matching_book.ts";
import { checkNewOrder, checkNumbers, refused } from "./order_check.ts";
import type { Refusal } from "./order_check.ts";
import { refusalReport, refusedView, unknownOrderReport } from "./refused_order.ts";
import type { RefusedOrder } from "./refused_order.ts";
import { isWorking, leavesOf_lots, reportOf, viewOf } from "./venue_order.ts";
import type { UnnumberedReport, VenueOrder } from "./venue_order.ts";

/** An instrument that the venue lists, with its book. */
export interface Listing {
  readonly spec: InstrumentSpec;
  readonly book: MatchingBook;
}

/** What the desk needs to know. */
export interface OrderDeskOptions {
  readonly venue: string;
  /** Part of every id that the venue makes, so that a restarted venue repeats none. */
  readonly incarnation: string;
  readonly listings: ReadonlyMap<string, Listing>;
  readonly fees: FeeSchedule;
  /** Most ids that are remembered; then new orders and replaces are refused as `venue_full`. */
  readonly clOrdIds_max: number;
}

/** Told everything that the desk does. */
export interface OrderDeskSink {
  onReport(session: string, report: UnnumberedReport): void;
  /** A client order took liquidity, or gave it to another. */
  onClientMatch(listing: Listing, trade: BookTrade): void;
}

type KnownId =
  | { readonly kind: "order"; readonly order: VenueOrder }
  | { readonly kind: "refused"; readonly refusedOrder: RefusedOrder }
  | { readonly kind: "cancel" };

interface SessionOrders {
  readonly ids: Map<string, KnownId>;
  readonly open: Map<number, VenueOrder>;
}

/** All orders of one venue. */
export class OrderDesk {
  readonly #options: OrderDeskOptions;
  readonly #sink: OrderDeskSink;
  readonly #sessions = new Map<string, SessionOrders>();
  readonly #orders: VenueOrder[] = [];
  readonly #refused: RefusedOrder[] = [];
  #executions = 0;
  #execIds = 0;
  #clOrdIds = 0;

  constructor(options: OrderDeskOptions, sink: OrderDeskSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** Every accepted order, oldest first. */
  get orders(): readonly VenueOrder[] {
    return this.#orders;
  }

  /** Every refused new order that is remembered, oldest first. */
  get refusedOrders(): readonly RefusedOrder[] {
    return this.#refused;
  }

  /** Fills so far, both sides counted. */
  get executions(): number {
    return this.#executions;
  }

  /** Open orders of all sessions. */
  get openCount(): number {
    return [...this.#sessions.values()].reduce((sum, { open }) => sum + open.size, 0);
  }

  /** A session's open orders, oldest first. */
  openOrders(session: string): SimOrderView[] {
    return [...this.#session(session).open.values()].map(viewOf);
  }

  /** The order that goes, or went, by that id. */
  find(session: string, clOrdId: string): SimOrderView | undefined {
    const known = this.#session(session).ids.get(clOrdId);
    if (known?.kind === "order") return viewOf(known.order);
    return known?.kind === "refused" ? known.refusedOrder.view : undefined;
  }

  /** `new_order`. */
  newOrder(session: string, request: SimNewOrder, tsEvent: string): void {
    const { ids } = this.#session(session);
    const listing = this.#options.listings.get(request.instrument);
    if (ids.has(request.clOrdId)) {
      const refusal = refused("duplicate_cl_ord_id", request.clOrdId);
      this.#refuseNew(session, request, refusal, tsEvent);
      return;
    }
    if (this.#clOrdIds >= this.#options.clOrdIds_max) {
      const refusal = refused("venue_full", `${this.#options.clOrdIds_max} ids used`);
      this.#refuseNew(session, request, refusal, tsEvent);
      return;
    }
    const checked = checkNewOrder(request, listing?.spec);
    if (checked.kind === "refused" || listing === undefined) {
      const refusal =
        checked.kind === "refused" ? checked : refused("unknown_instrument", request.instrument);
      this.#refuseNew(session, request, refusal, tsEvent, ids);
      return;
    }
    const order: VenueOrder = {
      orderId: this.#orders.length + 1,
      session,
      venueOrderId: this.#id("O", this.#orders.length + 1),
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
    this.#remember(session, request.clOrdId, { kind: "cancel" });
    this.#endCanceled(order, tsEvent, {
      clOrdId: request.clOrdId,
      origClOrdId: request.origClOrdId,
    });
  }

  /** Cancels every open order of a session, without being asked by it. */
  cancelAll(session: string, text: string, tsEvent: string): void {
    for (const order of Array.from(this.#session(session).open.values())) {
      this.#endCanceled(order, tsEvent, { text });
    }
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

  /** Books the fills that the recorded market gave to client orders. */
  applyTrades(listing: Listing, trades: readonly BookTrade[], tsEvent: string): void {
    for (const trade of trades) {
      if (trade.maker !== undefined) this.#fill(trade.maker, trade, "added", tsEvent);
      if (trade.taker !== undefined) this.#fill(trade.taker, trade, "removed", tsEvent);
      this.#sink.onClientMatch(listing, trade);
    }
  }

  #enter(listing: Listing, order: VenueOrder, request: SimNewOrder, tsEvent: string): void {
    const mayRest = order.timeInForce === "day" || order.timeInForce === "gtc";
    const outcome = listing.book.enter({
      orderId: order.orderId,
      side: order.side,
      price_ticks: order.price_ticks,
      qty_lots: order.order_lots,
      remainder: mayRest ? "rest" : order.timeInForce === "fok" ? "fok" : "ioc",
      postOnly: order.postOnly,
    });
    const { ids, open } = this.#session(order.session);
    if (outcome.kind === "would_cross") {
      const refusal = refused("post_only_would_cross", `price=${request.price ?? ""}`);
      this.#refuseNew(order.session, request, refusal, tsEvent, ids);
      return;
    }
    this.#orders.push(order);
    this.#remember(order.session, order.clOrdId, { kind: "order", order });
    open.set(order.orderId, order);
    this.#report(order, { execType: "new", execId: this.#execId(), tsEvent });
    this.applyTrades(listing, outcome.trades, tsEvent);
    if (isWorking(order) && outcome.resting_lots === 0) {
      order.status = "expired";
      open.delete(order.orderId);
      const text = "the remainder may not rest";
      this.#report(order, { execType: "expired", execId: this.#execId(), text, tsEvent });
    }
  }

  #applyReplace(order: VenueOrder, request: SimReplace, tsEvent: string): Refusal | undefined {
    if (this.#clOrdIds >= this.#options.clOrdIds_max) {
      return refused("venue_full", `${this.#options.clOrdIds_max} ids used`);
    }
    const checked = checkNumbers(order.spec, request.orderQty, request.price);
    if (checked.kind === "refused") return checked;
    const listing = this.#options.listings.get(order.spec.instrument);
    if (listing === undefined || checked.price_ticks === undefined) {
      throw new Error("a working order has a listed instrument, a checked replace a price");
    }
    const isDone = checked.qty_lots <= order.cum_lots;
    let trades: readonly BookTrade[] = [];
    if (isDone) {
      listing.book.cancel(order.orderId);
      order.status = "filled";
      this.#session(order.session).open.delete(order.orderId);
    } else {
      const leaves_lots = checked.qty_lots - order.cum_lots;
      const { price_ticks } = checked;
      const outcome = listing.book.replace(order.orderId, price_ticks, leaves_lots, order.postOnly);
      if (outcome.kind === "would_cross") {
        return refused("post_only_would_cross", `price=${request.price}`);
      }
      trades = outcome.trades;
    }
    order.order_lots = isDone ? order.cum_lots : checked.qty_lots;
    order.price_ticks = checked.price_ticks;
    order.origClOrdId = order.clOrdId;
    order.clOrdId = request.clOrdId;
    this.#remember(order.session, request.clOrdId, { kind: "order", order });
    const { origClOrdId } = order;
    this.#report(order, { execType: "replaced", origClOrdId, execId: this.#execId(), tsEvent });
    this.applyTrades(listing, trades, tsEvent);
    return undefined;
  }

  /** The order that a cancel or replace means, or why it means none that can be changed. */
  #workingOrder(session: string, request: SimCancel | SimReplace): VenueOrder | Refusal {
    const { ids } = this.#session(session);
    if (ids.has(request.clOrdId)) return refused("duplicate_cl_ord_id", request.clOrdId);
    const known = ids.get(request.origClOrdId);
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
    how: Pick<UnnumberedReport, "origClOrdId" | "text"> & { readonly clOrdId?: string },
  ): void {
    const listing = this.#options.listings.get(order.spec.instrument);
    if (listing?.book.cancel(order.orderId) !== true) {
      throw new Error("a working order rests in its book");
    }
    order.status = "canceled";
    this.#session(order.session).open.delete(order.orderId);
    this.#report(order, { execType: "canceled", execId: this.#execId(), tsEvent, ...how });
  }

  #fill(orderId: number, trade: BookTrade, liquidity: "added" | "removed", tsEvent: string): void {
    const order = this.#orders[orderId - 1];
    if (order === undefined || trade.qty_lots > leavesOf_lots(order)) {
      throw new Error("a fill is within the open quantity of a known order");
    }
    const { price_ticks, qty_lots } = trade;
    order.cum_lots += qty_lots;
    order.notional += BigInt(price_ticks) * BigInt(qty_lots);
    order.status = order.cum_lots === order.order_lots ? "filled" : "partially_filled";
    if (order.status === "filled") this.#session(order.session).open.delete(orderId);
    const execId = this.#execId();
    const { clOrdId, spec } = order;
    order.executions.push({ execId, clOrdId, price_ticks, qty_lots, liquidity, tsEvent });
    this.#executions += 1;
    this.#report(order, {
      execType: "trade",
      execId,
      lastQty: formatOnGrid(qty_lots, spec.qtyDecimals),
      lastPx: formatOnGrid(price_ticks, spec.priceDecimals),
      lastLiquidityInd: liquidity,
      fee: feeOf(spec, this.#options.fees, { price_ticks, qty_lots, liquidity }),
      tsEvent,
    });
  }

  /** Refuses a new order; with `ids` given it is remembered under its id. */
  #refuseNew(
    session: string,
    request: SimNewOrder,
    refusal: Refusal,
    tsEvent: string,
    ids?: Map<string, KnownId>,
  ): void {
    if (ids !== undefined) {
      const refusedOrder = { session, view: refusedView(request) };
      this.#refused.push(refusedOrder);
      this.#remember(session, request.clOrdId, { kind: "refused", refusedOrder });
    }
    const report = refusalReport(request, refusal, { execId: this.#execId(), tsEvent });
    this.#sink.onReport(session, report);
  }

  #refuseChange(
    session: string,
    request: SimCancel | SimReplace,
    execType: "cancel_rejected" | "replace_rejected",
    refusal: Refusal,
    tsEvent: string,
  ): void {
    const known = this.#session(session).ids.get(request.origClOrdId);
    const event = { execType, execId: this.#execId(), tsEvent };
    if (known?.kind === "order") {
      const { clOrdId, origClOrdId } = request;
      const { rejectCode, text } = refusal;
      this.#report(known.order, { ...event, clOrdId, origClOrdId, rejectCode, text });
    } else {
      this.#sink.onReport(session, unknownOrderReport(request, refusal, event));
    }
  }

  #report(order: VenueOrder, event: Parameters<typeof reportOf>[1]): void {
    this.#sink.onReport(order.session, reportOf(order, event));
  }

  #remember(session: string, clOrdId: string, known: KnownId): void {
    this.#session(session).ids.set(clOrdId, known);
    this.#clOrdIds += 1;
  }

  #session(name: string): SessionOrders {
    const existing = this.#sessions.get(name);
    if (existing !== undefined) return existing;
    const session: SessionOrders = { ids: new Map(), open: new Map() };
    this.#sessions.set(name, session);
    return session;
  }

  #execId(): string {
    this.#execIds += 1;
    return this.#id("E", this.#execIds);
  }

  #id(letter: "O" | "E", number: number): string {
    return `${this.#options.venue}-${this.#options.incarnation}-${letter}${number}`;
  }
}
