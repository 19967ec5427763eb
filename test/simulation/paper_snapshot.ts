/**
 * What a paper venue answers to questions about all that it has.
 *
 * Owns: the parts. Positions are what its orders' fills count for now, and what was traded by hand.
 */
import type { PartContent, SnapshotQuestion } from "../../actors/venue/venue_snapshot.ts";
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { PaperLog } from "./paper_log.ts";
import { isWorking, viewOf } from "./paper_order.ts";
import type { PaperVenue } from "./paper_venue.ts";
import { instruments } from "./reference.ts";

/** A part of a venue's record as it is now. */
export const paperPart = (
  venue: PaperVenue,
  { part, afterSeq = 0 }: SnapshotQuestion,
): PartContent => {
  switch (part) {
    case "open_orders": {
      const open = venue.orders().filter(isWorking);
      return { part, orders: open.map(viewOf) };
    }
    case "executions":
      return { part, executions: venue.log.executionsAfter(afterSeq) };
    case "positions":
      return { part, positions: paperPositions(venue) };
    default:
      return part satisfies never;
  }
};

/** What each instrument's position is now. */
export const paperPositions = (
  venue: PaperVenue,
): readonly { readonly instrument: InstrumentId; readonly net_lots: Qty_lots }[] => {
  const { hands } = venue.options;
  const sums = new Map(instruments.map(({ id }) => [id, hands?.net_lots(id) ?? 0]));
  for (const { instrument, side, fills } of venue.orders()) {
    const sum_lots = fills.reduce((lots, { qty_lots }) => lots + qty_lots, 0);
    const signed_lots = side === "buy" ? sum_lots : -sum_lots;
    sums.set(instrument, (sums.get(instrument) ?? 0) + signed_lots);
  }
  return [...sums].map(([instrument, net_lots]) => ({ instrument, net_lots }));
};

/** The request ids that reports behind `asOfSeq` name, as far as they were heard. */
export const youngerIds = (log: PaperLog, asOfSeq: number, heardSeq: number): LegClOrdId[] => {
  const ids: LegClOrdId[] = [];
  for (let seq = asOfSeq + 1; seq <= heardSeq; seq += 1) {
    const report = log.get(seq)?.report;
    if (report !== undefined) ids.push(report.clOrdId);
    if (report?.origClOrdId !== undefined) ids.push(report.origClOrdId);
  }
  return ids;
};
