/**
 * What the way in which a link ended asks for: another link, a wait before it, or quarantine.
 *
 * Two owners of one session show in two ways. A venue that refuses the second logon says so to the
 * newcomer, who waits: nothing of it has left. A venue that gives the session to the newest logon
 * ends our link. Then the lease decides: the owner whose lease is over does not log on again (the
 * driver asks before it connects), the one whose lease holds leaves the venue alone for a while,
 * comes back with its gate shut, and is quarantined if it is thrown out again.
 *
 * Owns: that judgement, and how long the gate stays shut after it.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { quarantine } from "./venue_quarantine.ts";
import { restartLink } from "./venue_relink.ts";
import { noteOwed } from "./venue_sequence.ts";
import type { VenueInput } from "./venue_input.ts";
import type { SessionTroubles } from "./venue_state.ts";
import { publishIncident, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Decides what follows the end of a link. */
export const followEnd = (
  turn: VenueTurn,
  end: Extract<VenueInput, { readonly type: "disconnected" }>,
): void => {
  const { reason, fault, retryAfter_ms } = end;
  const { contest_ms, contestPeriod_ms, inUseWait_ms } = turn.options.guard;
  switch (end.cause) {
    case "session_taken": {
      const before = noteTrouble(turn, "taken", contestPeriod_ms);
      publishIncident(turn, "duplicate_owner", reason, { how: "taken", before });
      if (before > 0) quarantine(turn, "duplicate_owner", reason);
      else restartLink(turn, reason, contest_ms);
      return;
    }
    case "session_in_use":
      if (noteTrouble(turn, "in_use", contestPeriod_ms) === 0) {
        publishIncident(turn, "duplicate_owner", reason, { how: "in_use" });
      }
      restartLink(turn, reason, Math.max(inUseWait_ms, retryAfter_ms ?? 0));
      return;
    case "wrong_party":
      quarantine(turn, "wrong_party", reason);
      return;
    case "logon_refused":
      restartLink(turn, reason, retryAfter_ms);
      return;
    case undefined:
      break;
    default:
      end.cause satisfies never;
  }
  if (fault) {
    publishIncident(turn, "protocol_fault", reason);
    leaveBroken(turn, reason);
    return;
  }
  if (end.owedSeq !== undefined) noteOwed(turn, end.owedSeq, reason);
  restartLink(turn, reason);
};

/** Leaves a link on which the protocol was broken; where it is again and again, for a person. */
export const leaveBroken = (turn: VenueTurn, reason: string): void => {
  const { faults_max, faultPeriod_ms } = turn.options.guard;
  const isTooMuch = noteTrouble(turn, "fault", faultPeriod_ms) + 1 >= faults_max;
  if (isTooMuch) quarantine(turn, "protocol_faults", reason);
  else restartLink(turn, reason);
};

/** Notes a trouble of the session; how many of its kind there were within the period before. */
const noteTrouble = (
  turn: VenueTurn,
  trouble: keyof SessionTroubles,
  period_ms: number,
): number => {
  const { space, options, now, now_ns } = turn;
  const noted = sessionOf(space, options).troubles?.[trouble] ?? [];
  turn.emit({ type: "trouble_noted", trouble, at: now });
  return noted.filter((at) => now_ns - fromNanos(at) <= span_ns(period_ms)).length;
};

/**
 * Until when the gate stays shut because another logon took the session lately: whether that other
 * one comes again shows before an order leaves. Undefined: it need not.
 */
export const contestedUntil_ns = (turn: VenueTurn): Instant_ns | undefined => {
  const { space, options, now_ns } = turn;
  const last = sessionOf(space, options).troubles?.taken?.at(-1);
  if (last === undefined) return undefined;
  const until_ns = fromNanos(last) + 2n * span_ns(options.guard.contest_ms);
  return now_ns < until_ns ? until_ns : undefined;
};
