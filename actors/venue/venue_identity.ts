/**
 * Whether what a venue tells under one of our ids is of our order: instrument and side are fixed.
 *
 * Owns: that comparison. What follows is the callers': nothing of it is taken for ours.
 */
import type { VenueOrderState } from "./venue_state.ts";
import type { VenueOrderView } from "./venue_report.ts";

/** Of an order that we did not place, and of which the venue did not say more. */
export const unknownInstrument = "_unknown";

/** Why something that was told is not of the order; undefined: it may be. */
export const strangeness = (
  { instrument, side }: Pick<VenueOrderState, "instrument" | "side">,
  told: Pick<VenueOrderView, "instrument" | "side">,
): string | undefined => {
  const isOther =
    told.instrument !== undefined &&
    told.instrument !== instrument &&
    (instrument as string) !== unknownInstrument;
  const isReverse =
    side !== undefined && told.side !== undefined && (side === "buy") !== (told.side === "buy");
  if (!isOther && !isReverse) return undefined;
  const ours = `${side ?? ""} ${instrument}`.trimStart();
  return `${ours} is told as ${told.side ?? ""} ${told.instrument ?? instrument}`;
};
