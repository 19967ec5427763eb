/**
 * The writes that the venue shard's facts are made of: each keeps the kinds consistent with each
 * other (a request with its doubt, an order with its ids and its end).
 *
 * Owns: those relations. Total: what is not there is not changed.
 * Never: knows an event.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { Space } from "../../runtime/shard_model.ts";
import type { VenueRequest } from "./venue_link.ts";
import type { VenueOptions } from "./venue_options.ts";
import type {
  CheckingState,
  CheckState,
  DoubtState,
  RequestState,
  SessionCounters,
  SessionState,
  SessionTroubles,
  VenueKinds,
  VenueOrderState,
} from "./venue_state.ts";

/** The states of a venue shard, for writing. */
export type VenueSpace = Space<VenueKinds>;

/** The session before anything happened. */
export const initialSession: SessionState = {
  status: "disconnected",
  reason: "never connected",
  since: toNanos(0n),
  link: 0,
  inboundSeq: 0,
  counters: { reports: 0, unknownReports: 0, disconnects: 0, breaks: 0, inDoubt: 0, notSent: 0 },
};

/**
 * Request ids kept per order; of a re-quoted order the older ones are forgotten. A constant, not
 * configuration: replay must give the same states for ever.
 */
export const idsPerOrder_max = 32;

/** Which venue's shard it is. */
export type Kept = Pick<VenueOptions, "venue">;

/** The session as it is, or as it was before anything happened. */
export const sessionIn = ({ venue }: Kept, space: VenueSpace): SessionState =>
  space.get("session", venue) ?? initialSession;

/** Changes some of the session. */
export const changeSession = (kept: Kept, space: VenueSpace, change: Partial<SessionState>): void =>
  space.set("session", kept.venue, { ...sessionIn(kept, space), ...change });

/** Counts one more. */
export const count = (kept: Kept, space: VenueSpace, key: keyof SessionCounters): void => {
  const { counters } = sessionIn(kept, space);
  changeSession(kept, space, { counters: { ...counters, [key]: (counters[key] ?? 0) + 1 } });
};

/** Notes a request's id with its order, which begins here if it is new; gives the order's root. */
export const addId = (space: VenueSpace, command: VenueRequest, tallied?: true): LegClOrdId => {
  const root = rootOf(space, command);
  const order = space.get("order", root) ?? newOrder(command, tallied);
  space.set("id", command.clOrdId, root);
  if (order.ids.includes(command.clOrdId)) return root;
  const ids = [...order.ids, command.clOrdId];
  const isTooMany = ids.length > idsPerOrder_max;
  const spare = isTooMany ? ids.find((id) => isSpare(space, root, order, id)) : undefined;
  if (spare !== undefined) space.remove("id", spare);
  space.set("order", root, { ...order, ids: ids.filter((id) => id !== spare) });
  return root;
};

const rootOf = (space: VenueSpace, command: VenueRequest): LegClOrdId => {
  const own = space.get("id", command.clOrdId);
  if (own !== undefined || command.kind === "place") return own ?? command.clOrdId;
  return space.get("id", command.origClOrdId) ?? command.clOrdId;
};

const newOrder = (command: VenueRequest, tallied: true | undefined): VenueOrderState => {
  const { orderId, instrument, clOrdId: current } = command;
  const order = { orderId, instrument, ids: [], current, cumQty_lots: 0 };
  if (tallied !== true || command.kind !== "place") return order;
  return { ...order, told_lots: 0, side: command.side };
};

/** Whether an id may be forgotten while its order lives: answered, and not in use at the venue. */
const isSpare = (
  space: VenueSpace,
  root: LegClOrdId,
  order: VenueOrderState,
  id: LegClOrdId,
): boolean =>
  id !== root &&
  id !== order.current &&
  space.get("request", id) === undefined &&
  space.get("waiting", id) === undefined &&
  space.get("queuedReplace", id) === undefined;

/**
 * Troubles of each kind that are remembered, the newest. A constant, not configuration: replay must
 * give the same states for ever.
 */
export const troubles_max = 16;

/** Notes when something went wrong with the session itself. */
export const noteTrouble = (
  kept: Kept,
  space: VenueSpace,
  { trouble, at }: { readonly trouble: keyof SessionTroubles; readonly at: Nanos },
): void => {
  const { troubles } = sessionIn(kept, space);
  const noted = [...(troubles?.[trouble] ?? []), at].slice(-troubles_max);
  changeSession(kept, space, { troubles: { ...troubles, [trouble]: noted } });
};

/** Moves a request to another stage. */
export const setStage = (
  space: VenueSpace,
  clOrdId: LegClOrdId,
  stage: RequestState["stage"],
): void => {
  const request = space.get("request", clOrdId);
  if (request !== undefined) space.set("request", clOrdId, { ...request, stage });
};

/** Notes how far the venue has been asked about a request in doubt. */
export const setDoubt = (space: VenueSpace, clOrdId: LegClOrdId, doubt: DoubtState): void => {
  if (space.get("doubt", clOrdId) !== undefined) space.set("doubt", clOrdId, doubt);
};

/** Takes out a request that has its answer. */
export const removeRequest = (space: VenueSpace, clOrdId: LegClOrdId): void => {
  space.remove("request", clOrdId);
  space.remove("doubt", clOrdId);
  space.remove("unresolved", clOrdId);
};

/** From now on absence at the venue proves nothing of the requests that are out. */
export const forbidProof = (space: VenueSpace): void => {
  for (const [key, request] of [...space.entries("request")]) {
    space.set("request", key, { ...request, unprovable: true });
  }
};

