/**
 * Deciding a replace, in two steps around the account's risk check.
 *
 *  1. `screenReplace`: answered (a repeat, a refusal), or the terms to be checked by risk.
 *  2. `acceptReplace`, or `refuseReplace` where risk says no.
 *
 * The quantity of a replace is the order's total, filled part included; what it leaves out is as
 * the last replace asked, or as the order has it. Several may be on their way. Each names the order
 * by the id that its venue last accepted, so that none depends on the fate of the one before (FIX
 * D16 to D18). Fills meanwhile carry the old terms, and the worst of all terms stays reserved.
 *
 * Owns: what becomes of a replace until it is sent.
 */
import type { ReplaceCommand } from "../../protocols/command.ts";
import type { Instrument, VenueProfile } from "../../protocols/instrument.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { isClosed, isHeld, isLive, isOver, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import { isIdle } from "../../protocols/bound_order.ts";
import { followsParent } from "../../protocols/order_bond.ts";
import type { PendingReplace } from "../../protocols/order_leg.ts";
import type { ReplaceLeg } from "../../protocols/venue.ts";
import { invariant } from "../../runtime/invariant.ts";
import { otherLegs_lots } from "./evolve_replace.ts";
import { slices_max, slicesOf } from "./iceberg_model.ts";
import { cancelLeg } from "./leg_request.ts";
import { earlier } from "./order_accept.ts";
import { Course } from "./order_course.ts";
import { answerStatus, decided, headNow, replaceCommand, seenCommand } from "./order_decision.ts";
import type { OrderDecision, OrderIds } from "./order_decision.ts";
import { isLongKnown } from "./order_memory.ts";
import { goOn, waitingFor } from "./order_move.ts";
import { currentLegOf, nextRequestId } from "./order_request.ts";
import { executed_lots, liveQty_lots } from "./order_reservation.ts";
import type { ReplaceTerms } from "./order_reservation.ts";
import { isBetweenSlices, isSliced, isWorked } from "./order_slice.ts";
import { isRefusal, replaceTermsOf } from "./order_terms.ts";
import { isBeyond, sliceCommand, withdrawSlice } from "./slice_decision.ts";

/** Most replaces of one order on their way at a time. */
export const pendingReplaces_max = 8;
/** Most legs that an order has one after the other, where each replace takes a new one. */
export const legs_max = 64;

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
  const isKnown = seen?.digest === command.digest || isLongKnown(state, commandId);
  if (state !== undefined && isKnown) {
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
  if (isRefusal(terms)) return no(terms);
  const tooMany = tooManySlices(state, terms);
  return tooMany === undefined ? { kind: "proceed", state, terms } : no(tooMany);
};

/** Every slice is a leg, and legs are bounded. */
const tooManySlices = (state: OrderState, { orderQty_lots }: ReplaceTerms): Refusal | undefined => {
  const slice = state.terms?.held?.slice;
  if (slice === undefined) return undefined;
  const left_lots = Math.max(0, orderQty_lots - executed_lots(state));
  const slices = state.legs.length + slicesOf(left_lots, slice.maxFloor_lots);
  return slices > slices_max ? refuse("REPLACE_LIMIT", { slices, limit: slices_max }) : undefined;
};

const whyNotNow = (state: OrderState): Refusal | undefined => {
  const { phase } = state;
  if (isClosed(state) || (isWorked(state) && isOver(state))) {
    return refuse("ORDER_CLOSED", { phase });
  }
  const isDoubted = state.legs.some((leg) => leg.state === "in_doubt");
  // What a worked order asks for is ours to change, whatever became of its slice; what a bound one
  // is to go on with behind a replace is, too, while that waits for room.
  if (isDoubted && !isWorked(state) && !isBoundBehind(state)) return refuse("ORDER_IN_DOUBT");
  if (state.pendingCancel !== undefined) {
    return refuse("ORDER_PENDING_CANCEL", { cancelId: state.pendingCancel.cancelId });
  }
  const pending = replacesOf(state).length;
  if (pending >= pendingReplaces_max) {
    return refuse("ORDER_PENDING_REPLACE", { pending, limit: pendingReplaces_max });
  }
  if (isWorked(state)) return undefined;
  const isMany = isSliced(state) || followsParent(state.terms?.bond);
  const limit = isMany ? slices_max : legs_max;
  return state.legs.length < limit ? undefined : refuse("REPLACE_LIMIT", { limit });
};

/** Whether a replace of a bound order waits for room: behind it nothing leaves before that. */
const isBoundBehind = (state: OrderState): boolean =>
  state.terms?.bond !== undefined && waitingFor(state, currentLegOf(state).no).length > 0;

