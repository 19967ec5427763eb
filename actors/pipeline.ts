/**
 * The flow of an account shard on one page: who is told what, in which order.
 *
 *   command   submit   read → screen → reference → risk → route → order(s)     (account_group)
 *             replace  read → screen → reference → risk → order
 *             cancel   read → order;  `_all`: every open order                  (mass_cancel)
 *   control   trading state, kill, mass cancel: what operators ask             (account_control)
 *   message   report of a venue → order → position, risk book                   (order_report)
 *             fill (or bust) of an order that is not known → the external bucket (account_unknown)
 *             venue status → the router's view of the venue
 *             rest of a mass cancel
 *             adjustment, end of a day → positions                              (account_adjust)
 *             what a venue's reconciliation found → order, positions         (account_reconcile)
 *   local     prices of a market → orders that wait for them → risk → route     (account_held)
 *   timer     a cancel whose submit never came → order
 *             an auction, the end of a day or of an order's own time → order    (account_expiry)
 *             fills that a venue counts and does not tell → order             (account_provisional)
 *             the next slice of an order → risk → route                         (account_slices)
 *             retirement of orders that ended long ago                          (retirement)
 *
 *   after all of it: reduce-only orders give way, bound orders follow each other (account_settle)
 *
 * Every decision ends in `account_outcome`: events stated and shown, venues asked, alarms raised.
 * Every fact goes through `account_evolve`: order, reservation and position change together.
 */
import { Result } from "effect";
import { readCancel, readReplace } from "../protocols/command.ts";
import { orderIdOf } from "../protocols/kernel/ids.ts";
import { milliseconds, toNanos } from "../protocols/kernel/instant.ts";
import { accountShardIndex } from "../protocols/kernel/shard.ts";
import { parseMailboxSubject } from "../protocols/kernel/subjects.ts";
import type { CommandVerb } from "../protocols/kernel/subjects.ts";
import { digestOfBytes } from "../protocols/digest.ts";
import type { ShardModel } from "../runtime/shard_model.ts";
import { decideCancelEntry, decideReplaceEntry, entryOf } from "./account_entry.ts";
import type { CommandInput } from "./account_entry.ts";
import { adjustPositions, markPositions } from "./account_adjust.ts";
import { cancelAtVenue, takeControl } from "./account_control.ts";
import {
  continueOperatorCancel,
  operatorCancelOfTimer,
  parkOperatorCancel,
  releaseKills,
} from "./account_kill.ts";
import { evolve } from "./account_evolve.ts";
import type {
  AccountEvent,
  AccountInput,
  AccountKinds,
  AccountMessage,
  AccountOutgoing,
  AccountTurn,
  AccountWorld,
} from "./account_kinds.ts";
import { settleByTimer } from "./account_contingency.ts";
import { decideSubmit, denyParkedSubmit } from "./account_group.ts";
import type { OwnDecision } from "./account_group.ts";
import { carryOut, orderOfTimer } from "./account_outcome.ts";
import { parkMessage, parkTimer } from "./account_park.ts";
import { orderOfMissing } from "./account_missing.ts";
import { lookForMissing } from "./account_provisional.ts";
import { adoptOrder, giveBackDifference, takeDifference } from "./account_reconcile.ts";
import { isOfExecution, takeUnknown } from "./account_unknown.ts";
import { dayTimer, expireAtTime, startSweep, sweepDay } from "./account_expiry.ts";
import {
  moreTimer,
  observeMarket,
  releaseAtAuction,
  resumeWaiting,
  retryWaiting,
} from "./account_held.ts";
import { settling, yieldAgain, yieldTimer } from "./account_settle.ts";
import { lookAtSlices } from "./account_slices.ts";
import {
  heldTimer,
  orderOfExpiry,
  orderOfRelease,
  orderOfSlice,
  watchMarket,
} from "./account_watch.ts";
import type { MarketObserved, WatchMarket } from "./held/market_watch.ts";
import { continueMassCancel, startMassCancel } from "./mass_cancel.ts";
import { decideEarlyCancelTimeout } from "./order/order_cancel.ts";
import { cancelCommand, orderIdsOf, replaceCommand } from "./order/order_decision.ts";
import type { DecisionTime } from "./order/order_decision.ts";
import { decideReport, isAbout } from "./order/order_report.ts";
import { denyUnreadable } from "./order/order_unreadable.ts";
import { retire, retirementTimer, startRetirement } from "./retirement.ts";