/** A question dies with its link: the next link asks anew. */
export const forgetQuestions = (space: VenueSpace): void => {
  for (const [key] of [...space.entries("doubt")]) space.set("doubt", key, {});
  for (const [root, checking] of [...space.entries("checking")]) {
    space.remove("checking", root);
    addCheck(space, root, wishOf(checking));
  }
};

/** What is wished to know, without the question that was asked for it. */
const wishOf = ({
  askedAt: _,
  askAgainAt: __,
  view: ___,
  viewSeq: ____,
  looked: _____,
  notBefore_seq: ______,
  ...wish
}: CheckingState): CheckState => wish;

/** Notes that an order is to be asked for; a wish that stands already grows. */
export const addCheck = (space: VenueSpace, root: string, check: CheckState): void => {
  const before = space.get("check", root);
  if (before === undefined) {
    space.set("check", root, check);
    return;
  }
  const afterSeq = Math.min(before.afterSeq, check.afterSeq);
  space.set("check", root, { ...check, ...before, afterSeq });
};

/** A trade of an order that is to be asked for reached it by itself. */
export const bookChecked = (space: VenueSpace, root: string, lots: number): void => {
  const wish = space.get("check", root);
  if (wish !== undefined) space.set("check", root, withBooked(wish, lots));
  const under = space.get("checking", root);
  if (under !== undefined) space.set("checking", root, withBooked(under, lots));
};

/** What a question under way may bring from before that report is no news any more. */
export const outdateChecked = (space: VenueSpace, root: string, notBefore_seq: number): void => {
  const under = space.get("checking", root);
  if (under === undefined) return;
  const { view: _, viewSeq: __, ...asked } = under;
  space.set("checking", root, { ...asked, notBefore_seq });
};

/** A report of an order may be younger than answers to what is asked of it and of its requests. */
export const overtakeQuestions = (space: VenueSpace, root: LegClOrdId, seq: number): void => {
  const under = space.get("checking", root);
  if (under !== undefined) space.set("checking", root, { ...under, notBefore_seq: seq });
  for (const id of space.get("order", root)?.ids ?? []) {
    const doubt = space.get("doubt", id);
    if (doubt !== undefined) space.set("doubt", id, { ...doubt, notBefore_seq: seq });
  }
};

/** Since when the newest of several questions may be answered; nothing where none says so. */
export const laterOf = (
  ...said: readonly (Pick<DoubtState, "notBefore_seq"> | undefined)[]
): Pick<DoubtState, "notBefore_seq"> => {
  const known = said.flatMap((one) => one?.notBefore_seq ?? []);
  return known.length === 0 ? {} : { notBefore_seq: Math.max(...known) };
};

const withBooked = <Check extends CheckState>(check: Check, lots: number): Check => ({
  ...check,
  booked_lots: (check.booked_lots ?? 0) + lots,
});

/** The question about an order is answered. */
export const endCheck = (space: VenueSpace, root: LegClOrdId): void => {
  space.remove("checking", root);
};

/**
 * The venue's numbering broke: every open order is to be asked for, except where its very placing
 * has no answer yet and is asked for anyway.
 */
export const missOrders = (
  space: VenueSpace,
  why: "restarted" | "reports_lost",
  wish: Pick<CheckState, "since" | "afterSeq">,
): void => {
  for (const [root, order] of [...space.entries("order")]) {
    if (order.endedAt !== undefined || space.get("queuedPlace", root) !== undefined) continue;
    const unseen = order.unseen === "restarted" ? order.unseen : why;
    space.set("order", root, { ...order, unseen });
    const known_lots = order.cumQty_lots;
    if (space.get("request", root) === undefined) addCheck(space, root, { ...wish, known_lots });
  }
};

/** What a venue says of an order. */
export interface AdvanceOf {
  readonly cumQty_lots: number;
  readonly current?: LegClOrdId;
  readonly blind?: true;
  readonly recounted?: true;
}

/** Takes what the venue says of a living order; one thought unsent or lost lives after all. */
export const advance = (space: VenueSpace, root: LegClOrdId, event: AdvanceOf): void => {
  const known = space.get("order", root);
  if (known === undefined) return;
  const order = event.blind === true ? known : seen(known);
  const cumQty_lots =
    event.recounted === true ? event.cumQty_lots : Math.max(order.cumQty_lots, event.cumQty_lots);
  const next = { ...order, cumQty_lots, current: event.current ?? order.current };
  if (next.neverLeft !== true || event.blind === true) {
    space.set("order", root, next);
    return;
  }
  const { neverLeft: _, endedAt: __, ...revived } = next;
  space.remove("ended", root);
  space.set("order", root, revived);
};

/** An order that had ended here works after all. */
export const reviveOrder = (space: VenueSpace, root: LegClOrdId): void => {
  const order = space.get("order", root);
  if (order?.endedAt === undefined) return;
  const { endedAt: _, ...revived } = order;
  space.remove("ended", root);
  space.set("order", root, revived);
};

const seen = ({
  unseen: _,
  absent: __,
  lookAgainAt: ___,
  ...order
}: VenueOrderState): VenueOrderState => order;

/** Notes the end of an order; it is kept until it is forgotten. */
export const endOrder = (
  space: VenueSpace,
  root: LegClOrdId,
  at: Nanos,
  neverLeft: boolean,
): void => {
  const order = space.get("order", root);
  if (order === undefined || order.endedAt !== undefined) return;
  const ended: VenueOrderState = { ...order, endedAt: at };
  space.set("order", root, neverLeft ? { ...ended, neverLeft: true } : ended);
  space.set("ended", root, at);
};
