/**
 * The inbound sequence: which report of the link in use comes next.
 *
 * Invariant: every number is taken once and in order; a gap restarts the link, so that the venue
 * sends what is missing. What it does not send on several links in a row, be it what it said at the
 * logon that it would, is lost: then its orders are asked for, as after every loss.
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
  noteGap(turn, seq, reason);
  restartLink(turn, reason);
  return false;
};

/** Reports up to a number were promised, and the link ended without them: a gap without an end. */
export const noteOwed = (turn: VenueTurn, owedSeq: number, reason: string): void => {
  if (owedSeq > sessionOf(turn.space, turn.options).inboundSeq) noteGap(turn, owedSeq + 1, reason);
};

/** Notes a gap before a report; one that stays is a loss. */
const noteGap = (turn: VenueTurn, seq: number, reason: string): void => {
  const { space, options, now: at } = turn;
  publishIncident(turn, "sequence_gap", reason);
  const { gap, inboundSeq: afterSeq, incarnation } = sessionOf(space, options);
  const times = gap?.afterSeq === afterSeq ? gap.times + 1 : 1;
  turn.emit({ type: "gap_noted", afterSeq, times, at });
  if (times < options.guard.gaps_max || incarnation === undefined) return;
  const lost = { broken: true, lostAfter: afterSeq } as const;
  turn.emit({ type: "sequence_set", incarnation, inboundSeq: seq - 1, ...lost, at });
  publishIncident(turn, "reports_lost", `the venue does not send them, asked ${times} times`, {
    from: afterSeq + 1,
    to: seq - 1,
  });
};
