/**
 * What is done about each finding of a run: a look-up by id, the policy for unknown orders, or
 * patience.
 *
 * Owns: that choice, and its bound: what a run finds beyond it the next one finds again.
 * Never: ends an order, or concludes anything from a snapshot alone, but the executions of an
 * order that is over and of which the venue has no record.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import { actOnPositions } from "./reconcile_positions.ts";
import { compareExecutions, compareOrders, comparePositions } from "./reconcile_model.ts";
import type { Comparison, Finding, OwnRecord } from "./reconcile_model.ts";
import type { RunCause } from "./reconcile_state.ts";
import { applyPolicy } from "./unknown_order.ts";
import { checkOrder, isChecked, takeListed } from "./venue_check.ts";
import type { VenueReport } from "./venue_report.ts";
import { isQueued, queuedCount } from "./venue_queue.ts";
import type { KnownPart } from "./venue_snapshot.ts";
import type { VenueOrderState } from "./venue_state.ts";
import { publishIncident, sessionOf } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Our record as it stands in this turn. */
const ownRecord = ({ space, ...turn }: VenueTurn, why: RunCause): OwnRecord => {
  const queued = queuedCount({ space, ...turn });
  const looksAnew = why === "logon" || why === "demand";
  const hasRequests = space.size("request") + space.size("waiting") + queued > 0;
  const isOut = (id: LegClOrdId): boolean =>
    (space.get("request", id)?.stage ?? "unresolved") !== "unresolved" ||
    space.get("waiting", id) !== undefined ||
    isQueued({ space }, id);
  const hasRequest = ({ ids }: VenueOrderState): boolean => hasRequests && ids.some(isOut);
  return {
    rootOf: (clOrdId) => space.get("id", clOrdId),
    order: (root) => space.get("order", root),
    openRoots: function* () {
      for (const root of space.keys("order")) {
        if (space.get("ended", root) === undefined) yield root as LegClOrdId;
      }
    },
    isBusy: (root, order) => hasRequest(order) || isChecked({ space, ...turn }, root),
    // On a new link, where a person asks, and from time to time it is looked up again.
    isAbsent: ({ absent, lookAgainAt = turn.now }) =>
      absent === true && !looksAnew && turn.now_ns < fromNanos(lookAgainAt),
    knowsListing: ({ listingTaken }, listing) => !looksAnew && listingTaken === listing,
    net_lots: (instrument) => space.get("tally", instrument)?.net_lots ?? 0,
    instruments: () => space.keys("tally"),
  };
};

/** Holds a part against our record. */
export const comparePart = (turn: VenueTurn, why: RunCause, part: KnownPart): Comparison => {
  const own = ownRecord(turn, why);
  const { inboundSeq } = sessionOf(turn.space, turn.options);
  switch (part.part) {
    case "open_orders":
      return compareOrders(own, part);
    case "executions":
      return compareExecutions(own, part, inboundSeq);
    case "positions":
      return comparePositions(own, part, inboundSeq);
    default:
      return part satisfies never;
  }
};

/** What acting on a part's findings leaves: work for a run soon, a broken mapping (or ""). */
export interface PartOutcome {
  readonly again?: true;
  readonly broken?: string;
  /** Executions behind this number are to be listed once more. */
  readonly executionsFrom?: number;
}

/** Executions told from a list in one turn; behind them the next run goes on: a turn is bounded. */
const told_max = 1_000;

/** Acts on the findings of a part. */
export const actOn = (
  turn: VenueTurn,
  why: RunCause,
  part: KnownPart,
  comparison: Comparison,
): PartOutcome => {
  const { findings, left } = comparison;
  if (part.part === "positions") return actOnPositions(turn, why, part, { findings, left });
  const { findings_max } = turn.options.reconcile;
  let [acted, told] = [0, 0];
  for (const finding of findings.slice(0, findings_max)) {
    if (told >= told_max) break;
    told += actOnOrder(turn, finding, part);
    acted += 1;
  }
  const isCut = acted < findings.length;
  const again = isCut ? { again: true as const } : {};
  if (part.part === "executions") {
    return { ...again, ...listAgain(turn, why, part, comparison, isCut) };
  }
  const broken = findings.flatMap((one) => (one.type === "duplicate" ? [one.text] : []));
  return { ...again, broken: tellBroken(turn, broken) };
};

