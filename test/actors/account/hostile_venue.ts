/**
 * A venue that lies: any words about any request it was ever sent, with figures that agree with
 * nothing, in any order. Written to find what no honest venue would bring about.
 *
 * Owns: what it says. A seed gives the same words again.
 */
import type { OrderState } from "../../../protocols/order.ts";
import type { LegExecType, LegReport, VenueCommand } from "../../../protocols/venue.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";
import type { Chance } from "../order/order_world.ts";

const words: readonly LegExecType[] = [
  ...(["new", "trade", "trade", "trade", "trade_cancel", "trade_cancel", "trade_correct"] as const),
  ...(["canceled", "replaced", "rejected", "expired", "restated", "done_for_day"] as const),
  ...(["suspended", "cancel_rejected", "replace_rejected", "not_sent", "in_doubt"] as const),
];
const codes = ["ORDER_UNKNOWN", "ORDER_CLOSED", "VENUE_WITHDRAWN", "VENUE_REJECTED"] as const;

/** What is asked of it, and what it says. */
export class HostileVenue {
  readonly #chance: Chance;
  readonly #execIds = ["e0"];
  #execs = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** A report about an order of which it was asked something. */
  say(order: OrderState, requests: readonly VenueCommand[], now_ns: bigint): LegReport {
    const leg = this.#chance.pick(this.#is(3) ? order.legs : order.legs.slice(-1));
    const { clOrdId } = this.#chance.pick(this.#is(3) ? requests : requests.slice(-1));
    const execType = this.#chance.pick(words);
    const isExecution = execType.startsWith("trade");
    const lots = 1 + this.#below(6);
    const { cumQty_lots: booked, orderQty_lots: total } = leg;
    const cumQty_lots = Math.max(0, this.#chance.pick([booked, booked + lots, total, booked - 2]));
    const isRecord = this.#is(4);
    const orderQty_lots = this.#chance.pick([total, cumQty_lots, this.#below(14)]);
    const leavesQty_lots = this.#chance.pick([0, Math.max(0, total - cumQty_lots)]);
    return {
      ...{ kind: "report", venue: leg.venue, orderId: order.orderId, execType, cumQty_lots },
      clOrdId: this.#is(2) ? leg.clOrdId : clOrdId,
      execId: this.#execId(isExecution),
      tsEvent: toNanos(now_ns - BigInt(this.#below(3) * 1_000)),
      ...this.#maybe(2, { venueOrderId: `v${this.#below(3)}` }),
      ...this.#maybe(2, { orderQty_lots }),
      ...this.#maybe(2, { leavesQty_lots }),
      ...this.#maybe(4, { price_ticks: 103 }),
      ...(isExecution && !this.#is(12)
        ? { lastQty_lots: lots, lastPx_ticks: 100 + this.#below(3) }
        : {}),
      ...(isExecution ? { refExecId: this.#chance.pick(this.#execIds) } : {}),
      ...(isExecution ? {} : this.#maybe(2, { code: this.#chance.pick(codes) })),
      ...(isRecord ? { fromRecord: true } : {}),
      ...(isRecord && !isExecution ? this.#maybe(2, { recounted: true as const }) : {}),
    };
  }

  #execId(isExecution: boolean): string {
    if (this.#is(6)) return this.#chance.pick(this.#execIds);
    const execId = `x${(this.#execs += 1)}`;
    if (isExecution) this.#execIds.push(execId);
    return execId;
  }

  #below(n: number): number {
    return this.#chance.below(n);
  }

  /** Once in so many. */
  #is(n: number): boolean {
    return this.#chance.below(n) === 0;
  }

  #maybe<A extends object>(n: number, fields: A): A | Record<string, never> {
    return this.#is(n) ? fields : {};
  }
}
