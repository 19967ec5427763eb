/**
 * A venue with limits is never sent more than it allows, as it counts itself: none of our requests
 * is refused for a limit, and we are never banned.
 *
 * Left out are windows in which others used the session, and those in which one of ours came later
 * than a venue's plan allows for (a stalled node, a slow commit): what is late may fall together
 * with what was decided after it.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import type { VenueId } from "../../../protocols/kernel/ids.ts";
import { rateDelay_ms } from "../paper_limits.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "rate_budget_holds";

/** Two owners' clocks may differ by so much. */
const skews_ms = 100;
/** Two of the longest windows: what was late in one may be counted in the next. */
const excused_ms = 2_000;

/** Makes the checker. */
export const rateBudgetHolds: CheckerMaker = ({ venues }) => {
  const decided_ms = new Map<string, number>();
  const lastLate_ms = new Map<VenueId, number>();
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "venue" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
        const clOrdId = leaving(event);
        if (clOrdId !== undefined && "at" in event) decided_ms.set(clOrdId, toMs(event.at));
      }
    },
    onArrive: ({ venue, request: { clOrdId, kind }, refusal, now_ns }) => {
      const now_ms = Number(now_ns / 1_000_000n);
      const took_ms = now_ms - (decided_ms.get(clOrdId) ?? 0);
      if (took_ms > rateDelay_ms - skews_ms) lastLate_ms.set(venue, now_ms);
      if (refusal?.limit === undefined) return;
      const late_ms = lastLate_ms.get(venue) ?? 0;
      const foreign_ms = venues.get(venue)?.limits?.lastForeign_ms ?? 0;
      if (now_ms - Math.max(late_ms, foreign_ms) < excused_ms) return;
      const what = refusal.code === "banned" ? "brings a ban" : "is over a limit";
      throw new Violation(name, `${kind} ${clOrdId} ${what} of ${venue}: ${refusal.limit}`);
    },
  };
};

const toMs = (at: string): number => Number(BigInt(at) / 1_000_000n);

/** The request that a fact lets go. */
const leaving = (event: VenueEvent): string | undefined => {
  if (event.type === "request_sending") return event.command.clOrdId;
  const isReleased = event.type === "order_released" || event.type === "cancel_released";
  return isReleased ? event.clOrdId : undefined;
};
