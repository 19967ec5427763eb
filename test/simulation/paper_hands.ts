/**
 * Persons who trade by hand at a paper venue, with the account that is ours: of no order of ours,
 * and announced in our session or not.
 *
 * Owns: what they hold.
 */
import type { VenueReport } from "../../actors/venue/venue_link.ts";
import type { InstrumentId, LegClOrdId, VenueId } from "../../protocols/kernel/ids.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { Faults } from "./faults.ts";
import type { Market } from "./market.ts";
import { instruments } from "./reference.ts";

/** Largest trade, in lots. */
const trade_lots_max = 20;

/** What of a venue they need. */
interface Announcer {
  readonly say: (order: undefined, said: Omit<VenueReport, "execId" | "tsEvent">) => void;
  readonly options: { readonly id: VenueId; readonly market: Market };
}

/** The hands at one venue. */
export class PaperHands {
  readonly #faults: Faults;
  readonly #net = new Map<InstrumentId, Qty_lots>();
  #trades = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Perhaps somebody trades now. */
  trade(venue: Announcer): void {
    const { strikes, prng } = this.#faults;
    if (!strikes("venue_traded_by_hand")) return;
    const { id: instrument } = prng.pick(instruments);
    const side = prng.pick(["buy", "sell"] as const);
    const lastQty_lots = prng.between(1, trade_lots_max);
    const signed_lots = side === "buy" ? lastQty_lots : -lastQty_lots;
    this.#net.set(instrument, this.net_lots(instrument) + signed_lots);
    this.#trades += 1;
    if (prng.chance(0.5)) return;
    const { id, market } = venue.options;
    venue.say(undefined, {
      execType: "trade",
      clOrdId: `HAND-${this.#trades}` as LegClOrdId,
      venueOrderId: `${id}-H${this.#trades}`,
      ...{ instrument, side, lastQty_lots },
      lastPx_ticks: market.touch(id, instrument, side),
      cumQty_lots: lastQty_lots,
      leavesQty_lots: 0,
      ended: true,
    });
  }

  /** Bought minus sold, in lots. */
  net_lots(instrument: InstrumentId): Qty_lots {
    return this.#net.get(instrument) ?? 0;
  }
}
