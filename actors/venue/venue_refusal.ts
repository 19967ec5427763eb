/**
 * What the venue says of its limits: requests that it refused unseen, and its own counts.
 *
 * A refusal for limits, or because the venue is not available or has no such request, proves that
 * nothing of the request reached the book: a place or replace is answered `not_sent`, a cancel
 * waits and is asked for again, a question is asked later. `internal_error` proves nothing: the
 * request is in doubt. No place or replace is ever sent again.
 *
 * What is closed by a refusal: the kind of the refused request, and the limits that may have been
 * overrun, namely the one that the venue names, else those that count the request and whose window
 * is as long as the venue says to wait. A ban closes everything. Where the venue does not say how
 * long, a ban is taken for two minutes (Binance's shortest), the rest for a second.
 *
 * Owns: the consequences of both. Never: takes a refusal for an answer of the book.
 */
import type { RejectCode } from "../../protocols/kernel/reject_code.ts";
import { closeRate } from "./rate_budget.ts";
import { countedOf, strange_max, toMs } from "./rate_evolve.ts";
import { weightOf } from "./rate_limits.ts";
import type { RequestKind } from "./rate_limits.ts";
import type { RateScope, RateState } from "./rate_state.ts";
import { usedAt } from "./rate_tally.ts";
import { noteVenueTrouble } from "./venue_breaker.ts";
import { askAgain } from "./venue_check.ts";
import { doubt } from "./venue_doubt.ts";
import type { VenueLimitUse, VenueQuery, VenueRefusal } from "./venue_link.ts";
import { takeAnswer } from "./venue_reports.ts";
import { forgetEnded } from "./venue_retention.ts";
import { settle } from "./venue_session.ts";
import type { VenueInput } from "./venue_input.ts";
import type { RequestState } from "./venue_state.ts";
import { publishIncident, sessionOf, span_ns, tellOutcome } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** A ban of which the venue does not say how long. */
const ban_ms = 120_000;

/** A refusal of which it does not say so. */
const pause_ms = 1_000;

/** The longest that a venue is believed: no venue is known to ban for longer (Binance: 3 days). */
const wait_ms_max = 3 * 86_400_000;

/** Takes a refusal of the link in use. */
export const onRefused = (
  turn: VenueTurn,
  { link, refusal: said }: Extract<VenueInput, { readonly type: "refused" }>,
): void => {
  const { space, options } = turn;
  const refusal = bounded(said);
  const session = sessionOf(space, options);
  if (link !== session.link) return;
  const { clOrdId, query } = refusal;
  const request = clOrdId === undefined ? undefined : space.get("request", clOrdId);
  const isLogon = session.status === "connecting" && clOrdId === undefined && query === undefined;
  const isMass = clOrdId !== undefined && space.get("massCancel", clOrdId) !== undefined;
  const kind = isLogon ? "logon" : isMass ? "mass_cancel" : kindOf(request, query);
  noteRefusal(turn, refusal, kind);
  if (!isLogon || refusal.code === "banned") noteVenueTrouble(turn, refusal);
  if (request !== undefined) concludeRefused(turn, request, refusal);
  if (query !== undefined) askRefusedLater(turn, query, refusal);
  if (!isLogon) settle(turn);
};

const bounded = (refusal: VenueRefusal): VenueRefusal => {
  const { code, retryAfter_ms = code === "banned" ? ban_ms : undefined } = refusal;
  if (retryAfter_ms === undefined) return refusal;
  return { ...refusal, retryAfter_ms: Math.min(retryAfter_ms, wait_ms_max) };
};

const kindOf = (
  request: RequestState | undefined,
  query: VenueQuery | undefined,
): RequestKind | undefined => {
  if (query === undefined) return request?.command.kind;
  return query.purpose === "executions" ? "query_executions" : "query_order";
};

const noteRefusal = (
  turn: VenueTurn,
  { code, retryAfter_ms, text, limit }: VenueRefusal,
  kind: RequestKind | undefined,
): void => {
  if (code === "internal_error" || code === "not_supported") return;
  // A venue that is away does not say for how long: the driver tries again by its own back-off.
  if (code === "unavailable" && kind === "logon" && retryAfter_ms === undefined) return;
  const wait_ms = retryAfter_ms ?? pause_ms;
  const until_ns = turn.now_ns + span_ns(wait_ms);
  const reason = text === undefined ? code : `${code}: ${text}`;
  const rate = turn.space.get("rate", turn.options.venue);
  const limits = rate === undefined ? [] : overrun(rate, kind, wait_ms, limit);
  const kinds: RateScope[] = kind === undefined ? [] : [`kind:${kind}`];
  if (code === "rate_limited") {
    const scopes: readonly RateScope[] = [...kinds, ...limits];
    const known = scopes.length > 0 ? scopes : (["all"] as const);
    closeRate(turn, { scopes: known, until_ns, reason, overrun: true });
  } else if (code === "banned") {
    // How long a ban is says nothing of the window that was overrun.
    const all = rate === undefined ? [] : overrun(rate, kind, 0, limit);
    closeRate(turn, { scopes: ["all", ...all], until_ns, reason, overrun: true });
  } else if (kinds.length > 0) {
    closeRate(turn, { scopes: kinds, until_ns, reason, overrun: false });
  }
};

