/**
 * What each venue has is what its shard knows of. In these worlds nobody else trades in our
 * sessions, so that a difference of positions that was seen twice, or orders that do not map one to
 * one, are of our own making: with an external account the difference would be booked. A world is
 * not at rest while a shard still has to look: a part was not answered, or positions differ.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker, Evidence } from "./checker.ts";

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
      if (differs !== undefined) return `${venue} has ${differs.lots} lots more of ${instrument}`;
    }
  }
  return undefined;
};
