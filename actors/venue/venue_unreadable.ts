/**
 * Reports that cannot be read: the session goes on behind them, and the order is asked for.
 *
 * Ending the link would help nobody: the venue sends the same bytes again at every logon. So the
 * sequence advances, the line is kept for a person, and what it may have said is asked for by the
 * order's id.
 *
 * Owns: what follows from such a report. Never: reads a figure from it.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import { venueShard } from "../../protocols/kernel/shard.ts";
import { deadLetterSubject } from "../../protocols/kernel/subjects.ts";
import { checkOrder, unheardOf } from "./venue_check.ts";
import { doubt } from "./venue_doubt.ts";
import { closeRepeated } from "./venue_gate.ts";
import type { UnreadableReport } from "./venue_link.ts";
import { isNextReport } from "./venue_sequence.ts";
import { settle } from "./venue_session.ts";
import type { VenueInput } from "./venue_input.ts";
import { publishIncident, tellOrderDoubt } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Takes one numbered report that cannot be read. */
export const onUnreadable = (
  turn: VenueTurn,
  input: Extract<VenueInput, { readonly type: "unreadable" }>,
): void => {
  if (!isNextReport(turn, input)) return;
  const { seq, report } = input;
  const { clOrdId, reason, raw } = report;
  const root = clOrdId === undefined ? undefined : turn.space.get("id", clOrdId);
  const order = root === undefined ? undefined : turn.space.get("order", root);
  const instrument = order?.instrument ?? report.instrument;
  const about = instrument === undefined ? {} : { instrument };
  turn.emit({ type: "report_unreadable", seq, ...about, at: turn.now });
  publishIncident(turn, "report_unreadable", reason, {
    seq,
    raw,
    ...about,
    ...(clOrdId === undefined ? {} : { clOrdId }),
  });
  bury(turn, seq, report);
  if (clOrdId !== undefined && root !== undefined) askFor(turn, clOrdId, root, seq);
  if (instrument !== undefined) closeRepeated(turn, instrument);
  settle(turn);
};

/** The dead letter, in the form in which the runtime writes those of parked inputs. */
const bury = (turn: VenueTurn, seq: number, report: UnreadableReport): void => {
  const { options, now } = turn;
  turn.publish(deadLetterSubject(venueShard(options.venue)), (eventId) => ({
    eventId,
    in: "local:unreadable",
    cause: report.reason,
    at: now,
    input: { type: "local", input: { type: "unreadable", seq, report } },
  }));
};

/** Whatever the report said: the request it names is in doubt, and so is its order. */
const askFor = (turn: VenueTurn, clOrdId: LegClOrdId, root: LegClOrdId, seq: number): void => {
  const { space } = turn;
  const text = `report ${seq} of the venue is unreadable`;
  doubt(turn, clOrdId, text);
  doubt(turn, root, text);
  const order = space.get("order", root);
  if (order === undefined) return;
  // Also one whose placing has no answer yet: the next report would answer that, and no more. Its
  // count may be known by another report already, its executions are not.
  checkOrder(turn, root, { afterSeq: seq - 1, ...unheardOf(order) });
  const { orderId, current, cumQty_lots, endedAt } = order;
  const isTold = endedAt !== undefined || space.get("request", root) !== undefined;
  if (!isTold) tellOrderDoubt(turn, orderId, current, cumQty_lots, text);
};
