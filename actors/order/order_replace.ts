/**
 * Deciding a replace, in two steps around the account's risk check.
 *
 *  1. `screenReplace`: answered (a repeat, a refusal), or the terms to be checked by risk.
 *  2. `acceptReplace`, or `refuseReplace` where risk says no.
 *
 * The quantity of a replace is the order's total, filled part included. One replace is on its way
 * at a time; fills meanwhile carry the old terms, and both terms stay reserved.
 *
 * Owns: what becomes of a replace until it is sent.
 */
import type { ReplaceCommand } from "../../protocols/command.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { hasEnded } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import type { ReplaceLeg } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { answerStatus, decided, headNow, replaceCommand, seenCommand } from "./order_decision.ts";
import type { OrderDecision, OrderIds } from "./order_decision.ts";
import { nextRequestId, requestLegOf } from "./order_request.ts";
import type { ReplaceTerms } from "./order_reservation.ts";
import { earlier } from "./order_accept.ts";
import { isRefusal, replaceTermsOf } from "./order_terms.ts";

/** What screening a replace says. */
export type ReplaceScreening =
  | { readonly kind: "answered"; readonly decision: OrderDecision }
  /** Risk must agree to these terms first. */
  | { readonly kind: "proceed"; readonly state: OrderState; readonly terms: ReplaceTerms };

/**
 * Whether a replace can go on to the risk check.
 *
 * @param instrument that of the order's terms; undefined where it is not known (any more)
 */
export const screenReplace = (
  ids: OrderIds,
  state: OrderState | undefined,
  command: ReplaceCommand,
  instrument: Instrument | undefined,
  now: Nanos,
): ReplaceScreening => {
  const commandId = replaceCommand(command.replaceId);
  const seen = seenCommand(state, commandId);
  if (state !== undefined && seen?.digest === command.digest) {
    return { kind: "answered", decision: answerStatus(state, commandId, now) };
  }
  const no = (refusal: Refusal): ReplaceScreening => ({
    kind: "answered",
    decision: refuseReplace(ids, command, refusal, now),
  });
  if (seen !== undefined) return no(refuse("ID_CONFLICT", { replaceId: command.replaceId }));
  if (state === undefined || state.phase === "unseen") return no(refuse("ORDER_UNKNOWN"));
  const refusal = whyNotNow(state);
  if (refusal !== undefined) return no(refusal);
  if (instrument === undefined) return no(refuse("INSTRUMENT_UNKNOWN"));
  const terms = replaceTermsOf(state, command, instrument, now);
  return isRefusal(terms) ? no(terms) : { kind: "proceed", state, terms };
};

const whyNotNow = (state: OrderState): Refusal | undefined => {
  if (hasEnded(state)) return refuse("ORDER_CLOSED", { phase: state.phase });
  if (state.legs.some((leg) => leg.state === "in_doubt")) return refuse("ORDER_IN_DOUBT");
  if (state.pendingCancel !== undefined) {
    return refuse("ORDER_PENDING_CANCEL", { cancelId: state.pendingCancel.cancelId });
  }
  if (state.pendingReplace !== undefined) {
    return refuse("ORDER_PENDING_REPLACE", { replaceId: state.pendingReplace.replaceId });
  }
  return undefined;
};

/** Refuses a replace; the order stays as it is. */
export const refuseReplace = (
  { orderId }: OrderIds,
  { replaceId, digest }: ReplaceCommand,
  refusal: Refusal,
  now: Nanos,
): OrderDecision =>
  decided({
    ...headNow(orderId, replaceCommand(replaceId), now),
    execType: "replace_rejected",
    digest,
    ...refusal,
  });

/** A replace that risk agreed to. */
export interface PassedReplace {
  readonly state: OrderState;
  readonly command: ReplaceCommand;
  readonly terms: ReplaceTerms;
  /** What risk valued a market order at. */
  readonly riskPrice_ticks?: Price_ticks;
  /** The last moment at which it may leave; `validUntil` where that is earlier. */
  readonly deadline: Nanos;
  readonly now: Nanos;
}

/** Marks the replace as on its way and asks the venue for it. */
export const acceptReplace = (passed: PassedReplace): OrderDecision => {
  const { state, command, terms, riskPrice_ticks, now } = passed;
  const { orderId } = state;
  invariant(state.terms !== undefined, "only an accepted order is replaced");
  invariant(whyNotNow(state) === undefined, "a replace is screened before it is accepted");
  const leg = requestLegOf(state);
  const clOrdId = nextRequestId(state, "replace");
  const event: OrderEvent = {
    ...headNow(orderId, replaceCommand(command.replaceId), now),
    execType: "pending_replace",
    digest: command.digest,
    replace: { replaceId: command.replaceId, clOrdId, ...terms },
    ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
  };
  const request: ReplaceLeg = {
    kind: "replace",
    orderId,
    clOrdId,
    origClOrdId: leg.clOrdId,
    instrument: state.terms.instrument,
    grid: state.terms.grid,
    ...terms,
    deadline: earlier(passed.deadline, command.validUntil),
  };
  return { events: [event], requests: [{ venue: leg.venue, command: request }], incidents: [] };
};
