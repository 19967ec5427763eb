/**
 * What becomes of a command from an account shard: an intent to send, a wait, or an answer at once.
 *
 * Owns: the order of the questions. A place or replace leaves only while the gate is open, before
 * its deadline and within the rate budget, for which it may wait; a cancel is never refused.
 *
 * Invariants
 *  1. One ClOrdID makes at most one `send` effect, whatever is repeated; a cancel makes one more
 *     after each refusal that proves that the one before never reached the book.
 *  2. A `send` effect stands behind a journaled intent.
 *  3. A command that does not become an intent or a wait is answered in its own turn, or the venue
 *     is asked for the answer.
 */
import type { RejectCode } from "../../protocols/kernel/reject_code.ts";
import type {
  CancelLeg,
  PlaceLeg,
  QueryLeg,
  ReplaceLeg,
  VenueCommand,
} from "../../protocols/venue.ts";
import { armWake, waitsUntil } from "./rate_budget.ts";
import { askOrders, checkOrder } from "./venue_check.ts";
import { tellCongestion } from "./venue_congestion.ts";
import { armSweep, isFateOpen, slice_max, unansweredCount } from "./venue_doubt.ts";
import { gateRefusal } from "./venue_gate.ts";
import { isQueued, mustQueue, queueFull, queueOrder, withdrawFor } from "./venue_queue.ts";
import { forgetEnded } from "./venue_retention.ts";
import { repeatCommand } from "./venue_repeat.ts";
import { countedFrom } from "./venue_tally.ts";
import {
  homeOf,
  isUsable,
  publishIncident,
  sessionOf,
  span_ns,
  tellOutcome,
} from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Takes one command. */
export const onCommand = (turn: VenueTurn, command: VenueCommand): void => {
  if (command.kind === "query") {
    onQuery(turn, command);
    return;
  }
  if (turn.space.get("id", command.clOrdId) !== undefined) {
    repeatCommand(turn, command);
    return;
  }
  // No report could find its way back: such a request must not leave.
  if (homeOf(turn, command.clOrdId) === undefined) {
    publishIncident(turn, "foreign_id", "a command whose id names no account shard", {
      clOrdId: command.clOrdId,
    });
    return;
  }
  if (command.kind === "cancel") onCancel(turn, command);
  else onOrder(turn, command);
};

const onOrder = (turn: VenueTurn, command: PlaceLeg | ReplaceLeg): void => {
  const { options, now_ns } = turn;
  letCancelsFirst(turn);
  const refusal = gateRefusal(turn, command);
  if (refusal !== undefined) {
    answerUnsent(turn, command, refusal.code, refusal.text);
  } else if (unansweredCount(turn) >= options.unanswered_max) {
    const text = `venue=${options.venue} unanswered=${options.unanswered_max}`;
    answerUnsent(turn, command, "ROUTE_VENUE_DOWN", text);
  } else if (mustQueue(turn, command)) {
    const full = queueOrder(turn, command) ? undefined : queueFull(turn);
    if (full !== undefined) answerUnsent(turn, command, full.code, full.text);
    tellCongestion(turn);
  } else {
    turn.emit({ type: "request_sending", command, ...countedFrom(turn, command), at: turn.now });
    turn.perform({ type: "send", request: command });
    armSweep(turn, now_ns + span_ns(options.answerTimeout_ms));
  }
};

const answerUnsent = (
  turn: VenueTurn,
  command: PlaceLeg | ReplaceLeg | CancelLeg,
  code: RejectCode,
  text: string,
): void => {
  turn.emit({ type: "request_unsent", command, at: turn.now });
  tellOutcome(turn, command, "not_sent", code, text);
  forgetEnded(turn);
};

