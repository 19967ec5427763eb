/**
 * The one status that outsiders see of an order which may be in several states at once.
 *
 * FIX ranks the values of OrdStatus (39) and reports the highest that applies. Ours, highest first:
 *
 *  1. `in_doubt`          ours: while an outcome is unknown nothing below can be relied on
 *  2. `pending_cancel`    also on an order that filled meanwhile: the venue's answer is still due
 *  3. `pending_replace`   likewise; a raised quantity may yet reopen what is filled
 *  4. `filled`            outranks canceled and replaced
 *  5. `canceled`, `expired`, `rejected`, `denied`: the ends
 *  6. `done_for_day`, `suspended`: there, with or without fills, and not traded for now, by its
 *     venue's or its strategy's wish
 *  7. `partially_filled`  outranks new and replaced
 *  8. `new`
 *  9. `pending_new`
 *
 * Two departures. FIX ranks `rejected` below `partially_filled`; a fill that contradicts a
 * rejection is booked here and leaves the order `rejected` with a cumQty, so that an ended order
 * never looks open again. And FIX ranks `done_for_day` above `filled`; here a full fill is the end.
 *
 * Owns: that ranking, and when an order counts as ended.
 */
import { isKeptBack } from "./held_terms.ts";
import type { OrderPhase, OrderState, OrderTerms } from "./order.ts";
import { followsParent } from "./order_bond.ts";
import type { OrdStatus, TimeInForce } from "./ord_words.ts";
import type { Leg, PendingReplace } from "./order_leg.ts";

const finalPhases: ReadonlySet<OrderPhase> = new Set([
  "filled",
  "canceled",
  "denied",
  "rejected",
  "expired",
]);

/** Whether a phase is an end of the base life. */
export const isFinal = (phase: OrderPhase): boolean => finalPhases.has(phase);

/** The times in force that outlive a trading day. */
const overnight: ReadonlySet<TimeInForce> = new Set(["gtc", "gtd"]);

/** Whether an order of that time in force is still there when its venue's day is over. */
export const outlivesDay = (timeInForce: TimeInForce): boolean => overnight.has(timeInForce);

/** Whether the base life is over: an end, or the end of the day for an order of that day. */
export const isOver = ({ phase, terms }: Pick<OrderState, "phase" | "terms">): boolean =>
  isFinal(phase) ||
  (phase === "done_for_day" && terms !== undefined && !overnight.has(terms.timeInForce));

const none: readonly PendingReplace[] = [];

/** The replaces on their way, oldest first. */
export const replacesOf = (state: OrderState): readonly PendingReplace[] =>
  state.pendingReplaces ?? none;

/** Whether a leg may still trade, by all that is known. */
export const isLive = (leg: Leg): boolean =>
  leg.state !== "ended" && leg.cumQty_lots < leg.orderQty_lots;

/**
 * Whether an order has ended: nothing of it is open or on its way at a venue. A filled order with a
 * replace on its way has not, because the replace may have raised its quantity in time; nor has one
 * that filled while a leg of it was still being canceled.
 */
export const hasEnded = (state: OrderState): boolean =>
  isOver(state) && state.pendingReplaces === undefined && !state.legs.some(isLive);

/**
 * Whether nothing can be asked for an order any more. A leg of it may still be live, which a bust
 * has brought back after the order's end; that one is on its way out.
 */
export const isClosed = (state: OrderState): boolean =>
  hasEnded(state) || (isOver(state) && state.phase !== "filled");

/** Whether an order was accepted and has not ended: what a mass cancel means by open. */
export const isOpen = (state: OrderState): boolean => state.phase !== "unseen" && !hasEnded(state);

/**
 * Whether an order waits with us: accepted, not over, and no venue ever had anything of it. One
 * that we keep back also waits where it was sent and never left; of a child its group says more.
 */
export const isHeld = ({ phase, terms, legs }: OrderState): boolean =>
  phase === "pending_new" &&
  terms !== undefined &&
  (legs.length === 0 || (isSentAgain(terms) && legs.every(neverCame)));

/** Whether a leg never came to be at its venue; one that works there after all has. */
const neverCame = ({ state, refused }: Leg): boolean => state === "ended" && refused === true;

/** Whether an order of those terms is sent again where a venue never got it. */
export const isSentAgain = ({ held, bond }: OrderTerms): boolean =>
  isKeptBack(held) && !followsParent(bond);

/** FIX OrdStatus (39) of an order's state, by the ranking above. */
export const ordStatusOf = (state: OrderState): OrdStatus => {
  if (state.legs.some((leg) => leg.state === "in_doubt")) return "in_doubt";
  if (state.pendingCancel !== undefined || state.earlyCancel !== undefined) return "pending_cancel";
  if (state.pendingReplaces !== undefined) return "pending_replace";
  // FIX gives `rejected` in the refusal of a request for an unknown order.
  if (state.phase === "unseen") return "rejected";
  if (isFinal(state.phase)) return state.phase;
  if (state.phase === "suspended" || state.phase === "done_for_day") return state.phase;
  if (state.suspended === true) return "suspended";
  return state.cumQty_lots > 0 ? "partially_filled" : state.phase;
};
