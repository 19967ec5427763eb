/**
 * A venue in memory: its orders, its fills, its numbered reports. Its record is the truth that the
 * checkers compare with.
 *
 * Semantics are those of a strict exchange: ids are one space per session, an order answers to
 * every id of its chain, a remainder that may not rest expires, a total at or below what is filled
 * makes an order filled. It may also be as awkward as real ones: fills before acknowledgements,
 * fills that beat a cancel and are reported after it, executions reported twice, ids of executions
 * used again. What it does by itself is `paper_life.ts`.
 *
 * Owns: what is true. Never: knows a connection.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { CancelLeg, PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import type { VenueOrderView, VenueReport, VenueRequest } from "../../actors/venue/venue_link.ts";
import { PaperExecIds } from "./paper_exec_ids.ts";
import type { PaperLimits } from "./paper_limits.ts";
import { PaperLog } from "./paper_log.ts";
import {
  figures,
  isMarketable,
  isTrading,
  isWorking,
  mayBeUnreadable,
  unfilled,
  viewOf,
} from "./paper_order.ts";
import type { PaperOrder } from "./paper_order.ts";
import type { SpellKind } from "./paper_spells.ts";
import { swallow } from "./paper_swallow.ts";
import type { PaperVenueOptions } from "./paper_venue_options.ts";

type Known = PaperOrder | VenueOrderView | "cancel";

/** What a report says; the rest is filled in where it is made. */
export type Said = Omit<VenueReport, "execId" | "tsEvent" | "clOrdId"> & {
  readonly clOrdId?: LegClOrdId;
};

const isAccepted = (known: Known): known is PaperOrder => known !== "cancel" && "root" in known;

/** One venue. */
export class PaperVenue {
  readonly log = new PaperLog();
  readonly options: PaperVenueOptions;
  /** Called with the number of each report as it is made; a connection sends it on. */
  onReport: (seq: number) => void = () => undefined;
  readonly #ids = new Map<LegClOrdId, Known>();
  readonly #orders: PaperOrder[] = [];
  readonly execIds: PaperExecIds;
  #duplicates = 0;
  #unsupported = 0;

  constructor(options: PaperVenueOptions) {
    this.options = options;
    this.execIds = new PaperExecIds(options.id, options.execIdsPerOrder);
  }

  get limits(): PaperLimits | undefined {
    return this.options.limits;
  }

  /** Whether it has a bad spell of that kind now. */
  hasSpell(kind: SpellKind): boolean {
    return this.options.spells?.until_us(kind) !== undefined;
  }

  orders(): readonly PaperOrder[] {
    return this.#orders;
  }

  /** Requests to place an order under an id that was used before. */
  duplicates(): number {
    return this.#duplicates;
  }

  /** Requests of a kind that the venue does not have. */
  unsupported(): number {
    return this.#unsupported;
  }

  /** The order that goes, or went, by that id. */
  find(clOrdId: LegClOrdId): VenueOrderView | undefined {
    const known = this.#ids.get(clOrdId);
    if (known === undefined || known === "cancel") return undefined;
    return isAccepted(known) ? viewOf(known) : known;
  }

  /** The executions that the venue keeps of the order that goes by that id. */
  executions(clOrdId: LegClOrdId, afterSeq: number): readonly VenueReport[] {
    const known = this.#ids.get(clOrdId);
    const isOrder = known !== undefined && isAccepted(known);
    if (!isOrder) return [];
    const late = this.log.swallowed(known.root, this.options.now_ns());
    return [...this.log.executions(known.root, afterSeq), ...late];
  }

