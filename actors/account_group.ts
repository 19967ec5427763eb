/**
 * A submit: of one order, or of a group of orders that are bound to each other.
 *
 * A group is accepted or denied as a whole, in one turn: its orders are judged one after the other,
 * each with what those before it reserve, and only then are their decisions made. Every order of it
 * answers with its own first event, and a repeat is a repeat of all of it, since every order keeps
 * the digest of the whole command.
 *
 * Owns: what becomes of the orders of a group when they come.
 */
import { Result } from "effect";
import { readSubmit } from "../protocols/command.ts";
import type { SubmitCommand } from "../protocols/command.ts";
import type { Contingency } from "../protocols/contingency.ts";
import { digestOfBytes } from "../protocols/digest.ts";
import { orderIdOf } from "../protocols/kernel/ids.ts";
import type { OrderId } from "../protocols/kernel/ids.ts";
import { refuse } from "../protocols/kernel/reject_code.ts";
import type { Refusal } from "../protocols/kernel/reject_code.ts";
import type { BondRole } from "../protocols/order_bond.ts";
import type { Side } from "../protocols/venue.ts";
import { decideSubmitEntry, judgeSubmit, overtaken, staleness } from "./account_entry.ts";
import type { BoundPart, Entry, SubmitRefused } from "./account_entry.ts";
import { evolve } from "./account_evolve.ts";
import { orderIdsOf, seenCommand, submitted } from "./order/order_decision.ts";
import type { OrderDecision } from "./order/order_decision.ts";
import { denySubmit, screenSubmit } from "./order/order_submit.ts";
import { denyUnreadable } from "./order/order_unreadable.ts";
import { trialSpace } from "./trial_space.ts";

/** A decision and the order that it is about. */
export interface OwnDecision {
  readonly orderId: OrderId;
  readonly decision: OrderDecision;
}

/** An order of a group, as if it had come alone. */
interface Member {
  readonly entry: Entry;
  readonly command: SubmitCommand;
  readonly part: BoundPart;
}

/** Decides on a `submit`: for each order that it brings. */
export const decideSubmit = (entry: Entry): readonly OwnDecision[] => {
  const { ids, state, turn, input } = entry;
  const read = readSubmit(input.data);
  if (Result.isFailure(read)) {
    return own(entry, denyUnreadable(ids, state, "submit", read.failure, turn.now));
  }
  const command = read.success;
  if (command.contingency === undefined) return own(entry, decideSubmitEntry(entry, command));
  return decideGroup(membersOf(entry, command, command.contingency));
};

/**
 * A submit that failed every time is denied with that code: also the bound orders of one that can
 * be read, since nobody else answers for them.
 */
export const denyParkedSubmit = (entry: Entry, refusal: Refusal): readonly OwnDecision[] => {
  const { ids, state, turn, input } = entry;
  const read = readSubmit(input.data);
  if (Result.isSuccess(read) && read.success.contingency !== undefined) {
    const members = distinct(membersOf(entry, read.success, read.success.contingency));
    return members.flatMap((member) => own(member.entry, refuseMember(member, refusal)));
  }
  const fault = { path: "", message: refusal.text, digest: digestOfBytes(input.data) };
  const decision = denyUnreadable(ids, state, "submit", fault, turn.now);
  const events = decision.events.map((event) =>
    event.commandId === submitted && "code" in event ? { ...event, ...refusal } : event,
  );
  return own(entry, { ...decision, events });
};

const own = ({ ids }: Entry, decision: OrderDecision): readonly OwnDecision[] => [
  { orderId: ids.orderId, decision },
];

/** Each order once; one that has the submitted order's id is none of its own. */
const distinct = (members: readonly Member[]): readonly Member[] => {
  const [first] = members;
  return members.filter(
    (one) => one === first || one.entry.ids.orderId !== first?.entry.ids.orderId,
  );
};

const decideGroup = (all: readonly Member[]): readonly OwnDecision[] => {
  const members = distinct(all);
  const [first] = members;
  if (first === undefined) return [];
  const { state } = first.entry;
  if (seenCommand(state, submitted)?.digest === first.command.digest) return repeat(members);
  const known = members.find(isKnown);
  if (known !== undefined) {
    return denyAll(members, known, refuse("ID_CONFLICT", { clOrdId: known.entry.ids.clOrdId }));
  }
  const stale = staleness(first.entry);
  if (stale !== undefined) return denyAll(members, first, stale);
  if (members.length < all.length) {
    const { clOrdId } = first.entry.ids;
    return denyAll(members, first, refuse("CONTINGENCY_INVALID", { clOrdId, orders: 2 }));
  }
  for (const member of members) {
    const late = overtaken(member.entry) ?? misfit(member, members);
    if (late !== undefined) return denyAll(members, member, late);
  }
  return judgeAll(members);
};

const isKnown = ({ entry: { state } }: Member): boolean =>
  state !== undefined && state.phase !== "unseen";

/** Every order answers where it stands. */
const repeat = (members: readonly Member[]): readonly OwnDecision[] =>
  members.flatMap(({ entry, command }) => {
    const screening = screenSubmit(entry.state, command, entry.turn.now);
    return screening.kind === "answered" ? own(entry, screening.decision) : [];
  });

