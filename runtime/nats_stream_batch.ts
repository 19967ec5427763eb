/**
 * Many stored messages in one request: the direct batch get, the fastest way to read a stream.
 *
 * Any replica may answer, also one that lags: an answer that stops early is not the stream's end.
 * The caller knows how far it must get, and asks again.
 *
 * Owns: the protocol of one batch and its time limits.
 * Never: retries.
 */
import { Effect } from "effect";
import { createInbox } from "nats";
import type { Msg } from "nats";
import type { NatsConnectionShape } from "./nats_connection.ts";
import { NatsFault } from "./nats_error.ts";
import { directMessage } from "./nats_stream_message.ts";
import type { StoredMessage } from "./nats_stream_message.ts";

/** What to read: from a sequence on, all subjects or those that match. */
export interface BatchQuery {
  readonly seq: number;
  /** Most messages to send. */
  readonly batch: number;
  /** Most bytes to send; at least one message comes. */
  readonly max_bytes?: number;
  readonly next_by_subj?: string;
}

/** A batch in which nothing came for this long is lost. */
const silence_ms_max = 2_000;

const status = { none: 404, endOfBatch: 204, noResponders: 503 } as const;

/**
 * Reads one batch, calling `each` in stored order; completes with how many came. Whatever `each`
 * throws becomes a defect.
 */
export const readBatch = (
  nats: NatsConnectionShape,
  stream: string,
  query: BatchQuery,
  each: (message: StoredMessage) => void,
): Effect.Effect<number, NatsFault> =>
  Effect.callback((resume) => {
    const subject = `$JS.API.DIRECT.GET.${stream}`;
    const inbox = createInbox();
    let count = 0;
    let heard_ms = performance.now();
    const stop = (): void => {
      clearInterval(timer);
      unwatch();
      subscription.unsubscribe();
    };
    const end = (result: Effect.Effect<number, NatsFault>): void => {
      stop();
      resume(result);
    };
    const fail = (reason: NatsFault["reason"], detail: string): void =>
      end(Effect.fail(new NatsFault({ subject, reason, detail })));
    const onMessage = (reply: Msg): void => {
      heard_ms = performance.now();
      const message = directMessage(reply);
      if (message !== undefined) {
        count += 1;
        return each(message);
      }
      const code = reply.headers?.code ?? 0;
      if (code === status.endOfBatch || code === status.none) return end(Effect.succeed(count));
      const reason = code === status.noResponders ? "no_responders" : "refused";
      fail(reason, reply.headers?.status ?? "");
    };
    const timer = setInterval(() => {
      if (performance.now() - heard_ms > silence_ms_max) fail("timeout", "");
    }, silence_ms_max / 4);
    const unwatch = nats.onChange((up) => {
      if (!up) fail("disconnected", "");
    });
    const subscription = nats.client.subscribe(inbox, {
      callback: (error, reply) => {
        if (error !== null) return fail("refused", error.message);
        try {
          onMessage(reply);
        } catch (defect) {
          end(Effect.die(defect));
        }
      },
    });
    if (nats.up) nats.client.publish(subject, JSON.stringify(query), { reply: inbox });
    else fail("disconnected", "the connection is down");
    return Effect.sync(stop);
  });