  /** The venue began anew: numbers and ids of executions do too; some orders may be gone. */
  restart(durableSeq: number, forgets: (order: PaperOrder) => boolean): void {
    this.#markLost(this.log.restart(durableSeq));
    this.execIds.restart();
    for (const order of this.#orders) {
      if (!isWorking(order) || !forgets(order)) continue;
      order.status = "canceled";
      order.lost = true;
      for (const [id, known] of this.#ids) if (known === order) this.#ids.delete(id);
    }
  }

  /** No execution so far can be had by asking for it. */
  dropExecutions(): void {
    const untold = this.log.forgetExecutions();
    for (const order of this.#orders) {
      if (isWorking(order) || untold.has(order.root)) order.lost = true;
    }
  }

  /** Old reports are dropped, perhaps some that nobody has heard. */
  dropReports(throughSeq: number, durableSeq: number): void {
    this.#markLost(this.log.drop(throughSeq, durableSeq));
  }

  #markLost(lost: ReturnType<PaperLog["drop"]>): void {
    const untold = lost.filter((logged) => !this.log.isRecorded(logged));
    const roots = new Set(untold.map(({ root }) => root));
    for (const order of this.#orders) if (roots.has(order.root)) order.lost = true;
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

  #place(request: PlaceLeg): void {
    const { faults, market, id } = this.options;
    const { clOrdId, orderQty_lots, price_ticks, side, instrument } = request;
    if (this.#ids.has(clOrdId)) {
      this.#duplicates += 1;
      this.#refuse(request, "rejected", "duplicate id", { duplicateId: true, ended: true });
      return;
    }
    const touch_ticks = market.touch(id, instrument, side);
    const crosses = price_ticks === undefined || isMarketable(side, price_ticks, touch_ticks);
    const reject = request.postOnly === true && crosses;
    if (reject || this.hasSpell("rejects") || faults.strikes("venue_rejects")) {
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
      timeInForce: request.timeInForce,
      venueOrderId: `${id}-O${this.#orders.length + 1}`,
      fills: [],
      postOnly: request.postOnly === true,
      current: clOrdId,
      orderQty_lots,
      price_ticks,
      cumQty_lots: 0,
      status: "new",
      contradicted: false,
      amended: false,
    };
    this.#orders.push(order);
    this.#ids.set(clOrdId, order);
    const acknowledge = (): void => {
      this.say(order, { execType: "new", ...unfilled(order), ended: false });
    };
    const ackLate = crosses && faults.strikes("fill_before_ack");
    if (!ackLate) acknowledge();
    if (crosses) this.#take(order, request.timeInForce, touch_ticks);
    if (ackLate) acknowledge();
    const mayRest = request.timeInForce === "day" || request.timeInForce === "gtc";
    if (isWorking(order) && (!mayRest || price_ticks === undefined)) {
      this.end(order, "expired", { text: "the remainder may not rest" });
    }
  }

  /** Trades a marketable order against what happens to be there. */
  #take(order: PaperOrder, timeInForce: PlaceLeg["timeInForce"], price_ticks: Price_ticks): void {
    const { prng } = this.options;
    const leaves = order.orderQty_lots - order.cumQty_lots;
    const there = prng.chance(0.5) ? leaves : prng.below(leaves + 1);
    if (timeInForce === "fok" && there < leaves) return;
    let rest = there;
    while (rest > 0 && isWorking(order)) {
      const part = prng.chance(0.6) ? rest : prng.between(1, rest);
      this.fill(order, part, price_ticks);
      rest -= part;
    }
  }

