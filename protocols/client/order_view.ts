/**
 * What a strategy knows of its own orders: the last event of each, and what was sent.
 *
 * Owns: the views of one strategy's orders, open ones always, ended ones up to a limit.
 */
import type { OrderEventMessage } from "./event_message.ts";

/** One order as the strategy knows it now. */
export interface OrderView {
  readonly clOrdId: string;
  /** The OMS has it durably: the submit was acknowledged, or an event came. */
  readonly received: boolean;
  /** False once it is known to have ended; an order not yet answered counts as open. */
  readonly open: boolean;
  /** Its last event: status, quantities, price. Undefined before the first. */
  readonly last: OrderEventMessage | undefined;
}

/** OrdStatus values after which only a bust or a correction can follow. */
const endedStatuses: ReadonlySet<string> = new Set([
  "filled",
  "canceled",
  "denied",
  "rejected",
  "expired",
  "done_for_day",
]);

/** Whether an order with this OrdStatus has ended. */
export const isEnded = (ordStatus: string): boolean => endedStatuses.has(ordStatus);

/** The views of one strategy's orders. */
export class OrderViews {
  readonly #endedMax: number;
  readonly #open = new Map<string, OrderView>();
  readonly #ended = new Map<string, OrderView>();

  /** @param endedMax most ended orders remembered, the oldest are forgotten first */
  constructor(endedMax: number) {
    this.#endedMax = endedMax;
  }

  /** One order's view. */
  get(clOrdId: string): OrderView | undefined {
    return this.#open.get(clOrdId) ?? this.#ended.get(clOrdId);
  }

  /** The orders not known to have ended. */
  open(): readonly OrderView[] {
    return [...this.#open.values()];
  }

  /** Every order remembered. */
  all(): readonly OrderView[] {
    return [...this.#open.values(), ...this.#ended.values()];
  }

  /** A submit is about to be sent. */
  sending(clOrdId: string): void {
    if (this.get(clOrdId) !== undefined) return;
    this.#open.set(clOrdId, { clOrdId, received: false, open: true, last: undefined });
  }

  /** A submit was acknowledged. */
  received(clOrdId: string): void {
    const view = this.#open.get(clOrdId);
    if (view !== undefined) this.#open.set(clOrdId, { ...view, received: true });
  }

  /** A submit was refused for good: there is no such order. */
  refused(clOrdId: string): void {
    if (this.#open.get(clOrdId)?.last === undefined) this.#open.delete(clOrdId);
  }

  /** An event came. */
  apply(event: OrderEventMessage): OrderView {
    const { clOrdId } = event;
    const open = !isEnded(event.ordStatus);
    const view: OrderView = { clOrdId, received: true, open, last: event };
    this.#open.delete(clOrdId);
    this.#ended.delete(clOrdId);
    (open ? this.#open : this.#ended).set(clOrdId, view);
    if (this.#ended.size > this.#endedMax) {
      for (const oldest of this.#ended.keys()) {
        this.#ended.delete(oldest);
        break;
      }
    }
    return view;
  }
}
