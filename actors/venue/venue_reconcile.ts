/**
 * When the venue's record is held against ours, and what has to be known before orders leave.
 *
 * A run is begun at every logon before the gate opens, every so often after that, and on demand;
 * one at a time. It asks for each part of the snapshot, takes the answers as they come, and is over
 * when all of them are known or unknown. A run lives in its link: with that it is forgotten, and
 * the next logon begins anew.
 *
 * Owns: the runs, their timer, what they leave for the next one, their summary.
 * Never: compares (`reconcile_model.ts`), or acts on a finding (`reconcile_findings.ts`).
 */
import { fromNanos, toNanos } from "../../protocols/kernel/instant.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import { boundedText } from "./bounded_text.ts";
import { waitsUntil } from "./rate_budget.ts";
import { questionKinds } from "./rate_limits.ts";
import { countsOf } from "./reconcile_model.ts";
import { actOn, comparePart } from "./reconcile_findings.ts";
import type { ReconcileOptions } from "./reconcile_options.ts";
import type { ReconcileRun, ReconcileState, RunCause } from "./reconcile_state.ts";
import { quarantine } from "./venue_quarantine.ts";
import type { SnapshotAnswer, SnapshotPart } from "./venue_snapshot.ts";
import { changeStatus, isUsable, publishIncident, sessionOf, span_ns } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** The timer by which runs begin, and by which a part without an answer becomes unknown. */
export const reconcileTimer = "reconcile";

/** How the reconciliation stands in this turn. */
export const reconcileOf = ({ space, options }: VenueTurn): ReconcileState =>
  space.get("reconcile", options.venue) ?? { failures: 0 };

/**
 * Whether all that the gate waits for is known and settled, on the link in use, and no run since
 * has found otherwise, be it one that is under way.
 */
export const isReconciled = (turn: VenueTurn): boolean => {
  const { parts, required } = turn.options.reconcile;
  if (brokenMapping(turn) !== undefined) return false;
  if (!required.some((part) => parts.includes(part))) return true;
  return reconcileOf(turn).settledOn === sessionOf(turn.space, turn.options).link;
};

/** Why orders cannot be told apart at the venue, where it is so: then nothing may leave. */
export const brokenMapping = (turn: VenueTurn): string | undefined => reconcileOf(turn).broken;

/**
 * Begins a run, where the link is there; else one comes with it. What a person asks for while one
 * is under way is made behind that: it may have been compared already.
 */
export const beginRun = (turn: VenueTurn, why: RunCause): void => {
  const { space, options, now, now_ns } = turn;
  const { parts, partTimeout_ms } = options.reconcile;
  const { run, executionsFrom } = reconcileOf(turn);
  const session = sessionOf(space, options);
  if (parts.length === 0 || !isUsable(session)) return;
  if (run !== undefined) {
    if (why === "demand") turn.emit({ type: "reconcile_due", nextAt: now, why, at: now });
    return;
  }
  const free_ns = leaveAt_ns(turn);
  if (free_ns !== undefined) {
    turn.emit({ type: "reconcile_due", nextAt: toNanos(free_ns), why, at: now });
    turn.timer(reconcileTimer, free_ns);
    return;
  }
  turn.emit({ type: "reconcile_begun", why, parts, at: now });
  const afterSeq = executionsFrom ?? session.inboundSeq;
  for (const part of parts) {
    const more = part === "executions" ? { afterSeq } : {};
    turn.perform({ type: "snapshot", question: { part, askedAt: now, ...more } });
  }
  turn.timer(reconcileTimer, now_ns + span_ns(partTimeout_ms));
};

/** When the rate budget lets all the questions leave; undefined: now. */
const leaveAt_ns = (turn: VenueTurn): Instant_ns | undefined => {
  const waits = turn.options.reconcile.parts.flatMap(
    (part) => waitsUntil(turn, questionKinds[part]) ?? [],
  );
  const [first, ...rest] = waits;
  return first === undefined ? undefined : rest.reduce(later, first);
};

const later = (a_ns: Instant_ns, b_ns: Instant_ns): Instant_ns => (a_ns > b_ns ? a_ns : b_ns);

/** Takes the answer about a part. One to a question of an earlier run says nothing. */
export const onSnapshot = (turn: VenueTurn, link: number, answer: SnapshotAnswer): void => {
  const session = sessionOf(turn.space, turn.options);
  const { run } = reconcileOf(turn);
  if (link !== session.link || run === undefined || !isUsable(session)) return;
  if (answer.askedAt !== run.begunAt || !run.open.includes(answer.part)) return;
  if ("unknown" in answer) {
    leaveUnknown(turn, answer.part, answer.unknown, answer.areGone);
  } else if (answer.asOfSeq > session.inboundSeq) {
    leaveUnknown(turn, answer.part, `as of report ${answer.asOfSeq}, which is not here`);
  } else {
    const comparison = comparePart(turn, run.why, answer);
    const counts = countsOf(answer.part, comparison);
    const outcome = actOn(turn, run.why, answer, comparison);
    turn.emit({
      type: "reconcile_part",
      part: answer.part,
      ...(Object.keys(counts).length === 0 ? {} : { counts }),
      ...outcome,
      at: turn.now,
    });
  }
  finishIfWhole(turn);
};

