/**
 * How the facts of a venue shard move its circuit breaker: total and pure.
 *
 * Most of what a breaker counts is journaled anyway: a report that answers a request says when, a
 * doubt says that nothing came in time. Only requests that left since the breaker last changed
 * count: what was sent before a trip says nothing about the trial.
 *
 * Nothing is counted before `breaker_begun`: the journals of versions that had no breaker replay to
 * the states that they had.
 *
 * Owns: that reading. It runs before the other states change: requests are still there.
 */
import { partsOfOrderId } from "../../protocols/kernel/ids.ts";
import type { LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { closedBreaker, msOf } from "./breaker_model.ts";
import type { BreakerState, Trial } from "./breaker_model.ts";
import { countOutcome } from "./breaker_window.ts";
import type { Outcome } from "./breaker_window.ts";
import { isLinkless } from "./session_status.ts";
import type { BreakerEvent, VenueEvent } from "./venue_event.ts";
import type { Kept, VenueSpace } from "./venue_space.ts";

type EventOf<Type extends VenueEvent["type"]> = Extract<VenueEvent, { readonly type: Type }>;

const own: Readonly<Record<BreakerEvent["type"], true>> = {
  breaker_begun: true,
  breaker_changed: true,
  breaker_asked: true,
  breaker_answered: true,
  venue_trouble: true,
};

/** Whether a fact is about the breaker alone. */
export const isBreakerFact = (event: VenueEvent): event is BreakerEvent =>
  Object.hasOwn(own, event.type);

/** Takes what a fact says of the breaker; most say nothing. */
export const evolveBreaker = (kept: Kept, space: VenueSpace, event: VenueEvent): void => {
  if (!isTelling(event)) return;
  const before = space.get("breaker", kept.venue);
  if (before === undefined) {
    if (event.type === "breaker_begun")
      space.set("breaker", kept.venue, begun(closedBreaker, event));
    return;
  }
  const after = next(space, before, event);
  if (after !== before) space.set("breaker", kept.venue, after);
};

/** Facts that say something of the breaker. */
type Telling = EventOf<
  | "breaker_begun"
  | "breaker_changed"
  | "breaker_asked"
  | "breaker_answered"
  | "venue_trouble"
  | "session_changed"
  | "request_sending"
  | "order_released"
  | "report_received"
  | "request_in_doubt"
  | "request_not_sent"
>;

const telling: Readonly<Record<Telling["type"], true>> = {
  breaker_begun: true,
  breaker_changed: true,
  breaker_asked: true,
  breaker_answered: true,
  venue_trouble: true,
  session_changed: true,
  request_sending: true,
  order_released: true,
  report_received: true,
  request_in_doubt: true,
  request_not_sent: true,
};

const isTelling = (event: VenueEvent): event is Telling => Object.hasOwn(telling, event.type);

const next = (space: VenueSpace, state: BreakerState, event: Telling): BreakerState => {
  switch (event.type) {
    case "breaker_begun":
      return begun(state, event);
    case "breaker_changed":
      return { ...changed(event), ...(state.byAccount === true ? { byAccount: true } : {}) };
    case "breaker_asked":
      return withTrial(state, { askedAt: event.at });
    case "breaker_answered":
      return answered(state, event.at);
    case "venue_trouble":
      return counted(state, "trouble", event.at, undefined);
    case "session_changed":
      // A question dies with its link.
      return isLinkless(event.to) ? withTrial(state, { askedAt: undefined }) : state;
    case "request_sending":
      return event.command.kind === "cancel" ? state : inFlight(state, 1);
    case "order_released":
      return inFlight(state, 1);
    case "report_received":
      return reported(space, state, event);
    case "request_in_doubt": {
      const request = leftSince(space, state, event.clOrdId);
      if (request === undefined) return state;
      const left = landed(state, request.isOrder);
      return event.late === true ? counted(left, "timeout", event.at, undefined) : left;
    }
    case "request_not_sent": {
      const request = leftSince(space, state, event.clOrdId);
      return request === undefined ? state : landed(state, request.isOrder);
    }
    default:
      return event satisfies never;
  }
};

const begun = (state: BreakerState, { byAccount }: EventOf<"breaker_begun">): BreakerState =>
  byAccount === undefined ? state : { ...state, byAccount };

const changed = ({ to, at, trips, until }: EventOf<"breaker_changed">): BreakerState => ({
  phase: to,
  since: at,
  trips,
  ...(until === undefined ? {} : { until }),
  timeoutsInRow: 0,
  window: [],
  ...(to === "half_open" ? { trial: { answered: 0, inFlight: 0 } } : {}),
});

const reported = (
  space: VenueSpace,
  state: BreakerState,
  { answers, at, refused }: EventOf<"report_received">,
): BreakerState => {
  let after = state;
  for (const clOrdId of answers) {
    const request = leftSince(space, state, clOrdId);
    if (request === undefined) continue;
    const took_ms = Math.max(0, msOf(at) - msOf(request.since));
    const outcome = refused === undefined || !request.isOrder ? "accepted" : refused;
    const isCounted = request.isOrder && state.byAccount === true;
    const account = isCounted ? partsOfOrderId(request.orderId).account : undefined;
    after = counted(landed(after, request.isOrder), outcome, at, took_ms, account);
  }
  return after;
};

/** A request that may have left, has no answer yet, and belongs to this phase. */
const leftSince = (
  space: VenueSpace,
  { since: begun }: BreakerState,
  clOrdId: LegClOrdId,
): { readonly isOrder: boolean; readonly orderId: OrderId; readonly since: Nanos } | undefined => {
  const request = space.get("request", clOrdId);
  if (request?.stage !== "sending" || BigInt(request.since) < BigInt(begun)) return undefined;
  const { kind, orderId } = request.command;
  return { isOrder: kind !== "cancel", orderId, since: request.since };
};

const counted = (
  state: BreakerState,
  outcome: Outcome,
  at: Nanos,
  took_ms: number | undefined,
  account?: string,
): BreakerState => ({
  ...state,
  timeoutsInRow: outcome === "timeout" ? state.timeoutsInRow + 1 : 0,
  window: countOutcome(state.window, outcome, msOf(at), took_ms, account),
});

const landed = (state: BreakerState, isOrder: boolean): BreakerState =>
  isOrder ? inFlight(state, -1) : state;

const inFlight = (state: BreakerState, change: number): BreakerState => {
  const { trial } = state;
  if (trial === undefined) return state;
  return { ...state, trial: { ...trial, inFlight: Math.max(0, trial.inFlight + change) } };
};

const answered = (state: BreakerState, at: Nanos): BreakerState => {
  const { trial } = state;
  if (trial?.askedAt === undefined) return state;
  const { inFlight: flying } = trial;
  return { ...state, trial: { inFlight: flying, answered: trial.answered + 1, answeredAt: at } };
};

const withTrial = (
  state: BreakerState,
  { askedAt }: { readonly askedAt: Nanos | undefined },
): BreakerState => {
  const { trial } = state;
  if (trial === undefined || trial.askedAt === askedAt) return state;
  const { askedAt: _, ...rest } = trial;
  const asked: Trial = askedAt === undefined ? rest : { ...rest, askedAt };
  return { ...state, trial: asked };
};
