/**
 * Samples of the order path, one order in flight: the client's side of floor and product.
 *
 * The client is this process; the floor's owner, the node and the venue are others. It publishes
 * without waiting for JetStream's acknowledgement, and takes the time in the callback of a core
 * subscription on the order's event. A sample ends, and the next begins, when the order has gone
 * its whole way, so nothing of it disturbs the next.
 */
import { headers } from "nats";
import type { NatsConnection } from "nats";
import {
  commandSubject,
  orderEventFilter,
  positionEventSubject,
  streams,
} from "../../protocols/kernel/subjects.ts";
import type { AccountId, InstrumentId } from "../../protocols/kernel/ids.ts";
import { floor } from "./floor_streams.ts";
import { startPull } from "./jetstream_pull.ts";
import { now_us } from "./monotonic.ts";
import { orderBody } from "./order_body.ts";

/** When an order was published, and when its first event was heard. */
export interface Sample {
  readonly sent_us: number;
  readonly heard_us: number;
}

/** Takes samples, one after the other. */
export interface OrderPath {
  /** Floor of one hop: mailbox → guarded append → answer. */
  readonly oneHop: () => Promise<Sample>;
  /** Floor of two hops; the venue stub has the time of the arrival. */
  readonly twoHops: () => Promise<Sample>;
  /** The product; its first event heard on a core subscription. */
  readonly order: () => Promise<Sample>;
  /** The product; its first event read from the event stream, where it is durable. */
  readonly storedOrder: () => Promise<Sample>;
}

const account = "BENCH1" as AccountId;
const strategy = "path";
const lateSample_ms = 10_000;

/** The path of one deployment, from the client's connection. */
export const makeOrderPath = async (connection: NatsConnection): Promise<OrderPath> => {
  let sent = 0;
  let present = "";
  let watched: "core" | "stored" = "core";
  let heard_us = 0;
  let ended = (): void => {};

  const nextId = (subject: string, body: string): void => {
    const id = headers();
    id.set("Nats-Msg-Id", `path-${process.pid}-${sent}`);
    connection.publish(subject, body, { headers: id });
  };
  /** Notes the time of the first event of the order under way; late ones of others do not count. */
  const heard = (by: "core" | "stored", subject: string): void => {
    if (by !== watched || heard_us !== 0) return;
    const at_us = now_us();
    if (subject.includes(`.${present}.`)) heard_us = at_us;
  };
  connection.subscribe(orderEventFilter(account, strategy), {
    callback: (_error, message) => heard("core", message.subject),
  });
  connection.subscribe(floor.answers, {
    callback: () => {
      heard_us = now_us();
      ended();
    },
  });
  // The position's event is the last one of an order that is filled at once.
  connection.subscribe(positionEventSubject(account, "BTC-USDT" as InstrumentId), {
    callback: () => ended(),
  });
  await startPull(connection, streams.events, orderEventFilter(account, strategy), (message) =>
    heard("stored", message.subject),
  );

  const sample = (by: "core" | "stored", publish: () => void): Promise<Sample> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("no event came")), lateSample_ms);
      watched = by;
      heard_us = 0;
      sent += 1;
      present = `p${process.pid}-${sent}`;
      let sent_us = 0;
      ended = () => {
        // A stored event may be read after the last core message of its order.
        if (heard_us === 0) return void setImmediate(ended);
        clearTimeout(late);
        ended = () => {};
        resolve({ sent_us, heard_us });
      };
      sent_us = now_us();
      publish();
    });
  const submit = (): void =>
    nextId(commandSubject(account, strategy, present, "submit"), orderBody(sent));
  const hop = (how: "one" | "two"): void => nextId(`${floor.hops[0].subject}.${how}`, orderBody(0));

  return {
    oneHop: () => sample("core", () => hop("one")),
    twoHops: () => sample("core", () => hop("two")),
    order: () => sample("core", submit),
    storedOrder: () => sample("stored", submit),
  };
};
