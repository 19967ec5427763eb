/**
 * The owner process of the order path's floors: what any journaled actor must do, and nothing else.
 *
 *   one hop    mailbox → guarded append → answer
 *   two hops   mailbox → guarded append → second mailbox → guarded append → bytes on TCP
 *
 * It handles the very bytes that the product's path had for one order.
 */
import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect, headers } from "nats";
import type { Msg, NatsConnection } from "nats";
import { makeBareAppend } from "./bare_append.ts";
import { floor } from "./floor_streams.ts";
import { startPull } from "./jetstream_pull.ts";
import { streamTotals } from "./stream_facts.ts";
import { serveJobs } from "./worker.ts";

/** The bytes of one order's way, as the product had them. */
export interface OrderBytes {
  readonly accountFrame: Uint8Array;
  readonly event: Uint8Array;
  readonly parcel: Uint8Array;
  readonly venueFrame: Uint8Array;
}

/** What the owner is asked. */
export type FloorOwnerJobs = {
  /** Begins to serve both floors. */
  readonly start: (setup: {
    readonly server: string;
    readonly venuePort: number;
    readonly bytes: OrderBytes;
  }) => Promise<null>;
};

/** A line of the venue's size that the stub takes for a floor's order. */
const venueLine = `#${"x".repeat(200)}\n`;

const openVenue = (port: number, onAnswer: () => void): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connectTcp({ host: "127.0.0.1", port, noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.on("data", (chunk: Buffer) => {
      if (chunk.includes(0x0a)) onAnswer();
    });
  });

let sent = 0;

const publishOnce = (connection: NatsConnection, subject: string, data: Uint8Array): void => {
  sent += 1;
  const id = headers();
  id.set("Nats-Msg-Id", `floor-${sent}`);
  connection.publish(subject, data, { headers: id });
};

const start: FloorOwnerJobs["start"] = async ({ server, venuePort, bytes }) => {
  const connection = await connect({ servers: server, noAsyncTraces: true });
  const answer = (data: Uint8Array): void => connection.publish(floor.answers, data);
  const venue = await openVenue(venuePort, () => answer(bytes.event));
  const [one, two] = floor.hops;
  const appendOf = async (hop: typeof one | typeof two) =>
    makeBareAppend(connection, hop.append, (await streamTotals(connection, hop.journal)).lastSeq);
  const appendOne = await appendOf(one);
  const appendTwo = await appendOf(two);
  const takeFirst = (message: Msg): void => {
    const isOneHop = message.subject.endsWith(".one");
    appendOne(bytes.accountFrame, () => {
      if (isOneHop) answer(bytes.event);
      else publishOnce(connection, `${two.subject}.parcel`, bytes.parcel);
    });
  };
  await startPull(connection, one.mailbox, `${one.subject}.>`, takeFirst);
  await startPull(connection, two.mailbox, `${two.subject}.>`, () => {
    appendTwo(bytes.venueFrame, () => venue.write(venueLine));
  });
  return null;
};

const jobs: FloorOwnerJobs = { start };
serveJobs(jobs);
