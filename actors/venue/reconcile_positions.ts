/**
 * Differences of positions: seen twice, unchanged, with nothing else that could explain them; then
 * adjusted in the external account, where one is configured.
 *
 * Owns: that patience, the adjustment's id, and the tally's own step, so that the next run finds
 * nothing. Never: books into an account, or guesses what a difference is of.
 */
import { digestOf } from "../../protocols/digest.ts";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import { fromNanos, toNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { accountShard, accountShardIndex } from "../../protocols/kernel/shard.ts";
import type { Comparison, Finding } from "./reconcile_model.ts";
import type { RunCause, TallyState } from "./reconcile_state.ts";
import { checkOrder, hasChecks, isChecked } from "./venue_check.ts";
import { hasDoubts } from "./venue_doubt.ts";
import type { KnownPart } from "./venue_snapshot.ts";
import { publishIncident, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

type Positions = Extract<KnownPart, { readonly part: "positions" }>;
type Differing = Extract<Finding, { readonly type: "position" }>;

/** Acts on what was found in the positions. */
export const actOnPositions = (
  turn: VenueTurn,
  why: RunCause,
  part: Positions,
  { findings, left }: Pick<Comparison, "findings" | "left">,
): { readonly again?: true } => {
  // Reports came between the question and the answer: they speak of different moments.
  if (left > 0) return { again: true };
  if (turn.space.get("reconcile", turn.options.venue)?.tallied !== true) {
    takeBaseline(turn, part);
    return {};
  }
  const differing = new Map<string, Differing>();
  for (const finding of findings) {
    if (finding.type === "position") differing.set(finding.instrument, finding);
  }
  tellUnreadable(turn, why, findings);
  for (const [instrument, { differs }] of [...turn.space.entries("tally")]) {
    if (differs === undefined || differing.has(instrument)) continue;
    turn.emit({ type: "position_differs", instrument, lots: 0, at: turn.now });
  }
  if (differing.size > 0 && mayBeExplained(turn)) return { again: true };
  const { findings_max } = turn.options.reconcile;
  let done = 0;
  for (const finding of differing.values()) {
    if (done >= findings_max) return { again: true };
    done += weigh(turn, part, finding);
  }
  return {};
};

/** What an earlier version's journal has told is not counted: it is taken as the venue has it. */
const takeBaseline = (turn: VenueTurn, { positions }: Positions): void => {
  const known = positions.filter(({ unreadable }) => unreadable === undefined);
  const lots = known.map(({ instrument, net_lots }) => ({ instrument, net_lots }));
  turn.emit({ type: "positions_baselined", positions: lots, at: turn.now });
  const text = `${lots.length} positions are taken as the venue has them`;
  publishIncident(turn, "positions_baselined", text);
};

/** Positions that cannot be read and are named; the run's summary counts all. */
const named_max = 100;

const tellUnreadable = (turn: VenueTurn, why: RunCause, findings: readonly Finding[]): void => {
  if (why !== "logon" && why !== "demand") return;
  const unreadable = findings.flatMap((one) => (one.type === "unreadable" ? [one] : []));
  for (const { instrument, text } of unreadable.slice(0, named_max)) {
    publishIncident(turn, "position_unreadable", text, { instrument });
  }
};

/**
 * Whether something may be missing whose fate is being asked for. The other parts may be answered
 * only after this one, or never: then the run before says whether they can be had.
 */
const mayBeExplained = (turn: VenueTurn): boolean => {
  const { run, unknown = [] } = turn.space.get("reconcile", turn.options.venue) ?? {};
  const missing = [...unknown, ...(run?.unknown ?? [])];
  return hasChecks(turn) || hasDoubts(turn) || missing.some((part) => part !== "positions");
};

/** Gives how much was done: a turn is bounded. */
const weigh = (turn: VenueTurn, part: Positions, { instrument, lots }: Differing): number => {
  const { space, options, now_ns, now: at } = turn;
  const { positionGrace_ms, externalAccount } = options.reconcile;
  const tally = space.get("tally", instrument) ?? { net_lots: 0 };
  const { differs } = tally;
  if (differs?.lots === lots && differs.noted === true) return 0;
  if (differs?.lots !== lots) {
    turn.emit({ type: "position_differs", instrument, lots, at });
    lookAgain(turn, now_ns + span_ns(positionGrace_ms));
    return 1 + lookUpEnded(turn, instrument);
  }
  const confirmed_ns = fromNanos(differs.since) + span_ns(positionGrace_ms);
  if (now_ns < confirmed_ns) {
    lookAgain(turn, confirmed_ns);
    return 0;
  }
  const { net_lots } = tally;
  const figures = { instrument, difference_lots: lots, known_lots: net_lots };
  if (externalAccount === undefined) {
    turn.emit({ type: "position_differs", instrument, lots, noted: true, at });
    publishIncident(turn, "position_difference", "nobody is configured to take it", figures);
    return 1;
  }
  const adjustmentId = adjustmentIdOf(turn, part, instrument, lots, tally);
  turn.emit({ type: "position_settled", instrument, lots, adjustmentId, at });
  turn.send(accountShard(accountShardIndex(externalAccount, options.accountShards)), {
    kind: "position_difference",
    venue: options.venue,
    account: externalAccount,
    instrument: instrument as InstrumentId,
    adjustmentId,
    difference_lots: lots,
    ...(tally.lastPx_ticks === undefined ? {} : { lastPx_ticks: tally.lastPx_ticks }),
    at,
  });
  const context = { ...figures, account: externalAccount, adjustmentId };
  publishIncident(turn, "position_difference", "seen twice: adjusted as external", context);
  return 1;
};

/** Ended orders that are looked up for one difference. */
const ended_max = 100;

/**
 * Where reports were lost for good, a bust of an order that had ended may be among them: nobody
 * asked for that one, and it would be a difference. Gives how many are looked up.
 */
const lookUpEnded = (turn: VenueTurn, instrument: string): number => {
  const { space, options } = turn;
  if (sessionOf(space, options).counters.breaks === 0) return 0;
  const roots = [...space.keys("ended")].toReversed() as LegClOrdId[];
  const traded = roots.filter((root) => {
    const order = space.get("order", root);
    return order?.instrument === instrument && order.cumQty_lots > 0 && !isChecked(turn, root);
  });
  const looked = traded.slice(0, ended_max);
  for (const root of looked) checkOrder(turn, root, { afterSeq: 0 });
  return looked.length;
};

/** Made of what differs, and of how many were settled before: the same lots may differ again. */
const adjustmentIdOf = (
  { space, options }: VenueTurn,
  { asOfSeq }: Positions,
  instrument: string,
  lots: number,
  { net_lots, settled = 0 }: TallyState,
): string => {
  const { venue } = options;
  const { incarnation = "" } = sessionOf(space, options);
  const what = [venue, incarnation, instrument, asOfSeq, net_lots, lots, settled];
  return `rec-${digestOf(what)}`;
};

const lookAgain = (turn: VenueTurn, at_ns: Instant_ns): void => {
  const { nextAt } = turn.space.get("reconcile", turn.options.venue) ?? {};
  if (nextAt !== undefined && fromNanos(nextAt) <= at_ns) return;
  turn.emit({ type: "reconcile_due", nextAt: toNanos(at_ns), at: turn.now });
};
