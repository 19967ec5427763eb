/**
 * How long ended orders are kept: long enough for late reports, never without a bound.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Ended orders forgotten per turn while none is too many: more than end in one. */
const forgotten_max = 4;

/** Ended orders forgotten per turn while there are too many. */
const surplus_max = 100;

/** Forgets a few ended orders that are kept long enough, and those that are too many. */
export const forgetEnded = (turn: VenueTurn): void => {
  const { space, options, now, now_ns } = turn;
  const oldest_ns = now_ns - span_ns(options.endedRetention_ms);
  const surplus = space.size("ended") - options.ended_max;
  const most = Math.min(surplus_max, Math.max(forgotten_max, surplus));
  const toForget: LegClOrdId[] = [];
  for (const [root, endedAt] of space.entries("ended")) {
    const isOld = fromNanos(endedAt) < oldest_ns;
    if (!isOld && toForget.length >= surplus) break;
    // Its answer is still to come: it is passed over, not waited for.
    if (!hasOpenRequest(turn, root)) toForget.push(root as LegClOrdId);
    if (toForget.length >= most) break;
  }
  for (const root of toForget) turn.emit({ type: "order_forgotten", root, at: now });
};

const hasOpenRequest = ({ space }: VenueTurn, root: string): boolean =>
  (space.get("order", root)?.ids ?? []).some(
    (id) =>
      space.get("request", id) !== undefined ||
      space.get("waiting", id) !== undefined ||
      space.get("queuedReplace", id) !== undefined,
  );
