/**
 * A venue in memory: its orders, its fills, its numbered reports. Its record is the truth that the
 * checkers compare with.
 *
 * Semantics are those of a strict exchange: ids are one space per session, an order answers to
 * every id of its chain, a remainder that may not rest expires, a total at or below what is filled
 * makes an order filled. It may also be as awkward as real ones: fills before acknowledgements,
 * fills that beat a cancel and are reported after it, executions reported twice.
 *
 * Owns: what is true. Never: knows a connection, loses a report.
 */
import type { InstrumentId, LegClOrdId, OrderId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { CancelLeg, PlaceLeg, ReplaceLeg, Side } from "../../protocols/venue.ts";
import type { VenueOrderView, VenueReport, VenueRequest } from "../../actors/venue/venue_link.ts";
import type { Faults } from "./faults.ts";
import type { Market } from "./market.ts";
import type { Prng } from "./prng.ts";

/** An accepted order as the venue has it. */
export interface PaperOrder {
  readonly orderId: OrderId;
  /** The id that placed it. */
  readonly root: LegClOrdId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly venueOrderId: string;
  readonly fills: { readonly qty_lots: Qty_lots; readonly price_ticks: Price_ticks }[];
  readonly postOnly: boolean;
  current: LegClOrdId;
  orderQty_lots: Qty_lots;
  price_ticks: Price_ticks | undefined;
  cumQty_lots: Qty_lots;
  status: VenueOrderView["ordStatus"];
  /** It traded after its end was reported without that trade. */
  contradicted: boolean;
}

/** What a venue stands on. */
export interface PaperVenueOptions {
  readonly id: VenueId;
  readonly market: Market;
  readonly faults: Faults;
  readonly prng: Prng;
  readonly now_ns: () => bigint;
  /** An order changed, or was reported on. */
  readonly onChange: (venue: VenueId, order: PaperOrder) => void;
}

type Known = PaperOrder | VenueOrderView | "cancel";
type Said = Omit<VenueReport, "execId" | "tsEvent" | "clOrdId"> & { readonly clOrdId?: LegClOrdId };

const isAccepted = (known: Known): known is PaperOrder => known !== "cancel" && "root" in known;

/** Whether an order can still trade. */
export const isWorking = ({ status }: PaperOrder): boolean =>
  status === "new" || status === "partially_filled";

/** One venue. */
export class PaperVenue {
  readonly reports: VenueReport[] = [];
  /** Called with each report as it is made; a connection sends it on. */
  onReport: (seq: number, report: VenueReport) => void = () => undefined;
  readonly #options: PaperVenueOptions;
  readonly #ids = new Map<LegClOrdId, Known>();
  readonly #orders: PaperOrder[] = [];
  #execIds = 0;
  #duplicates = 0;

  constructor(options: PaperVenueOptions) {
    this.#options = options;
  }

  orders(): readonly PaperOrder[] {
    return this.#orders;
  }

  reportCount(): number {
    return this.reports.length;
  }

  /** Requests to place an order under an id that was used before. */
  duplicates(): number {
    return this.#duplicates;
  }

  /** The order that goes, or went, by that id. */
  find(clOrdId: LegClOrdId): VenueOrderView | undefined {
    const known = this.#ids.get(clOrdId);
    if (known === undefined || known === "cancel") return undefined;
    if (!isAccepted(known)) return known;
    const { current, venueOrderId, status, orderQty_lots, price_ticks, cumQty_lots } = known;
    return {
      clOrdId: current,
      venueOrderId,
      ordStatus: status,
      orderQty_lots,
      ...(price_ticks === undefined ? {} : { price_ticks }),
      cumQty_lots,
    };
  }

  /** Carries out a request that has arrived. */
  receive(request: VenueRequest): void {
    switch (request.kind) {
      case "place":
        this.#place(request);
        return;
      case "replace":
        this.#replace(request);
        return;
      case "cancel":
        this.#cancel(request);
        return;
      default:
        request satisfies never;
    }
  }

  /** Something happens at the venue by itself: another's order trades, an operator cancels. */
  live(): void {
    const { prng, faults } = this.#options;
    const open = this.#orders.filter(isWorking);
    if (open.length === 0) return;
    const order = prng.pick(open);
    if (faults.strikes("venue_cancels")) this.#end(order, "canceled", { text: "by the venue" });
    else if (faults.strikes("venue_expires")) this.#end(order, "expired", { text: "day is over" });
    else this.#fill(order, this.#share(order), order.price_ticks ?? 1);
  }

  #place(request: PlaceLeg): void {
    const { faults, market, id } = this.#options;
    const { clOrdId, orderQty_lots, price_ticks, side, instrument } = request;
    if (this.#ids.has(clOrdId)) {
      this.#duplicates += 1;
      this.#refuse(request, "rejected", "duplicate id", { duplicateId: true, ended: true });
      return;
    }
    const touch_ticks = market.touch(id, instrument, side);
    const crosses = price_ticks === undefined || isMarketable(side, price_ticks, touch_ticks);
    const reject = request.postOnly === true && crosses;
    if (reject || faults.strikes("venue_rejects")) {
      const view = {
        clOrdId,
        venueOrderId: "NONE",
        ordStatus: "rejected",
        cumQty_lots: 0,
      } as const;
      this.#ids.set(clOrdId, { ...view, orderQty_lots });
      this.#refuse(request, "rejected", reject ? "would cross" : "not today", { ended: true });
      return;
    }
    const order: PaperOrder = {
      orderId: request.orderId,
      root: clOrdId,
      instrument,
      side,
      venueOrderId: `${id}-O${this.#orders.length + 1}`,
      fills: [],
      postOnly: request.postOnly === true,
      current: clOrdId,
      orderQty_lots,
      price_ticks,
      cumQty_lots: 0,
      status: "new",
      contradicted: false,
    };
    this.#orders.push(order);
    this.#ids.set(clOrdId, order);
    const acknowledge = (): void => {
      this.#report(order, { execType: "new", ...unfilled(order), ended: false });
    };
    const ackLate = crosses && faults.strikes("fill_before_ack");
    if (!ackLate) acknowledge();
    if (crosses) this.#take(order, request.timeInForce, touch_ticks);
    if (ackLate) acknowledge();
    const mayRest = request.timeInForce === "day" || request.timeInForce === "gtc";
    if (isWorking(order) && (!mayRest || price_ticks === undefined)) {
      this.#end(order, "expired", { text: "the remainder may not rest" });
    }
  }

  /** Trades a marketable order against what happens to be there. */
  #take(order: PaperOrder, timeInForce: PlaceLeg["timeInForce"], price_ticks: Price_ticks): void {
    const { prng } = this.#options;
    const leaves = order.orderQty_lots - order.cumQty_lots;
    const there = prng.chance(0.5) ? leaves : prng.below(leaves + 1);
    if (timeInForce === "fok" && there < leaves) return;
    let rest = there;
    while (rest > 0 && isWorking(order)) {
      const part = prng.chance(0.6) ? rest : prng.between(1, rest);
      this.#fill(order, part, price_ticks);
      rest -= part;
    }
  }

  #replace(request: ReplaceLeg): void {
    const { faults, market, id } = this.#options;
    const { clOrdId, origClOrdId, orderQty_lots, price_ticks } = request;
    const order = this.#workingOrder(request, "replace_rejected");
    if (order === undefined) return;
    const touch_ticks = market.touch(id, order.instrument, order.side);
    const crosses = price_ticks !== undefined && isMarketable(order.side, price_ticks, touch_ticks);
    if ((order.postOnly && crosses) || faults.strikes("venue_rejects_change")) {
      this.#refuse(request, "replace_rejected", "not changed", {}, order);
      return;
    }
    this.#ids.set(clOrdId, order);
    order.current = clOrdId;
    order.price_ticks = price_ticks ?? order.price_ticks;
    const isDone = orderQty_lots <= order.cumQty_lots;
    order.orderQty_lots = isDone ? order.cumQty_lots : orderQty_lots;
    if (isDone) order.status = "filled";
    this.#report(order, { execType: "replaced", origClOrdId, ...figures(order), ended: isDone });
    if (!isDone && crosses) this.#take(order, "day", touch_ticks);
  }

  #cancel(request: CancelLeg): void {
    const { faults } = this.#options;
    const { clOrdId, origClOrdId } = request;
    const order = this.#workingOrder(request, "cancel_rejected");
    if (order === undefined) return;
    if (faults.strikes("venue_rejects_change")) {
      this.#refuse(request, "cancel_rejected", "too late", {}, order);
      return;
    }
    this.#ids.set(clOrdId, "cancel");
    if (faults.strikes("fill_beats_cancel")) {
      // Executed first, reported last: the cancel's report already counts it.
      const qty_lots = this.#share(order);
      const price_ticks = order.price_ticks ?? 1;
      order.fills.push({ qty_lots, price_ticks });
      order.cumQty_lots += qty_lots;
      const isAll = order.cumQty_lots === order.orderQty_lots;
      this.#end(order, "canceled", { clOrdId, origClOrdId });
      if (isAll) order.status = "filled";
      this.#tell(order, qty_lots, price_ticks);
      return;
    }
    const isLate = faults.strikes("late_fill");
    this.#end(order, "canceled", { clOrdId, origClOrdId });
    if (!isLate) return;
    order.contradicted = true;
    this.#fill(order, this.#share(order), order.price_ticks ?? 1);
  }

  /** The order that a change is for; undefined after it was refused. */
  #workingOrder(
    request: CancelLeg | ReplaceLeg,
    refusal: "cancel_rejected" | "replace_rejected",
  ): PaperOrder | undefined {
    const known = this.#ids.get(request.origClOrdId);
    const order = known !== undefined && isAccepted(known) ? known : undefined;
    if (this.#ids.has(request.clOrdId)) {
      this.#duplicates += 1;
      this.#refuse(request, refusal, "duplicate id", { duplicateId: true }, order);
      return undefined;
    }
    if (order === undefined || !isWorking(order)) {
      this.#refuse(request, refusal, order === undefined ? "unknown" : "too late", {}, order);
      return undefined;
    }
    return order;
  }

  /** An edge-biased part of what is open. */
  #share({ orderQty_lots, cumQty_lots }: PaperOrder): Qty_lots {
    const { prng } = this.#options;
    const leaves = orderQty_lots - cumQty_lots;
    return prng.pick([1, leaves, leaves, Math.max(1, leaves - 1), prng.between(1, leaves)]);
  }

  #fill(order: PaperOrder, qty_lots: Qty_lots, price_ticks: Price_ticks): void {
    order.fills.push({ qty_lots, price_ticks });
    order.cumQty_lots += qty_lots;
    const isAll = order.cumQty_lots >= order.orderQty_lots;
    if (isAll) order.status = "filled";
    else if (isWorking(order)) order.status = "partially_filled";
    this.#tell(order, qty_lots, price_ticks);
  }

  /** Reports a fill, by some venues twice. */
  #tell(order: PaperOrder, qty_lots: Qty_lots, price_ticks: Price_ticks): void {
    const { prng, faults } = this.#options;
    this.#execIds += 1;
    const said: Said = {
      execType: "trade",
      ...figures(order),
      lastQty_lots: qty_lots,
      lastPx_ticks: price_ticks,
      ...(prng.chance(0.5) ? { fee: { amount: "0.01", currency: "USD" } } : {}),
      ended: !isWorking(order),
    };
    // Ids are per order here: the first fill of every order is `F1`.
    const execId = `F${order.fills.length}`;
    this.#report(order, said, execId);
    if (faults.strikes("execution_repeated")) this.#report(order, said, execId);
  }

  #end(
    order: PaperOrder,
    status: "canceled" | "expired",
    how: { readonly clOrdId?: LegClOrdId; readonly origClOrdId?: LegClOrdId; text?: string },
  ): void {
    order.status = status;
    this.#report(order, { execType: status, ...how, ...figures(order), ended: true });
  }

  #refuse(
    request: VenueRequest,
    execType: "rejected" | "cancel_rejected" | "replace_rejected",
    text: string,
    more: { readonly duplicateId?: true; readonly ended?: boolean },
    order?: PaperOrder,
  ): void {
    const { clOrdId } = request;
    const orig = request.kind === "place" ? {} : { origClOrdId: request.origClOrdId };
    const code = "VENUE_REJECTED" as const;
    const ended = order !== undefined && !isWorking(order);
    const known = order === undefined ? { cumQty_lots: 0 } : figures(order);
    this.#report(order, { execType, clOrdId, ...orig, ...known, code, text, ended, ...more });
  }

  #report(order: PaperOrder | undefined, said: Said, execId?: string): void {
    const { id, now_ns, onChange } = this.#options;
    this.#execIds += 1;
    const clOrdId = said.clOrdId ?? order?.current;
    if (clOrdId === undefined) throw new Error("a report is about a request or an order");
    const report: VenueReport = {
      ...said,
      clOrdId,
      ...(order === undefined ? {} : { venueOrderId: order.venueOrderId }),
      execId: execId ?? `${id}-E${this.#execIds}`,
      tsEvent: toNanos(now_ns()),
    };
    this.reports.push(report);
    if (order !== undefined) onChange(id, order);
    this.onReport(this.reports.length, report);
  }
}

const isMarketable = (side: Side, price_ticks: Price_ticks, touch_ticks: Price_ticks): boolean =>
  side === "buy" ? price_ticks >= touch_ticks : price_ticks <= touch_ticks;

const figures = (order: PaperOrder) => ({
  cumQty_lots: order.cumQty_lots,
  orderQty_lots: order.orderQty_lots,
  ...(order.price_ticks === undefined ? {} : { price_ticks: order.price_ticks }),
});

const unfilled = (order: PaperOrder) => ({ ...figures(order), cumQty_lots: 0 });