/** The limits that the refused request may have overrun. */
const overrun = (
  { plan }: RateState,
  kind: RequestKind | undefined,
  wait_ms: number,
  named: string | undefined,
): readonly RateScope[] => {
  const isNamed = plan.limits.some(({ name }) => name === named);
  return plan.limits
    .filter((limit) =>
      isNamed
        ? limit.name === named
        : limit.window_ms >= wait_ms && (kind === undefined || weightOf(limit, kind) > 0),
    )
    .map(({ name }): RateScope => `limit:${name}`);
};

const concludeRefused = (
  turn: VenueTurn,
  { command }: RequestState,
  { code, text = "" }: VenueRefusal,
): void => {
  const { clOrdId } = command;
  const why = `refused unseen: ${code} ${text}`.trimEnd();
  if (code === "internal_error") {
    doubt(turn, clOrdId, why);
  } else if (command.kind === "cancel" && code !== "not_supported") {
    turn.emit({ type: "cancel_put_back", clOrdId, at: turn.now });
  } else {
    turn.emit({ type: "request_not_sent", clOrdId, at: turn.now });
    tellOutcome(turn, command, "not_sent", codeOf(code), why);
    forgetEnded(turn);
  }
};

const codeOf = (code: VenueRefusal["code"]): RejectCode => {
  if (code === "not_supported") return "VENUE_REJECTED";
  return code === "unavailable" ? "ROUTE_VENUE_DOWN" : "VENUE_RATE_LIMITED";
};

/**
 * A question that was not taken is asked again; one that the venue has not got has no answer. What
 * is closed by the refusal holds it back for as long as that is closed.
 */
const askRefusedLater = (
  turn: VenueTurn,
  query: VenueQuery,
  { code, retryAfter_ms }: VenueRefusal,
): void => {
  if (code === "not_supported") {
    const unreadable = "the venue has no such question";
    takeAnswer(turn, { ...query, order: undefined, asOfSeq: 0, unreadable });
    return;
  }
  const { queryTimeout_ms } = turn.options;
  const wait_ms = code === "internal_error" ? (retryAfter_ms ?? 0) : 0;
  askAgain(turn, query, Math.max(wait_ms, queryTimeout_ms));
};

/** Takes the venue's own counts. */
export const onLimits = (
  turn: VenueTurn,
  { link, limits }: Extract<VenueInput, { readonly type: "limits" }>,
): void => {
  const { space, options, now } = turn;
  const rate = space.get("rate", options.venue);
  if (rate === undefined || link !== sessionOf(space, options).link) return;
  const news = limits.filter((line) => isNews(rate, line, toMs(now)));
  if (news.length === 0) return;
  const told = news.map(({ name, limit, used, window_ms }) => {
    // What would take longer to be over than a venue is believed.
    const used_max = Math.ceil((Math.max(1, limit) * wait_ms_max) / Math.max(1, window_ms));
    return { name, limit, used: Math.min(used, used_max) };
  });
  turn.emit({ type: "rate_told", limits: told, at: now });
  for (const { name, window_ms, limit } of news) {
    if (isPlanned(rate, name)) continue;
    const text = "the venue tells of a limit that is not configured";
    publishIncident(turn, "rate_limit_unknown", text, { name, window_ms, limit });
  }
};

const isPlanned = ({ plan }: RateState, name: string): boolean =>
  plan.limits.some((limit) => limit.name === name);

/** Whether the venue counts more than we do, or by a limit that we do not know of. */
const isNews = (rate: RateState, { name, limit, used }: VenueLimitUse, now_ms: number): boolean => {
  const index = rate.plan.limits.findIndex((one) => one.name === name);
  const [planned, state] = [rate.plan.limits[index], rate.limits[index]];
  if (planned === undefined || state === undefined) {
    const { strange = [] } = rate;
    return strange.length < strange_max && !strange.includes(name);
  }
  const counted = countedOf(rate.plan, planned, state);
  const isLimitNews = limit !== (state.told ?? planned.limit);
  return isLimitNews || used > usedAt(state.tally, counted, now_ms);
};
