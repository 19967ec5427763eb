/**
 * Everything that the event feed holds, read back from its stream and sorted by order.
 */
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "nats";
import { streams } from "../../../protocols/kernel/subjects.ts";
import type { OrderEventBody } from "../../../protocols/order_event.ts";
import type { PositionEventBody } from "../../../protocols/position_event.ts";

/** A stored message. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly data: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** Every message of a stream up to the last one now. */
export const readStream = async (
  connection: NatsConnection,
  stream: string,
): Promise<readonly StoredMessage[]> => {
  const js = jetstream(connection);
  const manager = await js.jetstreamManager();
  const last = (await manager.streams.info(stream)).state.last_seq;
  const stored: StoredMessage[] = [];
  if (last === 0) return stored;
  const consumer = await js.consumers.get(stream);
  const messages = await consumer.consume({ max_messages: 2_000 });
  for await (const message of messages) {
    const entries = message.headers === undefined ? [] : [...message.headers];
    stored.push({
      seq: message.seq,
      subject: message.subject,
      data: message.string(),
      headers: new Map(entries.map(([key, values]) => [key, values[0] ?? ""])),
    });
    if (message.seq >= last) break;
  }
  return stored;
};

/** The feed's content. */
export interface EventRecord {
  /** An order's events by version, ascending; a repeat that differs is a fault. */
  readonly orders: ReadonlyMap<string, readonly OrderEventBody[]>;
  /** The last event of each position, by `account.instrument`. */
  readonly positions: ReadonlyMap<string, PositionEventBody>;
  /** Incidents of accounts and venues, as JSON. */
  readonly incidents: readonly string[];
  readonly messages: number;
  /** Repeats with the same content. */
  readonly repeats: number;
  readonly faults: readonly string[];
}

/** An event and its text as stored. */
interface Told {
  readonly event: OrderEventBody;
  readonly text: string;
}
type Versions = Map<number, Told>;

/** Reads the feed and checks each order's versions: 1, 2, 3… without a gap (invariant 7). */
export const readEvents = async (connection: NatsConnection): Promise<EventRecord> => {
  const byOrder = new Map<string, Versions>();
  const positions = new Map<string, PositionEventBody>();
  const faults: string[] = [];
  const incidents: string[] = [];
  let repeats = 0;
  const messages = await readStream(connection, streams.events);
  for (const { subject, data } of messages) {
    if (subject.startsWith("oms.v1.evt.position.")) {
      const position = JSON.parse(data) as PositionEventBody;
      const key = `${position.account}.${position.instrument}`;
      const known = positions.get(key);
      if (known === undefined || known.version < position.version) positions.set(key, position);
    }
    if (subject.endsWith(".incident")) incidents.push(data);
    if (!subject.startsWith("oms.v1.evt.order.")) continue;
    const event = JSON.parse(data) as OrderEventBody;
    if (subject !== `oms.v1.evt.order.${event.orderId}.${event.execType}`) {
      faults.push(`${subject} carries ${event.orderId} ${event.execType}`);
    }
    const versions: Versions = byOrder.get(event.orderId) ?? new Map<number, Told>();
    byOrder.set(event.orderId, versions);
    const known = versions.get(event.version);
    if (known === undefined) {
      if (event.version !== versions.size + 1) {
        faults.push(`${event.orderId} has version ${event.version} after ${versions.size} others`);
      }
      versions.set(event.version, { event, text: data });
    } else if (known.text === data) repeats += 1;
    else faults.push(`version ${event.version} is said twice: ${known.text} and ${data}`);
  }
  const orders = new Map<string, readonly OrderEventBody[]>();
  for (const [orderId, versions] of byOrder) {
    const events = [...versions.values()].map(({ event }) => event);
    events.sort((a, b) => a.version - b.version);
    const wrong = events.find((event, index) => event.version !== index + 1);
    if (wrong !== undefined) faults.push(`${orderId} misses a version before ${wrong.version}`);
    orders.set(orderId, events);
  }
  return { orders, positions, incidents, messages: messages.length, repeats, faults };
};