/** The behaviour of an account shard. */
export type AccountShardModel = ShardModel<
  AccountKinds,
  AccountEvent,
  AccountMessage,
  MarketObserved,
  WatchMarket,
  AccountOutgoing
>;

/** All kinds of actor in an account shard. */
export const accountKinds: AccountShardModel["kinds"] = [
  "order",
  "open",
  "held",
  "slicing",
  "volume",
  "dayOrder",
  "reduceOnly",
  "contingency",
  "ended",
  "provisional",
  "position",
  "strategyPosition",
  "external",
  "externalRequest",
  "adjustment",
  "exposure",
  "account",
  "venue",
  "tradingRule",
  "operatorCancel",
  "control",
];

/** The behaviour of the account shard of that index. */
export const accountShardModel = (world: AccountWorld): AccountShardModel => {
  return {
    kinds: accountKinds,
    decide: (input, plainTurn) => {
      const { turn, settle } = settling(plainTurn, world);
      switch (input.type) {
        case "command":
          decideCommand(turn, world, input);
          break;
        case "message":
          decideMessage(turn, world, input.message);
          break;
        case "timer":
          decideTimer(turn, world, input.id);
          break;
        case "started":
          startRetirement(turn);
          startSweep(turn);
          resumeWaiting(turn);
          break;
        case "local":
          observeMarket(turn, world, input.input);
          break;
        default:
          input satisfies never;
      }
      settle();
    },
    evolve,
    isVital: (input) => input.type === "started",
    park: (input, cause, turn) => park(turn, world, input, cause),
  };
};

const decideCommand = (turn: AccountTurn, world: AccountWorld, input: CommandInput): void => {
  const subject = parseMailboxSubject(input.subject);
  if (subject.type === "control") {
    takeControl(turn, world, subject.what, input.data);
    return;
  }
  if (subject.type !== "command") throw new Error("the subject names no order");
  const { target } = subject;
  if (accountShardIndex(target.account, world.accountShards) !== world.shardIndex) {
    throw new Error("the account lives in another shard");
  }
  if (target.clOrdId === undefined) {
    startMassCancel(turn, world, input, target);
    return;
  }
  const orderId = orderIdOf(target.account, target.strategy, target.clOrdId);
  const entry = entryOf(turn, world, input, orderIdsOf(orderId));
  if (target.verb === "submit") carryOutAll(turn, world, decideSubmit(entry));
  else carryOut(turn, world, orderId, entries[target.verb](entry));
};

const carryOutAll = (
  turn: AccountTurn,
  world: AccountWorld,
  decisions: readonly OwnDecision[],
): void => {
  for (const { orderId, decision } of decisions) carryOut(turn, world, orderId, decision);
};

const entries = { replace: decideReplaceEntry, cancel: decideCancelEntry } as const;

const decideMessage = (turn: AccountTurn, world: AccountWorld, message: AccountMessage): void => {
  switch (message.kind) {
    case "report": {
      const { orderId } = message;
      const state = turn.space.get("order", orderId);
      if (isOfExecution(message) && !isAbout(state, message)) {
        takeUnknown(turn, world, message);
        return;
      }
      carryOut(turn, world, orderId, decideReport(state, message, timeOf(turn, world)));
      return;
    }
    case "venue_status": {
      const { venue, kind: _, ...status } = message;
      turn.emit({ what: "venue_status", venue, status });
      if (status.open) releaseKills(turn, world, { venue });
      return;
    }
    case "mass_cancel":
      continueMassCancel(turn, world, message);
      return;
    case "adjust_position":
      adjustPositions(turn, world, message);
      return;
    case "mark_positions":
      markPositions(turn, world, message);
      return;
    case "cancel_at_venue":
      cancelAtVenue(turn, world, message);
      return;
    case "adopt_order":
      adoptOrder(turn, world, message);
      return;
    case "position_difference":
      takeDifference(turn, world, message);
      return;
    case "difference_explained":
      giveBackDifference(turn, world, message);
      return;
    default:
      message satisfies never;
  }
};

