/**
 * What each venue has is what its shard knows of. In these worlds nobody else trades in our
 * sessions, so that a difference of positions that was seen twice, or orders that do not map one to
 * one, are of our own making: with an external account the difference would be booked.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "venues_agree";

/** Makes the checker. */
export const venuesAgree: CheckerMaker = () => ({
  name,
  onFrame: ({ shard, frame: { content } }) => {
    if (shard.kind !== "venue" || content.kind === "epoch") return;
    for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
      if (event.type === "position_differs" && event.noted === true) {
        const { instrument, lots } = event;
        throw new Violation(name, `${shard.key} has ${lots} lots of ${instrument} more than told`);
      }
      if (event.type === "reconcile_part" && (event.broken ?? "") !== "") {
        throw new Violation(name, `${shard.key}: ${event.broken}`);
      }
    }
  },
});
