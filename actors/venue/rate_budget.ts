/**
 * The venue's rate budget: whether a request may leave now, and if not, when it may be tried.
 *
 * Three lanes share each limit: cancels may use all of it, questions all but the cancels' reserve,
 * new work all but both reserves. A lane that may use nothing of a limit that small may still use
 * an empty one.
 *
 * The venue corrects us: what it counts above our count, a limit below ours, and refusals, after
 * which what they are about is closed until the venue's own time, and less of it is used for a
 * while. Without limits and without refusals nothing waits and nothing is counted.
 *
 * Owns: the leave to send, the closures and when they end. Every request asks here, once.
 * Never: sends; keeps a request (`venue_queue.ts` does).
 */
import { fromNanos, toNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import { boundedText } from "./bounded_text.ts";
import { countedOf, cutShareAt, toMs } from "./rate_evolve.ts";
import { laneOf, rateOptions_default, shareOf, weightOf } from "./rate_limits.ts";
import type { RateLane, RateLimit, RateOptions, RatePlan, RequestKind } from "./rate_limits.ts";
import type { LimitState, RateScope, RateState } from "./rate_state.ts";
import { roomAt_ms, usedAt } from "./rate_tally.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The timer at which the budget looks again. */
export const rateTimer = "rate";

/** No limits are configured. */
const unlimited: RateOptions = { ...rateOptions_default, limits: [] };

const ms_ns = 1_000_000n;

/** When a request may be tried; undefined: it may leave now. */
export const waitsUntil = (turn: VenueTurn, kind: RequestKind): Instant_ns | undefined => {
  const { space, options, now_ns } = turn;
  const rate = space.get("rate", options.venue);
  if (rate === undefined) return undefined;
  const now_ms = Number(now_ns / ms_ns);
  const free_ms = freeAt_ms(rate, options.rate ?? unlimited, kind, now_ms);
  return free_ms > now_ms ? BigInt(free_ms) * ms_ns : undefined;
};

/**
 * When a request may be tried by what is known now, ms since the epoch; `now_ms` where that is now.
 */
export const freeAt_ms = (
  rate: RateState,
  options: RateOptions,
  kind: RequestKind,
  now_ms: number,
): number => {
  const { plan, limits, closed } = rate;
  let free_ms = Math.max(now_ms, closed.all ?? 0, closed[`kind:${kind}`] ?? 0);
  const lane = laneOf(kind);
  for (let index = 0; index < limits.length; index += 1) {
    const [state, limit] = [limits[index], plan.limits[index]];
    if (state === undefined || limit === undefined) continue;
    const weight = weightOf(limit, kind);
    if (weight <= 0) continue;
    const counted = countedOf(plan, limit, state);
    const room = Math.max(0, usable(options, limit, state, lane, plan, now_ms) - weight);
    const at_ms = roomAt_ms(state.tally, counted, now_ms, room);
    free_ms = Math.max(free_ms, at_ms, closed[`limit:${limit.name}`] ?? 0);
  }
  return free_ms;
};

/** What a lane may use of a limit now. */
const usable = (
  options: RateOptions,
  limit: RateLimit,
  state: LimitState,
  lane: RateLane,
  plan: RatePlan,
  now_ms: number,
): number => {
  const whole = countedOf(plan, limit, state).limit * cutShareAt(state, now_ms);
  return Math.floor(whole * shareOf(options, limit, lane));
};

/** What is left of a limit for cancels and for new work, as shares of what each may use. */
export interface RateLeft {
  readonly limit: string;
  readonly cancels: number;
  readonly newWork: number;
}

/** What is left of every limit of a venue, for operators. */
export const rateLeft = (
  rate: RateState,
  options: RateOptions,
  now_ms: number,
): readonly RateLeft[] =>
  rate.plan.limits.flatMap((limit, index) => {
    const state = rate.limits[index];
    if (state === undefined) return [];
    const used = usedAt(state.tally, countedOf(rate.plan, limit, state), now_ms);
    const left = (lane: RateLane): number => {
      const most = usable(options, limit, state, lane, rate.plan, now_ms);
      return most <= 0 ? 0 : Math.max(0, 1 - used / most);
    };
    return [{ limit: limit.name, cancels: left("cancel"), newWork: left("new") }];
  });

/** Sets the budget's timer, unless it is due before that anyway. */
export const armWake = (turn: VenueTurn, at_ns: Instant_ns): void => {
  const wakeAt = turn.space.get("rate", turn.options.venue)?.wakeAt;
  if (wakeAt !== undefined && fromNanos(wakeAt) <= at_ns) return;
  turn.emit({ type: "rate_wake_set", wakeAt: toNanos(at_ns) });
  turn.timer(rateTimer, at_ns);
};

/** First thing of an ownership: what is counted with is what is configured. */
export const planRate = (turn: VenueTurn): void => {
  const { space, options, now: at } = turn;
  const { limits, delay_ms, skew_ms } = options.rate ?? unlimited;
  const plan: RatePlan = { limits, delay_ms, skew_ms };
  const before = space.get("rate", options.venue)?.plan;
  if (before === undefined && limits.length === 0) return;
  if (before !== undefined && isSame(before, plan)) return;
  turn.emit({ type: "rate_planned", plan, at });
};

const isSame = (a: RatePlan, b: RatePlan): boolean => planText(a) === planText(b);

/** A journal keeps keys in its own order. */
const planText = ({ limits, delay_ms, skew_ms }: RatePlan): string =>
  JSON.stringify([
    limits.map(({ name, kind, window_ms, limit, weights }) => [
      name,
      kind,
      window_ms,
      limit,
      Object.entries(weights).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
    delay_ms,
    skew_ms,
  ]);

/** Something is closed by the venue's word. */
export interface Closure {
  readonly scopes: readonly RateScope[];
  readonly until_ns: Instant_ns;
  readonly reason: string;
  /** A limit was overrun. */
  readonly overrun: boolean;
}

/** Closes scopes until then, at least; tells operators of those that were open. */
export const closeRate = (turn: VenueTurn, closure: Closure): void => {
  const { space, options, now, now_ns } = turn;
  const { scopes, until_ns, reason, overrun } = closure;
  const now_ms = Number(now_ns / ms_ns);
  const before = space.get("rate", options.venue)?.closed ?? {};
  const until = toNanos(until_ns);
  const isNews = scopes.some((scope) => (before[scope] ?? 0) < toMs(until));
  if (isNews) {
    const more = overrun ? { overrun: true as const } : {};
    turn.emit({ type: "rate_closed", scopes, until, ...more, at: now });
  }
  for (const scope of audible(scopes)) {
    if ((before[scope] ?? 0) <= now_ms)
      publishRate(turn, { state: "closed", scope, until, reason });
  }
  armWake(turn, until_ns + ms_ns);
};

/** Opens what was closed long enough, and looks again when the rest is. */
export const openRate = (turn: VenueTurn): void => {
  const { space, options, now: at, now_ns } = turn;
  const entries = Object.entries(space.get("rate", options.venue)?.closed ?? {});
  const closed = entries as readonly (readonly [RateScope, number])[];
  if (closed.length === 0) return;
  const now_ms = Number(now_ns / ms_ns);
  const scopes = closed.filter(([, until]) => until <= now_ms).map(([scope]) => scope);
  if (scopes.length > 0) turn.emit({ type: "rate_opened", scopes, at });
  for (const scope of audible(scopes)) {
    publishRate(turn, { state: "open", scope, reason: "its time is over" });
  }
  const left = closed.map(([, until]) => until).filter((until) => until > now_ms);
  if (left.length > 0) armWake(turn, BigInt(Math.min(...left)) * ms_ns);
};

/** An operator says that what the venue has closed is open; false: nothing is closed. */
export const reopenRate = (turn: VenueTurn, reason: string): boolean => {
  const { space, options, now: at } = turn;
  const closed = space.get("rate", options.venue)?.closed ?? {};
  const scopes = Object.keys(closed) as readonly RateScope[];
  if (scopes.length === 0) return false;
  turn.emit({ type: "rate_opened", scopes, at });
  for (const scope of audible(scopes)) publishRate(turn, { state: "open", scope, reason });
  return true;
};

/** Where everything is closed, the rest says nothing more. */
const audible = (scopes: readonly RateScope[]): readonly RateScope[] =>
  scopes.includes("all") ? ["all"] : scopes;

const publishRate = (
  turn: VenueTurn,
  body: {
    readonly state: "closed" | "open";
    readonly scope: RateScope;
    readonly until?: string;
    readonly reason: string;
  },
): void => {
  const { now, options } = turn;
  const { venue } = options;
  const reason = boundedText(body.reason);
  turn.publish(venueEventSubject(venue, "rate"), (eventId) => {
    return { eventId, venue, ...body, reason, tsEvent: now, tsInit: now };
  });
};
