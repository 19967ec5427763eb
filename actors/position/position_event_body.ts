/**
 * A position as its event says it on the wire: decimals and times as strings.
 *
 * Owns: how a position's state is written down for others.
 * Never: invents a profit: without a mark an open position has no `unrealizedPnl`.
 */
import type { Price_ticks } from "../../protocols/kernel/grid.ts";
import type { Nanos } from "../../protocols/kernel/instant.ts";
import type { PositionEventBody } from "../../protocols/position_event.ts";
import { formatDecimal } from "../../protocols/kernel/decimal.ts";
import { formatSteps, moneyScale } from "../../protocols/kernel/grid.ts";
import { formatAmounts } from "../../protocols/currency.ts";
import { averagePrice, unrealized } from "./position_model.ts";
import type { PositionState } from "./position_model.ts";

/**
 * The body of the event that says what a position is now.
 *
 * @param mark_ticks what the open part is valued at; undefined where no price is known
 * @param eventId this event's own id
 * @param lastEventId the event that made the change
 */
export const positionEventBody = (
  state: PositionState,
  mark_ticks: Price_ticks | undefined,
  eventId: string,
  lastEventId: string,
  tsEvent: Nanos,
  tsInit: Nanos,
): PositionEventBody => {
  const scale = moneyScale(state.grid);
  const mark = state.netQty_lots === 0 ? 0 : mark_ticks;
  return {
    eventId,
    account: state.account,
    instrument: state.instrument,
    netQty: formatSteps(state.netQty_lots, state.grid.lot),
    avgPx: averagePrice(state),
    realizedPnl: formatDecimal({ units: state.realized, scale }),
    ...(mark === undefined
      ? {}
      : { unrealizedPnl: formatDecimal({ units: unrealized(state, mark), scale }) }),
    fees: formatAmounts(state.fees),
    ...(Object.keys(state.cash).length === 0 ? {} : { cash: formatAmounts(state.cash) }),
    currency: state.currency,
    external: formatSteps(state.externalQty_lots, state.grid.lot),
    version: state.version,
    tsEvent,
    tsInit,
    lastEventId,
  };
};