const onCancel = (turn: VenueTurn, command: CancelLeg): void => {
  if (withdrawFor(turn, command) || neverLeft(turn, command)) {
    answerUnsent(turn, command, "VENUE_NOT_SENT", "the order itself never left");
    return;
  }
  if (hasCancelsBefore(turn) || !mayLeave(turn, command)) {
    turn.emit({ type: "cancel_waiting", command, at: turn.now });
    return;
  }
  turn.emit({ type: "request_sending", command, at: turn.now });
  turn.perform({ type: "send", request: command });
  armSweep(turn, turn.now_ns + span_ns(turn.options.answerTimeout_ms));
};

/** Whether the order that a cancel is for is proven not to be at the venue. */
const neverLeft = ({ space }: VenueTurn, { origClOrdId }: CancelLeg): boolean => {
  const root = space.get("id", origClOrdId);
  return root !== undefined && space.get("order", root)?.neverLeft === true;
};

/**
 * Whether a cancel can leave now. One for a request in doubt waits for that one's fate, as long as
 * it might overtake it and the venue might say it: where that one never left there is nothing to
 * cancel.
 */
const mayLeave = (turn: VenueTurn, { origClOrdId }: CancelLeg): boolean =>
  isUsable(sessionOf(turn.space, turn.options)) && hasRoom(turn) && !isFateOpen(turn, origClOrdId);

/**
 * Whether another cancel may be without an answer. Orders that a venue does not answer leave half
 * of the room: what is open there can still be canceled.
 */
const hasRoom = (turn: VenueTurn): boolean =>
  unansweredCount(turn) < 2 * turn.options.unanswered_max;

/** Whether cancels wait for the budget: then those that wait longest go first. */
const hasCancelsBefore = (turn: VenueTurn): boolean => {
  letCancelsFirst(turn);
  return isRateBlocked(turn);
};

/** Room that has come before the budget's timer did is that of the cancels that wait for it. */
const letCancelsFirst = (turn: VenueTurn): void => {
  if (turn.space.size("rate") > 0) releaseCancels(turn);
};

/** Whether the budget lets no cancel leave now; it is looked at again when it may. */
const isRateBlocked = (turn: VenueTurn): boolean => {
  const free_ns = waitsUntil(turn, "cancel");
  if (free_ns !== undefined) armWake(turn, free_ns);
  return free_ns !== undefined;
};

/** Sends (or answers) the waiting cancels that need wait no longer. */
export const releaseCancels = (turn: VenueTurn): void => {
  const { space, options, now, now_ns } = turn;
  if (space.size("waiting") === 0) return;
  let released = 0;
  for (const [, { command }] of space.entries("waiting")) {
    // The answers to those under way make room, and bring us here again.
    if (!hasRoom(turn)) return;
    if (released === slice_max) {
      armSweep(turn, now_ns);
      return;
    }
    if (neverLeft(turn, command)) {
      released += 1;
      turn.emit({ type: "request_not_sent", clOrdId: command.clOrdId, at: now });
      tellOutcome(turn, command, "not_sent", "VENUE_NOT_SENT", "the order itself never left");
    } else if (mayLeave(turn, command)) {
      if (isRateBlocked(turn)) return;
      released += 1;
      turn.emit({ type: "cancel_released", clOrdId: command.clOrdId, at: now });
      turn.perform({ type: "send", request: command });
      armSweep(turn, now_ns + span_ns(options.answerTimeout_ms));
    }
  }
};

/**
 * Asks the venue on an order's behalf. A request without an answer is being asked for anyway; while
 * the link is down the question waits for it.
 */
const onQuery = (turn: VenueTurn, { clOrdId }: QueryLeg): void => {
  const { space } = turn;
  const request = space.get("request", clOrdId);
  if (request !== undefined && request.stage !== "unresolved") return;
  if (isQueued(turn, clOrdId)) return;
  const root = space.get("id", clOrdId);
  if (root === undefined) {
    publishIncident(turn, "order_absent", "asked for, and we know nothing of it", { clOrdId });
    return;
  }
  checkOrder(turn, root, { afterSeq: 0, executionsWanted: true });
  askOrders(turn);
};