/** A part that could not be processed is unknown. */
export const parkSnapshot = (turn: VenueTurn, part: SnapshotPart): void => {
  if (reconcileOf(turn).run?.open.includes(part) !== true) return;
  leaveUnknown(turn, part, "it could not be processed");
  finishIfWhole(turn);
};

/** The timer fired: parts without an answer are unknown, or a run is due. */
export const onReconcileTimer = (turn: VenueTurn): void => {
  const { now_ns, options } = turn;
  const { run, nextAt, dueWhy, failures } = reconcileOf(turn);
  if (run === undefined) {
    if (nextAt === undefined) return;
    if (now_ns < fromNanos(nextAt)) turn.timer(reconcileTimer, fromNanos(nextAt));
    else beginRun(turn, dueWhy ?? (failures > 0 ? "retry" : "schedule"));
    return;
  }
  const { partTimeout_ms } = options.reconcile;
  for (const part of run.open) leaveUnknown(turn, part, `no answer for ${partTimeout_ms} ms`);
  finishIfWhole(turn);
};

/** Begins the run of a link that has had none. */
export const resumeRuns = (turn: VenueTurn): void => {
  const { run, nextAt } = reconcileOf(turn);
  if (run === undefined && nextAt === undefined) beginRun(turn, "logon");
};

const leaveUnknown = (turn: VenueTurn, part: SnapshotPart, cause: string, areGone?: true): void => {
  const { inboundSeq } = sessionOf(turn.space, turn.options);
  turn.emit({
    type: "reconcile_part",
    part,
    unknown: true,
    // What the venue has no more is not asked for again, but by each order's own question.
    ...(areGone === undefined ? {} : { executionsFrom: inboundSeq }),
    at: turn.now,
  });
  // Said when it begins: what is still so is not news.
  if (reconcileOf(turn).unknown?.includes(part) === true) return;
  publishIncident(turn, "part_unknown", cause, { part });
};

const finishIfWhole = (turn: VenueTurn): void => {
  const { run, broken, failures, nextAt } = reconcileOf(turn);
  if (run === undefined || run.open.length > 0) return;
  const { options, now, now_ns, space } = turn;
  const isMissing = (part: SnapshotPart): boolean =>
    run.unknown.includes(part) || run.again.includes(part);
  const settled = broken === undefined && !options.reconcile.required.some(isMissing);
  const isGood = run.unknown.length === 0 && broken === undefined;
  const again_ms = delayAfter_ms(options.reconcile, isGood, run.again.length > 0, failures);
  const delay_ms = settled ? again_ms : Math.min(again_ms, options.reconcile.closedRetry_ms_max);
  const next_ns = now_ns + span_ns(delay_ms);
  const at_ns = nextAt === undefined ? next_ns : earlier(next_ns, fromNanos(nextAt));
  const again = brokenAgain(turn);
  turn.emit({ type: "reconcile_done", settled, nextAt: toNanos(at_ns), ...again, at: now });
  turn.timer(reconcileTimer, at_ns);
  publishSummary(turn, run, settled, broken);
  const { status, reason } = sessionOf(space, options);
  if (broken === undefined) return;
  if (again.brokenRuns !== undefined && again.brokenRuns >= options.guard.brokenRuns_max) {
    quarantine(turn, "conservation", broken);
    return;
  }
  const text = boundedText(broken);
  if (status === "reconciling" && reason !== text) changeStatus(turn, "reconciling", text);
};

/** In how many runs in a row the mapping was found broken; one that could not look counts not. */
const brokenAgain = (turn: VenueTurn): { readonly brokenRuns?: number } => {
  const { run, broken, brokenRuns = 0 } = reconcileOf(turn);
  if (run === undefined || broken === undefined) return {};
  const more = run.unknown.includes("open_orders") ? 0 : 1;
  return brokenRuns + more === 0 ? {} : { brokenRuns: brokenRuns + more };
};

const earlier = (a_ns: Instant_ns, b_ns: Instant_ns): Instant_ns => (a_ns < b_ns ? a_ns : b_ns);

/** Until the next run: longer and longer while something is unknown or broken. */
const delayAfter_ms = (
  { reconcileEvery_ms, retry_ms }: ReconcileOptions,
  isGood: boolean,
  again: boolean,
  failures: number,
): number => {
  if (isGood) return again ? Math.min(retry_ms, reconcileEvery_ms) : reconcileEvery_ms;
  return Math.min(reconcileEvery_ms, retry_ms * 2 ** Math.min(failures, doublings_max));
};

/** The retries' time doubles at most that often. */
const doublings_max = 16;

const publishSummary = (
  turn: VenueTurn,
  run: ReconcileRun,
  settled: boolean,
  broken: string | undefined,
): void => {
  const { now, now_ns, options } = turn;
  const { venue } = options;
  const { why, counts, unknown, begunAt } = run;
  const duration_ms = Number((now_ns - fromNanos(begunAt)) / 1_000_000n);
  turn.publish(venueEventSubject(venue, "reconciled"), (eventId) => ({
    eventId,
    venue,
    why,
    settled,
    counts,
    unknown,
    ...(broken === undefined ? {} : { broken: boundedText(broken) }),
    duration_ms,
    tsEvent: begunAt,
    tsInit: now,
  }));
};
