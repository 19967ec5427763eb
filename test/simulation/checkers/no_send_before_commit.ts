/**
 * Invariant 2: no byte of an order leaves for a venue before its intent is committed, nor after its
 * deadline, nor with other content than was committed.
 */
import type { VenueEvent } from "../../../actors/venue/venue_event.ts";
import { fromNanos } from "../../../protocols/kernel/instant.ts";
import { canonicalText } from "../../../runtime/canonical.ts";
import { Violation } from "./checker.ts";
import type { CheckerMaker } from "./checker.ts";

const name = "no_send_before_commit";

/** Makes the checker. */
export const noSendBeforeCommit: CheckerMaker = () => {
  /** Requests by id that a journal has let go. */
  const intents = new Map<string, string>();
  const waiting = new Map<string, string>();
  return {
    name,
    onFrame: ({ shard, frame: { content } }) => {
      if (shard.kind !== "venue" || content.kind === "epoch") return;
      for (const event of content.turns.flatMap(({ events }) => events as readonly VenueEvent[])) {
        if (event.type === "request_sending") {
          intents.set(event.command.clOrdId, canonicalText(event.command));
        } else if (event.type === "cancel_waiting" || event.type === "order_queued") {
          waiting.set(event.command.clOrdId, canonicalText(event.command));
        } else if (event.type === "cancel_put_back") {
          waiting.set(event.clOrdId, intents.get(event.clOrdId) ?? "");
        } else if (event.type === "cancel_released" || event.type === "order_released") {
          intents.set(event.clOrdId, waiting.get(event.clOrdId) ?? "");
        }
      }
    },
    onSend: ({ venue, request, now_ns }) => {
      const text = canonicalText(request);
      const intent = intents.get(request.clOrdId);
      if (intent === undefined) {
        throw new Violation(name, `${request.clOrdId} leaves for ${venue} uncommitted: ${text}`);
      }
      if (intent !== text) throw new Violation(name, `${text} leaves, committed is ${intent}`);
      if (request.kind !== "cancel" && now_ns > fromNanos(request.deadline)) {
        throw new Violation(name, `${request.clOrdId} leaves at ${now_ns}: ${text}`);
      }
    },
  };
};
