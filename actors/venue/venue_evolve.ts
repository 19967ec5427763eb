/**
 * How the facts of a venue shard change its states: total and pure, the same live and at replay.
 *
 * Owns: every state change. An event about something that is not there changes nothing.
 * Never: decides, reads options or a clock; the order of a space's entries never matters here.
 */
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";
import type { VenueEvent } from "./venue_event.ts";
import { evolveRate, spend } from "./rate_evolve.ts";
import { evolveControl, isControlFact } from "./venue_evolve_control.ts";
import { isLinkless } from "./session_status.ts";
import { evolveBreaker, isBreakerFact } from "./venue_evolve_breaker.ts";
import { evolveCheck, evolveUnreadable } from "./venue_evolve_check.ts";
import {
  beginTally,
  evolveReconcile,
  forgetBrokenRuns,
  isOfReconciliation,
  forgetRun,
  missExecutions,
  takeTold,
} from "./venue_evolve_reconcile.ts";
import {
  addId,
  advance,
  bookChecked,
  laterOf,
  outdateChecked,
  overtakeQuestions,
  changeSession,
  count,
  endOrder,
  forbidProof,
  forgetQuestions,
  missOrders,
  noteTrouble,
  removeRequest,
  sessionIn,
  setDoubt,
  setStage,
} from "./venue_space.ts";
import type { Kept, VenueSpace } from "./venue_space.ts";

/** Makes `evolve` for one venue's shard. */
export const makeVenueEvolve =
  (kept: Kept) =>
  (space: VenueSpace, event: VenueEvent): void => {
    spend(kept, space, event);
    evolveBreaker(kept, space, event);
    if (isControlFact(event)) evolveControl(kept, space, event);
    if (isBreakerFact(event) || isControlFact(event)) return;
    if (isOfReconciliation(event)) return evolveReconcile(kept, space, event);
    switch (event.type) {
      case "session_changed":
      case "sequence_set":
      case "sweep_set":
      case "doubting_set":
      case "gap_noted":
      case "trouble_noted":
      case "troubles_forgotten":
        evolveSession(kept, space, event);
        return;
      case "request_sending":
      case "request_unsent":
      case "cancel_waiting":
      case "cancel_released":
        evolveNewRequest(kept, space, event);
        return;
      case "request_in_doubt":
      case "request_asked":
      case "request_undecided":
      case "request_unresolved":
      case "request_moot":
      case "request_given_up":
        evolveDoubt(kept, space, event);
        return;
      case "order_to_check":
      case "order_asked":
      case "order_undecided":
      case "order_found":
      case "order_checked":
      case "order_absent":
        evolveCheck(space, event);
        return;
      case "report_unreadable":
      case "instrument_closed":
      case "instruments_reopened":
        evolveUnreadable(kept, space, event);
        return;
      case "request_not_sent":
      case "request_found":
      case "report_received":
        evolveAnswer(kept, space, event);
        return;
      case "order_forgotten":
        forgetOrder(space, event.root);
        return;
      case "rate_planned":
      case "rate_closed":
      case "rate_opened":
      case "rate_told":
      case "rate_congestion":
      case "rate_wake_set":
      case "order_queued":
      case "order_released":
      case "order_withdrawn":
      case "cancel_put_back":
        evolveRate(kept, space, event);
        return;
      default:
        return event satisfies never;
    }
  };

const forgetOrder = (space: VenueSpace, root: LegClOrdId): void => {
  for (const id of space.get("order", root)?.ids ?? []) space.remove("id", id);
  space.remove("order", root);
  space.remove("ended", root);
  space.remove("check", root);
  space.remove("checking", root);
};

const isForeign = (space: VenueSpace, root: LegClOrdId): boolean =>
  space.get("order", root)?.external === "unknown";

type EventOf<Type extends VenueEvent["type"]> = Extract<VenueEvent, { readonly type: Type }>;

const evolveSession = (
  kept: Kept,
  space: VenueSpace,
  event: EventOf<
    | "session_changed"
    | "sequence_set"
    | "sweep_set"
    | "doubting_set"
    | "gap_noted"
    | "trouble_noted"
    | "troubles_forgotten"
  >,
): void => {
  const session = sessionIn(kept, space);
  switch (event.type) {
    case "session_changed": {
      const { to: status, reason, at: since, link = session.link } = event;
      if (isLinkless(status)) {
        forgetQuestions(space);
        forgetRun(kept, space);
        if (!isLinkless(session.status)) count(kept, space, "disconnects");
      }
      changeSession(kept, space, { status, reason, since, link });
      return;
    }
    case "sequence_set": {
      const {
        incarnation,
        inboundSeq,
        broken,
        lostAfter: afterSeq = inboundSeq,
        at: since,
      } = event;
      changeSession(kept, space, { incarnation, inboundSeq });
      if (event.tallied === true) beginTally(kept, space);
      if (!broken) return;
      count(kept, space, "breaks");
      forbidProof(space);
      const why = session.incarnation === incarnation ? "reports_lost" : "restarted";
      missOrders(space, why, { since, afterSeq });
      missExecutions(kept, space, why === "restarted" ? 0 : session.inboundSeq);
      return;
    }
    case "sweep_set": {
      const { sweepAt: _, ...rest } = session;
      const { sweepAt } = event;
      space.set("session", kept.venue, sweepAt === undefined ? rest : { ...rest, sweepAt });
      return;
    }
    case "doubting_set": {
      const { doubting: _, ...rest } = session;
      const { doubting } = event;
      space.set("session", kept.venue, doubting === undefined ? rest : { ...rest, doubting });
      return;
    }
    case "gap_noted":
      changeSession(kept, space, { gap: { afterSeq: event.afterSeq, times: event.times } });
      return;
    case "trouble_noted":
      noteTrouble(kept, space, event);
      return;
    case "troubles_forgotten":
      changeSession(kept, space, { troubles: {} });
      forgetBrokenRuns(kept, space);
      return;
    default:
      return event satisfies never;
  }
};

