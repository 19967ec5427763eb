/**
 * Reads what the simulator says: decimal text to ticks and lots, its words to ours.
 *
 * Owns: the exactness. A value off the instrument's grid, an instrument unknown to us, a trade
 * without a price: such a report is unreadable and says why. Nothing is rounded, nothing is
 * guessed.
 */
import { Result } from "effect";
import { parseDecimal } from "../../protocols/kernel/decimal.ts";
import { toSteps } from "../../protocols/kernel/grid.ts";
import type { Grid, Step } from "../../protocols/kernel/grid.ts";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import { toNanos } from "../../protocols/kernel/instant.ts";
import { averagePriceOf } from "../../protocols/average_price.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import type { RejectCode } from "../../protocols/kernel/reject_code.ts";
import type { SimOrderView, SimPositions, SimReport } from "../../protocols/sim_wire.ts";
import { boundedText } from "./bounded_text.ts";
import { isAmend, isExecution } from "./recorded_executions.ts";
import type { VenueOrderView, VenueReport } from "./venue_link.ts";
import type { SnapshotPosition } from "./venue_snapshot.ts";

/** Grids by the venue's instrument name. */
export type SimGrids = ReadonlyMap<string, Grid>;

/** The grids of reference data's instruments, by the names that the simulator uses: our own. */
export const simGridsOf = (instruments: ReadonlyMap<InstrumentId, Instrument>): SimGrids =>
  new Map([...instruments.values()].map(({ id, grid }) => [id, grid]));

/** What the venue writes where it knows no order of that id. */
const noOrder = "NONE";

/** Data of the venue that cannot be read exactly. */
class Unreadable extends Error {}

const reading = <A>(what: string, read: () => A): Result.Result<A, string> => {
  try {
    return Result.succeed(read());
  } catch (cause) {
    if (cause instanceof Unreadable) return Result.fail(`${what}: ${cause.message}`);
    throw cause;
  }
};

const steps = (name: string, text: string, step: Step): number => {
  const count = toSteps(text, step);
  if (count === undefined || count < 0) throw new Unreadable(`${name}=${text} step=${step.text}`);
  return count;
};

const gridOf = (grids: SimGrids, instrument: string): Grid => {
  const grid = grids.get(instrument);
  if (grid === undefined) throw new Unreadable(`instrument=${instrument} is unknown`);
  return grid;
};

/** A report in our words, or why it cannot be read. */
export const readSimReport = (
  report: SimReport,
  grids: SimGrids,
): Result.Result<VenueReport, string> =>
  reading(`report ${report.seq}`, () => {
    const { instrument, origClOrdId, venueOrderId, ordStatus, rejectCode } = report;
    const text = [rejectCode, report.text].filter((word) => word !== undefined).join(": ");
    return {
      execType: report.execType,
      clOrdId: report.clOrdId as LegClOrdId,
      ...(origClOrdId === undefined ? {} : { origClOrdId: origClOrdId as LegClOrdId }),
      ...(venueOrderId === noOrder ? {} : { venueOrderId }),
      execId: report.execId,
      ...(instrument === undefined
        ? noFigures(report)
        : figures(report, gridOf(grids, instrument))),
      ...(isExecution(report) ? tradedOf(report) : {}),
      ...(isAmend(report) ? amendedOf(report) : {}),
      ...(rejectCode === undefined ? {} : { code: codeOf(rejectCode) }),
      ...(text === "" ? {} : { text: boundedText(text) }),
      tsEvent: toNanos(BigInt(report.tsEvent)),
      ended:
        ordStatus !== "new" &&
        ordStatus !== "partially_filled" &&
        (venueOrderId !== noOrder || report.execType === "rejected"),
      ...(rejectCode === "venue_full" ? { trouble: true as const } : {}),
      ...(rejectCode === "duplicate_cl_ord_id" ? { duplicateId: true as const } : {}),
    };
  });

/** Which execution an amendment is about. One that names none is unreadable: nothing is guessed. */
const amendedOf = ({ execType, execRefId }: SimReport): Pick<VenueReport, "refExecId"> => {
  if (execRefId === undefined) throw new Unreadable(`${execType} of no execution`);
  return { refExecId: execRefId };
};

/** What a trade is of: it must find its position even where its order is not known any more. */
const tradedOf = ({ instrument, side }: SimReport): Pick<VenueReport, "instrument" | "side"> => ({
  ...(instrument === undefined ? {} : { instrument: instrument as InstrumentId }),
  ...(side === undefined ? {} : { side }),
});

/** The venue's refusal in our words; its own stay in the text. */
const codeOf = (rejectCode: NonNullable<SimReport["rejectCode"]>): RejectCode => {
  if (rejectCode === "unknown_order") return "ORDER_UNKNOWN";
  return rejectCode === "too_late" ? "ORDER_CLOSED" : "VENUE_REJECTED";
};