/** When a report is decided, and until when a leg that it brings about may leave. */
const timeOf = ({ now, now_ns }: AccountTurn, { reference }: AccountWorld): DecisionTime => ({
  now,
  deadline: toNanos(now_ns + milliseconds(reference.intentDeadline_ms)),
});

const decideTimer = (turn: AccountTurn, world: AccountWorld, id: string): void => {
  if (id === retirementTimer) {
    retire(turn, world);
    return;
  }
  if (id === dayTimer) {
    sweepDay(turn, world);
    return;
  }
  if (id === heldTimer || id === moreTimer) {
    retryWaiting(turn, world);
    return;
  }
  if (id === yieldTimer) {
    yieldAgain(turn, world);
    return;
  }
  if (settleByTimer(turn, world, id)) return;
  const run = operatorCancelOfTimer(id);
  if (run !== undefined) {
    continueOperatorCancel(turn, world, run);
    return;
  }
  const released = orderOfRelease(id);
  if (released !== undefined) {
    releaseAtAuction(turn, world, released);
    return;
  }
  const expired = orderOfExpiry(id);
  if (expired !== undefined) {
    expireAtTime(turn, world, expired);
    return;
  }
  const missing = orderOfMissing(id);
  if (missing !== undefined) {
    lookForMissing(turn, world, missing);
    return;
  }
  const sliced = orderOfSlice(id);
  if (sliced !== undefined) {
    lookAtSlices(turn, world, sliced);
    return;
  }
  const orderId = orderOfTimer(id);
  if (orderId === undefined) return;
  carryOut(
    turn,
    world,
    orderId,
    decideEarlyCancelTimeout(turn.space.get("order", orderId), turn.now),
  );
};

/** Answers for a message that failed every time: nobody waits for ever, nothing is guessed. */
const park = (turn: AccountTurn, world: AccountWorld, input: AccountInput, cause: string): void => {
  if (input.type === "message") {
    parkMessage(turn, input.message, cause);
    return;
  }
  if (input.type === "timer") {
    const run = operatorCancelOfTimer(input.id);
    if (run === undefined) parkTimer(turn, input.id);
    else parkOperatorCancel(turn, world, run);
    return;
  }
  if (input.type === "local") {
    // The look must end, or the market is never looked at again.
    watchMarket(turn, input.input);
    return;
  }
  if (input.type !== "command") return;
  const subject = parseMailboxSubject(input.subject);
  if (subject.type !== "command" || subject.target.clOrdId === undefined) return;
  const { account, strategy, clOrdId, verb } = subject.target;
  const ids = orderIdsOf(orderIdOf(account, strategy, clOrdId));
  if (verb === "submit") {
    const refusal = { code: "INTERNAL_ERROR", text: "parked" } as const;
    carryOutAll(turn, world, denyParkedSubmit(entryOf(turn, world, input, ids), refusal));
    return;
  }
  const fault = { path: "", message: cause, digest: digestOfBytes(input.data) };
  const state = turn.space.get("order", ids.orderId);
  const decision = denyUnreadable(ids, state, verb, fault, turn.now);
  const commandId = parkedCommandId(verb, input.data);
  const events = decision.events.map((event) =>
    event.commandId === verb && "code" in event
      ? { ...event, commandId, code: "INTERNAL_ERROR" as const, text: "parked" }
      : event,
  );
  carryOut(turn, world, ids.orderId, { ...decision, events });
};

/** What the sender waits for: the command's own id where its body says one, else its verb. */
const parkedCommandId = (verb: CommandVerb, data: Uint8Array): string => {
  if (verb === "replace") {
    const read = readReplace(data);
    if (Result.isSuccess(read)) return replaceCommand(read.success.replaceId);
  }
  if (verb === "cancel") {
    const read = readCancel(data);
    const cancelId = Result.isSuccess(read) ? read.success.cancelId : undefined;
    if (cancelId !== undefined) return cancelCommand(cancelId);
  }
  return verb;
};
