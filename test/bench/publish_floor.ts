/**
 * The floor of the load: one process that publishes into a stream as fast as it can, with a bounded
 * number of unacknowledged messages.
 */
import { connect, createInbox, headers } from "nats";
import { floor } from "./floor_streams.ts";
import { isObject } from "./json_object.ts";
import { serveJobs } from "./worker.ts";

/** What the publisher is asked. */
export type PublishFloorJobs = {
  /** Publishes for a while; gives acknowledged messages per second. */
  readonly run: (setup: PublishSetup) => Promise<number>;
};

interface PublishSetup {
  readonly server: string;
  /** Bytes of one message. */
  readonly bytes: number;
  readonly window: number;
  readonly run_ms: number;
}

let runs = 0;

const run: PublishFloorJobs["run"] = async ({ server, bytes, window, run_ms }) => {
  runs += 1;
  const connection = await connect({ servers: server, noAsyncTraces: true });
  const inbox = createInbox();
  const data = new Uint8Array(Buffer.alloc(bytes, "x"));
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let sent = 0;
  let stored = 0;
  const began_ms = performance.now();
  const send = (): void => {
    sent += 1;
    const id = headers();
    id.set("Nats-Msg-Id", `load-${process.pid}-${runs}-${sent}`);
    connection.publish(floor.load.subject, data, { reply: inbox, headers: id });
  };
  const subscription = connection.subscribe(inbox, {
    callback: (error, reply) => {
      if (error !== null) return reject(error);
      const answer: unknown = reply.json();
      if (!isObject(answer) || "error" in answer) return reject(new Error(reply.string()));
      stored += 1;
      if (performance.now() - began_ms < run_ms) send();
      else resolve();
    },
  });
  for (let index = 0; index < window; index += 1) send();
  await ended;
  const rate = (stored / (performance.now() - began_ms)) * 1_000;
  subscription.unsubscribe();
  await connection.close();
  return rate;
};

const jobs: PublishFloorJobs = { run };
serveJobs(jobs);
