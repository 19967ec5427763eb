/**
 * A session that is to end because its shard does: it comes to rest before it logs out.
 *
 * No new orders leave; cancels do, and answers are waited for, so that fewer requests are in doubt
 * for the next owner. The wait is bounded: what has no answer by then is in doubt, as always.
 *
 * Owns: the beginning and the end of `draining`.
 */
import { loseLink } from "./venue_relink.ts";
import { isLinkless } from "./session_status.ts";
import { changeStatus, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The timer that bounds a drain. */
export const drainTimer = "drain";

/** The shard is asked to end. */
export const beginDrain = (turn: VenueTurn): void => {
  const { space, options, now_ns } = turn;
  const { status } = sessionOf(space, options);
  if (status === "open" || status === "reconciling") {
    changeStatus(turn, "draining", "asked to end");
    turn.timer(drainTimer, now_ns + span_ns(options.guard.drain_ms));
    endDrainIfQuiet(turn);
  } else if (status !== "draining") {
    endDrain(turn, "asked to end");
  }
};

/** Ends a drain that has nothing to wait for any more. */
export const endDrainIfQuiet = (turn: VenueTurn): void => {
  const { space, options } = turn;
  if (sessionOf(space, options).status !== "draining") return;
  const unanswered = space.size("request") - space.size("unresolved") + space.size("waiting");
  if (unanswered === 0) endDrain(turn, "drained");
};

/** The time of a drain is over. */
export const onDrainTimer = (turn: VenueTurn): void => {
  const { space, options } = turn;
  if (sessionOf(space, options).status !== "draining") return;
  endDrain(turn, `drained with ${space.size("request")} requests unanswered`);
};

const endDrain = (turn: VenueTurn, reason: string): void => {
  const { status } = sessionOf(turn.space, turn.options);
  if (!isLinkless(status)) loseLink(turn, "disconnected", reason);
  turn.timer(drainTimer, undefined);
  turn.perform({ type: "end_link", reason });
};
