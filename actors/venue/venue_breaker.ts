/**
 * A venue's circuit breaker within the shard: when it changes, whom it tells, how it tries.
 *
 * Owns: every change of the breaker, its timer, its harmless questions. Cancels, questions about
 * orders and reports never ask it.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import { admits, breakerIn, breakerWord, coolDown, judge, msOf } from "./breaker_model.ts";
import type { BreakerState, Verdict } from "./breaker_model.ts";
import type { BreakerEvent } from "./venue_event.ts";
import type { VenueRefusal } from "./venue_link.ts";
import { waitsUntil } from "./rate_budget.ts";
import { isUsable, retellGate, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The timer by which the breaker looks after itself. */
export const breakerTimer = "breaker";

/** The id that a harmless question asks for where no order is known: of nothing. */
const probeId = "probe" as LegClOrdId;

/** Why no order may leave, in numbers; undefined: the breaker has nothing against it. */
export const breakerRefusal = (turn: VenueTurn): string | undefined => {
  const { options } = turn;
  const state = breakerOf(turn);
  if (admits(state, options.breaker)) return undefined;
  const { phase, trial } = state;
  const flying = trial === undefined ? "" : ` inFlight=${trial.inFlight}`;
  return `venue=${options.venue} breaker=${phase}${flying}`;
};

/** Begins to count, and to count by account, once for a shard. */
export const beginBreaker = (turn: VenueTurn): void => {
  const { space, options, now: at } = turn;
  if (space.get("breaker", options.venue)?.byAccount === true) return;
  turn.emit({ type: "breaker_begun", byAccount: true, at });
};

/** Changes the breaker if it is to be, and asks what is to be asked. */
export const tendBreaker = (turn: VenueTurn): void => {
  const { options, now } = turn;
  const verdict = judge(breakerOf(turn), options.breaker, now, options.queryTimeout_ms);
  if (verdict !== undefined) change(turn, verdict);
  if (breakerOf(turn).phase === "half_open") probe(turn);
};

/**
 * The venue did not take a request because of itself; a ban closes the way to it at once, for as
 * long as it lasts.
 */
export const noteVenueTrouble = (
  turn: VenueTurn,
  { code, retryAfter_ms = 0 }: VenueRefusal,
): void => {
  if (code === "not_supported") return;
  turn.emit({ type: "venue_trouble", code, at: turn.now });
  if (code !== "banned" || retryAfter_ms < turn.options.breaker.ban_ms_min) return;
  if (breakerOf(turn).phase === "open") return;
  change(turn, { to: "open", cause: "banned", numbers: { retryAfter_ms } }, retryAfter_ms);
};

/** An operator lets a venue be tried before its time; false: it is not left alone. */
export const tryBreaker = (turn: VenueTurn): boolean => {
  if (breakerOf(turn).phase !== "open") return false;
  change(turn, { to: "half_open", cause: "released", numbers: {} });
  return true;
};

/** Takes the answer to a harmless question: that there is one is all that it says. */
export const takeProbe = (turn: VenueTurn): void =>
  emitTold(turn, { type: "breaker_answered", at: turn.now });

/** States a fact of the breaker, and tells account shards where it changes what they know. */
const emitTold = (turn: VenueTurn, fact: BreakerEvent): void => {
  const { space, options } = turn;
  const before = breakerWord(space, options.venue).breaker;
  turn.emit(fact);
  if (breakerWord(space, options.venue).breaker !== before) retellGate(turn);
};

const breakerOf = ({ space, options }: VenueTurn): BreakerState => breakerIn(space, options.venue);

const change = (turn: VenueTurn, { to, cause, numbers }: Verdict, least_ms = 0): void => {
  const { options, now } = turn;
  const { venue, breaker } = options;
  const before = breakerOf(turn);
  const cool =
    to === "open" ? coolDown(before, breaker, venue, now, least_ms) : { trips: before.trips };
  emitTold(turn, { type: "breaker_changed", to, cause, at: now, ...cool });
  const until = "until" in cool ? cool.until : undefined;
  const body = { venue, from: before.phase, to, cause, trips: cool.trips, numbers };
  turn.publish(venueEventSubject(venue, "breaker"), (eventId) => ({
    eventId,
    ...body,
    ...(until === undefined ? {} : { until }),
    tsEvent: now,
    tsInit: now,
  }));
  turn.timer(breakerTimer, until === undefined ? undefined : BigInt(until));
};

/** Asks a harmless question if it is time for one, and sets the next look. */
const probe = (turn: VenueTurn): void => {
  const { space, options, now, now_ns } = turn;
  const { breaker, queryTimeout_ms } = options;
  const { trial } = breakerOf(turn);
  if (trial === undefined) return;
  const { askedAt, answeredAt } = trial;
  const every_ns = span_ns(breaker.probeEvery_ms);
  if (askedAt !== undefined) {
    turn.timer(breakerTimer, BigInt(askedAt) + span_ns(queryTimeout_ms));
    return;
  }
  const isDue = answeredAt === undefined || msOf(now) - msOf(answeredAt) >= breaker.probeEvery_ms;
  const mayAsk =
    isUsable(sessionOf(space, options)) && waitsUntil(turn, "query_order") === undefined;
  if (!isDue || !mayAsk) {
    turn.timer(breakerTimer, (isDue ? now_ns : BigInt(answeredAt)) + every_ns);
    return;
  }
  turn.emit({ type: "breaker_asked", at: now });
  const clOrdId = knownId(turn) ?? probeId;
  const query = { asker: probeId, clOrdId, purpose: "probe" as const, askedAt: now };
  turn.perform({ type: "query", query });
  turn.timer(breakerTimer, now_ns + span_ns(queryTimeout_ms));
};

/** An id that the venue knows, if there is one at hand. */
const knownId = ({ space }: VenueTurn): LegClOrdId | undefined => {
  for (const [, { current }] of space.entries("order")) return current;
  return undefined;
};