const judgeAll = (members: readonly Member[]): readonly OwnDecision[] => {
  const [first] = members;
  if (first === undefined) return [];
  const space = trialSpace(first.entry.turn.space);
  const decisions: OwnDecision[] = [];
  for (const member of members) {
    const { entry, command, part } = member;
    const judged = judgeSubmit({ ...entry, turn: { ...entry.turn, space } }, command, part);
    if ("refusal" in judged) return denyAll(members, member, judged.refusal, judged.terms);
    for (const event of judged.events) evolve(space, event);
    decisions.push({ orderId: entry.ids.orderId, decision: judged });
  }
  return decisions;
};

/** The faulty one with its own code, the others because of it. */
const denyAll = (
  members: readonly Member[],
  faulty: Member,
  refusal: Refusal,
  terms?: SubmitRefused["terms"],
): readonly OwnDecision[] => {
  const { clOrdId } = faulty.entry.ids;
  const because = refuse("CONTINGENCY_PEER_DENIED", { clOrdId, code: refusal.code });
  return members.flatMap((member) =>
    own(
      member.entry,
      member === faulty ? refuseMember(member, refusal, terms) : refuseMember(member, because),
    ),
  );
};

/** An id that was used before keeps its order. */
const refuseMember = (
  { entry, command }: Member,
  refusal: Refusal,
  terms?: SubmitRefused["terms"],
): OrderDecision => {
  const { ids, state, turn } = entry;
  const { now } = turn;
  const screening = screenSubmit(state, command, now);
  if (screening.kind === "answered") return screening.decision;
  return denySubmit({
    ids,
    state,
    command,
    refusal,
    now,
    ...(terms === undefined ? {} : { terms }),
  });
};

/** Why an order cannot be of its group; undefined where it can. */
const misfit = (member: Member, members: readonly Member[]): Refusal | undefined => {
  const { entry, command, part } = member;
  const { clOrdId } = entry.ids;
  const [first] = members;
  const isExit = part.bond?.role === "take_profit" || part.bond?.role === "stop_loss";
  if (isExit && isBuy(command.side) === isBuy(first?.command.side ?? command.side)) {
    return refuse("CONTINGENCY_INVALID", { clOrdId, side: command.side });
  }
  // Else one would take the room that was promised to the other.
  const isOther = members.some(
    (one) =>
      one.part.bond?.onFill !== undefined &&
      isBuy(one.command.side) === isBuy(command.side) &&
      one.command.execInst.includes("reduce_only") !== command.execInst.includes("reduce_only"),
  );
  return isOther && part.bond?.onFill !== undefined
    ? refuse("CONTINGENCY_INVALID", { clOrdId, execInst: "reduce_only" })
    : undefined;
};

const isBuy = (side: Side): boolean => side === "buy";

const membersOf = (
  entry: Entry,
  command: SubmitCommand,
  contingency: Contingency,
): readonly Member[] => {
  const { turn, world, input, ids } = entry;
  const idOf = (clOrdId: typeof ids.clOrdId): OrderId =>
    orderIdOf(ids.account, ids.strategy, clOrdId);
  const bound = boundOf(command, contingency);
  const orderIds = [ids.orderId, ...bound.map(({ clOrdId }) => idOf(clOrdId))];
  const { contingency: _group, ...alone } = command;
  const firstRole = contingency.type === "oco" ? "peer" : "parent";
  const partOf = (role: BondRole, of: SubmitCommand): BoundPart => {
    const onFill = onFillOf(contingency, role);
    const isReduceOnly = of.execInst.includes("reduce_only");
    return {
      bond: { group: ids.orderId, role, orderIds, ...(onFill === undefined ? {} : { onFill }) },
      parent: role !== "parent" && role !== "peer",
      // At a venue it would wait for the room that its peer holds, and protect nothing.
      trigger: isReduceOnly && onFill !== undefined,
    };
  };
  return [
    { entry, command: alone, part: partOf(firstRole, alone) },
    ...bound.map(({ clOrdId, role, order }) => {
      const orderId = idOf(clOrdId);
      const state = turn.space.get("order", orderId);
      const own = { turn, world, input, ids: orderIdsOf(orderId), state };
      return { entry: own, command: order, part: partOf(role, order) };
    }),
  ];
};

const onFillOf = (contingency: Contingency, role: BondRole): "cancel" | "reduce" | undefined => {
  if (contingency.type === "oco") return contingency.onFill;
  return contingency.type === "bracket" && role !== "parent" ? "reduce" : undefined;
};

interface BoundOrderRead {
  readonly clOrdId: Entry["ids"]["clOrdId"];
  readonly role: BondRole;
  readonly order: SubmitCommand;
}

/** The bound orders as submits of their own, with what they leave out. */
const boundOf = (
  { contingency: _group, ...submit }: SubmitCommand,
  contingency: Contingency,
): readonly BoundOrderRead[] => {
  const { instrument, orderQty, validUntil, digest } = submit;
  const shared = { instrument, digest, ...(validUntil === undefined ? {} : { validUntil }) };
  const closing: Side = isBuy(submit.side) ? "sell" : "buy";
  if (contingency.type === "bracket") {
    const { takeProfit, stopLoss } = contingency;
    const exits = [
      { role: "take_profit", exit: takeProfit },
      { role: "stop_loss", exit: stopLoss },
    ] as const;
    return exits.map(({ role, exit: { clOrdId, ...exit } }) => {
      return { clOrdId, role, order: { side: closing, orderQty, ...exit, ...shared } };
    });
  }
  const role = contingency.type === "oco" ? "peer" : "child";
  return contingency.orders.map(({ clOrdId, ...order }) => {
    return { clOrdId, role, order: { orderQty, ...order, ...shared } };
  });
};
