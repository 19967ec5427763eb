/**
 * What a report or a record tells of an order besides its state: what it has executed since it was
 * last told, at which terms it works, whether it works again.
 *
 * Lots are counted by the venue's own count of the order, not by its trades: one that is told twice
 * counts once, one whose report is lost counts with the next. Once that count has fallen, by a bust
 * or a correction, a repeat looks like news: then the venue's record of the order is asked for, and
 * until it comes, if it ever does, only further busts and corrections count.
 * What the order itself makes of a missing execution is the order's matter.
 *
 * Owns: those facts. Never: counts down except by a bust, a correction, or the venue's record.
 */
import type { LegExecType } from "../../protocols/venue.ts";
import type { LegTerms, ToldFacts } from "./reconcile_state.ts";
import { isAmend } from "./recorded_executions.ts";
import type { VenueOrderView, VenueReport, VenueRequest } from "./venue_link.ts";
import type { VenueOptions } from "./venue_options.ts";
import type { VenueOrderState } from "./venue_state.ts";
import type { VenueTurn } from "./venue_turn.ts";
import { hasEnded } from "./venue_view.ts";

/** Whether executions are counted: there is something to hold them against. */
export const isTallying = ({ reconcile }: VenueOptions): boolean => reconcile.parts.length > 0;

/** On the fact that an order is to leave: it is counted from its first lot on. */
export const countedFrom = (
  { options }: VenueTurn,
  { kind }: VenueRequest,
): { readonly tallied?: true } =>
  kind === "place" && isTallying(options) ? { tallied: true } : {};

type Said = Pick<
  VenueReport,
  "cumQty_lots" | "orderQty_lots" | "price_ticks" | "side" | "lastPx_ticks" | "ended"
> & { readonly execType?: LegExecType; readonly isAmended?: boolean };

/** What a report tells, in the form of an event's field. */
export const toldByReport = (
  options: VenueOptions,
  order: VenueOrderState,
  report: VenueReport,
): { readonly told?: ToldFacts } => toldFacts(options, order, report);

/** What a venue's record tells, and the executions that it lists. */
export const toldByRecord = (
  options: VenueOptions,
  order: VenueOrderState,
  view: VenueOrderView,
  listed: readonly VenueReport[] = [],
): { readonly told?: ToldFacts } =>
  toldFacts(options, order, {
    cumQty_lots: view.cumQty_lots,
    orderQty_lots: view.orderQty_lots,
    ...(view.price_ticks === undefined ? {} : { price_ticks: view.price_ticks }),
    ...(view.side === undefined ? {} : { side: view.side }),
    ended: hasEnded(view),
    isAmended: listed.some(isAmend),
  });

const toldFacts = (
  options: VenueOptions,
  order: VenueOrderState,
  said: Said,
): { readonly told?: ToldFacts } => {
  if (!isTallying(options)) return {};
  const executed = isLeftToRecord(order, said) ? {} : executedFacts(order, said);
  // A record may count less without the bust that tells why.
  const isAmended = said.isAmended === true || amends.has(said.execType) || hasFallen(executed);
  const told = {
    ...executed,
    ...(order.amended !== true && isAmended ? { amended: true as const } : {}),
    ...termsFacts(order, said),
    ...(isBack(order, said) ? { reopened: true as const } : {}),
  };
  return Object.keys(told).length === 0 ? {} : { told };
};

/**
 * Once a count has fallen, what a trade counts may be of before. A bust or a
 * correction counts at once: it is the newest there is, should the venue have no record any more.
 */
const isLeftToRecord = ({ amended }: VenueOrderState, { execType }: Said): boolean =>
  amended === true && execType !== undefined && !amends.has(execType);

const executedFacts = (order: VenueOrderState, said: Said): ToldFacts => {
  const side = order.side ?? said.side;
  if (side === undefined) return {};
  const before_lots = order.told_lots ?? order.cumQty_lots;
  const now_lots = mayFall.has(said.execType)
    ? said.cumQty_lots
    : Math.max(before_lots, said.cumQty_lots);
  const lots = now_lots - before_lots;
  if (lots === 0) return {};
  const { lastPx_ticks: px_ticks } = said;
  return {
    lots,
    ...(side === "buy" ? {} : { sold: true }),
    ...(px_ticks === undefined ? {} : { px_ticks }),
  };
};

const hasFallen = ({ lots = 0 }: ToldFacts): boolean => lots < 0;

/** Reports that take lots back. */
const amends: ReadonlySet<LegExecType | undefined> = new Set(["trade_cancel", "trade_correct"]);

/** Whether only the venue's record says what a report counts that is not what is known. */
export const isCountedByRecord = (
  { amended, told_lots, cumQty_lots }: VenueOrderState,
  report: Pick<VenueReport, "cumQty_lots">,
): boolean => amended === true && report.cumQty_lots !== (told_lots ?? cumQty_lots);

/** Only a bust or a correction takes lots back, or the venue's own record of the order. */
const mayFall: ReadonlySet<LegExecType | undefined> = new Set([undefined, ...amends]);

/** Reports that say under which terms the order works from now on; a record always does. */
const namesTerms: ReadonlySet<LegExecType | undefined> = new Set([
  undefined,
  "new",
  "replaced",
  "restated",
]);

const termsFacts = ({ terms }: VenueOrderState, said: Said): ToldFacts => {
  const { orderQty_lots, execType } = said;
  if (orderQty_lots === undefined || !namesTerms.has(execType)) return {};
  const price_ticks = said.price_ticks ?? (execType === undefined ? undefined : terms?.price_ticks);
  if (terms?.orderQty_lots === orderQty_lots && terms.price_ticks === price_ticks) return {};
  const now: LegTerms = { orderQty_lots, ...(price_ticks === undefined ? {} : { price_ticks }) };
  return { terms: now };
};

/** A bust, a correction or the venue itself may make an order work again that had ended. */
const worksAgain: ReadonlySet<LegExecType | undefined> = new Set([
  undefined,
  "trade_cancel",
  "trade_correct",
  "restated",
]);

const isBack = ({ endedAt, neverLeft }: VenueOrderState, { ended, execType }: Said): boolean =>
  endedAt !== undefined && neverLeft !== true && !ended && worksAgain.has(execType);
