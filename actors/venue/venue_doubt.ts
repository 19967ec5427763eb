/**
 * Requests whose fate is unknown: who is in doubt, when the venue is asked, and what proves what.
 *
 * Owns: the only way out of doubt besides the venue's own reports. Absence is a proof only when the
 * question was asked after the request's deadline and grace, every report up to the answer is in,
 * and no report was lost for good since the request left.
 * Never: sends a request again.
 */
import { fromNanos, toNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns, Nanos } from "../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { boundedText } from "./bounded_text.ts";
import { waitsUntil } from "./rate_budget.ts";
import { tellMoot } from "./venue_moot.ts";
import type { FilledThere } from "./venue_moot.ts";
import { forgetEnded } from "./venue_retention.ts";
import { isUsable, publishIncident, sessionOf, span_ns, tellOutcome } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";
import type { RequestState } from "./venue_state.ts";

/** The timer by which the shard looks after requests without an answer. */
export const sweepTimer = "sweep";

/** The timer by which a lost link's requests are put in doubt, the next slice at once. */
export const doubtTimer = "doubt";

/** Requests that one turn puts in doubt, releases or gives up at most: a turn fits into a frame. */
export const slice_max = 100;

/** Sets the sweep timer, unless it is due before that anyway. */
export const armSweep = (turn: VenueTurn, at_ns: Instant_ns): void => {
  const { sweepAt } = sessionOf(turn.space, turn.options);
  if (sweepAt !== undefined && fromNanos(sweepAt) <= at_ns) return;
  turn.emit({ type: "sweep_set", sweepAt: toNanos(at_ns) });
  turn.timer(sweepTimer, at_ns);
};

/** Notes that the sweep timer fired, or clears it. */
export const disarmSweep = (turn: VenueTurn): void => {
  if (sessionOf(turn.space, turn.options).sweepAt === undefined) return;
  turn.emit({ type: "sweep_set" });
  turn.timer(sweepTimer, undefined);
};

/** Puts one request in doubt and tells its order, once. */
export const doubt = (turn: VenueTurn, clOrdId: LegClOrdId, reason: string, late?: true): void => {
  const request = turn.space.get("request", clOrdId);
  if (request?.stage !== "sending") return;
  const how = late === undefined ? {} : { late };
  turn.emit({ type: "request_in_doubt", clOrdId, at: turn.now, ...how });
  tellOutcome(turn, request.command, "in_doubt", undefined, reason);
};

/** Puts a slice of what may have left in doubt; the rest follows at once, in turns of its own. */
export const doubtSlice = (turn: VenueTurn, cause: string): void => {
  const { space, options, now_ns } = turn;
  const { doubting } = sessionOf(space, options);
  const reason = boundedText(cause);
  const sending: LegClOrdId[] = [];
  for (const [, { stage, command }] of space.entries("request")) {
    if (stage === "sending") sending.push(command.clOrdId);
    if (sending.length > slice_max) break;
  }
  for (const clOrdId of sending.slice(0, slice_max)) doubt(turn, clOrdId, reason);
  if (sending.length > slice_max) {
    if (doubting !== reason) turn.emit({ type: "doubting_set", doubting: reason });
    turn.timer(doubtTimer, now_ns);
  } else if (doubting !== undefined) {
    turn.emit({ type: "doubting_set" });
    turn.timer(doubtTimer, undefined);
  }
};

/** Whether a request is in doubt and being asked for. */
export const hasDoubts = ({ space }: VenueTurn): boolean => space.size("doubt") > 0;

/** From when on an answer proves that a request never arrived. */
const provableFrom_ns = (turn: VenueTurn, { command, since }: RequestState): Instant_ns => {
  const { answerTimeout_ms, grace_ms } = turn.options;
  const lastDeparture_ns =
    command.kind === "cancel"
      ? fromNanos(since) + span_ns(answerTimeout_ms)
      : fromNanos(command.deadline);
  return lastDeparture_ns + span_ns(grace_ms);
};