/** Gives how many executions were told from a list. */
const actOnOrder = (turn: VenueTurn, finding: Finding, part: KnownPart): number => {
  switch (finding.type) {
    case "missing":
    case "news":
      checkOrder(turn, finding.root, { afterSeq: 0 });
      return 0;
    case "execution": {
      const told = takeAsListed(turn, finding, part);
      if (told !== undefined) return told;
      checkOrder(turn, finding.root, {
        afterSeq: 0,
        executionsWanted: true,
        ...(finding.listing === undefined ? {} : { amendsWanted: true, listing: finding.listing }),
      });
      return 0;
    }
    case "unknown":
      applyPolicy(turn, finding.order);
      return 0;
    // Told together, and of positions there is a page of its own.
    case "duplicate":
    case "position":
    case "unreadable":
      return 0;
    default:
      return finding satisfies never;
  }
};

/**
 * What is listed of an order of which the venue may have no record is listed once more, when that
 * is known: then nothing else tells it. So is what was left while something was on its way, or for
 * the next run.
 */
const listAgain = (
  turn: VenueTurn,
  why: RunCause,
  { executions }: Extract<KnownPart, { readonly part: "executions" }>,
  { findings, isWaiting }: Comparison,
  isCut: boolean,
): Pick<PartOutcome, "again" | "executionsFrom"> => {
  const { space, options } = turn;
  const from = space.get("reconcile", options.venue)?.executionsFrom;
  const mayBeLost = ({ report }: { readonly report: VenueReport }): boolean => {
    const root = space.get("id", report.clOrdId);
    const order = root === undefined ? undefined : space.get("order", root);
    return order?.unseen !== undefined && order.endedAt === undefined && order.absent !== true;
  };
  // One that is over is looked up for its executions. Only in the first runs on a link: a record
  // that is never had must not keep the list open.
  const isFirst = why === "logon" || why === "retry";
  const mayBeGone = (finding: Finding): boolean => {
    if (!isFirst || finding.type !== "execution") return false;
    const order = space.get("order", finding.root);
    return order?.endedAt !== undefined && isChecked(turn, finding.root);
  };
  const isLeft = isCut || isWaiting === true;
  const isOpen = isLeft || executions.some(mayBeLost) || findings.some(mayBeGone);
  return from === undefined || !isOpen ? {} : { again: true, executionsFrom: from };
};

/**
 * Takes a list of executions that is all that the venue has of an order; gives how many were told.
 * Undefined: it is not all.
 */
const takeAsListed = (
  turn: VenueTurn,
  { root, listing }: Extract<Finding, { readonly type: "execution" }>,
  part: KnownPart,
): number | undefined => {
  const { space } = turn;
  const order = space.get("order", root);
  const isOver = order?.endedAt !== undefined && order.absent === true && !isChecked(turn, root);
  const isCounted = listing !== undefined || order?.amended !== true;
  if (!isOver || !isCounted || part.part !== "executions") return undefined;
  const reports = part.executions.map(({ report }) => report);
  const isOfOrder = ({ clOrdId }: VenueReport): boolean => space.get("id", clOrdId) === root;
  return takeListed(turn, root, order, reports.filter(isOfOrder), listing);
};

/** Faults of the mapping that are named; the rest is counted. */
const faultsNamed_max = 5;

const tellBroken = (turn: VenueTurn, faults: readonly string[]): string => {
  if (faults.length === 0) return "";
  const named = faults.slice(0, faultsNamed_max).join("; ");
  const more = faults.length > faultsNamed_max ? `; ${faults.length} in all` : "";
  const broken = `orders do not map one to one: ${named}${more}`;
  const before = turn.space.get("reconcile", turn.options.venue)?.broken;
  if (before !== broken) publishIncident(turn, "mapping_broken", broken);
  return broken;
};
