/**
 * The event feed on JetStream: a batch is written in one go and its acknowledgements are awaited
 * together, so a frame's events cost one round trip and not one each.
 *
 * Owns: the window of unacknowledged messages.
 * Never: retries; the outbox repeats a batch as a whole, and the message ids make that harmless.
 */
import { Effect, Layer } from "effect";
import { headers } from "nats";
import type { Msg } from "nats";
import type { FeedMessage } from "./event_feed.ts";
import { EventFeed, FeedUnavailable } from "./event_feed.ts";
import { NatsConnection } from "./nats_connection.ts";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { JetStreamRefusal, NatsFault, readReply } from "./nats_error.ts";

/** Most messages of one batch that wait for their acknowledgement. */
export const feedWindow_max = 256;

/** Longest wait for one acknowledgement. */
const ack_ms_max = 5_000;

const publishBatch = (
  nats: NatsConnectionShape,
  batch: readonly FeedMessage[],
): Effect.Effect<void, FeedUnavailable> =>
  Effect.callback((resume) => {
    const forget = new Set<() => void>();
    let sent = 0;
    let stored = 0;
    let over = false;

    const end = (result: Effect.Effect<void, FeedUnavailable>): void => {
      if (over) return;
      over = true;
      for (const cancel of forget) cancel();
      resume(result);
    };
    const onReply = (subject: string, outcome: Msg | NatsFault): void => {
      const answer = outcome instanceof NatsFault ? outcome : readReply(subject, outcome);
      if (answer instanceof NatsFault || answer instanceof JetStreamRefusal) {
        return end(Effect.fail(new FeedUnavailable({ cause: answer })));
      }
      stored += 1;
      if (stored === batch.length) return end(Effect.void);
      fill();
    };
    const send = ({ data, msgId, subject }: FeedMessage): void => {
      const id = headers();
      id.set("Nats-Msg-Id", msgId);
      const cancel = nats.requests.send(subject, data, id, ack_ms_max, (outcome) => {
        forget.delete(cancel);
        onReply(subject, outcome);
      });
      forget.add(cancel);
    };
    const fill = (): void => {
      while (!over && sent < batch.length && sent - stored < feedWindow_max) {
        const message = batch[sent];
        sent += 1;
        if (message !== undefined) send(message);
      }
    };

    if (batch.length === 0) return end(Effect.void);
    fill();
    return Effect.sync(() => {
      over = true;
      for (const cancel of forget) cancel();
    });
  });

/** The event feed on JetStream. The shared streams must have been provisioned. */
export const eventFeedJetstream: Layer.Layer<EventFeed, never, NatsConnection> = Layer.effect(
  EventFeed,
  Effect.gen(function* () {
    const nats = yield* NatsConnection;
    return EventFeed.of({ publish: (batch) => publishBatch(nats, batch) });
  }),
);
