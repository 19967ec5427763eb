/**
 * Stands in for the OMS in the client's tests: real streams, and events published as a test asks.
 *
 * Owns: the three streams of the outside contract on a test's server, and a responder that answers
 * each stored submit with `pending_new` and `new`, once per order.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { ConsumerMessages } from "@nats-io/jetstream";
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { orderEventSubject, patterns, streams } from "../../protocols/kernel/subjects.ts";
import type { AccountId, ClOrdId, StrategyId } from "../../protocols/kernel/ids.ts";

/** Fields of an event that a test wants otherwise. */
export type EventFields = Readonly<Record<string, unknown>>;

/** A command as it was stored. */
export interface StoredCommand {
  readonly subject: string;
  readonly msgId: string;
  readonly body: string;
}

export const account = "ACC";
export const strategy = "strat";

export class FakeOms {
  readonly #connection: NatsConnection;
  readonly #answered = new Map<string, number>();
  #consuming: ConsumerMessages | undefined;
  #responding: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  static async start(url: string): Promise<FakeOms> {
    const connection = await connect({
      servers: url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
    });
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const mailboxes = { n: patterns.newWork.slice(0), h: [patterns.urgent[0]] };
    await manager.streams.add({ name: streams.mailbox.n, subjects: mailboxes.n });
    await manager.streams.add({ name: streams.mailbox.h, subjects: mailboxes.h });
    await manager.streams.add({ name: streams.events, subjects: [...patterns.events] });
    return new FakeOms(connection);
  }

  /** Publishes one order event; `fields` overrides or adds. */
  async publishOrderEvent(clOrdId: string, version: number, fields: EventFields): Promise<void> {
    const event = orderEvent(clOrdId, version, fields);
    const subject = orderEventSubject(
      account as AccountId,
      strategy as StrategyId,
      clOrdId as ClOrdId,
      event.execType,
    );
    await this.publish(subject, JSON.stringify(event));
  }

  /** Stores a message, however often it takes. */
  async publish(subject: string, body: string): Promise<void> {
    for (;;) {
      try {
        await jetstream(this.#connection).publish(subject, body, { timeout: 500 });
        return;
      } catch (error) {
        if (this.#closed) throw error;
        await sleep(50);
      }
    }
  }

  /** Not stored. */
  publishPlain(subject: string, body: string): Promise<void> {
    this.#connection.publish(subject, body);
    return this.#connection.flush();
  }

  /** Everything stored in a mailbox stream, in order. */
  async stored(stream: string): Promise<StoredCommand[]> {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    const { state } = await manager.streams.info(stream);
    const commands: StoredCommand[] = [];
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage(stream, { seq });
      if (message === null) continue;
      const { subject, header } = message;
      commands.push({ subject, msgId: header.get("Nats-Msg-Id"), body: message.string() });
    }
    return commands;
  }

  async deleteStream(stream: string): Promise<void> {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false });
    await manager.streams.delete(stream);
  }

  /** Answers every stored submit from now on, across restarts of the server. */
  async respond(): Promise<void> {
    const consumer = await jetstream(this.#connection).consumers.get(streams.mailbox.n);
    const messages = await consumer.consume({ expires: 1_000, idle_heartbeat: 500 });
    this.#consuming = messages;
    this.#responding = (async () => {
      for await (const message of messages) {
        const clOrdId = message.subject.split(".")[5] ?? "";
        const seen = this.#answered.get(clOrdId) ?? 0;
        this.#answered.set(clOrdId, seen + 1);
        if (seen > 0) continue;
        await this.publishOrderEvent(clOrdId, 1, { execType: "pending_new" });
        await this.publishOrderEvent(clOrdId, 2, { execType: "new", commandId: "report:X:1" });
      }
    })();
  }

  async stop(): Promise<void> {
    this.#closed = true;
    this.#consuming?.stop();
    await this.#responding;
    await this.#connection.close();
  }
}

/** A complete order event. */
export const orderEvent = (
  clOrdId: string,
  version: number,
  fields: EventFields,
): { readonly execType: string; readonly [field: string]: unknown } => {
  const execType = typeof fields["execType"] === "string" ? fields["execType"] : "new";
  return {
    eventId: `acct-1-${version}-0`,
    version,
    orderId: `${account}.${strategy}.${clOrdId}`,
    account,
    strategy,
    clOrdId,
    instrument: "BTC-USDT",
    side: "buy",
    ordType: "limit",
    timeInForce: "day",
    ordStatus: execType === "trade" ? "partially_filled" : execType,
    orderQty: "1",
    cumQty: "0",
    leavesQty: "1",
    commandId: "submit",
    tsEvent: "1",
    tsInit: "2",
    ...fields,
    execType,
  };
};

/** Polls until the condition holds; fails with the description after 10 s. */
export const eventually = async (description: string, holds: () => boolean): Promise<void> => {
  for (let waited_ms = 0; waited_ms < 10_000; waited_ms += 10) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`never: ${description}`);
};
