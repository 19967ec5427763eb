/**
 * Answering a command that could not be read, where its subject names an order.
 *
 * Owns: the `MALFORMED` answer. A submit that cannot be read uses its id up, as a denied one does:
 * nobody knows what it asked for. A replace or a cancel that cannot be read leaves the order alone.
 */
import type { CommandFault } from "../../protocols/command.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import { refuse } from "../../protocols/kernel/reject_code.ts";
import type { CommandVerb } from "../../protocols/kernel/subjects.ts";
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import { answerStatus, decided, headNow, seenCommand } from "./order_decision.ts";
import type { OrderDecision, OrderIds } from "./order_decision.ts";
import { earlyCancelRefused, timerOf } from "./order_submit.ts";

/** Denies an unreadable command; its `commandId` is the verb, since its own id is not known. */
export const denyUnreadable = (
  ids: OrderIds,
  state: OrderState | undefined,
  verb: CommandVerb,
  fault: CommandFault,
  now: Nanos,
): OrderDecision => {
  const { digest, path, message } = fault;
  const where = path === "" ? message : `${path}: ${message}`;
  const denial: OrderEvent = {
    ...headNow(ids.orderId, verb, now),
    execType: "denied",
    digest,
    code: refuse("MALFORMED").code,
    text: where,
  };
  if (verb !== "submit") return decided({ ...denial, leavesOrder: true });
  if (state === undefined || state.phase === "unseen") {
    return { ...decided(denial, ...earlyCancelRefused(ids, state, now)), ...timerOf(state) };
  }
  if (seenCommand(state, verb)?.digest === digest) return answerStatus(state, verb, now);
  return decided({ ...denial, leavesOrder: true });
};