/**
 * Whether a request in doubt may still arrive, or the venue was not asked for long for what can
 * prove its fate: whoever waits for it waits for a silent venue no longer than that.
 */
export const isFateOpen = (turn: VenueTurn, clOrdId: LegClOrdId): boolean => {
  const request = turn.space.get("request", clOrdId);
  if (request?.stage !== "in_doubt") return false;
  const { since } = sessionOf(turn.space, turn.options);
  const [proof_ns, link_ns] = [provableFrom_ns(turn, request), fromNanos(since)];
  const asked_ns = proof_ns > link_ns ? proof_ns : link_ns;
  return turn.now_ns < asked_ns + span_ns(turn.options.queryTimeout_ms);
};

/** Puts those in doubt that wait too long for an answer, and sees to the others later. */
export const doubtLate = (turn: VenueTurn): void => {
  const { answerTimeout_ms } = turn.options;
  let next_ns: Instant_ns | undefined;
  let doubted = 0;
  for (const [, { stage, since, command }] of [...turn.space.entries("request")]) {
    if (stage !== "sending") continue;
    const late_ns = fromNanos(since) + span_ns(answerTimeout_ms);
    if (turn.now_ns >= late_ns && doubted < slice_max) {
      doubt(turn, command.clOrdId, `no answer for ${answerTimeout_ms} ms`, true);
      doubted += 1;
    } else if (next_ns === undefined || late_ns < next_ns) {
      next_ns = late_ns;
    }
  }
  if (next_ns !== undefined) armSweep(turn, next_ns);
};

const never = toNanos(0n);

/** What has been due for longest goes first. */
export const byDue = (
  a: { readonly due_ns: Instant_ns },
  b: { readonly due_ns: Instant_ns },
): number => (a.due_ns < b.due_ns ? -1 : Number(a.due_ns > b.due_ns));

/** Asks for those in doubt, as far as the bound on questions allows, and sets the next look. */
export const askDoubtful = (turn: VenueTurn): void => {
  const { space, options, now_ns } = turn;
  if (!hasDoubts(turn) || !isUsable(sessionOf(space, options))) return;
  const queryTimeout_ns = span_ns(options.queryTimeout_ms);
  const toAsk: { readonly clOrdId: LegClOrdId; readonly due_ns: Instant_ns }[] = [];
  let asked = 0;
  let next_ns = now_ns + queryTimeout_ns;
  const look = (at_ns: Instant_ns): void => {
    if (at_ns < next_ns) next_ns = at_ns;
  };
  for (const [key, { askedAt, askAgainAt }] of space.entries("doubt")) {
    const isAsked = askedAt !== undefined;
    const due_ns = isAsked ? fromNanos(askedAt) + queryTimeout_ns : fromNanos(askAgainAt ?? never);
    if (now_ns >= due_ns) {
      toAsk.push({ clOrdId: key as LegClOrdId, due_ns });
      continue;
    }
    look(due_ns);
    if (isAsked) asked += 1;
  }
  const room = Math.max(0, options.queriesInFlight_max - asked);
  // Those that were not asked for yet, then as long as they wait: what a venue never answers must
  // not take all the room for ever.
  for (const { clOrdId } of toAsk.toSorted(byDue).slice(0, room)) {
    const free_ns = waitsUntil(turn, "query_order");
    if (free_ns !== undefined) {
      look(free_ns);
      break;
    }
    ask(turn, clOrdId);
  }
  armSweep(turn, next_ns);
};

/** On a question: an answer that is older than what is heard by now decides nothing. */
export const heardBefore = ({ space, options }: VenueTurn): { readonly notBefore_seq?: number } => {
  const { inboundSeq } = sessionOf(space, options);
  return inboundSeq === 0 ? {} : { notBefore_seq: inboundSeq };
};

