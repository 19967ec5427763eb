/**
 * What a TWAP does next: pure, from the clock, the prices and what is filled.
 *
 * A total is spread over a duration in equal slices. When a slice is due, what is behind schedule
 * is sent as one order: `ioc` at a price through the touch, or a `limit` at its own side's best
 * price that is cancelled when the next slice is due and sent again with the rest. When the total
 * is done the next program begins with the other side, so that the demo goes on trading.
 *
 * Owns: the schedule and the decision. Never: sends, waits or keeps anything.
 */
import type { BestPrices } from "./consolidated_bbo.ts";

/** How the TWAP trades. */
export interface TwapSettings {
  readonly total_lots: number;
  readonly duration_ms: number;
  readonly slices: number;
  readonly style: "ioc" | "limit";
  /** How far through the other side's best price an ioc order may trade. */
  readonly through_ticks: number;
}

/** One program: a total on one side. */
export interface TwapProgram {
  readonly side: "buy" | "sell";
  readonly startedAt_ms: number;
  readonly filled_lots: number;
}

/** The order of the present slice, if one is out. */
export type SliceOrder =
  | { readonly state: "none" }
  | { readonly state: "busy"; readonly clOrdId: string }
  | { readonly state: "working"; readonly clOrdId: string; readonly slice: number };

/** What the TWAP knows when it decides. */
export interface TwapView {
  readonly now_ms: number;
  readonly best: BestPrices | undefined;
  readonly program: TwapProgram;
  readonly order: SliceOrder;
}

/** What to do. */
export type TwapAction =
  | { readonly type: "wait" }
  | {
      readonly type: "submit";
      readonly side: "buy" | "sell";
      readonly qty_lots: number;
      readonly price_ticks: number;
      readonly timeInForce: "day" | "ioc";
      readonly slice: number;
    }
  | { readonly type: "cancel"; readonly clOrdId: string }
  /** The total is done: this is the next program. */
  | { readonly type: "turn"; readonly next: TwapProgram };

const wait: TwapAction = { type: "wait" };

/** The slice whose time it is, from 1; stays at the last one when time is up. */
export const sliceAt = (settings: TwapSettings, elapsed_ms: number): number => {
  const slice_ms = settings.duration_ms / settings.slices;
  return Math.min(settings.slices, Math.floor(Math.max(0, elapsed_ms) / slice_ms) + 1);
};

/** What should be filled by the end of a slice: whole lots, the total with the last one. */
export const scheduled_lots = (settings: TwapSettings, slice: number): number =>
  Math.floor((settings.total_lots * slice) / settings.slices);

/** The next action. */
export const decideTwap = (settings: TwapSettings, view: TwapView): TwapAction => {
  const { program, order } = view;
  const slice = sliceAt(settings, view.now_ms - program.startedAt_ms);
  if (order.state === "busy") return wait;
  if (order.state === "working") {
    const isOver = order.slice < slice || program.filled_lots >= settings.total_lots;
    return isOver ? { type: "cancel", clOrdId: order.clOrdId } : wait;
  }
  if (program.filled_lots >= settings.total_lots) {
    const side = program.side === "buy" ? "sell" : "buy";
    return { type: "turn", next: { side, startedAt_ms: view.now_ms, filled_lots: 0 } };
  }
  const qty_lots = scheduled_lots(settings, slice) - program.filled_lots;
  if (qty_lots < 1 || view.best === undefined) return wait;
  const { side } = program;
  const price_ticks = priceOf(settings, view.best, side);
  const timeInForce = settings.style === "ioc" ? "ioc" : "day";
  return { type: "submit", side, qty_lots, price_ticks, timeInForce, slice };
};

const priceOf = (settings: TwapSettings, best: BestPrices, side: "buy" | "sell"): number => {
  if (settings.style === "limit") return side === "buy" ? best.bid_ticks : best.ask_ticks;
  return side === "buy"
    ? best.ask_ticks + settings.through_ticks
    : Math.max(1, best.bid_ticks - settings.through_ticks);
};
