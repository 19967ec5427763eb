/**
 * The event feed in memory: the same contract as on JetStream, for tests, simulation and backtests.
 *
 * Owns: the feed of one world and who listens to it.
 * Never: time, chances or sockets of its own.
 */
import { Clock, Effect, Layer } from "effect";
import type { FeedMessage } from "./event_feed.ts";
import { EventFeed, FeedUnavailable } from "./event_feed.ts";
import { duplicateWindow_ms } from "./jetstream_limits.ts";
import { makeFaultKnobs, perform } from "./memory_faults.ts";
import type { FaultKnobs } from "./memory_faults.ts";

/** The feed of one world. Every layer built from it writes to the same feed. */
export interface EventFeedMemory {
  readonly layer: Layer.Layer<EventFeed>;
  /** Operations: `publish`. */
  readonly faults: FaultKnobs;
  /** Everything stored, in order; empty after `clear`. */
  readonly messages: () => readonly FeedMessage[];
  /** Forgets what is stored: a long run need not keep it. */
  readonly clear: () => void;
  /** Calls the listener with each message as it is stored; returns what ends that. */
  readonly listen: (listener: (message: FeedMessage) => void) => () => void;
}

/** Makes the empty feed of a world. */
export const makeEventFeedMemory = (): EventFeedMemory => {
  const faults = makeFaultKnobs();
  const ids_ms = new Map<string, number>();
  const listeners = new Set<(message: FeedMessage) => void>();
  let messages: FeedMessage[] = [];

  const store = (message: FeedMessage, now_ms: number): void => {
    const seen_ms = ids_ms.get(message.msgId);
    if (seen_ms !== undefined && now_ms - seen_ms < duplicateWindow_ms) return;
    ids_ms.delete(message.msgId);
    ids_ms.set(message.msgId, now_ms);
    for (const [id, at_ms] of ids_ms) {
      if (now_ms - at_ms < duplicateWindow_ms) break;
      ids_ms.delete(id);
    }
    messages.push(message);
    for (const listener of listeners) listener(message);
  };

  const publish = Effect.fnUntraced(function* (batch: readonly FeedMessage[]) {
    const now_ms = yield* Clock.currentTimeMillis;
    yield* perform(
      faults,
      "publish",
      () => {
        for (const message of batch) store(message, now_ms);
      },
      (cause) => new FeedUnavailable({ cause }),
    );
  });

  return {
    layer: Layer.succeed(EventFeed, EventFeed.of({ publish })),
    faults,
    messages: () => messages,
    clear: () => {
      messages = [];
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
