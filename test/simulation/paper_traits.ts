/**
 * What some paper venues have and others do not: limits, bad spells, persons who trade by hand.
 */
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Conditions } from "./conditions.ts";
import type { Faults } from "./faults.ts";
import { PaperHands } from "./paper_hands.ts";
import { limitsOf, PaperLimits } from "./paper_limits.ts";
import { PaperSpells } from "./paper_spells.ts";

/** What it counts against its limits, what is wrong with it, who trades there; absent: nothing. */
export interface PaperTraits {
  readonly limits?: PaperLimits;
  readonly spells?: PaperSpells;
  readonly hands?: PaperHands;
}

/** The traits of a venue of a seed. */
export const traitsOf = (
  seed: number,
  venue: VenueId,
  conditions: Conditions,
  faults: Faults,
  now_us: () => number,
): PaperTraits => {
  const limits = limitsOf(seed, venue, conditions);
  return {
    ...(limits.length === 0 ? {} : { limits: new PaperLimits(limits, faults) }),
    ...(conditions.holds("nervous_breakers") ? { spells: new PaperSpells(faults, now_us) } : {}),
    ...(conditions.holds("manual_trades") ? { hands: new PaperHands(faults) } : {}),
  };
};
