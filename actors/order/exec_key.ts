/**
 * Telling a repeated execution from a new one when venues reuse execution ids.
 *
 * An execution covers a stretch of its leg's cumulative quantity, from `cumQty − lastQty` to
 * `cumQty`. Under one id at one leg the same stretch at the same price is a repeat, a disjoint
 * stretch is another execution with a reused id, and an overlap that is not equal is the same
 * execution told differently: that is for a person (or a bust, or a correction), not for us.
 * Under another id exactly the same stretch at the same price is the same execution told by another
 * source, since a count passes a stretch once; unless a bust or a correction took the count back.
 *
 * A provisional trade is ours and no execution: its key is of another type, so that no execution is
 * ever a repeat of it.
 *
 * Owns: the text of an execution's key, and of its entry in an order's state.
 * Never: forgets a key: a replay of a whole session must find all of them.
 */
import type { OrderState } from "../../protocols/order.ts";
import type { ExecutionAmend, Leg } from "../../protocols/order_leg.ts";
import type { Price_ticks, Qty_lots } from "../../protocols/kernel/grid.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { Fee } from "../../protocols/venue.ts";

/** One execution as a venue reports it. */
export interface Execution {
  readonly venue: VenueId;
  /** Number of the leg: a venue counts each of its orders from zero. */
  readonly leg: number;
  readonly execId: string;
  /** The leg's cumulative quantity after it, by the venue's count. */
  readonly cumQty_lots: Qty_lots;
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
}

/** Which of a venue's counts is meant. */
const counterOf = (venue: VenueId, leg: number): string => (leg === 0 ? venue : `${venue}/${leg}`);

/** The key of an execution: venue and leg, id, type, cumulative quantity, then what it was. */
export const execKeyOf = (execution: Execution): string => {
  const { venue, leg, execId } = execution;
  return `${counterOf(venue, leg)}|${execId}${whatOf(execution)}`;
};

const whatOf = ({ cumQty_lots, lastQty_lots, lastPx_ticks }: Execution): string =>
  `|trade|${cumQty_lots}|${lastQty_lots}@${lastPx_ticks}`;

/** The key of a provisional trade. */
export const provisionalKeyOf = (execution: Execution): string => {
  const { venue, leg, execId, cumQty_lots, lastQty_lots, lastPx_ticks } = execution;
  const what = `|provisional|${cumQty_lots}|${lastQty_lots}@${lastPx_ticks}`;
  return `${counterOf(venue, leg)}|${execId}${what}`;
};

const provisionalPattern = /\|provisional\|\d+\|\d+@-?\d+$/;

/**
 * Whether an execution of an order was ever taken back or corrected by its venue, also one that is
 * not booked yet: its counts may have passed a stretch twice.
 */
export const isAmended = ({
  amends,
  earlyAmends,
}: Pick<OrderState, "amends" | "earlyAmends">): boolean =>
  earlyAmends !== undefined || amends?.some(isChange) === true;

const isChange = ({ of, noted }: ExecutionAmend): boolean =>
  noted !== true && !provisionalPattern.test(of);

/** The same of one leg: counts of other legs are counts of their own. */
export const isLegAmended = (
  { amends = [], earlyAmends = [] }: Pick<OrderState, "amends" | "earlyAmends">,
  { venue, no }: Pick<Leg, "venue" | "no">,
): boolean => {
  const counter = `${counterOf(venue, no)}|`;
  return (
    earlyAmends.some((early) => early.leg === no && early.venue === venue) ||
    amends.some((amend) => amend.of.startsWith(counter) && isChange(amend))
  );
};

/** The key of a bust or a correction. */
export const amendKeyOf = (
  amend: Pick<Execution, "venue" | "leg" | "execId" | "cumQty_lots"> & {
    readonly execType: "trade_cancel" | "trade_correct";
    readonly refExecId: string;
  },
): string => {
  const { venue, leg, execId, execType, cumQty_lots, refExecId } = amend;
  return `${counterOf(venue, leg)}|${execId}|${execType}|${cumQty_lots}|${refExecId}`;
};