const evolveNewRequest = (
  kept: Kept,
  space: VenueSpace,
  event: EventOf<"request_sending" | "request_unsent" | "cancel_waiting" | "cancel_released">,
): void => {
  const command =
    event.type === "cancel_released" ? space.get("waiting", event.clOrdId)?.command : event.command;
  if (command === undefined) return;
  const { clOrdId } = command;
  const tallied = event.type === "request_sending" ? event.tallied : undefined;
  const root = addId(space, command, tallied);
  switch (event.type) {
    case "request_sending":
    case "cancel_released":
      space.remove("waiting", clOrdId);
      space.set("request", clOrdId, { command, root, stage: "sending", since: event.at });
      return;
    case "request_unsent":
      count(kept, space, "notSent");
      if (root === clOrdId) endOrder(space, root, event.at, true);
      return;
    case "cancel_waiting":
      space.set("waiting", clOrdId, { command: event.command, since: event.at });
      return;
    default:
      return event satisfies never;
  }
};

const evolveDoubt = (
  kept: Kept,
  space: VenueSpace,
  event: EventOf<
    | "request_in_doubt"
    | "request_asked"
    | "request_undecided"
    | "request_unresolved"
    | "request_moot"
    | "request_given_up"
  >,
): void => {
  const { clOrdId } = event;
  const before = space.get("doubt", clOrdId);
  switch (event.type) {
    case "request_in_doubt":
      setStage(space, clOrdId, "in_doubt");
      space.set("doubt", clOrdId, {});
      count(kept, space, "inDoubt");
      return;
    case "request_asked":
      setDoubt(space, clOrdId, { askedAt: event.at, ...laterOf(event, before) });
      return;
    case "request_undecided":
      setDoubt(space, clOrdId, { askAgainAt: event.askAgainAt, ...laterOf(before) });
      return;
    case "request_unresolved":
      setStage(space, clOrdId, "unresolved");
      space.remove("doubt", clOrdId);
      space.set("unresolved", clOrdId, event.at);
      return;
    case "request_moot":
    case "request_given_up":
      removeRequest(space, clOrdId);
      return;
    default:
      return event satisfies never;
  }
};

const evolveAnswer = (
  kept: Kept,
  space: VenueSpace,
  event: EventOf<"request_not_sent" | "request_found" | "report_received">,
): void => {
  switch (event.type) {
    case "request_not_sent": {
      const root = space.get("id", event.clOrdId);
      removeRequest(space, event.clOrdId);
      space.remove("waiting", event.clOrdId);
      count(kept, space, "notSent");
      if (root === event.clOrdId) endOrder(space, root, event.at, true);
      return;
    }
    case "request_found": {
      const root = space.get("id", event.clOrdId);
      removeRequest(space, event.clOrdId);
      if (root !== undefined && event.told !== undefined) takeTold(space, root, event.told);
      if (root !== undefined) advance(space, root, event);
      if (root !== undefined && event.ended) endOrder(space, root, event.at, false);
      return;
    }
    case "report_received": {
      const inboundSeq = Math.max(sessionIn(kept, space).inboundSeq, event.seq);
      changeSession(kept, space, { inboundSeq });
      const isKnown = event.root !== undefined && !isForeign(space, event.root);
      count(kept, space, isKnown ? "reports" : "unknownReports");
      for (const clOrdId of event.answers) removeRequest(space, clOrdId);
      if (event.root === undefined) return;
      if (event.told !== undefined) takeTold(space, event.root, event.told);
      advance(space, event.root, event);
      if (event.booked_lots !== undefined) bookChecked(space, event.root, event.booked_lots);
      if (event.outdates === true) outdateChecked(space, event.root, event.seq);
      if (event.overtakes === true) overtakeQuestions(space, event.root, event.seq);
      if (event.ended) endOrder(space, event.root, event.at, false);
      return;
    }
    default:
      return event satisfies never;
  }
};
