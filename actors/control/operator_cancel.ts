/**
 * A run of cancels that an operator asked for: a kill, or a mass cancel.
 *
 * Each order in its scope is asked to cancel once per round, by its own id, and has its own
 * outcome. A mass cancel is one round. A kill goes on until nothing in its scope is open: an order
 * whose cancel was refused is asked again in the next round, a little later each time; one in
 * doubt, or whose venue is away, has its cancel waiting there and is canceled as soon as it is
 * found.
 *
 * An order whose cancel fails is found by asking one at a time, told, and asked again every round:
 * the others do not wait for it.
 *
 * Owns: which orders are meant, the ids of their cancels, and the time between rounds.
 */
import type { OperatorCancelCause, RuledBy } from "../../protocols/control.ts";
import type { InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { Side } from "../../protocols/venue.ts";

/** Which orders are meant: those that pass every filter that is there. */
export interface CancelScope {
  readonly account?: string;
  /** With `account`. */
  readonly strategy?: string;
  /** Orders of which something may be open at that venue. */
  readonly venue?: VenueId;
  readonly instrument?: InstrumentId;
  readonly side?: Side;
}

/** A run under way. */
export interface OperatorCancel {
  readonly id: string;
  readonly cause: OperatorCancelCause;
  readonly scope: CancelScope;
  readonly by: RuledBy;
  /** 1 at first. */
  readonly round: number;
  /** Cancels asked so far, over all rounds. */
  readonly asked: number;
  /**
   * A slice failed: from then on one order is asked in a turn, and those that fail by themselves
   * are passed over until the next round.
   */
  readonly passedOver?: readonly string[];
}

/** A run's key: a venue's own run of a request stands beside the accounts'. */
export const operatorCancelId = (requestId: string, { venue }: CancelScope): string =>
  venue === undefined ? requestId : `${requestId}.${venue}`;

const prefixes = { kill: "_kill", mass_cancel: "_mass" } as const;

/** The id of every cancel of a run's round: ours, so it begins with `_`. */
export const cancelIdOf = ({ id, cause, round }: OperatorCancel): string =>
  `${prefixes[cause]}-${id}${round === 1 ? "" : `-${round}`}`;

/** Whether an order may be meant, by its id alone: the states of most need not be read. */
export const mayBeMeant = ({ scope }: OperatorCancel, orderId: string): boolean => {
  const { account, strategy } = scope;
  if (account === undefined) return true;
  return orderId.startsWith(strategy === undefined ? `${account}.` : `${account}.${strategy}.`);
};

/** Whether an open order is meant. */
export const isMeant = ({ scope }: OperatorCancel, order: OrderState): boolean => {
  const { account, strategy, venue, instrument, side } = scope;
  return (
    (account === undefined || order.account === account) &&
    (strategy === undefined || order.strategy === strategy) &&
    (instrument === undefined || order.terms?.instrument === instrument) &&
    (side === undefined || order.terms?.side === side) &&
    (venue === undefined || order.legs.some((leg) => leg.venue === venue && leg.state !== "ended"))
  );
};

/** Whether two scopes are the same one. */
export const isSameScope = (a: CancelScope, b: CancelScope): boolean =>
  a.account === b.account &&
  a.strategy === b.strategy &&
  a.venue === b.venue &&
  a.instrument === b.instrument &&
  a.side === b.side;

const wait_ms_first = 500;
const wait_ms_max = 8_000;

/** How long after a round the next one begins, milliseconds. */
export const waitAfterRound_ms = (round: number): number =>
  Math.min(wait_ms_max, wait_ms_first * 2 ** Math.min(round - 1, 10));
