/**
 * A venue's circuit breaker, pure: closed, open, half-open, by what came of its requests.
 *
 *   closed     orders flow; too many troubles, refusals or slow answers open it
 *   open       no new order leaves for a while; cancels, questions and reports pass
 *   half_open  a harmless question first, then a few orders at a time; all well closes it, or many
 *              questions answered where hardly an order comes; one trouble opens it for longer
 *
 * Owns: the states, when which may follow, and the numbers behind it.
 * Never: reads a clock, or depends on configuration in what is journaled (`judge` alone does).
 */
import type { VenueId } from "../../protocols/kernel/ids.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { fnv1a32 } from "../../protocols/kernel/shard.ts";
import type { VenueStatusReport } from "../../protocols/venue.ts";
import type { BreakerOptions } from "./breaker_options.ts";
import { isOneAccounts, quantile_ms, summaryAt, totalsAt } from "./breaker_window.ts";
import type { Summary, Window } from "./breaker_window.ts";

/** Where a breaker stands. */
export type BreakerPhase = "closed" | "open" | "half_open";

/** How far a half-open breaker has tried its venue. */
export interface Trial {
  /** When the harmless question under way was asked. */
  readonly askedAt?: Nanos;
  /** Harmless questions answered. */
  readonly answered: number;
  /** When the newest of them was. */
  readonly answeredAt?: Nanos;
  /** Orders without an answer. */
  readonly inFlight: number;
}

/** A breaker. */
export interface BreakerState {
  readonly phase: BreakerPhase;
  readonly since: Nanos;
  /** Openings one after the other: each doubles the cool-down. */
  readonly trips: number;
  /** While open: when the venue is tried again. */
  readonly until?: Nanos;
  readonly timeoutsInRow: number;
  /** Outcomes of requests that left since the phase began. */
  readonly window: Window;
  /** While half-open. */
  readonly trial?: Trial;
  /** Orders are also counted by their accounts: not so in the journals of earlier versions. */
  readonly byAccount?: true;
}

/** A venue that has done nothing yet. */
export const closedBreaker: BreakerState = {
  phase: "closed",
  since: toNanos(0n),
  trips: 0,
  timeoutsInRow: 0,
  window: [],
};

/** What a breaker is to change to, and the numbers that say so. */
export interface Verdict {
  readonly to: BreakerPhase;
  readonly cause:
    | "timeouts"
    | "trouble"
    | "refusals"
    | "slow"
    | "banned"
    | "no_answer"
    | "cooled"
    | "released"
    | "well";
  readonly numbers: Readonly<Record<string, number>>;
}

const numbersOf = (
  { window, timeoutsInRow }: BreakerState,
  { ackQuantile }: BreakerOptions,
  now_ms: number,
): Verdict["numbers"] => {
  const totals = totalsAt(window, now_ms);
  const { accepted, refused, trouble, timeout } = totals;
  const ack_ms = quantile_ms(totals, ackQuantile);
  const known = ack_ms === undefined ? {} : { ack_ms };
  return { accepted, refused, trouble, timeout, timeoutsInRow, ...known };
};

/** Whether the counts are too bad, with these least numbers of samples. */
const badness = (
  { accepted, refused, trouble, timeout, slow }: Summary,
  options: BreakerOptions,
  least: Pick<BreakerOptions, "trouble_min" | "refused_min" | "ack_min">,
  isOwn: () => boolean,
): Verdict["cause"] | undefined => {
  const answered = accepted + refused;
  const all = answered + trouble + timeout;
  if (all >= least.trouble_min && trouble + timeout >= options.troubleShare * all) return "trouble";
  const isRefusing = refused >= options.refusedShare * answered;
  if (answered >= least.refused_min && isRefusing && !isOwn()) return "refusals";
  // As many as this, and the quantile itself is slow.
  const slow_max = answered - Math.max(1, Math.ceil(options.ackQuantile * answered));
  return answered >= least.ack_min && slow > slow_max ? "slow" : undefined;
};

