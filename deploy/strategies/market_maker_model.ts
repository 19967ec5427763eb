/**
 * What a market maker does next: pure, from prices, position and its two quotes.
 *
 * It quotes `qty` on both sides of the consolidated mid at a distance, moves a quote when the fair
 * price has moved past a threshold, quotes a filled side anew, leans its prices against its
 * inventory and stops quoting the side that would take the position past its cap.
 *
 * Owns: the decision. Never: sends, waits or keeps anything.
 */
import type { BestPrices } from "./consolidated_bbo.ts";

/** How the market maker quotes. */
export interface MakerSettings {
  readonly qty_lots: number;
  /** Distance of each quote from the fair price. */
  readonly halfSpread_ticks: number;
  /** A quote farther than this from where it should be is moved. */
  readonly requote_ticks: number;
  /** Largest position, either way. */
  readonly maxPosition_lots: number;
  /** How far the fair price leans against a position at its cap. */
  readonly skew_ticks: number;
}

/** One side's quote as it stands. */
export type Quote =
  | { readonly state: "none" }
  /** Something about it is on its way; leave it alone. */
  | { readonly state: "busy"; readonly clOrdId: string }
  | {
      readonly state: "working";
      readonly clOrdId: string;
      readonly price_ticks: number;
      readonly leaves_lots: number;
    };

/** What the market maker knows when it decides. */
export interface MakerView {
  /** Undefined: no price that can be trusted. */
  readonly best: BestPrices | undefined;
  /** Long above zero. */
  readonly position_lots: number;
  readonly buy: Quote;
  readonly sell: Quote;
}

/** A side of the book. */
export type MakerSide = "buy" | "sell";

/** What to do. */
export type MakerAction =
  | {
      readonly type: "submit";
      readonly side: MakerSide;
      readonly price_ticks: number;
      readonly qty_lots: number;
    }
  | { readonly type: "replace"; readonly clOrdId: string; readonly price_ticks: number }
  | { readonly type: "cancel"; readonly clOrdId: string };

/** The next actions, at most one a side. */
export const decideQuotes = (settings: MakerSettings, view: MakerView): readonly MakerAction[] =>
  (["buy", "sell"] as const).flatMap((side) => decideSide(settings, view, side));

const decideSide = (
  settings: MakerSettings,
  view: MakerView,
  side: MakerSide,
): readonly MakerAction[] => {
  const quote = view[side];
  if (quote.state === "busy") return [];
  const room_lots = roomOn(settings, view.position_lots, side);
  const price_ticks = priceOf(settings, view, side);
  if (price_ticks === undefined || room_lots < 1) {
    return quote.state === "none" ? [] : [{ type: "cancel", clOrdId: quote.clOrdId }];
  }
  if (quote.state === "none") {
    return [
      { type: "submit", side, price_ticks, qty_lots: Math.min(settings.qty_lots, room_lots) },
    ];
  }
  if (quote.leaves_lots > room_lots) return [{ type: "cancel", clOrdId: quote.clOrdId }];
  const off_ticks = Math.abs(quote.price_ticks - price_ticks);
  return off_ticks > settings.requote_ticks
    ? [{ type: "replace", clOrdId: quote.clOrdId, price_ticks }]
    : [];
};

/** How much more of that side the cap allows. */
const roomOn = (settings: MakerSettings, position_lots: number, side: MakerSide): number =>
  settings.maxPosition_lots + (side === "buy" ? -position_lots : position_lots);

/** Where the quote should be: never through the other side's best price. */
const priceOf = (
  settings: MakerSettings,
  { best, position_lots }: MakerView,
  side: MakerSide,
): number | undefined => {
  if (best === undefined) return undefined;
  const lean = (settings.skew_ticks * position_lots) / settings.maxPosition_lots;
  const fair_ticks = (best.bid_ticks + best.ask_ticks) / 2 - lean;
  const price_ticks =
    side === "buy"
      ? Math.min(Math.floor(fair_ticks - settings.halfSpread_ticks), best.ask_ticks - 1)
      : Math.max(Math.ceil(fair_ticks + settings.halfSpread_ticks), best.bid_ticks + 1);
  return price_ticks > 0 ? price_ticks : undefined;
};
