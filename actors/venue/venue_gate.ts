/**
 * Instruments that take no new orders, because reports about them could not be read repeatedly.
 *
 * Such an instrument stays closed until the shard starts anew, with better reference data perhaps;
 * its cancels, reports and questions always pass.
 *
 * Owns: closing and reopening. The counting is `venue_evolve_check.ts`.
 */
import type { InstrumentId } from "../../protocols/kernel/ids.ts";
import { publishIncident } from "./venue_turn.ts";
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
