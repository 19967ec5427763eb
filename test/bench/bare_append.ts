/**
 * A guarded append with nothing around it: publish with the expected sequence, wait for the answer.
 *
 * Owns: the sequence that the next append expects. Throws, and so ends its process, on a refusal.
 */
import { createInbox, headers } from "nats";
import type { NatsConnection } from "nats";
import { isObject } from "./json_object.ts";

/** Appends, and calls back once it is stored. */
export type BareAppend = (data: Uint8Array, stored: () => void) => void;

/** Appends to the stream of that subject, which holds `lastSeq` messages. */
export const makeBareAppend = (
  connection: NatsConnection,
  subject: string,
  lastSeq: number,
): BareAppend => {
  const inbox = createInbox();
  const waiting: (() => void)[] = [];
  let expected = lastSeq;
  connection.subscribe(inbox, {
    callback: (error, reply) => {
      if (error !== null) throw error;
      const answer: unknown = reply.json();
      if (!isObject(answer) || answer["error"] !== undefined) {
        throw new Error(`append refused: ${reply.string()}`);
      }
      waiting.shift()?.();
    },
  });
  return (data, stored) => {
    waiting.push(stored);
    const fence = headers();
    fence.set("Nats-Expected-Last-Sequence", String(expected));
    expected += 1;
    connection.publish(subject, data, { reply: inbox, headers: fence });
  };
};
