/**
 * Leaving a link and asking for another one: what every reason for it has in common.
 *
 * Owns: the way of a session to `disconnected` and to the next connection, which the venue resumes
 * where we are. A draining session gets no other link.
 */
import { toNanos } from "../../protocols/kernel/instant.ts";
import { waitsUntil } from "./rate_budget.ts";
import { disarmSweep, doubtSlice } from "./venue_doubt.ts";
import { failQueue } from "./venue_queue.ts";
import { changeStatus, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** What was sent on the link there was is in doubt, and its questions are void. */
export const loseLink = (
  turn: VenueTurn,
  to: "disconnected" | "quarantined",
  reason: string,
  link?: number,
): void => {
  changeStatus(turn, to, reason, link);
  doubtSlice(turn, reason);
  disarmSweep(turn);
  failQueue(turn);
};

/** Asks for a connection: not before `wait_ms` have passed, nor while the venue wants no logon. */
export const connect = (turn: VenueTurn, reason: string, wait_ms = 0): void => {
  const { inboundSeq } = sessionOf(turn.space, turn.options);
  const wanted_ns = turn.now_ns + span_ns(wait_ms);
  const allowed_ns = waitsUntil(turn, "logon") ?? wanted_ns;
  const at_ns = allowed_ns > wanted_ns ? allowed_ns : wanted_ns;
  turn.perform({
    type: "restart_link",
    resume: { seq: inboundSeq },
    reason,
    ...(at_ns === turn.now_ns ? {} : { notBefore: toNanos(at_ns) }),
  });
};

/** Ends the link on our side and asks for another one. */
export const restartLink = (turn: VenueTurn, reason: string, wait_ms?: number): void => {
  const { status } = sessionOf(turn.space, turn.options);
  loseLink(turn, "disconnected", reason);
  if (status === "draining") turn.perform({ type: "end_link", reason });
  else connect(turn, reason, wait_ms);
};
