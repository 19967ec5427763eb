/**
 * One best bid and offer out of several venues': pure.
 *
 * Owns: the last prices of each venue and the rule which of them still count.
 */
import type { Step } from "../../protocols/kernel/grid.ts";
import { toSteps } from "../../protocols/kernel/grid.ts";
import type { BboMessage } from "../../protocols/client/event_message.ts";

/** The best prices over all venues that count. */
export interface BestPrices {
  readonly bid_ticks: number;
  readonly ask_ticks: number;
}

interface VenuePrices {
  readonly bid_ticks: number | undefined;
  readonly ask_ticks: number | undefined;
  readonly at_ms: number;
}

/** The consolidated best prices of one instrument. */
export class ConsolidatedBbo {
  readonly #tick: Step;
  readonly #age_ms_max: number;
  readonly #venues = new Map<string, VenuePrices>();

  /** @param age_ms_max a venue that said nothing for longer does not count */
  constructor(tick: Step, age_ms_max: number) {
    this.#tick = tick;
    this.#age_ms_max = age_ms_max;
  }

  /** Takes a venue's prices; one that is off the tick grid counts as absent. */
  update(bbo: BboMessage, now_ms: number): void {
    const ticks = (price: string | undefined): number | undefined =>
      price === undefined ? undefined : toSteps(price, this.#tick);
    this.#venues.set(bbo.venue, {
      bid_ticks: ticks(bbo.bidPx),
      ask_ticks: ticks(bbo.askPx),
      at_ms: now_ms,
    });
  }

  /** Highest bid and lowest ask of the venues that count; undefined unless both exist. */
  best(now_ms: number): BestPrices | undefined {
    let bid_ticks: number | undefined;
    let ask_ticks: number | undefined;
    for (const venue of this.#venues.values()) {
      if (now_ms - venue.at_ms > this.#age_ms_max) continue;
      if (venue.bid_ticks !== undefined && !(venue.bid_ticks <= (bid_ticks ?? -Infinity))) {
        bid_ticks = venue.bid_ticks;
      }
      if (venue.ask_ticks !== undefined && !(venue.ask_ticks >= (ask_ticks ?? Infinity))) {
        ask_ticks = venue.ask_ticks;
      }
    }
    return bid_ticks === undefined || ask_ticks === undefined
      ? undefined
      : { bid_ticks, ask_ticks };
  }
}
