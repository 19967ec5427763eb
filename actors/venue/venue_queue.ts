/**
 * Places and replaces that wait for the venue's rate budget: account by account in turn, each
 * account's oldest first.
 *
 * Every account has one in each round, so that the flood of one delays the others by one request
 * each, and a full queue gives up the last rounds of whoever has most. Places do not wait for
 * replaces, nor these for places: a full count of orders does not hold a change of one. A request
 * that waits has no intent yet: it leaves after the fact that says so, or is answered `not_sent`,
 * once. It is answered where its deadline passes, the gate closes, the queue is full, or its order
 * is canceled: then neither the order nor its cancel ever leaves.
 *
 * Owns: the wait. Whether there is leave is `rate_budget.ts`; whether the gate is open is told by
 * the caller's `gateRefusal`.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import type { CancelLeg, PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import { armWake, waitsUntil } from "./rate_budget.ts";
import type { QueuedState } from "./rate_state.ts";
import { rateOptions_default } from "./rate_limits.ts";
import { armSweep, slice_max, unansweredCount } from "./venue_doubt.ts";
import { gateRefusal } from "./venue_gate.ts";
import { forgetEnded } from "./venue_retention.ts";
import { countedFrom } from "./venue_tally.ts";
import { span_ns, tellOutcome } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

type Queued = PlaceLeg | ReplaceLeg;

/** In a round changes go first: they are the ones that may take something back. */
const queues = ["queuedReplace", "queuedPlace"] as const;
const queueOf = ({ kind }: Queued) => (kind === "place" ? "queuedPlace" : "queuedReplace");

/** How many wait. */
export const queuedCount = ({ space }: VenueTurn): number =>
  space.size("queuedPlace") + space.size("queuedReplace");

/** Whether a request waits here. */
export const isQueued = ({ space }: Pick<VenueTurn, "space">, clOrdId: LegClOrdId): boolean =>
  space.get("queuedPlace", clOrdId) !== undefined ||
  space.get("queuedReplace", clOrdId) !== undefined;

/** Whether a place or replace has to wait, by the budget or behind others. */
export const mustQueue = (turn: VenueTurn, command: Queued): boolean =>
  turn.space.size(queueOf(command)) > 0 ||
  waitsForItsOrder(turn, command) ||
  waitsUntil(turn, command.kind) !== undefined;

/** A replace whose order waits itself. */
const waitsForItsOrder = ({ space }: VenueTurn, command: Queued): boolean =>
  command.kind === "replace" && space.get("queuedPlace", command.origClOrdId) !== undefined;

/** Lets a request wait; false: too many do already, and none of them has to give way to it. */
export const queueOrder = (turn: VenueTurn, command: Queued): boolean => {
  const { options, now } = turn;
  const round = roundOf(turn, command);
  const isFull = queuedCount(turn) >= (options.rate?.queue_max ?? rateOptions_default.queue_max);
  if (isFull && !makeRoom(turn, round)) return false;
  turn.emit({ type: "order_queued", command, round, ...countedFrom(turn, command), at: now });
  armWake(turn, fromNanos(command.deadline) + 1n);
  const free_ns = waitsUntil(turn, command.kind);
  if (free_ns !== undefined) armWake(turn, free_ns);
  return true;
};

/** All that waits: changes, then orders, each as they came. */
const waitingIn = ({ space }: VenueTurn): readonly QueuedState<Queued>[] =>
  queues.flatMap((queue): QueuedState<Queued>[] =>
    [...space.entries(queue)].map(([, waiting]) => waiting),
  );

/** The round of a newcomer: behind the last one of its account, or with those that are next. */
const roundOf = (turn: VenueTurn, { orderId }: Queued): number => {
  const { account } = partsOfOrderId(orderId);
  let [first, own] = [Number.POSITIVE_INFINITY, 0];
  for (const { command, round = 0 } of waitingIn(turn)) {
    first = Math.min(first, round);
    if (partsOfOrderId(command.orderId).account === account) own = Math.max(own, round);
  }
  return Math.max(own + 1, Number.isFinite(first) ? first : 1);
};

/** Takes out the youngest of the last round, where that is behind the newcomer's. */
const makeRoom = (turn: VenueTurn, round: number): boolean => {
  let last: QueuedState<Queued> | undefined;
  for (const waiting of waitingIn(turn)) {
    if ((waiting.round ?? 0) >= (last?.round ?? 0)) last = waiting;
  }
  if (last === undefined || (last.round ?? 0) <= round) return false;
  withdraw(turn, last.command, queueFull(turn));
  return true;
};

/** Why a full queue refuses. */
export const queueFull = (turn: VenueTurn): Refusal => ({
  code: "VENUE_RATE_LIMITED",
  text: `venue=${turn.options.venue} queued=${queuedCount(turn)}`,
});

