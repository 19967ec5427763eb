/**
 * Reads the event feed for as long as the client lives, through disconnects and restarted
 * servers.
 *
 * An ordered consumer reads `OMS_EVT`. After each lost connection a new one starts some way
 * *before* the last message seen: the feed may be kept without fsync, so a server that crashed
 * may come back with a shorter feed whose sequences are then used again, and only the overlap
 * shows what was put there. Repeats cost nothing: every event carries its version.
 *
 * Owns: the consumer, and the point in the feed from which it is started again.
 * Never: looks into a message.
 */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "nats";
import { streams } from "../kernel/subjects.ts";
import { pause } from "./client_clock.ts";
import type { ClientClock } from "./client_clock.ts";
import type { LinkState } from "./link_state.ts";

/**
 * How many sequences before the last one seen a reading starts again. The server filters, so only
 * our own messages among them travel.
 */
const overlap_count = 50_000;
const pull_messages_max = 500;
const pull_expires_ms = 5_000;
const heartbeat_ms = 1_000;
const inactive_ms = 60_000;
const retry_ms = 100;
const request_ms_max = 3_000;
const linkWait_ms = 60_000;
const opening_ms_max = 15_000;

/** What to read, and who is told. */
export interface EventReaderOptions {
  readonly filters: readonly string[];
  /** `new`: what is stored from now on. `all`: everything the feed still keeps. */
  readonly startFrom: "new" | "all";
  /** Called for each message in stream order; must not throw. */
  readonly onMessage: (message: JsMsg) => void;
  /** Called when reading broke and is begun again, with the reason. */
  readonly onTrouble: (reason: string) => void;
}

/** A feed being read. */
export interface EventReader {
  /** Stream sequence of the last message seen; 0 before the first. */
  readonly lastSeq: number;
  /** Stops reading; resolves when nothing more will be called. */
  readonly close: () => Promise<void>;
}

interface Cursor {
  /** Never read below this one. */
  floorSeq: number;
  lastSeq: number;
}

/**
 * Starts reading; resolves once the first consumer exists, so that nothing published after that is
 * missed. Rejects when that cannot be had in 15 s (no such stream, no permission).
 */
export const openEventReader = async (
  connection: NatsConnection,
  link: LinkState,
  clock: ClientClock,
  options: EventReaderOptions,
): Promise<EventReader> => {
  const storedSeq = await lastStoredSeq(connection, clock);
  const cursor: Cursor = { floorSeq: options.startFrom === "all" ? 1 : storedSeq + 1, lastSeq: 0 };
  let closed = false;
  let current: ConsumerMessages | undefined = await begin(connection, options, cursor);
  const cancelListener = link.onChange((up) => {
    if (!up) current?.stop();
  });
  const running = (async () => {
    while (!closed) {
      try {
        current ??= await begin(connection, options, cursor);
        if (closed || !link.up) current.stop();
        await drink(current, options, cursor);
      } catch (error) {
        if (!closed) options.onTrouble(error instanceof Error ? error.message : String(error));
      }
      current = undefined;
      if (closed || connection.isClosed()) return;
      await pause(clock, retry_ms);
      await link.whenUp(linkWait_ms);
    }
  })();
  return {
    get lastSeq() {
      return cursor.lastSeq;
    },
    close: async () => {
      closed = true;
      cancelListener();
      current?.stop();
      await running;
    },
  };
};

/** One consumer's life. */
const drink = async (
  messages: ConsumerMessages,
  options: EventReaderOptions,
  cursor: Cursor,
): Promise<void> => {
  for await (const message of messages) {
    cursor.lastSeq = message.seq;
    options.onMessage(message);
  }
};

const begin = async (
  connection: NatsConnection,
  options: EventReaderOptions,
  cursor: Cursor,
): Promise<ConsumerMessages> => {
  const js = jetstream(connection, { timeout: request_ms_max });
  const consumer = await js.consumers.get(streams.events, {
    opt_start_seq: Math.max(cursor.floorSeq, cursor.lastSeq - overlap_count),
    filter_subjects: [...options.filters],
    inactive_threshold: inactive_ms,
  });
  return consumer.consume({
    max_messages: pull_messages_max,
    expires: pull_expires_ms,
    idle_heartbeat: heartbeat_ms,
  });
};

/** The feed's last sequence now; also the proof that the feed exists. */
const lastStoredSeq = async (connection: NatsConnection, clock: ClientClock): Promise<number> => {
  const deadline_ms = clock.now_ms() + opening_ms_max;
  for (;;) {
    try {
      const options = { timeout: request_ms_max, checkAPI: false };
      const manager = await jetstreamManager(connection, options);
      const info = await manager.streams.info(streams.events);
      return info.state.last_seq;
    } catch (error) {
      if (clock.now_ms() > deadline_ms || connection.isClosed()) throw error;
      await pause(clock, retry_ms);
    }
  }
};
