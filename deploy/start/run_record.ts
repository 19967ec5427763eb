/**
 * What has happened in a run, folded from the event feed. Pure: time is handed in.
 *
 * Owns: counts, the orders to show, positions, venue states, sums of fills and the hops that can be
 * read off the events' own times.
 */
import type {
  OrderEventMessage,
  PositionEventMessage,
} from "../../protocols/client/event_message.ts";
import { EventOrder } from "../../protocols/client/event_order.ts";
import type { Released } from "../../protocols/client/event_order.ts";
import { isEnded } from "../../protocols/client/order_view.ts";
import { FillTotals } from "./fill_totals.ts";
import { LatencyHistogram } from "./latency_histogram.ts";

/** What is counted. */
export interface RunCounts {
  /** Orders that the OMS has answered, accepted or not. */
  orders: number;
  accepted: number;
  fills: number;
  denied: number;
  rejected: number;
  canceled: number;
  replaced: number;
  inDoubt: number;
  /** Event versions that never came. */
  gaps: number;
  unreadable: number;
}

/** Hops whose both ends the events tell. */
export interface RunHops {
  /** Strategy's call → JetStream's acknowledgement, as the strategies measured it. */
  readonly submitToAck: LatencyHistogram;
  /** Strategy's call → first order event, as the strategies measured it. */
  readonly submitToEvent: LatencyHistogram;
  /** Accepted by the OMS → acknowledged by the venue, by the times in the events. */
  readonly acceptToNew: LatencyHistogram;
  /** Trade at the venue → order event made. */
  readonly tradeToEvent: LatencyHistogram;
}

const endedShown_max = 200;
const acceptedAt_max = 20_000;

/** The record of a run. */
export class RunRecord {
  readonly counts: RunCounts = {
    orders: 0,
    accepted: 0,
    fills: 0,
    denied: 0,
    rejected: 0,
    canceled: 0,
    replaced: 0,
    inDoubt: 0,
    gaps: 0,
    unreadable: 0,
  };
  readonly hops: RunHops = {
    submitToAck: new LatencyHistogram(),
    submitToEvent: new LatencyHistogram(),
    acceptToNew: new LatencyHistogram(),
    tradeToEvent: new LatencyHistogram(),
  };
  readonly fills = new FillTotals();
  /** By order id. */
  readonly open = new Map<string, OrderEventMessage>();
  /** The last ones, oldest first. */
  readonly ended = new Map<string, OrderEventMessage>();
  /** By `account instrument`. */
  readonly positions = new Map<string, PositionEventMessage>();
  /** The last word of each venue: `session`, `breaker`, … */
  readonly venues = new Map<string, string>();
  readonly #order = new EventOrder<OrderEventMessage>();
  readonly #acceptedAt = new Map<string, bigint>();
  readonly #fromStart: boolean;

  /** @param fromStart the feed is read from its first message: every order begins with version 1 */
  constructor(fromStart: boolean) {
    this.#fromStart = fromStart;
  }

  /** An order event of the feed, in whatever order and however often. */
  takeOrderEvent(event: OrderEventMessage, now_ms: number): void {
    if (this.#fromStart) this.#order.expectFromStart(event.orderId);
    this.#show(this.#order.accept(event, now_ms));
    this.#show(this.#order.expire(now_ms));
  }

  /** A position event. */
  takePositionEvent(event: PositionEventMessage): void {
    const key = `${event.account} ${event.instrument}`;
    const known = this.positions.get(key);
    if (known === undefined || known.version < event.version) this.positions.set(key, event);
  }

  #show(released: readonly Released<OrderEventMessage>[]): void {
    for (const item of released) {
      if (item.type === "gap") this.counts.gaps += item.gap.to - item.gap.from + 1;
      else this.#apply(item.event);
    }
  }

  #apply(event: OrderEventMessage): void {
    this.#count(event);
    this.#measure(event);
    this.open.delete(event.orderId);
    this.ended.delete(event.orderId);
    if (!isEnded(event.ordStatus)) {
      this.open.set(event.orderId, event);
      return;
    }
    this.ended.set(event.orderId, event);
    this.#acceptedAt.delete(event.orderId);
    trim(this.ended, endedShown_max);
  }

  #count(event: OrderEventMessage): void {
    const { counts } = this;
    if (event.version === 1) counts.orders += 1;
    switch (event.execType) {
      case "pending_new":
        counts.accepted += 1;
        return;
      case "trade":
        counts.fills += 1;
        this.fills.add({
          venue: event.lastMkt ?? "?",
          instrument: event.instrument ?? "?",
          side: event.side ?? "?",
          lastQty: event.lastQty ?? "0",
          lastPx: event.lastPx ?? "0",
          fee: event.fee?.amount ?? "0",
        });
        return;
      case "denied":
        counts.denied += 1;
        return;
      case "rejected":
        counts.rejected += 1;
        return;
      case "canceled":
        counts.canceled += 1;
        return;
      case "replaced":
        counts.replaced += 1;
        return;
      case "in_doubt":
        counts.inDoubt += 1;
        return;
      default:
    }
  }

  #measure(event: OrderEventMessage): void {
    const made_ns = BigInt(event.tsInit);
    if (event.execType === "pending_new") {
      this.#acceptedAt.set(event.orderId, made_ns);
      trim(this.#acceptedAt, acceptedAt_max);
    }
    if (event.execType === "new") {
      const accepted_ns = this.#acceptedAt.get(event.orderId);
      if (accepted_ns !== undefined) this.hops.acceptToNew.record(us(made_ns - accepted_ns));
      this.#acceptedAt.delete(event.orderId);
    }
    if (event.execType === "trade") {
      this.hops.tradeToEvent.record(us(made_ns - BigInt(event.tsEvent)));
    }
  }
}

const us = (duration_ns: bigint): number => Number(duration_ns) / 1_000;

/** Forgets the oldest entries beyond a maximum. */
const trim = (map: Map<string, unknown>, max: number): void => {
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
};