/** Sends what waits and may leave now, in its order, as much as fits into a turn. */
export const releaseQueue = (turn: VenueTurn): void => {
  if (queuedCount(turn) === 0) return;
  const held = new Set(queues.filter((queue) => isStuck(turn, queue)));
  if (held.size === queues.length) return;
  let done = 0;
  for (const command of inOrder(turn)) {
    if (held.has(queueOf(command))) continue;
    if (done === slice_max) {
      armWake(turn, turn.now_ns);
      return;
    }
    const refusal = whyNever(turn, command);
    if (refusal === undefined && waitsForItsOrder(turn, command)) continue;
    if (refusal === undefined && !tryRelease(turn, command)) {
      held.add(queueOf(command));
      continue;
    }
    if (refusal !== undefined) withdraw(turn, command, refusal);
    done += 1;
  }
};

/** Whether nothing of a queue can leave or is to be answered now: its order does not matter. */
const isStuck = (turn: VenueTurn, queue: (typeof queues)[number]): boolean => {
  for (const [, { command }] of turn.space.entries(queue)) {
    const free_ns = waitsUntil(turn, command.kind);
    if (free_ns === undefined || whyNever(turn, command) !== undefined) return false;
    armWake(turn, free_ns);
    return true;
  }
  return true;
};

/** Round by round. */
const inOrder = (turn: VenueTurn): readonly Queued[] =>
  waitingIn(turn)
    .toSorted((a, b) => (a.round ?? 0) - (b.round ?? 0))
    .map(({ command }) => command);

/** Sends one if it may leave; else sees to it later. */
const tryRelease = (turn: VenueTurn, command: Queued): boolean => {
  const { options, now, now_ns } = turn;
  // The answers to those under way make room, and bring us here again.
  if (unansweredCount(turn) >= options.unanswered_max) return false;
  const free_ns = waitsUntil(turn, command.kind);
  if (free_ns !== undefined) {
    armWake(turn, free_ns);
    return false;
  }
  turn.emit({ type: "order_released", clOrdId: command.clOrdId, at: now });
  turn.perform({ type: "send", request: command });
  armSweep(turn, now_ns + span_ns(options.answerTimeout_ms));
  return true;
};

/** Answers what can wait no longer, and looks again when the next one cannot. */
export const expireQueue = (turn: VenueTurn): void => {
  let next_ns: Instant_ns | undefined;
  let done = 0;
  for (const queue of queues) {
    for (const [, { command }] of turn.space.entries(queue)) {
      const refusal = done < slice_max ? whyNever(turn, command) : undefined;
      if (refusal !== undefined) {
        withdraw(turn, command, refusal);
        done += 1;
        continue;
      }
      const due_ns = fromNanos(command.deadline) + 1n;
      if (next_ns === undefined || due_ns < next_ns) next_ns = due_ns;
    }
  }
  if (next_ns !== undefined) armWake(turn, next_ns > turn.now_ns ? next_ns : turn.now_ns);
};

/** The link or the owner is lost: what waits is answered at once, in turns of its own. */
export const failQueue = (turn: VenueTurn): void => {
  if (queuedCount(turn) > 0) armWake(turn, turn.now_ns);
};

const whyNever = (turn: VenueTurn, command: Queued): Refusal | undefined => {
  const { space, options, now_ns } = turn;
  if (now_ns > fromNanos(command.deadline)) {
    const text = `venue=${options.venue} deadline=${command.deadline} passed while it waited`;
    return { code: "VENUE_RATE_LIMITED", text };
  }
  const root = space.get("id", command.clOrdId);
  const order = root === undefined ? undefined : space.get("order", root);
  if (order?.endedAt !== undefined) return { code: "ORDER_CLOSED", text: "while it waited" };
  return gateRefusal(turn, command);
};

const withdraw = (turn: VenueTurn, command: Queued, { code, text }: Refusal): void => {
  turn.emit({ type: "order_withdrawn", clOrdId: command.clOrdId, at: turn.now });
  tellOutcome(turn, command, "not_sent", code, text);
  forgetEnded(turn);
};

/**
 * A cancel takes what waits of its order with it. True where that was the order itself: then there
 * is nothing to cancel at the venue.
 */
export const withdrawFor = (turn: VenueTurn, { origClOrdId, clOrdId }: CancelLeg): boolean => {
  const { space } = turn;
  if (queuedCount(turn) === 0) return false;
  const place = space.get("queuedPlace", origClOrdId)?.command;
  if (place !== undefined) {
    withdraw(turn, place, { code: "VENUE_WITHDRAWN", text: `by ${clOrdId} while it waited` });
  }
  const root = space.get("id", origClOrdId);
  const ids = root === undefined ? [] : (space.get("order", root)?.ids ?? []);
  for (const id of ids) {
    const replace = space.get("queuedReplace", id)?.command;
    const text = `by ${clOrdId} while it waited`;
    if (replace !== undefined) withdraw(turn, replace, { code: "ORDER_PENDING_CANCEL", text });
  }
  return place !== undefined;
};
