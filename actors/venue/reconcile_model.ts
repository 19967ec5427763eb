/**
 * What a venue's snapshot says beside our own record: findings, and nothing done about them.
 *
 * A finding is a question or a task, never an end: an order that is absent is looked up by its id,
 * one that the venue tells otherwise too. Only what was settled here before the snapshot is held
 * against it: an order with a request on its way, with a question under way, or with a report that
 * is younger than the snapshot is left for the next run.
 *
 * Owns: the comparison. Pure: the same record and snapshot give the same findings, and a record
 * that has taken up all of them gives none.
 */
import { digestOf } from "../../protocols/digest.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { FindingCounts } from "./reconcile_state.ts";
import { isAmend } from "./recorded_executions.ts";
import { strangeness } from "./venue_identity.ts";
import type { VenueOrderView, VenueReport } from "./venue_report.ts";
import type { VenueOrderState } from "./venue_state.ts";
import type { KnownPart, PartContent, SnapshotOrder, SnapshotPart } from "./venue_snapshot.ts";

/** Something in which the venue's record and ours differ. */
export type Finding =
  /** Open here, not among the venue's open orders. */
  | { readonly type: "missing"; readonly root: LegClOrdId }
  /** The venue tells it otherwise: another id, count or terms, or alive though it ended here. */
  | { readonly type: "news"; readonly root: LegClOrdId }
  /** Alive at the venue, and none of ours. */
  | { readonly type: "unknown"; readonly order: SnapshotOrder }
  /** A venue order that does not map to exactly one of ours. */
  | { readonly type: "duplicate"; readonly text: string }
  /** An execution that was not told, or a bust or a correction that may not have been. */
  | {
      readonly type: "execution";
      readonly root: LegClOrdId;
      /** Set where some of its executions were amended: the digest of all that are listed. */
      readonly listing?: string;
    }
  /** The venue has that many lots more than we know of. */
  | { readonly type: "position"; readonly instrument: string; readonly lots: number }
  /** A position that cannot be read. */
  | { readonly type: "unreadable"; readonly instrument: string; readonly text: string };

/** Our record, as far as it is compared. */
export interface OwnRecord {
  readonly rootOf: (clOrdId: LegClOrdId) => LegClOrdId | undefined;
  readonly order: (root: LegClOrdId) => VenueOrderState | undefined;
  /** Orders that have not ended here. */
  readonly openRoots: () => Iterable<LegClOrdId>;
  /** Whether something of the order is on its way: a request, a question, a cancel that waits. */
  readonly isBusy: (root: LegClOrdId, order: VenueOrderState) => boolean;
  /** Whether it was looked up before, and the venue knew nothing of it. */
  readonly isAbsent: (order: VenueOrderState) => boolean;
  /** Whether its record was taken when exactly these executions were listed. */
  readonly knowsListing: (order: VenueOrderState, listing: string) => boolean;
  readonly net_lots: (instrument: string) => number;
  readonly instruments: () => Iterable<string>;
}

/** What was found in a part. */
export interface Comparison {
  readonly findings: readonly Finding[];
  /** What was compared, and what was left for the next run. */
  readonly compared: number;
  readonly left: number;
  /** Some is to be seen again when nothing of its order is on its way: no report tells it. */
  readonly isWaiting?: true;
}

type Part<Name extends SnapshotPart> = KnownPart & Extract<PartContent, { readonly part: Name }>;

/** Open orders: each of the venue's is one of ours, each of ours is there. */
export const compareOrders = (own: OwnRecord, part: Part<"open_orders">): Comparison => {
  const findings: Finding[] = [];
  const youngerIds = new Set(part.younger);
  const younger = new Set(part.younger.flatMap((id) => own.rootOf(id) ?? []));
  const isLeft = (root: LegClOrdId, order: VenueOrderState): boolean =>
    younger.has(root) || own.isBusy(root, order);
  const there = new Map<LegClOrdId, string>();
  const listed = new Set<string>();
  let left = 0;
  for (const theirs of part.orders) {
    const { clOrdId, venueOrderId } = theirs;
    // The same order again, as where pages overlap. The venue's id alone does not say so: a venue
    // that begins its ids anew after a restart has two orders of one id, told apart by ours.
    const identity = `${venueOrderId} ${clOrdId}`;
    if (listed.has(identity)) continue;
    listed.add(identity);
    const root = own.rootOf(clOrdId);
    const order = root === undefined ? undefined : own.order(root);
    const isOnItsWay = root !== undefined && order !== undefined && isLeft(root, order);
    const text = isOnItsWay ? undefined : faultOf(own, theirs, root, root && there.get(root));
    if (root !== undefined) there.set(root, venueOrderId);
    if (text !== undefined) findings.push({ type: "duplicate", text });
    else if (order === undefined && youngerIds.has(clOrdId)) left += 1;
    else if (root === undefined || order === undefined) findings.push(unknown(theirs));
    else if (isOnItsWay) left += 1;
    else if (order.external === "unknown") findings.push(unknown(theirs));
    else if (isNews(own, order, theirs)) findings.push({ type: "news", root });
  }
  for (const root of own.openRoots()) {
    const order = own.order(root);
    if (order === undefined || there.has(root)) continue;
    if (isLeft(root, order)) left += 1;
    else if (!own.isAbsent(order)) findings.push({ type: "missing", root });
  }
  return { findings, compared: part.orders.length, left };
};

const unknown = (order: SnapshotOrder): Finding => ({ type: "unknown", order });