  #replace(request: ReplaceLeg): void {
    const { faults, market, id, replace } = this.options;
    const { clOrdId, origClOrdId, orderQty_lots, price_ticks } = request;
    if (replace === "cancel_replace") {
      this.#unsupported += 1;
      this.#refuse(request, "replace_rejected", "not here", {});
      return;
    }
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
    this.say(order, { execType: "replaced", origClOrdId, ...figures(order), ended: isDone });
    if (isTrading(order) && crosses) this.#take(order, "day", touch_ticks);
  }

  #cancel(request: CancelLeg): void {
    const { faults } = this.options;
    const { clOrdId, origClOrdId } = request;
    const order = this.#workingOrder(request, "cancel_rejected");
    if (order === undefined) return;
    if (faults.strikes("venue_rejects_change")) {
      this.#refuse(request, "cancel_rejected", "too late", {}, order);
      return;
    }
    this.#ids.set(clOrdId, "cancel");
    order.endedBy = clOrdId;
    const price_ticks = order.price_ticks ?? 1;
    if (faults.strikes("fill_beats_cancel")) {
      // Executed first, reported last: the cancel's report already counts it.
      const qty_lots = this.share(order);
      const execId = this.book(order, qty_lots, price_ticks);
      const isAll = order.cumQty_lots === order.orderQty_lots;
      this.end(order, "canceled", { clOrdId, origClOrdId });
      if (isAll) order.status = "filled";
      this.#tell(order, qty_lots, price_ticks, execId);
      return;
    }
    const isLate = faults.strikes("late_fill");
    const qty_lots = this.share(order);
    this.end(order, "canceled", { clOrdId, origClOrdId });
    if (!isLate) return;
    order.contradicted = true;
    this.fill(order, qty_lots, price_ticks);
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
  share({ orderQty_lots, cumQty_lots }: PaperOrder): Qty_lots {
    const { prng } = this.options;
    const leaves = orderQty_lots - cumQty_lots;
    return prng.pick([1, leaves, leaves, Math.max(1, leaves - 1), prng.between(1, leaves)]);
  }

  /** An order trades. */
  fill(order: PaperOrder, all_lots: Qty_lots, price_ticks: Price_ticks): void {
    const { faults, prng } = this.options;
    const isPart = all_lots > 1 && faults.strikes("execution_swallowed");
    const part = isPart ? prng.between(1, all_lots - 1) : 0;
    if (part > 0) swallow(this, order, part, price_ticks);
    const qty_lots = all_lots - part;
    const execId = this.book(order, qty_lots, price_ticks);
    const isAll = order.cumQty_lots >= order.orderQty_lots;
    if (isAll) order.status = "filled";
    else if (isWorking(order)) order.status = "partially_filled";
    if (isAll) delete order.halted;
    this.#tell(order, qty_lots, price_ticks, execId);
  }

  /** Counts a fill; gives its id. */
  book(order: PaperOrder, qty_lots: Qty_lots, price_ticks: Price_ticks): string {
    order.cumQty_lots += qty_lots;
    const { cumQty_lots: to_lots } = order;
    const from_lots = to_lots - qty_lots;
    const execId = this.execIds.ofExecution(order, from_lots, to_lots);
    order.fills.push({ execIds: [execId], qty_lots, price_ticks, from_lots, to_lots });
    return execId;
  }

  /** Reports a fill, by some venues twice. */
  #tell(order: PaperOrder, qty_lots: Qty_lots, price_ticks: Price_ticks, execId: string): void {
    const { prng, faults } = this.options;
    const said: Said = {
      execType: "trade",
      ...figures(order),
      lastQty_lots: qty_lots,
      lastPx_ticks: price_ticks,
      ...(prng.chance(0.5) ? { fee: { amount: "0.01", currency: "USD" } } : {}),
      ended: !isWorking(order),
    };
    this.say(order, said, execId);
    if (faults.strikes("execution_repeated")) this.say(order, said, execId);
  }

  /** An order ends otherwise than by trading. */
  end(
    order: PaperOrder,
    status: "canceled" | "expired",
    how: { readonly clOrdId?: LegClOrdId; readonly origClOrdId?: LegClOrdId; text?: string },
    execType: "canceled" | "expired" | "done_for_day" = status,
  ): void {
    order.status = status;
    delete order.halted;
    this.say(order, { execType, ...how, ...figures(order), ended: true });
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
    this.say(order, { execType, clOrdId, ...orig, ...known, code, text, ended, ...more });
  }

  /** Reports on an order, or the refusal of one; `tsEvent` of what happened earlier. */
  say(order: PaperOrder | undefined, said: Said, execId?: string, tsEvent?: Nanos): void {
    const { id, now_ns, onChange, faults } = this.options;
    const clOrdId = said.clOrdId ?? order?.current;
    if (clOrdId === undefined) throw new Error("a report is about a request or an order");
    const report: VenueReport = {
      ...said,
      clOrdId,
      ...(order === undefined ? {} : { venueOrderId: order.venueOrderId }),
      execId: execId ?? this.execIds.ofReport(),
      tsEvent: tsEvent ?? toNanos(now_ns()),
    };
    const isUnreadable = mayBeUnreadable.has(said.execType) && faults.strikes("report_unreadable");
    const seq = this.log.add({ report, root: order?.root, isUnreadable });
    if (order !== undefined) onChange(id, order);
    this.onReport(seq);
  }
}
