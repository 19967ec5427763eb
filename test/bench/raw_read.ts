/**
 * The floor of a replay: every byte of a stream through the batch get, and nothing done with it.
 */
import { createInbox } from "nats";
import type { NatsConnection } from "nats";

/** What came. */
export interface RawRead {
  readonly messages: number;
  readonly bytes: number;
}

const batch = 1_024;
const maxBytes = 8 * 1024 * 1024;

/** Reads a stream from its first to its last message, one batch after the other. */
export const rawRead = (
  connection: NatsConnection,
  stream: string,
  lastSeq: number,
): Promise<RawRead> =>
  new Promise((resolve, reject) => {
    const inbox = createInbox();
    let messages = 0;
    let bytes = 0;
    const ask = (): void => {
      const query = { seq: messages + 1, batch, max_bytes: maxBytes };
      connection.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
    };
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) return reject(error);
        if (message.data.length > 0) {
          messages += 1;
          bytes += message.data.length;
          return;
        }
        // The empty message ends a batch.
        if (messages < lastSeq) return ask();
        subscription.unsubscribe();
        resolve({ messages, bytes });
      },
    });
    ask();
  });
