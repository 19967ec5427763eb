/**
 * An order as a paper venue has it: the truth that the checkers compare with.
 *
 * Owns: its shape and what follows from it alone.
 */
import type { VenueOrderView } from "../../actors/venue/venue_link.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { InstrumentId, LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { PlaceLeg, Side } from "../../protocols/venue.ts";

/** An execution as it counts now. */
export interface PaperFill {
  /** Its own id, and those of its corrections: each of them names it. */
  readonly execIds: readonly string[];
  /** Zero once it was taken back. */
  readonly qty_lots: Qty_lots;
  readonly price_ticks: Price_ticks;
  /** The stretch of the order's count that it stood for: after a bust another one may, again. */
  readonly from_lots: Qty_lots;
  readonly to_lots: Qty_lots;
}

/** An accepted order. */
export interface PaperOrder {
  readonly orderId: OrderId;
  /** The id that placed it. */
  readonly root: LegClOrdId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly timeInForce: PlaceLeg["timeInForce"];
  readonly venueOrderId: string;
  readonly fills: PaperFill[];
  readonly postOnly: boolean;
  current: LegClOrdId;
  orderQty_lots: Qty_lots;
  price_ticks: Price_ticks | undefined;
  cumQty_lots: Qty_lots;
  status: VenueOrderView["ordStatus"];
  /** There, and not traded for now. */
  halted?: "suspended" | "done_for_day";
  /** The request of ours that ended it. */
  endedBy?: LegClOrdId;
  /** It traded, or counts more, after its end was reported without that. */
  contradicted: boolean;
  /** An execution of it was taken back or corrected. */
  amended: boolean;
  /** Its record says filled although a bust took of it what does not work again. */
  saysFilled?: true;
  /** Some of what was said of it can never be heard any more. */
  lost?: true;
}

/** Whether an order is there at its venue. */
export const isWorking = ({ status }: PaperOrder): boolean =>
  status === "new" || status === "partially_filled";

/** Whether an order can trade now. */
export const isTrading = (order: PaperOrder): boolean =>
  isWorking(order) && order.halted === undefined;

/** What may still trade of an order. */
export const leavesOf = (order: PaperOrder): Qty_lots =>
  isWorking(order) ? order.orderQty_lots - order.cumQty_lots : 0;

/** The executions that count and that their id alone names, with their places. */
export const standingOf = ({ fills }: PaperOrder): readonly (readonly [number, PaperFill])[] =>
  [...fills.entries()].filter(
    ([
      ,
      {
        qty_lots,
        execIds: [execId = ""],
      },
    ]) => qty_lots > 0 && fills.filter((fill) => fill.execIds.includes(execId)).length === 1,
  );

/** An order's figures as reports carry them. */
export const figures = (order: PaperOrder) => ({
  cumQty_lots: order.cumQty_lots,
  orderQty_lots: order.orderQty_lots,
  ...(order.price_ticks === undefined ? {} : { price_ticks: order.price_ticks }),
});

/** An order as the venue answers a question about it. */
export const viewOf = (order: PaperOrder): VenueOrderView => {
  const { current, venueOrderId, status, halted = status, instrument, side, saysFilled } = order;
  const ids = { clOrdId: current, venueOrderId, instrument, side };
  const ended = saysFilled === true && status === "canceled" ? "filled" : status;
  return { ...ids, ordStatus: isWorking(order) ? halted : ended, ...figures(order) };
};

/** Kinds of reports whose content can be asked for in another way. */
export const mayBeUnreadable: ReadonlySet<string> = new Set([
  "new",
  "trade",
  "canceled",
  "expired",
  "rejected",
  "replaced",
]);

/** Whether an order of that price trades at once. */
export const isMarketable = (
  side: Side,
  price_ticks: Price_ticks,
  touch_ticks: Price_ticks,
): boolean => (side === "buy" ? price_ticks >= touch_ticks : price_ticks <= touch_ticks);

/** An order's figures as they were before it traded. */
export const unfilled = (order: PaperOrder) => ({ ...figures(order), cumQty_lots: 0 });
