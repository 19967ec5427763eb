/**
 * How long ended orders are kept: long enough for late reports, never without a bound.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Ended orders looked at per order that ends: more than one, so that the heap of them shrinks. */
const looks_max = 4;

/** Forgets a few ended orders that are kept long enough, or that are too many. */
export const forgetEnded = (turn: VenueTurn): void => {
  const { space, options, now, now_ns } = turn;
  const oldest_ns = now_ns - span_ns(options.endedRetention_ms);
  const candidates: [string, bigint][] = [];
  for (const [root, endedAt] of space.entries("ended")) {
    candidates.push([root, fromNanos(endedAt)]);
    if (candidates.length === looks_max) break;
  }
  for (const [root, endedAt_ns] of candidates) {
    const isTooMany = space.size("ended") > options.ended_max;
    if ((endedAt_ns < oldest_ns || isTooMany) && !hasOpenRequest(turn, root)) {
      turn.emit({ type: "order_forgotten", root: root as LegClOrdId, at: now });
    }
  }
};

const hasOpenRequest = ({ space }: VenueTurn, root: string): boolean =>
  (space.get("order", root)?.ids ?? []).some(
    (id) => space.get("request", id) !== undefined || space.get("waiting", id) !== undefined,
  );
