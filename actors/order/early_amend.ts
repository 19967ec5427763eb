/**
 * A bust or a correction that comes before the execution that it is about: the execution's own
 * report was lost, or could not be read, and is told later from the venue's record. Such a record
 * need not say that the execution no longer counts.
 *
 * It is remembered until that execution is booked, and then applied at once. It may name it by the
 * id of a correction before it (FIX ExecRefID), which need not be booked either. An execution that
 * happened after it is another one, whatever its id: venues use ids again.
 *
 * Owns: which execution such an amendment is about, and the bound on what is remembered.
 */
import type { EarlyAmend } from "../../protocols/order_leg.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { OrderState } from "../../protocols/order.ts";
import type { LegReport } from "../../protocols/venue.ts";
import type { EventOf } from "./order_decision.ts";

/** Most that an order remembers; the oldest goes first. */
export const earlyAmends_max = 16;

const none: readonly EarlyAmend[] = [];

/** What of an amendment's report is remembered. */
export const earlyAmendOf = (
  report: LegReport,
  leg: number,
  execType: EarlyAmend["execType"],
  refExecId: string,
  execKey: string,
): EarlyAmend => {
  const { venue, clOrdId, execId, cumQty_lots, tsEvent } = report;
  const { leavesQty_lots, lastQty_lots, lastPx_ticks, fee } = report;
  return {
    ...{ leg, venue, clOrdId, execType, execKey, execId, refExecId, cumQty_lots, tsEvent },
    ...(leavesQty_lots === undefined ? {} : { leavesQty_lots }),
    ...(lastQty_lots === undefined ? {} : { lastQty_lots }),
    ...(lastPx_ticks === undefined ? {} : { lastPx_ticks }),
    ...(fee === undefined ? {} : { fee }),
  };
};

/** The amendment's report, as it was; its count is of its own time. */
export const reportOf = (
  { orderId }: Pick<OrderState, "orderId">,
  { leg: _leg, execKey: _key, ...told }: EarlyAmend,
): LegReport => ({ kind: "report", orderId, ...told, fromRecord: true });

/**
 * The amendments that wait for the execution, or the correction, which a report tells, in the
 * order in which they were made. Each names it by its own id or by that of a correction among them.
 * A bust names the quantity that it takes back: that of the last correction before it, where there
 * was one.
 */
export const earlyAmendsOf = (
  { earlyAmends = none }: OrderState,
  { venue, execId, tsEvent, lastQty_lots }: LegReport,
  leg: number,
): readonly EarlyAmend[] => {
  const names = new Set([execId]);
  let now_lots = lastQty_lots;
  return earlyAmends.toSorted(byTime).filter((one) => {
    const isOfIt =
      one.leg === leg &&
      one.venue === venue &&
      names.has(one.refExecId) &&
      fromNanos(tsEvent) <= fromNanos(one.tsEvent);
    if (!isOfIt) return false;
    if (one.execType === "trade_cancel") {
      return one.lastQty_lots === undefined || one.lastQty_lots === now_lots;
    }
    names.add(one.execId);
    now_lots = one.lastQty_lots ?? now_lots;
    return true;
  });
};

/** What is told from a record need not come in the order in which it was made. */
const byTime = (a: EarlyAmend, b: EarlyAmend): number =>
  Number(fromNanos(a.tsEvent) - fromNanos(b.tsEvent));

/** Whether a repeat of that amendment waits already. */
export const isRemembered = ({ earlyAmends = none }: OrderState, execKey: string): boolean =>
  earlyAmends.some((one) => one.execKey === execKey);

/** The state that remembers one more. */
export const remembering = (state: OrderState, { amend }: EventOf<"amend_early">): OrderState => ({
  ...state,
  earlyAmends: [...(state.earlyAmends ?? none), amend].slice(-earlyAmends_max),
});

/** The state without one that was applied. */
export const applied = (state: OrderState, execKey: string): OrderState => {
  const { earlyAmends, ...rest } = state;
  if (earlyAmends === undefined) return state;
  const left = earlyAmends.filter((one) => one.execKey !== execKey);
  return left.length === 0 ? rest : { ...rest, earlyAmends: left };
};