/** Whether a replace of an order can be accepted now. */
export const isReplaceable = (state: OrderState): boolean => whyNotNow(state) === undefined;

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
  readonly command: Pick<ReplaceCommand, "replaceId" | "digest" | "validUntil">;
  readonly terms: ReplaceTerms;
  /** How the order's venue changes an order; `native` where it does not say. */
  readonly how?: VenueProfile["replace"];
  /** What risk valued a market order at. */
  readonly riskPrice_ticks?: Price_ticks;
  /** The last moment at which it may leave; `validUntil` where that is earlier. */
  readonly deadline: Nanos;
  readonly now: Nanos;
}

/** Marks the replace as on its way and asks the venue for it, or for room for another leg. */
export const acceptReplace = (passed: PassedReplace): OrderDecision => {
  const { state, how = "native" } = passed;
  invariant(whyNotNow(state) === undefined, "a replace is screened before it is accepted");
  const isAlone = state.terms?.bond === undefined && state.pendingReplaces === undefined;
  const isBetween = isAlone && isBetweenSlices(state);
  if (isHeld(state) || isBetween) return replaceHere(passed);
  if (isWorked(state)) return breaksSlice(passed) ? askForRoom(passed) : replaceHere(passed);
  // With one replace that waits for a new leg, those after it must wait for it too.
  const isMoving = replacesOf(state).some(({ leaves }) => leaves !== undefined);
  // Of a child that has executed what was in force nothing is at its venue.
  const isThere = !isIdle(state);
  const isNative = how === "native" && !isMoving && !isSliced(state) && isThere;
  return isNative ? askToReplace(passed) : askForRoom(passed);
};

/**
 * Whether the live slice of a worked order is more than the new total leaves room for, or beyond
 * the new limit: then the replace is in force when that slice's end is proven, not before.
 */
const breaksSlice = ({ state, terms }: PassedReplace): boolean => {
  if (!state.legs.some(isLive)) return false;
  const isMuch = executed_lots(state) + liveQty_lots(state) > terms.orderQty_lots;
  return isMuch || state.pendingReplaces !== undefined || isBeyond(state, terms.price_ticks);
};

/**
 * A replace of an order that waits with us, or of a worked one whose slice it allows, is in force
 * at once. One that suspends takes the slice back. A total below what was executed is that.
 */
const replaceHere = ({
  state,
  command,
  terms,
  riskPrice_ticks,
  now,
}: PassedReplace): OrderDecision => {
  const course = new Course(state);
  const head = headNow(state.orderId, replaceCommand(command.replaceId), now);
  course.emit({
    ...head,
    execType: "replaced",
    digest: command.digest,
    ...terms,
    orderQty_lots: Math.max(terms.orderQty_lots, executed_lots(state)),
    ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
  });
  if (isWorked(state)) withdrawSlice(course, headNow(state.orderId, sliceCommand, now));
  return course.decision;
};

const askToReplace = (passed: PassedReplace): OrderDecision => {
  const { state, command, terms } = passed;
  invariant(state.terms !== undefined, "only an accepted order is replaced");
  const leg = currentLegOf(state);
  const clOrdId = nextRequestId(state, "replace");
  const { askedQty_lots: _ours, ...told } = terms;
  const request: ReplaceLeg = {
    kind: "replace",
    orderId: state.orderId,
    clOrdId,
    origClOrdId: leg.clOrdId,
    instrument: state.terms.instrument,
    grid: state.terms.grid,
    ...told,
    orderQty_lots: Math.max(1, terms.orderQty_lots - otherLegs_lots(state, leg.no)),
    deadline: earlier(passed.deadline, command.validUntil),
  };
  const event = pendingEvent(passed, { replaceId: command.replaceId, clOrdId, ...terms });
  return { events: [event], requests: [{ venue: leg.venue, command: request }], incidents: [] };
};

const pendingEvent = (
  { state, command, riskPrice_ticks, now }: PassedReplace,
  replace: PendingReplace,
): OrderEvent => ({
  ...headNow(state.orderId, replaceCommand(command.replaceId), now),
  execType: "pending_replace",
  digest: command.digest,
  replace,
  ...(riskPrice_ticks === undefined ? {} : { riskPrice_ticks }),
});

/** Cancels the leg, once for all replaces that wait for it; where it is over goes on at once. */
const askForRoom = (passed: PassedReplace): OrderDecision => {
  const { state, command, terms, deadline, now } = passed;
  const { replaceId, validUntil } = command;
  const leg = currentLegOf(state);
  const course = new Course(state);
  const clOrdId = leg.leaving ?? nextRequestId(state, "replace");
  const until = validUntil === undefined ? {} : { validUntil };
  course.emit(pendingEvent(passed, { replaceId, clOrdId, ...terms, leaves: leg.no, ...until }));
  if (leg.state === "ended") {
    goOn(course, leg, headNow(state.orderId, replaceCommand(replaceId), now), deadline);
  } else if (leg.leaving === undefined) {
    course.send(cancelLeg(state, leg, clOrdId));
  }
  return course.decision;
};
