/**
 * Deciding a submit: known already, refused, or accepted with its intent for the venue.
 *
 * The dialogue, for the shard that runs the turn:
 *  1. `screenSubmit`: a repeat is answered; else go on.
 *  2. `termsOf` (order_terms.ts), after the shard found the instrument.
 *  3. An order whose cancel came first ends here: `acceptCanceled`.
 *  4. Risk and routing, then `acceptSubmit` (order_accept.ts).
 *
 * A refusal on the way is `denySubmit`.
 *
 * Owns: what becomes of a submit.
 * Never: makes a second order of one id.
 */
import type { SubmitCommand } from "../../protocols/command.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { OrderEvent, OrderIdentity, OrderState, OrderTerms } from "../../protocols/order.ts";
import {
  answerStatus,
  cancelCommand,
  decided,
  headNow,
  seenCommand,
  submitted,
} from "./order_decision.ts";
import type { OrderDecision, OrderIds } from "./order_decision.ts";

/** What screening a submit says. */
export type SubmitScreening =
  /** It is answered; there is nothing else to do. */
  | { readonly kind: "answered"; readonly decision: OrderDecision }
  /** It is new; `early` is the cancel that came before it and waits for it. */
  | { readonly kind: "proceed"; readonly early: OrderState["earlyCancel"] };

/** Whether a submit is the first of its id; a repeat is answered here. */
export const screenSubmit = (
  state: OrderState | undefined,
  command: SubmitCommand,
  now: Nanos,
): SubmitScreening => {
  if (state === undefined) return { kind: "proceed", early: undefined };
  if (state.phase === "unseen") return { kind: "proceed", early: state.earlyCancel };
  if (seenCommand(state, submitted)?.digest === command.digest) {
    return { kind: "answered", decision: answerStatus(state, submitted, now) };
  }
  const conflict = refuse("ID_CONFLICT", { clOrdId: state.clOrdId });
  return { kind: "answered", decision: decided(keepAndDeny(state, conflict, command, now)) };
};

const keepAndDeny = (
  state: OrderState,
  refusal: Refusal,
  { digest }: SubmitCommand,
  now: Nanos,
): OrderEvent => ({
  ...headNow(state.orderId, submitted, now),
  execType: "denied",
  digest,
  leavesOrder: true,
  ...refusal,
});

/** A submit that failed a check, with what is known of it. */
export interface RefusedSubmit {
  readonly ids: OrderIds;
  /** The order's state where there is one (unseen). */
  readonly state: OrderState | undefined;
  readonly command: SubmitCommand;
  readonly refusal: Refusal;
  /** The terms, where they were good. */
  readonly terms?: OrderTerms;
  readonly now: Nanos;
}

/**
 * Refuses a submit for good. `COMMAND_EXPIRED` makes the order `expired`, every other code
 * `denied`. A cancel that waited for it is answered with `ORDER_CLOSED`.
 */
export const denySubmit = (refused: RefusedSubmit): OrderDecision => {
  const { ids, state, command, refusal, terms, now } = refused;
  const { digest } = command;
  const head = headNow(ids.orderId, submitted, now);
  const asked = askedOf(command);
  const denial: OrderEvent =
    refusal.code === "COMMAND_EXPIRED"
      ? { ...head, execType: "expired", digest, asked, ...refusal }
      : terms === undefined
        ? { ...head, execType: "denied", digest, asked, ...refusal }
        : { ...head, execType: "denied", digest, terms, ...refusal };
  return { ...decided(denial, ...earlyCancelRefused(ids, state, now)), ...timerOf(state) };
};

/** The answer to a cancel that waited for an order that never came to be open. */
export const earlyCancelRefused = (
  { orderId }: OrderIds,
  state: OrderState | undefined,
  now: Nanos,
): readonly OrderEvent[] => {
  if (state?.earlyCancel === undefined) return [];
  const head = headNow(orderId, cancelCommand(state.earlyCancel.cancelId), now);
  return [{ ...head, execType: "cancel_rejected", ...refuse("ORDER_CLOSED") }];
};

/** Clears the early cancel's timer where one runs. */
export const timerOf = (state: OrderState | undefined): Pick<OrderDecision, "earlyCancelTimer"> =>
  state?.earlyCancel === undefined ? {} : { earlyCancelTimer: { at: undefined } };

const askedOf = ({ instrument, side, ordType, timeInForce }: SubmitCommand): OrderIdentity => ({
  instrument,
  side,
  ordType,
  timeInForce,
});

/** An accepted order whose cancel came first: it opens and ends in one turn, nothing is sent. */
export const acceptCanceled = (
  state: OrderState,
  command: SubmitCommand,
  terms: OrderTerms,
  now: Nanos,
): OrderDecision => {
  const { orderId, earlyCancel } = state;
  invariant(earlyCancel !== undefined, `a cancel waits for ${orderId}`);
  const opened: OrderEvent = {
    ...headNow(orderId, submitted, now),
    execType: "pending_new",
    digest: command.digest,
    terms,
    legs: [],
  };
  const canceled: OrderEvent = {
    ...headNow(orderId, cancelCommand(earlyCancel.cancelId), now),
    execType: "canceled",
    text: "canceled before it was sent",
  };
  return { ...decided(opened, canceled), ...timerOf(state) };
};