/** Why a venue order does not map to exactly one of ours. */
const faultOf = (
  own: OwnRecord,
  { clOrdId, venueOrderId, ...more }: SnapshotOrder,
  root: LegClOrdId | undefined,
  other: string | undefined,
): string | undefined => {
  if (other !== undefined && other !== venueOrderId)
    return `${other} and ${venueOrderId} are both ${root}`;
  const order = root === undefined ? undefined : own.order(root);
  const strange =
    order === undefined || "unreadable" in more ? undefined : strangeness(order, more);
  if (strange !== undefined) return `${venueOrderId} is ${clOrdId}: ${strange}`;
  const before = "origClOrdId" in more ? more.origClOrdId : undefined;
  const rootBefore = before === undefined ? undefined : own.rootOf(before);
  if (root === undefined || rootBefore === undefined || rootBefore === root) return undefined;
  return `${venueOrderId} is ${root} as ${clOrdId} and was ${rootBefore}`;
};

const isNews = (own: OwnRecord, order: VenueOrderState, theirs: SnapshotOrder): boolean =>
  "unreadable" in theirs
    ? !own.isAbsent(order)
    : order.endedAt !== undefined ||
      order.current !== theirs.clOrdId ||
      (order.told_lots ?? order.cumQty_lots) !== theirs.cumQty_lots ||
      differInTerms(order, theirs);

const differInTerms = (
  { terms }: VenueOrderState,
  { orderQty_lots, price_ticks }: VenueOrderView,
): boolean =>
  terms !== undefined &&
  (terms.orderQty_lots !== orderQty_lots || terms.price_ticks !== price_ticks);

/**
 * Executions that the venue has and no report told: of orders that we know. What is of none of ours
 * shows in the positions. Where some were amended, a count does not tell what was heard: the order
 * is told all of them once more, and knows; listed again as they were they are no news.
 */
export const compareExecutions = (
  own: OwnRecord,
  { executions }: Part<"executions">,
  inboundSeq: number,
): Comparison => {
  const listed = new Map<LegClOrdId, Listed>();
  let left = 0;
  let isWaiting = false;
  for (const { seq, report } of executions) {
    const root = own.rootOf(report.clOrdId);
    const order = root === undefined ? undefined : own.order(root);
    if (root === undefined || order === undefined) continue;
    const of = listed.get(root) ?? { order, reports: [], isNews: false, isAmended: false };
    listed.set(root, of);
    of.reports.push(report);
    if (!isAmend(report) && report.cumQty_lots <= order.cumQty_lots) continue;
    const isBusy = own.isBusy(root, order);
    if (seq > inboundSeq) left += 1;
    else if (isAmend(report)) {
      // A question that is under way need not be about that, and may come to nothing.
      of.isAmended = true;
      if (isBusy && order.endedAt !== undefined) isWaiting = true;
    } else if (isBusy) {
      left += 1;
      isWaiting = true;
    } else of.isNews = true;
  }
  const findings: Finding[] = [];
  for (const [root, { order, reports, isNews, isAmended }] of listed) {
    if (!isAmended) {
      if (isNews) findings.push({ type: "execution", root });
      continue;
    }
    const listing = digestOf(reports.map(identityOf));
    if (!own.knowsListing(order, listing)) findings.push({ type: "execution", root, listing });
  }
  const compared = { findings, compared: executions.length, left };
  return isWaiting ? { ...compared, isWaiting: true } : compared;
};

/** What is listed of an order. */
interface Listed {
  readonly order: VenueOrderState;
  readonly reports: VenueReport[];
  isNews: boolean;
  isAmended: boolean;
}

/** What tells one execution from another: a venue uses ids again, and repeats itself. */
const identityOf = ({ execType, execId, refExecId, lastQty_lots, tsEvent }: VenueReport) => [
  execType,
  execId,
  refExecId ?? "",
  lastQty_lots ?? 0,
  tsEvent,
];

/** Positions, where both sides speak of the same moment; an instrument not named is flat there. */
export const comparePositions = (
  own: OwnRecord,
  { positions, asOfSeq }: Part<"positions">,
  inboundSeq: number,
): Comparison => {
  if (asOfSeq !== inboundSeq) return { findings: [], compared: 0, left: positions.length + 1 };
  const theirs = new Map(positions.map((one) => [one.instrument, one]));
  const findings: Finding[] = [];
  for (const instrument of new Set([...theirs.keys(), ...own.instruments()])) {
    const { net_lots = 0, unreadable } = theirs.get(instrument) ?? {};
    const lots = net_lots - own.net_lots(instrument);
    if (unreadable !== undefined) {
      findings.push({ type: "unreadable", instrument, text: unreadable });
    } else if (lots !== 0) {
      findings.push({ type: "position", instrument, lots });
    }
  }
  return { findings, compared: theirs.size, left: 0 };
};

/** What a part holds, by the name under which it is counted. */
const counted = {
  open_orders: "orders",
  executions: "executions",
  positions: "positions",
} as const;

/** Counts by kind. */
export const countsOf = (
  part: SnapshotPart,
  { findings, compared, left }: Comparison,
): FindingCounts => {
  const counts: Record<string, number> = {};
  if (compared > 0) counts[counted[part]] = compared;
  if (left > 0) counts["left"] = left;
  for (const { type } of findings) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
};

/** Both together. */
export const sumOf = (a: FindingCounts, b: FindingCounts = {}): FindingCounts => {
  const sum: Record<string, number> = { ...a };
  for (const [kind, count] of Object.entries(b)) sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
};
