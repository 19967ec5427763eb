/**
 * The session's life: what the driver says of its link, and what follows for the gate.
 *
 * connect → log on → take what was missed → ask for what is unanswered → open. Any loss of the link
 * or of the owner begins again at the top: what may have left is in doubt, and asked for.
 *
 * Owns: every change of the session's status.
 * Never: opens the gate while a request is in doubt, an order is to be asked for, or the venue's
 * record has not been held against ours.
 */
import { openRate, planRate } from "./rate_budget.ts";
import { isLinkless } from "./session_status.ts";
import { beginBreaker, tendBreaker } from "./venue_breaker.ts";
import { askOrders, hasChecks } from "./venue_check.ts";
import {
  armSweep,
  askDoubtful,
  doubtLate,
  doubtSlice,
  giveUpUnresolved,
  hasDoubts,
} from "./venue_doubt.ts";
import { endDrainIfQuiet } from "./venue_drain.ts";
import { reopenInstruments } from "./venue_gate.ts";
import { tellGateShut } from "./venue_gate_shut.ts";
import { keepFence } from "./venue_halt.ts";
import { contestedUntil_ns, followEnd, leaveBroken } from "./venue_guard.ts";
import { brokenMapping, isReconciled, resumeRuns } from "./venue_reconcile.ts";
import { isTallying } from "./venue_tally.ts";
import { tellCongestion } from "./venue_congestion.ts";
import type { LogonAnswer } from "./venue_link.ts";
import { expireQueue, releaseQueue } from "./venue_queue.ts";
import { connect, loseLink, restartLink } from "./venue_relink.ts";
import { releaseCancels } from "./venue_requests.ts";
import { forgetEnded } from "./venue_retention.ts";
import type { VenueInput } from "./venue_input.ts";
import { changeStatus, publishIncident, sessionOf, tellOutcome } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/**
 * First input of every ownership: what an earlier owner knew of its link is gone. A quarantine
 * outlives it.
 */
export const onStarted = (turn: VenueTurn): void => {
  const { status, reason } = sessionOf(turn.space, turn.options);
  planRate(turn);
  keepFence(turn);
  const isQuarantined = status === "quarantined";
  const why = status === "disconnected" ? "owner started" : `owner started, was ${status}`;
  if (isQuarantined) loseLink(turn, "quarantined", reason, 0);
  else loseLink(turn, "disconnected", why, 0);
  reopenInstruments(turn);
  beginBreaker(turn);
  if (!isQuarantined) connect(turn, "owner started");
};

/** A connection is being made: one there was is given up, whatever of it was heard since. */
export const onConnecting = (turn: VenueTurn, link: number): void => {
  const { status, link: before } = sessionOf(turn.space, turn.options);
  if (link <= before || status === "quarantined" || status === "draining") return;
  if (status !== "disconnected") loseLink(turn, "disconnected", `link ${link} takes its place`);
  changeStatus(turn, "connecting", `link ${link}`, link);
};

/** The venue answered the logon: whether its numbering continues ours decides what is provable. */
export const onLoggedOn = (turn: VenueTurn, link: number, answer: LogonAnswer): void => {
  const { space, options, now } = turn;
  const session = sessionOf(space, options);
  if (link !== session.link || session.status !== "connecting") return;
  const { incarnation, firstSeqAvailable, lastSeqSent } = answer;
  if (firstSeqAvailable > lastSeqSent + 1) {
    // Believed, every report up to there would be passed over as known.
    const text = `the venue keeps reports from ${firstSeqAvailable} on and sent ${lastSeqSent}`;
    publishIncident(turn, "protocol_fault", text);
    leaveBroken(turn, text);
    return;
  }
  const isNew = session.incarnation !== incarnation;
  if (isNew && session.incarnation !== undefined) {
    turn.emit({ type: "sequence_set", incarnation, inboundSeq: 0, broken: true, at: now });
    publishIncident(turn, "venue_restarted", "its numbering began anew; earlier reports are lost", {
      from: session.incarnation,
      to: incarnation,
    });
    if (session.inboundSeq > 0) {
      restartLink(turn, "the venue's numbering began anew");
      return;
    }
  } else if (isNew) {
    const tallied = isTallying(options) ? { tallied: true as const } : {};
    const begun = { incarnation, inboundSeq: 0, broken: false, ...tallied };
    turn.emit({ type: "sequence_set", ...begun, at: now });
  }
  const { inboundSeq } = sessionOf(space, options);
  if (lastSeqSent < inboundSeq) {
    const text = `the venue sent ${lastSeqSent} reports, ${inboundSeq} are known`;
    publishIncident(turn, "sequence_behind", text);
    leaveBroken(turn, text);
    return;
  }
  if (firstSeqAvailable > inboundSeq + 1) {
    const next = firstSeqAvailable - 1;
    const lost = { broken: true, lostAfter: inboundSeq } as const;
    turn.emit({ type: "sequence_set", incarnation, inboundSeq: next, ...lost, at: now });
    publishIncident(turn, "reports_lost", "the venue does not keep them any more", {
      from: inboundSeq + 1,
      to: next,
    });
  }
  changeStatus(turn, "logged_on", `reports up to ${lastSeqSent}`);
};

