/**
 * What a paper venue is made from.
 */
import type { VenueProfile } from "../../protocols/instrument.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Faults } from "./faults.ts";
import type { Market } from "./market.ts";
import type { PaperOrder } from "./paper_order.ts";
import type { PaperTraits } from "./paper_traits.ts";
import type { Prng } from "./prng.ts";

/** What a venue stands on. */
export interface PaperVenueOptions extends PaperTraits {
  readonly id: VenueId;
  readonly market: Market;
  readonly faults: Faults;
  readonly prng: Prng;
  readonly now_ns: () => bigint;
  /** How an order is changed here. */
  readonly replace: VenueProfile["replace"];
  /** Whether execution ids begin anew with each order, or with each incarnation of the session. */
  readonly execIdsPerOrder: boolean;
  /** An order changed, or was reported on. */
  readonly onChange: (venue: VenueId, order: PaperOrder) => void;
}