type Figures = Pick<
  VenueReport,
  | "cumQty_lots"
  | "avgPx"
  | "orderQty_lots"
  | "price_ticks"
  | "leavesQty_lots"
  | "lastQty_lots"
  | "lastPx_ticks"
  | "lastLiquidityInd"
  | "fee"
>;

/** A refused change of an order that the venue does not know: it has no figures. */
const noFigures = ({ execType, cumQty, orderQty }: SimReport): Figures => {
  const isRefusal = execType === "cancel_rejected" || execType === "replace_rejected";
  if (!isRefusal || cumQty !== "0" || orderQty !== "0") {
    throw new Unreadable(`${execType} without an instrument`);
  }
  return { cumQty_lots: 0 };
};

const figures = (report: SimReport, { tick, lot }: Grid): Figures => {
  const { price, lastQty, lastPx, lastLiquidityInd, fee } = report;
  const isTrade = report.execType === "trade";
  const isAmended = isAmend(report);
  if ((isTrade || isAmended) && (lastQty === undefined || lastPx === undefined)) {
    throw new Unreadable(`${report.execType} without lastQty or lastPx`);
  }
  if (fee !== undefined && parseDecimal(fee.amount) === undefined) {
    throw new Unreadable(`fee=${fee.amount}`);
  }
  const lastQty_lots = lastQty === undefined ? undefined : steps("lastQty", lastQty, lot);
  const cumQty_lots = steps("cumQty", report.cumQty, lot);
  if (isTrade && (lastQty_lots === 0 || (lastQty_lots ?? 0) > cumQty_lots)) {
    throw new Unreadable(`lastQty=${lastQty ?? ""} cumQty=${report.cumQty}`);
  }
  return {
    cumQty_lots,
    ...(isTrade ? {} : averageOf(report, tick)),
    orderQty_lots: steps("orderQty", report.orderQty, lot),
    // After a bust only the venue knows whether what fell away works again.
    ...(isAmended ? { leavesQty_lots: steps("leavesQty", report.leavesQty, lot) } : {}),
    ...(price === undefined ? {} : { price_ticks: steps("price", price, tick) }),
    ...(lastQty_lots === undefined ? {} : { lastQty_lots }),
    ...(lastPx === undefined ? {} : { lastPx_ticks: steps("lastPx", lastPx, tick) }),
    ...(lastLiquidityInd === undefined ? {} : { lastLiquidityInd }),
    ...(fee === undefined ? {} : { fee }),
  };
};

/** Of a trade it says nothing that the trade does not. */
const averageOf = (
  { avgPx, cumQty }: Pick<SimOrderView, "avgPx" | "cumQty">,
  tick: Step,
): Pick<VenueOrderView, "avgPx"> => {
  const average = cumQty === "0" ? undefined : averagePriceOf(avgPx, tick);
  return average === undefined ? {} : { avgPx: average };
};

/** An order of a query's answer in our words, or why it cannot be read. */
export const readSimOrder = (
  view: SimOrderView,
  grids: SimGrids,
): Result.Result<VenueOrderView, string> =>
  reading(`order ${view.clOrdId}`, () => {
    const { tick, lot } = gridOf(grids, view.instrument);
    return {
      clOrdId: view.clOrdId as LegClOrdId,
      venueOrderId: view.venueOrderId,
      ordStatus: view.ordStatus,
      orderQty_lots: steps("orderQty", view.orderQty, lot),
      ...(view.price === undefined ? {} : { price_ticks: steps("price", view.price, tick) }),
      cumQty_lots: steps("cumQty", view.cumQty, lot),
      ...averageOf(view, tick),
      instrument: view.instrument as InstrumentId,
      ...(view.origClOrdId === undefined ? {} : { origClOrdId: view.origClOrdId as LegClOrdId }),
      side: view.side,
      ordType: view.ordType,
      timeInForce: view.timeInForce,
      ...(view.postOnly ? { postOnly: true as const } : {}),
    };
  });

/** A position in our words; what is not on our grid, or not known to us, says why. */
export const readSimPosition = (
  { instrument, netQty }: SimPositions["positions"][number],
  grids: SimGrids,
): SnapshotPosition => {
  const grid = grids.get(instrument);
  const unknown = { instrument, net_lots: 0 };
  if (grid === undefined) return { ...unknown, unreadable: `instrument=${instrument} is unknown` };
  const net_lots = toSteps(netQty, grid.lot);
  if (net_lots !== undefined) return { instrument, net_lots };
  return { ...unknown, unreadable: `netQty=${netQty} step=${grid.lot.text}` };
};
