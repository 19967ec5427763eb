/**
 * Deciding the end of a day for one position.
 *
 * Owns: what is marked, and what cannot be. A date is marked once; a repeat says nothing new.
 * Never: values an open position without a price.
 */
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { PositionMarked } from "./position_fact.ts";
import { markBody } from "./position_mark.ts";
import type { PositionState } from "./position_model.ts";

/** A request to mark an account's positions: the account shard's mailbox takes it. */
export interface MarkPositions {
  readonly kind: "mark_positions";
  readonly account: AccountId;
  /** `YYYY-MM-DD`: later than the last one that was marked. */
  readonly date: string;
  /** Settlement prices by instrument, in ticks; the others are marked at the fresh mid. */
  readonly marks: Readonly<Record<string, Price_ticks>>;
  /** Positions marked so far by this request. */
  readonly done: number;
  /** When it was asked for. */
  readonly at: Nanos;
}

/** What a position's day end comes to. */
export type MarkDecision =
  | { readonly kind: "marked"; readonly fact: PositionMarked }
  /** This date or a later one was marked before. */
  | { readonly kind: "repeat" }
  /** Something is open, and there is no price for it. */
  | { readonly kind: "no_price"; readonly instrument: InstrumentId };

/**
 * Decides one position's day end.
 *
 * @param virtual the virtual positions under it: they are marked with it
 */
export const decideMark = (
  position: PositionState,
  virtual: readonly PositionState[],
  date: string,
  mark_ticks: Price_ticks | undefined,
  tsEvent: Nanos,
): MarkDecision => {
  const { account, instrument, marked } = position;
  if (marked !== undefined && marked.date >= date) return { kind: "repeat" };
  const open = [position, ...virtual].some(({ netQty_lots }) => netQty_lots !== 0);
  if (open && mark_ticks === undefined) return { kind: "no_price", instrument };
  const { unrealizedPnl, dayPnl } = markBody(position, mark_ticks);
  const priced = mark_ticks === undefined ? {} : { mark_ticks };
  return {
    kind: "marked",
    fact: {
      what: "position_marked",
      account,
      instrument,
      date,
      ...priced,
      unrealizedPnl,
      dayPnl,
      tsEvent,
    },
  };
};