const ask = (turn: VenueTurn, asker: LegClOrdId): void => {
  const command = turn.space.get("request", asker)?.command;
  if (command === undefined) return;
  const { now: askedAt } = turn;
  turn.emit({ type: "request_asked", clOrdId: asker, ...heardBefore(turn), at: askedAt });
  // A cancel has no state of its own at a venue: its order has.
  const clOrdId = command.kind === "cancel" ? command.origClOrdId : asker;
  turn.perform({ type: "query", query: { asker, clOrdId, purpose: "doubt", askedAt } });
};

/** What the venue said to a question about a request that it holds nothing of. */
export interface Absence {
  readonly askedAt: Nanos;
  /** Its order is there and works: a cancel had no effect, whichever reports are lost. */
  readonly orderWorks: boolean;
  /** Its order is being asked for by itself, and the answer to that may settle the request. */
  readonly orderIsAsked: boolean;
  /** Its order is over and was told so, as it is at the venue or was last heard of. */
  readonly over: FilledThere | undefined;
}

/** The venue holds nothing of a request in doubt: concludes, if that can prove it. */
export const concludeAbsent = (
  turn: VenueTurn,
  request: RequestState,
  { askedAt, orderWorks, orderIsAsked, over }: Absence,
): void => {
  const { command } = request;
  const { clOrdId } = command;
  const from_ns = provableFrom_ns(turn, request);
  const proves = request.unprovable !== true || (command.kind === "cancel" && orderWorks);
  if (!proves && orderIsAsked) {
    askLater(turn, clOrdId);
  } else if (!proves && over !== undefined && command.kind !== "place") {
    turn.emit({ type: "request_moot", clOrdId, at: turn.now });
    tellMoot(turn, [command], over);
    forgetEnded(turn);
  } else if (!proves) {
    leaveUnresolved(turn, request, "absent at the venue, but its reports were lost");
  } else if (fromNanos(askedAt) < from_ns) {
    turn.emit({ type: "request_undecided", clOrdId, askAgainAt: toNanos(from_ns), at: turn.now });
  } else {
    turn.emit({ type: "request_not_sent", clOrdId, at: turn.now });
    tellOutcome(turn, command, "not_sent", "VENUE_NOT_SENT", "absent at the venue");
    forgetEnded(turn);
  }
};

/** The answer decided nothing: the venue is asked again after the time of a question. */
export const askLater = (turn: VenueTurn, clOrdId: LegClOrdId): void => {
  const askAgainAt = toNanos(turn.now_ns + span_ns(turn.options.queryTimeout_ms));
  turn.emit({ type: "request_undecided", clOrdId, askAgainAt, at: turn.now });
};

/** Nothing can resolve a request any more: it is left to a person, for a stated time. */
export const leaveUnresolved = (turn: VenueTurn, { command }: RequestState, why: string): void => {
  const { clOrdId, orderId } = command;
  turn.emit({ type: "request_unresolved", clOrdId, at: turn.now });
  publishIncident(turn, "unresolved", why, { clOrdId, orderId });
};

/** Requests that count against the bound: those left to a person do not. */
export const unansweredCount = ({ space }: VenueTurn): number =>
  space.size("request") - space.size("unresolved");

/** Gives up what was left to a person for too long, or is too much, and sees to the rest later. */
export const giveUpUnresolved = (turn: VenueTurn): void => {
  const { space, options, now_ns, now: at } = turn;
  const retention_ns = span_ns(options.unresolvedRetention_ms);
  let given = 0;
  for (const [key, since] of space.entries("unresolved")) {
    const due_ns = fromNanos(since) + retention_ns;
    const isTooMany = space.size("unresolved") > options.unresolved_max;
    if (given === slice_max || (now_ns < due_ns && !isTooMany)) {
      armSweep(turn, given === slice_max ? now_ns : due_ns);
      return;
    }
    given += 1;
    const clOrdId = key as LegClOrdId;
    const orderId = space.get("request", clOrdId)?.command.orderId;
    turn.emit({ type: "request_given_up", clOrdId, at });
    publishIncident(turn, "unresolved_given_up", "nobody resolved it; its order stays in doubt", {
      clOrdId,
      ...(orderId === undefined ? {} : { orderId }),
    });
  }
};
