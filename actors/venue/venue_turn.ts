/**
 * What every decision of the venue shard uses: reading the session, telling orders and operators.
 *
 * Owns: the form of reports that we make ourselves, and of the venue's published events.
 * Never: decides what happens next.
 */
import { accountShard, accountShardIndex } from "../../protocols/kernel/shard.ts";
import { shardIndexOfLeg } from "../../protocols/kernel/ids.ts";
import type { LegClOrdId, OrderId } from "../../protocols/kernel/ids.ts";
import type { Instant_ns } from "../../protocols/kernel/instant.ts";
import type { RejectCode } from "../../protocols/kernel/reject_code.ts";
import { venueEventSubject } from "../../protocols/kernel/subjects.ts";
import type { LegReport } from "../../protocols/venue.ts";
import type { ReadonlySpace, Turn } from "../../runtime/shard_model.ts";
import { boundedText } from "./bounded_text.ts";
import { foreignHome } from "./foreign_order.ts";
import { breakerWord } from "./breaker_model.ts";
import { isLinkReady, mayFollow } from "./session_status.ts";
import type { SessionStatus } from "./session_status.ts";
import { initialSession } from "./venue_space.ts";
import type { VenueRequest } from "./venue_link.ts";
import type { VenueOptions } from "./venue_options.ts";
import type { VenueEvent } from "./venue_event.ts";
import type { VenueEffect, VenueMessage } from "./venue_input.ts";
import type { SessionState, VenueKinds } from "./venue_state.ts";

/** A turn of a venue shard, with the shard's configuration. */
export interface VenueTurn extends Turn<VenueKinds, VenueEvent, VenueMessage, VenueEffect> {
  readonly options: VenueOptions;
}

/** The session as it stands in this turn. */
export const sessionOf = (space: ReadonlySpace<VenueKinds>, options: VenueOptions): SessionState =>
  space.get("session", options.venue) ?? initialSession;

/** Whether requests that need no open gate, and questions, can leave now. */
export const isUsable = ({ status, doubting }: SessionState): boolean =>
  isLinkReady(status) && doubting === undefined;

/** A span of configured milliseconds in nanoseconds. */
export const span_ns = (span_ms: number): Instant_ns => BigInt(Math.round(span_ms)) * 1_000_000n;

/**
 * Changes the session's status: journals it, publishes it with its cause, and tells every account
 * shard where the gate for new orders opens or closes by it.
 */
export const changeStatus = (
  turn: VenueTurn,
  to: SessionStatus,
  cause: string,
  link?: number,
): void => {
  const { options, space, now } = turn;
  const from = sessionOf(space, options).status;
  if (!mayFollow(from, to)) throw new Error(`a session goes from ${from} to ${to}`);
  const reason = boundedText(cause);
  turn.emit({
    type: "session_changed",
    to,
    reason,
    at: now,
    ...(link === undefined ? {} : { link }),
  });
  const { venue } = options;
  turn.publish(venueEventSubject(venue, "session"), (eventId) => {
    return { eventId, venue, from, to, reason, tsEvent: now, tsInit: now };
  });
  // While operators have halted the venue, account shards know it as closed.
  const isHalted = space.get("halt", venue) !== undefined;
  if (isHalted || (from === "open") === (to === "open")) return;
  tellGate(turn, to === "open", reason);
};

/** Tells account shards once more how the gate stands: something else that routes has changed. */
export const retellGate = (turn: VenueTurn): void => {
  const { space, options } = turn;
  const { status, reason } = sessionOf(space, options);
  // Halted by operators it is told as closed, whatever else changes.
  const isHalted = space.get("halt", options.venue) !== undefined;
  tellGate(turn, status === "open" && !isHalted, reason);
};

/** Tells every account shard whether the venue takes orders now, and what routers should know. */
export const tellGate = (turn: VenueTurn, open: boolean, why: string): void => {
  const { options, space } = turn;
  const { venue, accountShards } = options;
  const congested = space.get("rate", venue)?.congested;
  const said = {
    ...{ venue, open, reason: boundedText(why), ...breakerWord(space, venue) },
    ...(congested === undefined ? {} : { congested }),
  };
  for (let index = 0; index < accountShards; index += 1) {
    turn.send(accountShard(index), { kind: "venue_status", ...said });
  }
};

/** Publishes something that a person should look at. It changes nothing. */
export const publishIncident = (
  turn: VenueTurn,
  incident: string,
  text: string,
  context: Readonly<Record<string, string | number>> = {},
): void => {
  const { now, options } = turn;
  const { venue } = options;
  turn.publish(venueEventSubject(venue, "incident"), (eventId) => ({
    eventId,
    venue,
    incident,
    text: boundedText(text),
    ...context,
    tsEvent: now,
    tsInit: now,
  }));
};

/** The account shard that an id of ours belongs to; undefined: not one of ours. */
export const homeOf = (turn: VenueTurn, clOrdId: LegClOrdId): number | undefined => {
  const index = shardIndexOfLeg(clOrdId);
  return index !== undefined && index < turn.options.accountShards ? index : undefined;
};

/**
 * Sends a report to its order; false where the id names no account shard of ours. Of an order that
 * we did not place only executions are told, to the account that takes them.
 */
export const tellOrder = (
  turn: VenueTurn,
  orderId: OrderId,
  report: Omit<LegReport, "kind" | "venue" | "orderId">,
): boolean => {
  const foreign = foreignHome(orderId, report.execType);
  if (foreign === "nobody") return true;
  const index =
    foreign === undefined
      ? (homeOf(turn, report.clOrdId) ??
        (report.origClOrdId === undefined ? undefined : homeOf(turn, report.origClOrdId)))
      : accountShardIndex(foreign, turn.options.accountShards);
  if (index === undefined) return false;
  const { venue } = turn.options;
  turn.send(accountShard(index), { kind: "report", venue, orderId, ...report });
  return true;
};

/**
 * Tells an order what we, not the venue, know of a request of it. `not_sent` is a proof, `in_doubt`
 * a question under way. The execution id is made of the request's id: each is said once.
 */
export const tellOutcome = (
  turn: VenueTurn,
  request: VenueRequest,
  execType: "not_sent" | "in_doubt",
  code: RejectCode | undefined,
  text: string,
): void => {
  const root = turn.space.get("id", request.clOrdId);
  const order = root === undefined ? undefined : turn.space.get("order", root);
  const told = tellOrder(turn, request.orderId, {
    execType,
    clOrdId: request.clOrdId,
    ...(request.kind === "place" ? {} : { origClOrdId: request.origClOrdId }),
    execId: `${execType}-${request.clOrdId}`,
    cumQty_lots: order?.cumQty_lots ?? 0,
    ...(code === undefined ? {} : { code }),
    text: boundedText(text),
    tsEvent: turn.now,
  });
  if (!told) publishIncident(turn, "foreign_id", text, { clOrdId: request.clOrdId });
};

/** Tells an order that what the venue has of it is unknown; `clOrdId` is its id there. */
export const tellOrderDoubt = (
  turn: VenueTurn,
  orderId: OrderId,
  clOrdId: LegClOrdId,
  cumQty_lots: number,
  text: string,
): void => {
  const { inboundSeq } = sessionOf(turn.space, turn.options);
  tellOrder(turn, orderId, {
    execType: "in_doubt",
    clOrdId,
    execId: `in_doubt-${clOrdId}-${inboundSeq}`,
    cumQty_lots,
    text: boundedText(text),
    tsEvent: turn.now,
  });
};
