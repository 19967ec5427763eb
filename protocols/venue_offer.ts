/**
 * What a venue takes by itself, in the contract's words. What it lacks we do, or deny.
 *
 * Owns: the shape, and what a venue is taken to be where a configuration does not say.
 */
import type { ExecInst, OrdType, TimeInForce } from "./ord_words.ts";

/** What a venue takes. */
export interface VenueOffer {
  readonly ordTypes: ReadonlySet<OrdType>;
  readonly timesInForce: ReadonlySet<TimeInForce>;
  /** `reduce_only` is never left to a venue: it sees one of many. */
  readonly execInsts: ReadonlySet<Exclude<ExecInst, "reduce_only">>;
  /** Whether it shows a part of an order (FIX MaxFloor, 111). */
  readonly maxFloor: boolean;
}

/** A plain continuous market. */
export const plainOffer: VenueOffer = {
  ordTypes: new Set(["market", "limit"]),
  timesInForce: new Set(["day", "gtc", "ioc", "fok"]),
  execInsts: new Set(["post_only"]),
  maxFloor: false,
};
