/**
 * A replace where the venue has none: the old leg is canceled, a new one takes what is left.
 *
 * The new leg is placed only when the old one's end and what it executed are known, with the total
 * asked for minus all that was executed. So never is more live than one total, and as the
 * reservation of the order is the largest total asked for, exposure is never zero nor double. The
 * order itself goes on meanwhile: it is `pending_replace`, never canceled.
 *
 * What can still go wrong: a fill of the old leg that its venue had not counted. Then the new leg
 * is too large by it; it is canceled in turn, and placed again with what is left then. Or a bust
 * brings the old leg back: then that one is canceled again.
 *
 * Owns: the way of an order from one leg to the next.
 * Never: has two legs of one order live at once, as far as venues tell the truth.
 */
import { isClosed, isLive, replacesOf } from "../../protocols/ord_status.ts";
import type { OrderState, OrderTerms } from "../../protocols/order.ts";
import type { Leg, PendingReplace } from "../../protocols/order_leg.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { invariant } from "../../runtime/invariant.ts";
import { cancelLeg } from "./leg_request.ts";
import { earlier, placeLeg } from "./order_accept.ts";
import type { Course } from "./order_course.ts";
import { replaceCommand } from "./order_decision.ts";
import type { EventHead } from "./order_decision.ts";
import { followLegs } from "./order_leaves.ts";
import { nextLeg } from "./order_legs.ts";
import { currentLegOf, homeOf, nextRequestId } from "./order_request.ts";
import { executed_lots, liveQty_lots } from "./order_reservation.ts";
import type { ReplaceTerms } from "./order_reservation.ts";
import { isSliced, isWorked, shown_lots } from "./order_slice.ts";

/** The replaces that wait for a leg to make room. */
export const waitingFor = (state: OrderState, no: number): readonly PendingReplace[] =>
  replacesOf(state).filter(({ leaves, enters }) => leaves === no && enters === undefined);

/** The replaces that a leg was placed for and that its venue has not answered. */
export const entering = (state: OrderState, no: number): readonly PendingReplace[] =>
  replacesOf(state).filter(({ enters }) => enters === no);

/** The terms that the order is on its way to: those of the last replace, else those in force. */
export const targetOf = (state: OrderState): ReplaceTerms & { readonly validUntil?: Nanos } => {
  const last = replacesOf(state).findLast(({ overtaken }) => overtaken !== true);
  if (last !== undefined) return last;
  invariant(state.terms !== undefined, `order ${state.orderId} has legs and so has terms`);
  return state.terms;
};

/** The replaces are accepted that a leg was placed for: its venue shows that it has the leg. */
export const acknowledgeEntering = (
  course: Course,
  no: number,
  head: EventHead,
  venueOrderId?: string,
): void => {
  for (const replace of entering(course.state, no)) {
    acceptInto(course, replace, no, head, venueOrderId);
  }
  // A bust meanwhile may have taken back what the leg was measured with.
  followLegs(course, head);
};

/** A total below what was executed is that (FIX D11, D12). */
const acceptInto = (
  course: Course,
  { replaceId, orderQty_lots, price_ticks }: PendingReplace,
  leg: number,
  head: EventHead,
  venueOrderId?: string,
): void => {
  course.emit({
    ...head,
    commandId: replaceCommand(replaceId),
    execType: "replaced",
    leg,
    orderQty_lots: Math.max(orderQty_lots, executed_lots(course.state)),
    ...(price_ticks === undefined ? {} : { price_ticks }),
    ...(venueOrderId === undefined ? {} : { venueOrderId }),
  });
};

/**
 * The current leg is over: places another one with what is left of the total, or says that nothing
 * is left. The next slice of an order is not placed here where no replace waits for it, and that of
 * a worked order never: what waits is then in force.
 */
export const goOn = (course: Course, from: Leg, head: EventHead, deadline: Nanos): void => {
  const { state } = course;
  const waiting = waitingFor(state, from.no);
  if (isSliced(state) && waiting.length === 0) return;
  if (isWorked(state)) {
    for (const replace of waiting) acceptInto(course, replace, from.no, head);
    return;
  }
  const target = targetOf(state);
  const left_lots = target.orderQty_lots - executed_lots(state);
  if (left_lots <= 0) {
    for (const replace of waiting) acceptInto(course, replace, from.no, head);
    return;
  }
  const { price_ticks } = target;
  const { venue, timeInForce } = from;
  const terms = termsFor(state);
  const leg = nextLeg(state, homeOf(state), {
    venue,
    ...(timeInForce === undefined ? {} : { timeInForce }),
    orderQty_lots: shown_lots(terms, left_lots),
    ...(price_ticks === undefined ? {} : { price_ticks }),
  });
  course.emit({ ...head, execType: "leg_added", leg });
  const until = earlier(deadline, target.validUntil);
  course.send({ venue: leg.venue, command: placeLeg(state, terms, leg, until) });
};

/** The terms of the next leg: a stop that its venue triggers is where the last replace wants it. */
const termsFor = (state: OrderState): OrderTerms => {
  const { terms } = state;
  invariant(terms !== undefined, `order ${state.orderId} has legs and so has terms`);
  const { stopPx_ticks } = targetOf(state);
  return stopPx_ticks === undefined || terms.trigger === undefined
    ? terms
    : { ...terms, trigger: { ...terms.trigger, stopPx_ticks } };
};

/**
 * Whether nothing of the current leg works while replaces wait for it, and nobody wants a cancel.
 * One that is full makes room also where it is in doubt about our own cancel of it.
 */
export const isRoomMade = (state: OrderState): boolean => {
  const leg = currentLegOf(state);
  return state.pendingCancel === undefined && waitingFor(state, leg.no).length > 0 && !isLive(leg);
};

/**
 * Where more is live than there should be, a leg has to make room: one that a bust has brought back
 * (an earlier one, or any of an order that has ended), else the current one where it is more than
 * the total leaves room for.
 */
export const curb = (course: Course, head: EventHead): void => {
  const { state } = course;
  const current = currentLegOf(state);
  const stray = state.legs.find((leg) => isLive(leg) && (leg !== current || isClosed(state)));
  const leg = stray ?? current;
  if (!isLive(leg) || leg.leaving !== undefined) return;
  const isTooMuch = stray !== undefined || isOvercommitted(state);
  if (!isTooMuch || (leg === current && state.pendingCancel !== undefined)) return;
  takeBack(course, leg, head);
};

/** Asks the venue to cancel a leg, by a request of our own: the order goes on. */
export const takeBack = (course: Course, leg: Leg, head: EventHead): void => {
  const { state } = course;
  const clOrdId = nextRequestId(state, "cancel");
  const late = leg.no === currentLegOf(state).no ? {} : { request: state.requests + 1 };
  course.emit({ ...head, execType: "leg_leaving", leg: leg.no, clOrdId, ...late });
  course.send(cancelLeg(state, leg, clOrdId));
};

/** Whether more is executed and live together than the order's total. */
export const isOvercommitted = (state: OrderState): boolean =>
  executed_lots(state) + liveQty_lots(state) > targetOf(state).orderQty_lots;
