/**
 * Telling a repeated execution from a new one when venues reuse execution ids.
 *
 * An execution covers a stretch of the order's cumulative quantity, from `cumQty − lastQty` to
 * `cumQty`. Under one id at one venue the same stretch at the same price is a repeat, a disjoint
 * stretch is another execution with a reused id, and an overlap that is not equal is the same
 * execution told differently: that is for a person (or a bust, or a correction), not for us.
 *
 * Owns: the text of an execution's key in an order's state.
 * Never: forgets a key: a replay of a whole session must find all of them.
 */
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";

/** One execution as a venue reports it. */
export interface Execution {
  readonly venue: VenueId;
  readonly execId: string;
  /** The order's cumulative quantity after it, by the venue's count. */
  readonly cumQty_lots: Qty_lots;
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
}

/** The key of an execution: venue, id, type, cumulative quantity, then what it was. */
export const execKeyOf = (execution: Execution): string => {
  const { venue, execId, cumQty_lots, lastQty_lots, lastPx_ticks } = execution;
  return `${venue}|${execId}|trade|${cumQty_lots}|${lastQty_lots}@${lastPx_ticks}`;
};

/** What a reported execution is in the light of those already booked. */
export type ExecutionVerdict = "fresh" | "repeat" | "contradiction";

/** Judges an execution against the booked keys. */
export const judgeExecution = (
  execKeys: readonly string[],
  execution: Execution,
): ExecutionVerdict => {
  const key = execKeyOf(execution);
  if (execKeys.includes(key)) return "repeat";
  const prefix = `${execution.venue}|${execution.execId}|trade|`;
  const to = execution.cumQty_lots;
  const from = to - execution.lastQty_lots;
  for (const booked of execKeys) {
    if (!booked.startsWith(prefix)) continue;
    const [cum = "", what = ""] = booked.slice(prefix.length).split("|");
    const bookedTo = Number(cum);
    const bookedFrom = bookedTo - Number.parseInt(what, 10);
    if (from < bookedTo && bookedFrom < to) return "contradiction";
  }
  return "fresh";
};
