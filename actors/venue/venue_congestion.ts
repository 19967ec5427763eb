/**
 * Whether new orders wait so long for the venue's rate budget that routers had better choose
 * another venue: its limits are used up, or closed by the venue's word.
 *
 * Owns: when account shards are told so, and when no more. The wait itself is `venue_queue.ts`.
 */
import { armWake, waitsUntil } from "./rate_budget.ts";
import { retellGate } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Longest wait that is no reason to go elsewhere, milliseconds. */
const bearable_ms = 1_000n;

/** Tells account shards where it has changed. It ends only when an order may leave at once. */
export const tellCongestion = (turn: VenueTurn): void => {
  const { space, options, now: at, now_ns } = turn;
  const rate = space.get("rate", options.venue);
  if (rate === undefined) return;
  const { closed, congested: was = false } = rate;
  const mayBe = was || space.size("queuedPlace") > 0 || Object.keys(closed).length > 0;
  if (!mayBe) return;
  const free_ns = waitsUntil(turn, "place");
  const isLong = free_ns !== undefined && (was || free_ns - now_ns > bearable_ms * 1_000_000n);
  if (isLong) armWake(turn, free_ns);
  if (isLong === was) return;
  turn.emit({ type: "rate_congestion", congested: isLong, at });
  retellGate(turn);
};
