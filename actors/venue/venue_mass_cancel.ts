/**
 * A mass cancel at the venue itself, where it has one: one request cancels what may be thousands.
 *
 * Each order's outcome comes from its own report. The venue's word that it is done is no order's
 * outcome: behind it, or behind its refusal or its silence, account shards cancel by id whatever is
 * still open by their record; they hear of it after every report that came before.
 *
 * The intent is durable before it leaves, and it leaves once. It waits for nothing but the rate
 * budget, as a cancel and not for long: where it cannot leave, only ids are left. One without an
 * answer is in doubt: a late effect of it is told by each order's report, like any other.
 *
 * Owns: the life of such a request, and its id.
 */
import { askedByOf } from "../../protocols/control.ts";
import type { AskedBy, OperatorCancelCause } from "../../protocols/control.ts";
import { digestOfOrdered } from "../../protocols/digest.ts";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { accountShard } from "../../protocols/kernel/shard.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import type { Side } from "../../protocols/venue.ts";
import type { MassCancelAnswered, MassCancelOutcome, MassCancelState } from "./control_state.ts";
import { waitsUntil } from "./rate_budget.ts";
import { haltOf } from "./venue_halt.ts";
import type { MassCancelRequest } from "./venue_link.ts";
import { isUsable, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Mass cancels under way at once; more go by id at once. */
const underWay_max = 16;

const timerPrefix = "mass_cancel:";

/** What is to be canceled, and why. */
export interface MassCancelWish {
  readonly by: AskedBy;
  readonly cause: OperatorCancelCause;
  readonly byId: boolean;
  readonly instrument?: InstrumentId;
  readonly side?: Side;
}

/** Asks the venue, where it can be asked now; else goes by id at once. */
export const beginMassCancel = (turn: VenueTurn, wish: MassCancelWish): void => {
  const { options, space, now: since } = turn;
  const { by, cause, byId, instrument, side } = wish;
  const request: MassCancelRequest = {
    kind: "mass_cancel",
    clOrdId: massCancelIdOf(options.venue, by.requestId),
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
  };
  const stage = "waiting";
  const massCancel: MassCancelState = { stage, request, by: askedByOf(by), cause, byId, since };
  if (options.massCancel !== true || space.size("massCancel") >= underWay_max) {
    publish(turn, massCancel, "not_sent");
    goById(turn, massCancel);
    return;
  }
  tryToAsk(turn, massCancel);
};

/** Asks if the link and the budget let it; waits for the budget as long as for an answer. */
const tryToAsk = (turn: VenueTurn, massCancel: MassCancelState): void => {
  const { options, space, now: at, now_ns } = turn;
  const { request, since } = massCancel;
  const patience_ns = span_ns(options.answerTimeout_ms);
  const until_ns = fromNanos(since) + patience_ns;
  const free_ns = waitsUntil(turn, "mass_cancel");
  const isLate = free_ns !== undefined && now_ns >= until_ns;
  if (isOver(turn, massCancel) || isLate || !isUsable(sessionOf(space, options))) {
    end(turn, massCancel, "not_sent");
    return;
  }
  if (free_ns !== undefined) {
    if (space.get("massCancel", request.clOrdId) === undefined) {
      turn.emit({ type: "mass_cancel_waiting", massCancel });
    }
    turn.timer(timerOf(request), free_ns < until_ns ? free_ns : until_ns);
    return;
  }
  const sending: MassCancelState = { ...massCancel, stage: "sending" };
  turn.emit({ type: "mass_cancel_sending", massCancel: sending, at });
  turn.perform({ type: "send_mass_cancel", request });
  turn.timer(timerOf(request), now_ns + patience_ns);
  publish(turn, sending, "sending");
};

/** The venue answered, or the driver could not send it. */
export const onMassCancelAnswered = (
  turn: VenueTurn,
  { link, answer }: MassCancelAnswered,
): void => {
  const massCancel = turn.space.get("massCancel", answer.clOrdId);
  if (massCancel?.stage !== "sending") return;
  const { link: inUse, inboundSeq } = sessionOf(turn.space, turn.options);
  if (answer.outcome !== "reported") {
    end(turn, massCancel, answer.outcome);
  } else if (link === inUse && answer.asOfSeq <= inboundSeq) {
    end(turn, massCancel, "reported", answer.affected);
  }
  // Else reports that it speaks of are still to come: its time decides.
};

/**
 * The time of a mass cancel is over: what it has done is told by each order's report, or found by
 * id. Another timer is none of ours.
 */
export const onTimerOfMassCancel = (turn: VenueTurn, timer: string): void => {
  if (!timer.startsWith(timerPrefix)) return;
  const clOrdId = timer.slice(timerPrefix.length);
  const massCancel = turn.space.get("massCancel", clOrdId);
  if (massCancel?.stage === "waiting") tryToAsk(turn, massCancel);
  else if (massCancel !== undefined) end(turn, massCancel, "in_doubt");
};

/** Fourteen characters, and none of an order's: `MC` and 48 bits of the request's digest. */
const massCancelIdOf = (venue: string, requestId: string): LegClOrdId =>
  `MC${digestOfOrdered([venue, requestId]).slice(0, 12)}` as LegClOrdId;

const timerOf = ({ clOrdId }: MassCancelRequest): string => `${timerPrefix}${clOrdId}`;

const end = (
  turn: VenueTurn,
  massCancel: MassCancelState,
  outcome: MassCancelOutcome,
  affected?: number,
): void => {
  const { clOrdId } = massCancel.request;
  const count = affected === undefined ? {} : { affected };
  turn.emit({ type: "mass_cancel_ended", clOrdId, outcome, ...count, at: turn.now });
  turn.timer(timerOf(massCancel.request), undefined);
  publish(turn, massCancel, outcome, affected);
  goById(turn, massCancel);
};

/** A kill that was resumed meanwhile: what is placed since must not be canceled by it. */
const isOver = (turn: VenueTurn, { cause }: MassCancelState): boolean =>
  cause === "kill" && haltOf(turn) === undefined;

const goById = (turn: VenueTurn, massCancel: MassCancelState): void => {
  const { request, by, cause, byId } = massCancel;
  if (!byId || isOver(turn, massCancel)) return;
  const { venue, accountShards } = turn.options;
  const { instrument, side } = request;
  const filters = {
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
  };
  for (let index = 0; index < accountShards; index += 1) {
    turn.send(accountShard(index), { kind: "cancel_at_venue", venue, cause, by, ...filters });
  }
};

const publish = (
  turn: VenueTurn,
  { request, by, cause }: MassCancelState,
  phase: "sending" | MassCancelOutcome,
  affected?: number,
): void => {
  const { options, now } = turn;
  const { venue } = options;
  const { clOrdId: massCancelId, instrument, side } = request;
  turn.publish(venueEventSubject(venue, "mass_cancel"), (eventId) => ({
    eventId,
    venue,
    massCancelId,
    cause,
    phase,
    ...by,
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
    ...(affected === undefined ? {} : { affected }),
    tsEvent: now,
    tsInit: now,
  }));
};