/** How a booked execution stands in the state: its key, and its fee, which a bust gives back. */
export const entryOf = (execKey: string, fee: Fee | undefined): string =>
  fee === undefined ? execKey : `${execKey}|${fee.amount} ${fee.currency}`;

const whosePattern = String.raw`(?<counter>[^|]+)\|(?<execId>.*)`;
const numbersPattern = String.raw`\d+\|(?<qty>\d+)@(?<px>-?\d+)`;
const keyPattern = String.raw`${whosePattern}\|(?<type>trade|provisional)\|${numbersPattern}`;
const feePattern = String.raw`(?:\|(?<amount>\S+) (?<currency>\S+))?`;
const entryPattern = new RegExp(`^(?<key>${keyPattern})${feePattern}$`);

/** A booked execution, read from its entry, with what counts of it now. */
export interface BookedExecution {
  readonly key: string;
  /** Its own id and those of its corrections. */
  readonly execIds: readonly string[];
  /** Zero after a bust. */
  readonly lastQty_lots: Qty_lots;
  readonly lastPx_ticks: Price_ticks;
  readonly fee?: Fee;
  /** It is ours: no venue knows its id. */
  readonly isProvisional: boolean;
}

/** The executions booked on one leg, oldest first. */
export const bookedOn = (
  entries: readonly string[],
  amends: readonly ExecutionAmend[],
  venue: VenueId,
  leg: number,
): BookedExecution[] => {
  const counter = counterOf(venue, leg);
  return entries.flatMap((entry) => {
    const read = entryPattern.exec(entry)?.groups;
    if (read === undefined || read["counter"] !== counter) return [];
    const { key = "", execId = "", type, qty = "", px = "", amount, currency } = read;
    const own = amends.filter(({ of }) => of === key);
    const last = own.at(-1);
    const fee = amount === undefined || currency === undefined ? undefined : { amount, currency };
    const now = last ?? { lastQty_lots: Number(qty), lastPx_ticks: Number(px), fee };
    return {
      key,
      execIds: [execId, ...own.map((amend) => amend.execId)],
      lastQty_lots: now.lastQty_lots,
      lastPx_ticks: now.lastPx_ticks,
      ...(now.fee === undefined ? {} : { fee: now.fee }),
      isProvisional: type === "provisional",
    };
  });
};

/** What a reported execution is in the light of those already booked. */
export type ExecutionVerdict = "fresh" | "repeat" | "renamed" | "contradiction";

/**
 * Judges an execution against the booked entries.
 *
 * @param amended whether an execution of its leg was ever taken back or corrected
 */
export const judgeExecution = (
  entries: readonly string[],
  execution: Execution,
  amended: boolean,
): ExecutionVerdict => {
  const counter = `${counterOf(execution.venue, execution.leg)}|`;
  const prefix = `${counter}${execution.execId}|trade|`;
  const what = whatOf(execution);
  const to = execution.cumQty_lots;
  const from = to - execution.lastQty_lots;
  let verdict: ExecutionVerdict = "fresh";
  for (const entry of entries) {
    if (entry.startsWith(prefix)) {
      if (isKey(entry, prefix.length - "|trade|".length, what)) return "repeat";
      const [cum = "", booked = ""] = entry.slice(prefix.length).split("|");
      const bookedTo = Number(cum);
      const bookedFrom = bookedTo - Number.parseInt(booked, 10);
      if (from < bookedTo && bookedFrom < to) verdict = "contradiction";
    } else if (!amended && verdict === "fresh" && entry.startsWith(counter)) {
      if (isKey(entry, entry.lastIndexOf("|trade|"), what)) verdict = "renamed";
    }
  }
  return verdict;
};

/** Whether an entry says exactly that from there on, but for its fee. */
const isKey = (entry: string, at: number, what: string): boolean =>
  at >= 0 &&
  entry.startsWith(what, at) &&
  (entry.length === at + what.length || entry[at + what.length] === "|");
