/**
 * The inbound sequence: which report of the link in use comes next.
 *
 * Invariant: every number is taken once and in order; a gap restarts the link, so that the venue
 * sends what is missing.
 */
import { takesReports } from "./session_status.ts";
import { restartLink } from "./venue_relink.ts";
import { publishIncident, sessionOf } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Whether a numbered report is to be taken now. */
export const isNextReport = (
  turn: VenueTurn,
  { link, seq }: { readonly link: number; readonly seq: number },
): boolean => {
  const session = sessionOf(turn.space, turn.options);
  if (link !== session.link || !takesReports(session.status)) return false;
  if (seq <= session.inboundSeq) return false;
  if (seq === session.inboundSeq + 1) return true;
  const reason = `report ${seq} came after ${session.inboundSeq}`;
  publishIncident(turn, "sequence_gap", reason);
  restartLink(turn, reason);
  return false;
};
