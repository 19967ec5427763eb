/**
 * What a venue shard knows of its rate budget, and the facts by which it changes.
 *
 * Owns: the shapes. What is spent follows from the facts of the requests themselves.
 * Never: decides anything.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import type { RatePlan, RequestKind } from "./rate_limits.ts";
import type { Tally } from "./rate_tally.ts";

/** What is known of one limit. */
export interface LimitState {
  readonly tally: Tally;
  /** The limit by the venue's own words, where they differ from what is configured. */
  readonly told?: number;
  /** Part of the limit that is used since the venue refused within it; it grows with time. */
  readonly cut?: { readonly share: number; readonly at_ms: number };
}

/**
 * What is closed: everything, one limit (whatever counts in it), or one kind of request.
 *
 * `all`, `limit:<name>`, `kind:<request kind>`.
 */
export type RateScope = "all" | `limit:${string}` | `kind:${RequestKind}`;

/** The rate budget of a venue. */
export interface RateState {
  readonly plan: RatePlan;
  /** In the order of the plan's limits. */
  readonly limits: readonly LimitState[];
  /** Until when, ms since the epoch. */
  readonly closed: Readonly<Partial<Record<RateScope, number>>>;
  /** Account shards know that new orders wait long. */
  readonly congested?: true;
  /** When the budget's timer is due; undefined where it is not set. */
  readonly wakeAt?: Nanos;
  /** Limits that the venue told of and that are not configured. */
  readonly strange?: readonly string[];
}

/** A place or replace that waits for leave. */
export interface QueuedState<Command extends PlaceLeg | ReplaceLeg> {
  readonly command: Command;
  readonly since: Nanos;
  /** Lower ones go first; absent: before all others. */
  readonly round?: number;
}

/** Actor kinds of the budget. */
export interface RateActorKinds {
  /** By venue id; at most one. */
  readonly rate: RateState;
  /** By venue ClOrdID, in the order in which they came: places that wait. */
  readonly queuedPlace: QueuedState<PlaceLeg>;
  /** By venue ClOrdID, in the order in which they came: replaces that wait. */
  readonly queuedReplace: QueuedState<ReplaceLeg>;
  /** By root: orders without a fill that count as such, and when they were placed (ms). */
  readonly unfilled: number;
}

/** The kinds' names. */
export const rateActorKinds = ["rate", "queuedPlace", "queuedReplace", "unfilled"] as const;

/** One limit as the venue tells it. */
export interface ToldLimit {
  readonly name: string;
  readonly limit: number;
  readonly used: number;
}

interface At {
  readonly at: Nanos;
}

/** Journaled facts of the budget. */
export type RateEvent =
  /** The configuration that is counted with from now on. */
  | (At & { readonly type: "rate_planned"; readonly plan: RatePlan })
  /** The venue refused for its limits, or is not available: these scopes are closed until then. */
  | (At & {
      readonly type: "rate_closed";
      readonly scopes: readonly RateScope[];
      readonly until: Nanos;
      /** Whether a limit was overrun: less of it is used for a time. */
      readonly overrun?: true;
    })
  | (At & { readonly type: "rate_opened"; readonly scopes: readonly RateScope[] })
  /** The venue's own counts, where they are news. */
  | (At & { readonly type: "rate_told"; readonly limits: readonly ToldLimit[] })
  /** New orders wait long from now on, or no more. */
  | (At & { readonly type: "rate_congestion"; readonly congested: boolean })
  | { readonly type: "rate_wake_set"; readonly wakeAt?: Nanos }
  /** It waits for leave. */
  | (At & {
      readonly type: "order_queued";
      readonly command: PlaceLeg | ReplaceLeg;
      /** Each account has one in each round. */
      readonly round?: number;
      /** What it will execute is counted from the first lot on. */
      readonly tallied?: true;
    })
  /** A waiting request's intent to leave. */
  | (At & { readonly type: "order_released"; readonly clOrdId: LegClOrdId })
  /** It was answered while it waited: it never leaves. */
  | (At & { readonly type: "order_withdrawn"; readonly clOrdId: LegClOrdId })
  /** The venue refused a cancel unseen: it waits to be asked for again. */
  | (At & { readonly type: "cancel_put_back"; readonly clOrdId: LegClOrdId });
