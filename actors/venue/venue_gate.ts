/**
 * The gate for new orders, and instruments that it is closed for because reports about them could
 * not be read repeatedly.
 *
 * Such an instrument stays closed until the shard starts anew, with better reference data perhaps;
 * its cancels, reports and questions always pass.
 *
 * Owns: closing and reopening instruments, and what may not pass. The counting is
 * `venue_evolve_check.ts`, the session's status `venue_session.ts`.
 */
import type { InstrumentId } from "../../protocols/kernel/ids.ts";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Refusal } from "../../protocols/kernel/reject_code.ts";
import type { PlaceLeg, ReplaceLeg } from "../../protocols/venue.ts";
import { haltRefusal } from "./venue_halt.ts";
import { breakerRefusal } from "./venue_breaker.ts";
import { publishIncident, sessionOf } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Reopened instruments that are named: a turn is bounded. */
const named_max = 100;

/** Closes an instrument with too many unreadable reports. */
export const closeRepeated = (turn: VenueTurn, instrument: InstrumentId): void => {
  const { space, options, now: at } = turn;
  const gate = space.get("gate", instrument);
  if (gate === undefined || gate.closed === true) return;
  if (gate.unreadable < options.unreadable_max) return;
  turn.emit({ type: "instrument_closed", instrument, at });
  const text = `no new orders after ${gate.unreadable} unreadable reports`;
  publishIncident(turn, "instrument_closed", text, { instrument });
};

/** Whether an instrument takes no new orders. */
export const isClosed = ({ space }: VenueTurn, instrument: InstrumentId): boolean =>
  space.get("gate", instrument)?.closed === true;

/** Why a place or replace may not leave now, whatever else there is; undefined: it may. */
export const gateRefusal = (
  turn: VenueTurn,
  { orderId, deadline, instrument }: PlaceLeg | ReplaceLeg,
): Refusal | undefined => {
  const { space, options, now_ns } = turn;
  const halted = haltRefusal(turn, orderId);
  if (halted !== undefined) return halted;
  const { status } = sessionOf(space, options);
  if (status !== "open") {
    return { code: "ROUTE_VENUE_DOWN", text: `venue=${options.venue} session=${status}` };
  }
  if (now_ns > fromNanos(deadline)) {
    return { code: "VENUE_NOT_SENT", text: `deadline=${deadline} passed` };
  }
  if (isClosed(turn, instrument)) {
    const text = `instrument=${instrument} closed after unreadable reports`;
    return { code: "ROUTE_VENUE_DOWN", text };
  }
  const breaker = breakerRefusal(turn);
  return breaker === undefined ? undefined : { code: "ROUTE_VENUE_BREAKER", text: breaker };
};

/** Gives every instrument another chance: a new owner begins. */
export const reopenInstruments = (turn: VenueTurn): void => {
  const { space, now: at } = turn;
  if (space.size("gate") === 0) return;
  const closed = [...space.entries("gate")].filter(([, gate]) => gate.closed === true);
  turn.emit({ type: "instruments_reopened", at });
  for (const [instrument] of closed.slice(0, named_max)) {
    publishIncident(turn, "instrument_reopened", "the owner started", { instrument });
  }
};
