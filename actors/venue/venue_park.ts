/**
 * The last word on an input that failed every time: who waits for an answer gets a true one.
 *
 * Never: says `not_sent` of what may have left.
 */
import type { ShardInput } from "../../runtime/shard_model.ts";
import { askAgain, askOrders, checkOrder, unheardOf } from "./venue_check.ts";
import type { VenueInput, VenueMessage } from "./venue_input.ts";
import { parkSnapshot } from "./venue_reconcile.ts";
import { publishIncident, sessionOf, tellOutcome } from "./venue_turn.ts";
import type { VenueTurn } from "./venue_turn.ts";

/** Answers for an input that could not be processed. */
export const parkInput = (
  turn: VenueTurn,
  input: ShardInput<VenueMessage, VenueInput>,
  cause: string,
): void => {
  const { options } = turn;
  publishIncident(turn, "parked", cause, { input: nameOf(input) });
  if (input.type === "message") parkMessage(turn, input.message, cause);
  if (input.type !== "local") return;
  if (input.input.type === "report") parkReport(turn, input.input);
  // Nothing is taken from it: what it was about is asked for once more.
  if (input.input.type === "answer") askAgain(turn, input.input.answer, options.queryTimeout_ms);
  if (input.input.type === "snapshot") parkSnapshot(turn, input.input.answer.part);
  if (input.input.type === "unreadable" && isNext(turn, input.input)) {
    turn.emit({ type: "report_unreadable", seq: input.input.seq, at: turn.now });
  }
};

const nameOf = (input: ShardInput<VenueMessage, VenueInput>): string => {
  if (input.type === "message") return `message:${input.message.kind}`;
  return input.type === "local" ? `local:${input.input.type}` : input.type;
};

const parkMessage = (turn: VenueTurn, message: VenueMessage, cause: string): void => {
  if (message.kind !== "place" && message.kind !== "replace" && message.kind !== "cancel") return;
  const { space, now: at } = turn;
  if (space.get("id", message.clOrdId) === undefined) {
    // Its turn left no trace, so no intent of it was ever journaled and nothing was sent.
    turn.emit({ type: "request_unsent", command: message, at });
    tellOutcome(turn, message, "not_sent", "INTERNAL_ERROR", cause);
  } else if (space.get("request", message.clOrdId)?.stage === "sending") {
    // A repeat of one that is under way: the sweep will ask for it.
    tellOutcome(turn, message, "in_doubt", "INTERNAL_ERROR", cause);
  }
};

const isNext = (
  { space, options }: VenueTurn,
  { link, seq }: { readonly link: number; readonly seq: number },
): boolean => {
  const session = sessionOf(space, options);
  return link === session.link && seq === session.inboundSeq + 1;
};

/** The session must go on behind a report that cannot be processed; the dead letter keeps it. */
const parkReport = (
  turn: VenueTurn,
  input: Extract<VenueInput, { readonly type: "report" }>,
): void => {
  if (!isNext(turn, input)) return;
  const { seq, report } = input;
  const facts = { answers: [], ended: false, cumQty_lots: 0, at: turn.now } as const;
  turn.emit({ type: "report_received", seq, ...facts });
  publishIncident(turn, "report_parked", `${report.execType} ${report.execId}`, {
    seq,
    clOrdId: report.clOrdId,
  });
  const root = turn.space.get("id", report.clOrdId);
  // What it said is not lost: the venue is asked for it.
  if (root !== undefined) {
    checkOrder(turn, root, { afterSeq: seq - 1, ...unheardOf(turn.space.get("order", root)) });
    askOrders(turn);
  }
};
