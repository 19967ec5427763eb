/**
 * Which orders and ids the venue knows: by session, by id, open and ended, refused ones too.
 *
 * Owns: the id space of each session (orders, cancels and replaces share it), the list of open
 * orders, and in which order they ended.
 * Never: changes an order.
 */
import type { SimOrderView } from "../../protocols/sim_wire.ts";
import type { RefusedOrder } from "./refused_order.ts";
import { isWorking, viewOf } from "./venue_order.ts";
import type { VenueOrder } from "./venue_order.ts";

/** What an id stands for. */
export type KnownId =
  | { readonly kind: "order"; readonly order: VenueOrder }
  | { readonly kind: "refused"; readonly refusedOrder: RefusedOrder }
  | { readonly kind: "cancel" };

/** Up to where the past is known. Absent: without limit. */
export interface HistoryWindow {
  /** Orders that ended before this wall time, in ns since the epoch, are forgotten. */
  readonly since_ns?: bigint;
  /** Of a session's ended orders the newest that many are known. */
  readonly orders?: number;
}

interface SessionOrders {
  readonly ids: Map<string, KnownId>;
  readonly open: Map<number, VenueOrder>;
  ended: number;
}

/** All orders of one venue. */
export class OrderRegistry {
  readonly #sessions = new Map<string, SessionOrders>();
  readonly #orders: VenueOrder[] = [];
  readonly #refused: RefusedOrder[] = [];
  #clOrdIds = 0;

  /** Every accepted order, oldest first; its number is its place plus one. */
  get orders(): readonly VenueOrder[] {
    return this.#orders;
  }

  /** Every refused new order that is remembered, oldest first. */
  get refusedOrders(): readonly RefusedOrder[] {
    return this.#refused;
  }

  /** Ids remembered, of all sessions. */
  get clOrdIds(): number {
    return this.#clOrdIds;
  }

  /** Open orders of all sessions. */
  get openCount(): number {
    return [...this.#sessions.values()].reduce((sum, { open }) => sum + open.size, 0);
  }

  /** Takes up the orders and ids of before a restart; open orders are not open yet. */
  takeUp(
    orders: readonly VenueOrder[],
    ids: readonly { session: string; clOrdId: string; known: KnownId }[],
  ): void {
    this.#orders.push(...orders);
    const ended: { session: string; endedAt_ns?: string; endNo?: number }[] = [];
    for (const { session, clOrdId, known } of ids) {
      this.remember(session, clOrdId, known);
      if (known.kind !== "refused") continue;
      this.#refused.push(known.refusedOrder);
      ended.push(known.refusedOrder);
    }
    ended.push(...orders.filter((order) => !isWorking(order)));
    ended.sort((a, b) => Number(BigInt(a.endedAt_ns ?? "0") - BigInt(b.endedAt_ns ?? "0")));
    for (const one of ended) one.endNo = this.#session(one.session).ended += 1;
  }

  /** Takes an accepted order in, under its id. */
  add(order: VenueOrder): void {
    this.#orders.push(order);
    this.remember(order.session, order.clOrdId, { kind: "order", order });
  }

  /** Takes a refused order in, under its id. */
  addRefused(refusedOrder: RefusedOrder): void {
    this.#refused.push(refusedOrder);
    const { session, view } = refusedOrder;
    this.remember(session, view.clOrdId, { kind: "refused", refusedOrder });
    refusedOrder.endNo = this.#session(session).ended += 1;
  }

  /** An id of the session stands for this from now on. */
  remember(session: string, clOrdId: string, known: KnownId): void {
    this.#session(session).ids.set(clOrdId, known);
    this.#clOrdIds += 1;
  }

  /** What the session's id stands for. */
  known(session: string, clOrdId: string): KnownId | undefined {
    return this.#session(session).ids.get(clOrdId);
  }

  /** The order works from now on. */
  open(order: VenueOrder): void {
    this.#session(order.session).open.set(order.orderId, order);
  }

  /** The order has ended. */
  end(order: VenueOrder, tsEvent: string): void {
    const session = this.#session(order.session);
    session.open.delete(order.orderId);
    session.ended += 1;
    order.endNo = session.ended;
    order.endedAt_ns = tsEvent;
  }

  /** An order that had ended works again. */
  reopen(order: VenueOrder): void {
    delete order.endNo;
    delete order.endedAt_ns;
    this.open(order);
  }

  /** A session's open orders, oldest first. */
  openOrders(session: string): VenueOrder[] {
    return [...this.#session(session).open.values()];
  }

  /** The order that goes, or went, by that id, unless it ended before the window. */
  find(session: string, clOrdId: string, window: HistoryWindow = {}): SimOrderView | undefined {
    const known = this.known(session, clOrdId);
    if (known === undefined || known.kind === "cancel") return undefined;
    const ended = known.kind === "order" ? known.order : known.refusedOrder;
    if (ended.endNo !== undefined) {
      const { since_ns, orders } = window;
      const newer = this.#session(session).ended - ended.endNo;
      if (orders !== undefined && newer >= orders) return undefined;
      if (since_ns !== undefined && BigInt(ended.endedAt_ns ?? "0") < since_ns) return undefined;
    }
    return known.kind === "order" ? viewOf(known.order) : known.refusedOrder.view;
  }

  #session(name: string): SessionOrders {
    const existing = this.#sessions.get(name);
    if (existing !== undefined) return existing;
    const session: SessionOrders = { ids: new Map(), open: new Map(), ended: 0 };
    this.#sessions.set(name, session);
    return session;
  }
}