/** What a breaker should change to now; undefined: nothing. `patience_ms` is a question's. */
export const judge = (
  state: BreakerState,
  options: BreakerOptions,
  now: Nanos,
  patience_ms: number,
): Verdict | undefined => {
  if (state.phase === "open") {
    const isCool = state.until === undefined || BigInt(now) >= BigInt(state.until);
    return isCool ? { to: "half_open", cause: "cooled", numbers: {} } : undefined;
  }
  const now_ms = msOf(now);
  const totals = summaryAt(state.window, now_ms, options.ack_ms_max);
  const turnTo = (to: BreakerPhase, cause: Verdict["cause"]): Verdict => {
    return { to, cause, numbers: numbersOf(state, options, now_ms) };
  };
  const open = (cause: Verdict["cause"]): Verdict => turnTo("open", cause);
  const isOwn = (): boolean => isOneAccounts(state.window, now_ms, options.refusedShare);
  if (state.phase === "closed") {
    if (state.timeoutsInRow >= options.timeouts_max) return open("timeouts");
    const cause = badness(totals, options, options, isOwn);
    return cause === undefined ? undefined : open(cause);
  }
  const { trial = { answered: 0, inFlight: 0 } } = state;
  if (totals.trouble > 0) return open("trouble");
  if (totals.timeout > 0) return open("timeouts");
  const asked_ms = trial.askedAt === undefined ? undefined : msOf(trial.askedAt);
  if (asked_ms !== undefined && now_ms - asked_ms >= patience_ms) return open("no_answer");
  const answered = totals.accepted + totals.refused;
  if (answered >= options.trialOrders_min) {
    const cause = badness(totals, options, leastOf(options.trialOrders_min), isOwn);
    return cause === undefined ? turnTo("closed", "well") : open(cause);
  }
  // Nobody sends it as many orders: that must not shut it out for ever. The few are to be well too.
  if (trial.inFlight > 0 || trial.answered < options.trialProbes_min) return undefined;
  if (answered === 0) return { to: "closed", cause: "well", numbers: { probes: trial.answered } };
  const isWell = badness(totals, options, leastOf(1), isOwn) === undefined;
  return isWell ? turnTo("closed", "well") : undefined;
};

/** A trial judges by few. */
const leastOf = (few: number): Parameters<typeof badness>[2] => ({
  trouble_min: few,
  refused_min: few,
  ack_min: few,
});

/** The opening's number in its row, and until when the venue is then left alone, at the least. */
export const coolDown = (
  { phase, since, trips }: BreakerState,
  options: BreakerOptions,
  venue: VenueId,
  now: Nanos,
  least_ms = 0,
): { readonly trips: number; readonly until: Nanos } => {
  const { coolDown_ms, coolDown_ms_max, jitter } = options;
  const isNewRow = phase === "closed" && msOf(now) - msOf(since) >= coolDown_ms_max;
  const next = isNewRow ? 1 : trips + 1;
  const full_ms = Math.min(coolDown_ms_max, coolDown_ms * 2 ** Math.min(next - 1, 30));
  // Drawn from what is known: a model has no chance of its own.
  const lot = fnv1a32(`${venue}\n${now}\n${next}`) / 2 ** 32;
  const span_ms = Math.max(least_ms, Math.round(full_ms * (1 - jitter * lot)));
  return { trips: next, until: toNanos(BigInt(now) + BigInt(span_ms) * 1_000_000n) };
};

/** Whether another order may leave as far as the breaker is concerned. */
export const admits = ({ phase, trial }: BreakerState, { trial_max }: BreakerOptions): boolean => {
  if (phase !== "half_open") return phase === "closed";
  // The harmless question comes first.
  return trial !== undefined && trial.answered > 0 && trial.inFlight < trial_max;
};

/** The breaker of a venue as its shard's states have it. */
export const breakerIn = (
  space: { readonly get: (kind: "breaker", key: string) => BreakerState | undefined },
  venue: VenueId,
): BreakerState => space.get("breaker", venue) ?? closedBreaker;

/**
 * What account shards are told of a breaker: nothing while it is closed; on trial only from the
 * first harmless answer on, since no order is taken before it.
 */
export const breakerWord = (
  space: Parameters<typeof breakerIn>[0],
  venue: VenueId,
): Pick<VenueStatusReport, "breaker"> => {
  const { phase, trial } = breakerIn(space, venue);
  if (phase === "closed") return {};
  return { breaker: phase === "half_open" && (trial?.answered ?? 0) > 0 ? "half_open" : "open" };
};

/** An instant in whole milliseconds. */
export const msOf = (at: Nanos): number => Number(BigInt(at) / 1_000_000n);
