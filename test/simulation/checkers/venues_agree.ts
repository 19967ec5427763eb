/**
 * What each venue has is what its shard knows of. Where nobody else trades in our sessions, a
 * difference of positions that was seen twice, or orders that do not map one to one, are of our own
 * making; where persons trade by hand differences are booked (`nobodys_trades_are_booked.ts`). But
 * a venue that begins anew may forget an order and its executions before they were heard: to the
 * lot, that difference is right, and left to a person. No world is at rest while a shard still has
 * to look: a part was not answered, or positions differ and that was not noted.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";
import { unhearable_lots } from "./unhearable.ts";

const name = "venues_agree";

/** Makes the checker. */
export const venuesAgree: CheckerMaker = (evidence) => ({
  name,
  unrest: () => stillToLook(evidence),
  onFrame: ({ shard, frame: { content } }) => {
    if (shard.kind !== "venue" || content.kind === "epoch") return;
    for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
      if (event.type === "position_differs" && event.noted === true) {
        const { instrument, lots } = event;
        if (lots === unhearable_lots(evidence, shard.key as VenueId, instrument)) continue;
        throw new Violation(name, `${shard.key} has ${lots} lots of ${instrument} more than told`);
      }
      if (event.type === "reconcile_part" && (event.broken ?? "") !== "") {
        throw new Violation(name, `${shard.key}: ${event.broken}`);
      }
    }
  },
});

/** A shard that has not seen yet whether its record agrees with the venue's. */
const stillToLook = ({ mirrors }: Evidence): string | undefined => {
  for (const [venue, { space }] of mirrors.venues) {
    if (space.get("session", venue)?.status !== "open") continue;
    const [part] = space.get("reconcile", venue)?.unknown ?? [];
    if (part !== undefined) return `${venue} has not told its ${part}`;
    for (const [instrument, { differs }] of space.entries("tally")) {
      if (differs !== undefined && differs.noted !== true)
        return `${venue} has ${differs.lots} lots more of ${instrument}`;
    }
  }
  return undefined;
};
