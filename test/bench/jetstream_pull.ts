/**
 * The least that reads a stream in order: one ack-none consumer in the server's memory, one pull
 * that never runs out. No gap check, no renewal: a floor, and a way to watch stored events.
 */
import { createInbox } from "nats";
import type { Msg, NatsConnection } from "nats";
import { isObject } from "./json_object.ts";

const pull = { batch: 10_000_000, expires: 3_600_000_000_000 };

/** Calls `each` with every message that is stored under the filter from now on. */
export const startPull = async (
  connection: NatsConnection,
  stream: string,
  filter: string,
  each: (message: Msg) => void,
): Promise<void> => {
  const name = `bench_${createInbox().replaceAll(".", "_")}`;
  const created = await connection.request(
    `$JS.API.CONSUMER.CREATE.${stream}.${name}.${filter}`,
    JSON.stringify({
      stream_name: stream,
      config: {
        name,
        deliver_policy: "new",
        ack_policy: "none",
        filter_subject: filter,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: 60_000_000_000,
      },
    }),
    { timeout: 5_000 },
  );
  const answer: unknown = created.json();
  if (!isObject(answer) || "error" in answer) {
    throw new Error(`no consumer on ${stream}: ${created.string()}`);
  }
  const inbox = createInbox();
  connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) throw error;
      if (message.headers !== undefined && message.headers.code !== 0) {
        throw new Error(`the pull on ${stream} ended: ${message.headers.status}`);
      }
      each(message);
    },
  });
  connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, JSON.stringify(pull), {
    reply: inbox,
  });
  await connection.flush();
};
