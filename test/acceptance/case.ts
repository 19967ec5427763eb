/**
 * One line of the acceptance matrix.
 *
 * Numbers are for good: a case keeps its number, a number is never used again.
 *
 * Owns: the shape.
 */
import type { VenueCapabilities } from "../../actors/venue/venue_link.ts";
import type { Stage } from "./stage.ts";
import type { Trouble } from "./venue_under_test.ts";

/** What an adapter must do at its venue. */
export interface AcceptanceCase {
  /**
   * `A-101`. Hundreds: 1 session, 2 orders, 3 cancels, 4 replaces, 5 questions, 6 trouble, 7
   * snapshots, 8 mass cancels.
   */
  readonly no: string;
  readonly title: string;
  /** What the adapter must offer for it; absent: every adapter must. */
  readonly needs?: (capabilities: VenueCapabilities) => boolean;
  /** What the venue must be able to do wrong for it. */
  readonly trouble?: Trouble;
  /** Throws where the adapter fails. */
  readonly run: (stage: Stage) => Promise<void>;
}
