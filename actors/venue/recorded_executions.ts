/**
 * The executions of an order that its venue's record lists, and what it has taken back or corrected
 * of them, in the form in which the order is told them.
 *
 * They are told in the order in which they happened: a bust frees a stretch of the count that
 * another execution may then pass. What still worked after an amendment is of its own time; the
 * order is told what works now, so that no old figure takes the place of a younger one. Whether it
 * has heard of an execution before only the order knows.
 *
 * Owns: that form. Pure.
 */
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { VenueOrderView, VenueReport } from "./venue_link.ts";
import { endOf } from "./venue_view.ts";

/** Whether a report is of an execution: one that happened, was taken back or corrected. */
export const isExecution = (report: Pick<VenueReport, "execType">): boolean =>
  report.execType === "trade" || isAmend(report);

/** Whether a report takes an execution back or corrects it. */
export const isAmend = ({ execType }: Pick<VenueReport, "execType">): boolean =>
  execType === "trade_cancel" || execType === "trade_correct";

/** What is listed of an order, as it is told. */
export const recordedExecutions = (
  view: VenueOrderView,
  listed: readonly VenueReport[],
): readonly VenueReport[] => {
  const executions = listed.filter(isExecution);
  // Where nothing was amended, counts tell more exactly than clocks.
  if (!executions.some(isAmend)) return executions.toSorted(byCount);
  return executions
    .toSorted(byTime)
    .map((report) => (isAmend(report) ? withLeavesNow(view, report) : report));
};

const byCount = (a: VenueReport, b: VenueReport): number => a.cumQty_lots - b.cumQty_lots;

const byTime = (a: VenueReport, b: VenueReport): number =>
  Number(fromNanos(a.tsEvent) - fromNanos(b.tsEvent));

const withLeavesNow = (
  view: VenueOrderView,
  { leavesQty_lots: _then, ...amend }: VenueReport,
): VenueReport => {
  if (endOf(view) !== undefined) return amend;
  return { ...amend, leavesQty_lots: Math.max(0, view.orderQty_lots - amend.cumQty_lots) };
};
