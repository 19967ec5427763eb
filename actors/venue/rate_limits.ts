/**
 * How a venue limits what it is sent, as data: named limits, each with its window and its weights.
 *
 * How real venues count (read in their documents, `binance/binance-spot-api-docs` and others):
 *  - Binance spot: request weight per minute, orders per 10 s and per day, in fixed windows that
 *    begin at whole multiples of their length (a minute on the minute). A new order weighs 1, a
 *    query of one order 4, of all open orders 80. The order counts are of unfilled orders: the
 *    first fill gives one back, a cancel does not. Over the limit is answered 429, and going on
 *    after that bans the address from two minutes up to three days (418).
 *  - Coinbase: requests per second and per hour.
 *  - Kraken: a counter that falls at a steady rate and may not rise above a maximum.
 *
 * A family is several limits in which the same request weighs differently. All accounts of a venue
 * share its limits, as they share the session.
 *
 * Owns: the shapes, the lanes, and what a usable configuration is.
 */
import type { SnapshotPart } from "./venue_snapshot.ts";

/** What a venue counts. `first_fill` is no request: its (negative) weight is given back. */
export const rateKinds = [
  "place",
  "replace",
  "cancel",
  "mass_cancel",
  "query_order",
  "query_open_orders",
  "query_executions",
  "query_positions",
  "logon",
  "first_fill",
] as const;

/** What a venue counts. */
export type RateKind = (typeof rateKinds)[number];

/** A kind of request that asks for leave. */
export type RequestKind = Exclude<RateKind, "first_fill">;

/** What the question about each part of a snapshot counts as. */
export const questionKinds = {
  open_orders: "query_open_orders",
  executions: "query_executions",
  positions: "query_positions",
} as const satisfies Record<SnapshotPart, RequestKind>;

/** How a limit's use passes with time. */
export const rateWindows = ["window", "rolling", "bucket"] as const;

/** One limit of a venue. */
export interface RateLimit {
  readonly name: string;
  /**
   * `window`: fixed windows that begin at whole multiples of `window_ms` of the venue's clock.
   * `rolling`: any stretch of `window_ms`; also for fixed windows that begin nobody knows when.
   * `bucket`: a counter that falls by `limit` in `window_ms`, steadily, and may not rise above it.
   */
  readonly kind: (typeof rateWindows)[number];
  readonly window_ms: number;
  readonly limit: number;
  /** By kind; `other` for requests that are not named, 0 where it is absent. */
  readonly weights: Readonly<Partial<Record<RateKind | "other", number>>>;
}

/** What of a configuration is counted with; it is journaled, so that replay counts the same. */
export interface RatePlan {
  readonly limits: readonly RateLimit[];
  /**
   * Longest time from a decision to send to the venue's counting: commit, network, its queue. What
   * takes longer may be counted in a window that we took for empty.
   */
  readonly delay_ms: number;
  /** Largest difference between the venue's clock and ours, where windows follow its clock. */
  readonly skew_ms: number;
}

/** A venue's limits and how we share them out. */
export interface RateOptions extends RatePlan {
  /** Share of every limit that is never used: for what others use, and for what we do not know. */
  readonly safety: number;
  /** Share that only cancels may use, of the limits that count cancels. */
  readonly cancelReserve: number;
  /** Share that only cancels and questions may use, of the limits that count questions. */
  readonly reconcileReserve: number;
  /** Places and replaces that wait for leave at most. */
  readonly queue_max: number;
}

/** Fits a venue near by. */
export const rateOptions_default = {
  delay_ms: 250,
  skew_ms: 50,
  safety: 0.05,
  cancelReserve: 0.2,
  reconcileReserve: 0.1,
  queue_max: 1_000,
} as const satisfies Omit<RateOptions, "limits">;

/** Limits of one venue at most. */
export const limits_max = 16;

/** Who goes first: cancels, then questions, then new work. */
export type RateLane = "cancel" | "reconcile" | "new";

/** The lane of a request. */
export const laneOf = (kind: RequestKind): RateLane => {
  if (kind === "cancel" || kind === "mass_cancel") return "cancel";
  return kind === "place" || kind === "replace" ? "new" : "reconcile";
};

/** What a request (or a first fill) weighs in a limit. */
export const weightOf = ({ weights }: RateLimit, kind: RateKind): number =>
  weights[kind] ?? (kind === "first_fill" ? 0 : (weights.other ?? 0));

const questions = rateKinds.filter((kind) => kind.startsWith("query_"));

/** The part of a limit that a lane may use, 0 to 1. A reserve that nobody can use is not kept. */
export const shareOf = (options: RateOptions, limit: RateLimit, lane: RateLane): number => {
  const { safety, cancelReserve, reconcileReserve } = options;
  const whole = 1 - safety;
  if (lane === "cancel") return whole;
  const countsCancels = weightOf(limit, "cancel") > 0 || weightOf(limit, "mass_cancel") > 0;
  const left = countsCancels ? whole - cancelReserve : whole;
  if (lane === "reconcile") return left;
  return questions.some((kind) => weightOf(limit, kind) > 0) ? left - reconcileReserve : left;
};

/** What is wrong with limits; undefined: nothing. */
export const rateFault = (options: RateOptions): string | undefined => {
  const { limits, safety, cancelReserve, reconcileReserve } = options;
  if (limits.length > limits_max) return `more than ${limits_max} limits`;
  const names = new Set(limits.map(({ name }) => name));
  if (names.size < limits.length) return "two limits have one name";
  if (safety + cancelReserve + reconcileReserve >= 1) return "the reserves leave nothing";
  for (const limit of limits) {
    const fault = limitFault(options, limit);
    if (fault !== undefined) return `${limit.name}: ${fault}`;
  }
  return undefined;
};

const limitFault = (options: RateOptions, limit: RateLimit): string | undefined => {
  const { kind, window_ms, weights } = limit;
  const { delay_ms, skew_ms } = options;
  if (kind === "window" && delay_ms + 2 * skew_ms >= window_ms) {
    return "delay and skew are as long as its window: take `rolling`";
  }
  if (kind === "bucket" && delay_ms >= window_ms) return "the delay is as long as its window";
  const givesBack = weightOf(limit, "first_fill");
  if (givesBack > 0) return "a first fill gives back: its weight is not above 0";
  if (givesBack < 0 && kind !== "window") return "only a fixed window can give back";
  if (!Object.values(weights).some((weight) => weight > 0)) return "it counts nothing";
  for (const request of rateKinds) {
    if (request === "first_fill") continue;
    const weight = weightOf(limit, request);
    if (weight < 0) return `${request} weighs less than 0`;
    if (weight > limit.limit * shareOf(options, limit, laneOf(request))) {
      return `${request} never fits what its lane may use`;
    }
  }
  return undefined;
};
