/**
 * Orders whose state at the venue is asked for: when reports were lost for good, or could not be
 * read, and when an order asks by itself.
 *
 * The record that the venue gives is taken as it is; where it counts otherwise than we do, its
 * executions are asked for by themselves and reach the order under their real ids, and so does what
 * was taken back or corrected of them.
 *
 * Owns: which questions about orders are under way, bounded, and what their answers prove. Absence
 * ends an order of ours only where the venue began anew since it last showed it: then it cannot
 * come back.
 * Never: ends an order on absence alone, or invents an execution.
 */
import { fromNanos, toNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { waitsUntil } from "./rate_budget.ts";
import { isAmend, recordedExecutions } from "./recorded_executions.ts";
import { armSweep, byDue, heardBefore } from "./venue_doubt.ts";
import type { VenueAnswer, VenueOrderView, VenueQuery, VenueReport } from "./venue_link.ts";
import { idToLookUp, looksFurther } from "./venue_lookup.ts";
import { tellMoot, unprovableChanges } from "./venue_moot.ts";
import { forgetEnded } from "./venue_retention.ts";
import type { CheckingState, CheckState, VenueOrderState } from "./venue_state.ts";
import {
  isUsable,
  publishIncident,
  sessionOf,
  span_ns,
  tellOrder,
  tellOrderDoubt,
} from "./venue_turn.ts";
import { isTallying, toldByRecord } from "./venue_tally.ts";
import type { VenueTurn } from "./venue_turn.ts";
import { endOf, hasEnded, standingOf, statusReport, toldOf } from "./venue_view.ts";

/** Wishes to know an order's state; it is asked for as soon as the link and the bounds allow. */
export const checkOrder = (
  turn: VenueTurn,
  root: LegClOrdId,
  wish: Pick<CheckState, "afterSeq" | "executionsWanted" | "amendsWanted" | "listing"> &
    Partial<Pick<CheckState, "known_lots">>,
): void => {
  const known_lots = turn.space.get("order", root)?.cumQty_lots ?? 0;
  turn.emit({ type: "order_to_check", root, known_lots, ...wish, at: turn.now });
};

/** What is wished to know where a report of an order was not heard, whatever kind it was of. */
export const unheardOf = (
  order: VenueOrderState | undefined,
): Pick<CheckState, "executionsWanted" | "amendsWanted"> => ({
  executionsWanted: true,
  ...((order?.cumQty_lots ?? 0) > 0 ? { amendsWanted: true } : {}),
});

/** Whether orders are still to be asked for. */
export const hasChecks = ({ space }: VenueTurn): boolean =>
  space.size("check") + space.size("checking") > 0;

/** Whether an order is to be asked for, or is being. */
export const isChecked = ({ space }: VenueTurn, root: LegClOrdId): boolean =>
  space.get("check", root) !== undefined || space.get("checking", root) !== undefined;

/** Asks for orders, as far as the bound on questions allows, and sets the next look. */
export const askOrders = (turn: VenueTurn): void => {
  const { space, options, now_ns } = turn;
  if (!hasChecks(turn) || !isUsable(sessionOf(space, options))) return;
  const timeout_ns = span_ns(options.queryTimeout_ms);
  let next_ns: Instant_ns = now_ns + timeout_ns;
  const look = (at_ns: Instant_ns): void => {
    if (at_ns < next_ns) next_ns = at_ns;
  };
  const due: Due[] = [];
  let underWay = 0;
  for (const [key, { askedAt, askAgainAt, view }] of space.entries("checking")) {
    const due_ns =
      askAgainAt === undefined ? fromNanos(askedAt) + timeout_ns : fromNanos(askAgainAt);
    const kind = view === undefined ? "query_order" : "query_executions";
    if (now_ns >= due_ns) due.push({ root: key as LegClOrdId, kind, due_ns });
    else look(due_ns);
    // One that waits to be asked again is no question under way.
    if (now_ns < due_ns && askAgainAt === undefined) underWay += 1;
  }
  const room = Math.max(0, options.queriesInFlight_max - underWay);
  const next = [...due, ...newChecks(turn, room)].toSorted(byDue);
  for (const { root, kind } of next.slice(0, room)) {
    const free_ns = waitsUntil(turn, kind);
    if (free_ns === undefined) ask(turn, root);
    else look(free_ns);
  }
  // What a venue never answers must not take all the room for ever: it waits behind the others.
  for (const { root, due_ns } of next.slice(room)) {
    const silent = space.get("checking", root);
    if (silent === undefined || silent.askAgainAt !== undefined) continue;
    turn.emit({ type: "order_undecided", root, askAgainAt: toNanos(due_ns), at: turn.now });
  }
  armSweep(turn, next_ns);
};

/** An order to be asked for now, and since when. */
interface Due {
  readonly root: LegClOrdId;
  readonly kind: "query_order" | "query_executions";
  readonly due_ns: Instant_ns;
}

/** Orders that are not asked for yet, as many as there is room for. */
const newChecks = ({ space }: VenueTurn, room: number): readonly Due[] => {
  const checks: Due[] = [];
  for (const [key, { since }] of space.entries("check")) {
    if (checks.length >= room) break;
    if (space.get("checking", key) !== undefined) continue;
    checks.push({ root: key as LegClOrdId, kind: "query_order", due_ns: fromNanos(since) });
  }
  return checks;
};

const ask = (turn: VenueTurn, root: LegClOrdId): void => {
  turn.emit({ type: "order_asked", root, ...heardBefore(turn), at: turn.now });
  askVenue(turn, root);
};

const askVenue = (turn: VenueTurn, root: LegClOrdId): void => {
  const { space, now: askedAt } = turn;
  const [order, checking = {}] = [space.get("order", root), space.get("checking", root)];
  const clOrdId = order === undefined ? root : idToLookUp(turn, order, checking);
  const { view, afterSeq }: Partial<CheckingState> = checking;
  const executions = view && {
    purpose: "executions" as const,
    venueOrderId: view.venueOrderId,
    afterSeq: afterSeq ?? 0,
  };
  const query = { asker: root, clOrdId, purpose: "order" as const, askedAt, ...executions };
  turn.perform({ type: "query", query });
};

/** A question came to nothing: it is asked again, not before that. */
export const askAgain = (
  turn: VenueTurn,
  { asker, purpose }: VenueQuery,
  wait_ms: number,
): void => {
  const { space, now_ns, now: at } = turn;
  const askAgainAt = toNanos(now_ns + span_ns(wait_ms));
  if (purpose === "doubt") {
    turn.emit({ type: "request_undecided", clOrdId: asker, askAgainAt, at });
  } else {
    const root = space.get("id", asker);
    if (root !== undefined) turn.emit({ type: "order_undecided", root, askAgainAt, at });
  }
};

/** Takes the venue's answer to a question about an order. */
export const takeOrderAnswer = (turn: VenueTurn, answer: VenueAnswer): void => {
  const { space, options } = turn;
  const root = space.get("id", answer.asker);
  const order = root === undefined ? undefined : space.get("order", root);
  if (root === undefined || order === undefined) {
    const { clOrdId } = answer;
    publishIncident(turn, "order_absent", "asked for, and we know nothing of it", { clOrdId });
    return;
  }
  const checking = space.get("checking", root);
  // A question that was asked twice, and answered before.
  if (checking === undefined) return;
  if ((answer.purpose === "executions") !== (checking.view !== undefined)) return;
  // One that we did not place can come back: then it is unknown once more.
  const mayBeLost = order.unseen === "restarted" || order.external === "unknown";
  const isLost = mayBeLost && order.endedAt === undefined;
  if (answer.unreadable !== undefined && checking.view !== undefined) {
    // The record stands; its executions are as good as gone.
    takeExecutions({ turn, root, order, checking, view: checking.view }, []);
  } else if (answer.unreadable !== undefined) {
    concludeAbsent(turn, root, order, `its answer is unreadable: ${answer.unreadable}`, false);
  } else if (
    answer.asOfSeq > sessionOf(space, options).inboundSeq ||
    answer.asOfSeq < (checking.viewSeq ?? checking.notBefore_seq ?? 0)
  ) {
    // The reports that the answer speaks of are on their way, or it is older than what was heard.
    const askAgainAt = toNanos(turn.now_ns + span_ns(options.queryTimeout_ms));
    turn.emit({ type: "order_undecided", root, askAgainAt, at: turn.now });
  } else if (checking.view !== undefined) {
    // A venue that used its ids again has executions of other orders under this one's, too.
    const isOfOrder = ({ clOrdId }: VenueReport) => (space.get("id", clOrdId) ?? root) === root;
    const executions = (answer.executions ?? []).filter(isOfOrder);
    takeExecutions({ turn, root, order, checking, view: checking.view }, executions);
  } else if (looksFurther(turn, order, root, answer, isLost)) {
    return;
  } else if (answer.order === undefined) {
    concludeAbsent(turn, root, order, "asked for, and the venue knows nothing of it", isLost);
  } else if (mayHaveNews(checking, answer.order)) {
    const free_ns = waitsUntil(turn, "query_executions");
    const later = free_ns === undefined ? {} : { askAgainAt: toNanos(free_ns) };
    const { order: view, asOfSeq: viewSeq } = answer;
    turn.emit({ type: "order_found", root, view, viewSeq, ...later, at: turn.now });
    if (free_ns === undefined) askVenue(turn, root);
  } else {
    conclude({ turn, root, order, checking, view: answer.order }, []);
  }
};

const mayHaveNews = (
  { executionsWanted, amendsWanted, known_lots, booked_lots = 0 }: CheckingState,
  view: VenueOrderView,
): boolean =>
  amendsWanted === true ||
  view.cumQty_lots !== known_lots + booked_lots ||
  (executionsWanted === true && view.cumQty_lots > 0);

interface Found {
  readonly turn: VenueTurn;
  readonly root: LegClOrdId;
  readonly order: VenueOrderState;
  readonly checking: CheckingState;
  readonly view: VenueOrderView;
}

/**
 * The executions are there. What was reported of the order since its record was made is not in
 * that: then the order is told the executions, and its record is asked for anew.
 */
const takeExecutions = (found: Found, executions: readonly VenueReport[]): void => {
  const { turn, root, order, checking, view } = found;
  const { notBefore_seq = 0, viewSeq = notBefore_seq } = checking;
  if (viewSeq >= notBefore_seq) {
    conclude(found, executions);
    return;
  }
  const recorded = recordedExecutions(view, executions);
  // What works since an amendment only a record of now tells: then it is told.
  const trades = recorded.filter((one) => !isAmend(one));
  for (const one of trades) tellOrder(turn, order.orderId, { ...toldOf(one), fromRecord: true });
  const counted_lots = Math.max(view.cumQty_lots, order.cumQty_lots);
  const known_lots = counted_lots - missingOf(found, recorded);
  const amends = recorded.some(isAmend) ? { amendsWanted: true as const } : {};
  const free_ns = waitsUntil(turn, "query_order");
  const askAgainAt = free_ns === undefined ? turn.now : toNanos(free_ns);
  turn.emit({ type: "order_undecided", root, askAgainAt, known_lots, ...amends, at: turn.now });
};

/** The venue's record and executions are there: the order is told all of it. */
const conclude = (found: Found, executions: readonly VenueReport[]): void => {
  const { turn, root, order, checking, view } = found;
  const { clOrdId: current, cumQty_lots } = view;
  const { listing } = checking;
  const now = { clOrdId: current, recounted: true } as const;
  const changes = hasEnded(view) ? unprovableChanges(turn, root) : [];
  const told = recordedExecutions(view, executions);
  turn.emit({
    type: "order_checked",
    root,
    current,
    cumQty_lots,
    ended: hasEnded(view),
    recounted: true,
    ...toldByRecord(turn.options, order, view, told),
    ...(listing === undefined ? {} : { listing }),
    at: turn.now,
  });
  const missing_lots = missingOf(found, told);
  const { orderId } = order;
  const end = endOf(view);
  // Behind its executions the record's count says what is still missing.
  for (const report of told) tellOrder(turn, orderId, { ...toldOf(report), fromRecord: true });
  if (end === undefined) {
    tellOrder(turn, orderId, { ...statusReport(turn, view, standingOf(view)), ...now });
  }
  if (missing_lots > 0) {
    publishIncident(turn, "executions_missing", "counted by the venue, and not to be had", {
      clOrdId: current,
      orderId,
      cumQty_lots,
      missing_lots,
    });
  }
  if (end !== undefined) {
    tellOrder(turn, orderId, { ...statusReport(turn, view, end), ...now });
  } else if (missing_lots > 0 && hasEnded(view)) {
    // Filled by its own count. Without the executions it can only be ended, with the rest owed.
    const text = `filled at the venue, executions of ${missing_lots} lots cannot be had`;
    tellOrder(turn, orderId, { ...statusReport(turn, view, "canceled", text), ...now });
  } else {
    tellMoot(turn, changes, view);
  }
};

/** Executions of one order that are told from a list, the newest: a turn is bounded. */
const listed_max = 256;

/**
 * The venue has no record of an order that is over, and lists its executions: there is
 * nothing else to come of it, so the list stands for its record. Gives how many were told.
 */
export const takeListed = (
  turn: VenueTurn,
  root: LegClOrdId,
  order: VenueOrderState,
  listed: readonly VenueReport[],
  listing: string | undefined,
): number => {
  const { current, orderId, cumQty_lots: known_lots } = order;
  const before = {
    clOrdId: current,
    venueOrderId: "",
    ordStatus: "canceled",
    orderQty_lots: order.terms?.orderQty_lots ?? known_lots,
    cumQty_lots: known_lots,
  } as const;
  const told = recordedExecutions(before, listed);
  const cumQty_lots = told.at(-1)?.cumQty_lots ?? known_lots;
  const view = { ...before, cumQty_lots };
  const changes = unprovableChanges(turn, root);
  turn.emit({
    type: "order_checked",
    root,
    current,
    cumQty_lots,
    ended: true,
    recounted: true,
    ...toldByRecord(turn.options, order, view, told),
    ...(listing === undefined ? {} : { listing }),
    at: turn.now,
  });
  const newest = told.slice(-listed_max);
  for (const report of newest) tellOrder(turn, orderId, { ...toldOf(report), fromRecord: true });
  // No record says which total was in force.
  tellMoot(turn, changes, { clOrdId: current, cumQty_lots });
  return newest.length;
};

/**
 * Lots that the venue counts as executed and that neither we know nor the executions tell. What
 * reached the order by itself meanwhile is among those executions, if the venue told any. Where one
 * was amended only the last of them tells how far they reach.
 */
const missingOf = ({ checking, view }: Found, told: readonly VenueReport[]): number => {
  const { known_lots, booked_lots = 0 } = checking;
  if (told.some(isAmend)) return Math.max(0, view.cumQty_lots - (told.at(-1)?.cumQty_lots ?? 0));
  const recovered = told.filter(({ cumQty_lots }) => cumQty_lots > known_lots);
  const recovered_lots = recovered.reduce((sum, { lastQty_lots = 0 }) => sum + lastQty_lots, 0);
  return Math.max(0, view.cumQty_lots - known_lots - Math.max(recovered_lots, booked_lots));
};

/** The venue has no record of the order that we could read. */
const concludeAbsent = (
  turn: VenueTurn,
  root: LegClOrdId,
  order: VenueOrderState,
  text: string,
  lost: boolean,
): void => {
  const { orderId, current, cumQty_lots } = order;
  const { reconcileEvery_ms } = turn.options.reconcile;
  const lookAgainAt = toNanos(turn.now_ns + span_ns(reconcileEvery_ms));
  const noted = isTallying(turn.options) ? { noted: true as const, lookAgainAt } : {};
  turn.emit({ type: "order_absent", root, lost, ...noted, at: turn.now });
  if (lost) forgetEnded(turn);
  // Told before, and nothing of it was seen since; or over, and venues forget such orders.
  if (!lost && (order.absent === true || order.endedAt !== undefined)) return;
  // Nobody here waits for word of it.
  if (order.external === "unknown") return;
  publishIncident(turn, lost ? "order_lost" : "order_absent", text, { clOrdId: current, orderId });
  if (lost) {
    tellOrder(turn, orderId, {
      execType: "canceled",
      clOrdId: current,
      execId: `lost-${root}`,
      cumQty_lots,
      text: "the venue does not know the order any more after its restart",
      tsEvent: turn.now,
    });
  } else if (order.endedAt === undefined) {
    tellOrderDoubt(turn, orderId, current, cumQty_lots, text);
  }
};
