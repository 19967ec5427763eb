/**
 * A strategy's own position and volume, from its own trades. Pure fold of its events.
 *
 * The account's position is another thing: other strategies may trade in the same account.
 */
import type { StrategyEvent } from "../../protocols/client/strategy_event.ts";
import { toSteps } from "../../protocols/kernel/grid.ts";
import type { Step } from "../../protocols/kernel/grid.ts";

const ended_max = 1_000;

/** What a strategy traded since its process began. */
export class OwnTrades {
  readonly #lot: Step;
  /** Filled lots by order, open ones and the last thousand that ended. */
  readonly #filled = new Map<string, number>();
  readonly #ended = new Set<string>();
  /** Long above zero. */
  position_lots = 0;
  count = 0;

  constructor(lot: Step) {
    this.#lot = lot;
  }

  /**
   * Takes an event. Counts by cumQty rather than by lastQty, so that an event which was missed is
   * made good by the next one.
   */
  take(event: StrategyEvent): number {
    if (event.type !== "order") return 0;
    const { clOrdId, cumQty, side, execType } = event.event;
    const cum_lots = toSteps(cumQty ?? "0", this.#lot);
    if (cum_lots === undefined) return 0;
    const added_lots = cum_lots - (this.#filled.get(clOrdId) ?? 0);
    this.position_lots += side === "buy" ? added_lots : -added_lots;
    if (execType === "trade") this.count += 1;
    this.#filled.set(clOrdId, cum_lots);
    if (!event.view.open) this.#end(clOrdId);
    return added_lots;
  }

  /** A late bust of an order that is no longer remembered is the account's matter. */
  #end(clOrdId: string): void {
    this.#ended.add(clOrdId);
    if (this.#ended.size <= ended_max) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      this.#filled.delete(oldest);
      break;
    }
  }
}