/** Every missed report is in: what is still unanswered is asked for, and then the gate opens. */
export const onConnected = (turn: VenueTurn, link: number): void => {
  const session = sessionOf(turn.space, turn.options);
  if (link !== session.link || session.status !== "logged_on") return;
  changeStatus(turn, "reconciling", `caught up to report ${session.inboundSeq}`);
  settle(turn);
};

/** The link is gone. */
export const onDisconnected = (
  turn: VenueTurn,
  end: Extract<VenueInput, { readonly type: "disconnected" }>,
): void => {
  const session = sessionOf(turn.space, turn.options);
  if (end.link !== session.link || isLinkless(session.status)) return;
  followEnd(turn, end);
};

/** The next slice of a lost link's requests is put in doubt; behind the last one it goes on. */
export const onDoubtTimer = (turn: VenueTurn): void => {
  const { doubting } = sessionOf(turn.space, turn.options);
  if (doubting === undefined) return;
  doubtSlice(turn, doubting);
  settle(turn);
};

/** The driver refused to send: proof that nothing left. */
export const onRefusedToSend = (
  turn: VenueTurn,
  { clOrdId, reason }: Extract<VenueInput, { readonly type: "refused_to_send" }>,
): void => {
  const request = turn.space.get("request", clOrdId);
  if (request === undefined) return;
  turn.emit({ type: "request_not_sent", clOrdId, at: turn.now });
  tellOutcome(turn, request.command, "not_sent", "VENUE_NOT_SENT", reason);
  forgetEnded(turn);
  settle(turn);
};

/** The sweep timer fired. */
export const onSweep = (turn: VenueTurn): void => {
  turn.emit({ type: "sweep_set" });
  doubtLate(turn);
  forgetEnded(turn);
  settle(turn);
};

/** The budget's timer fired: something may leave again, or can wait no longer. */
export const onRateTimer = (turn: VenueTurn): void => {
  turn.emit({ type: "rate_wake_set" });
  openRate(turn);
  expireQueue(turn);
  settle(turn);
};

/** What follows when something may have been settled: more questions, waiting cancels, the gate. */
export const settle = (turn: VenueTurn): void => {
  tendBreaker(turn);
  const { space, options } = turn;
  const { status, doubting } = sessionOf(space, options);
  if (doubting !== undefined) return;
  const broken = brokenMapping(turn);
  if (status === "open" && broken !== undefined) {
    restartLink(turn, broken);
    return;
  }
  resumeRuns(turn);
  // In the order of the budget's lanes.
  releaseCancels(turn);
  askDoubtful(turn);
  askOrders(turn);
  releaseQueue(turn);
  tellCongestion(turn);
  giveUpUnresolved(turn);
  if (status === "draining") endDrainIfQuiet(turn);
  if (status === "reconciling" && !hasDoubts(turn) && !hasChecks(turn) && isReconciled(turn)) {
    openGate(turn);
  }
  tellGateShut(turn);
};

const openGate = (turn: VenueTurn): void => {
  const contested_ns = contestedUntil_ns(turn);
  if (contested_ns === undefined) changeStatus(turn, "open", "reconciled");
  else armSweep(turn, contested_ns);
};
