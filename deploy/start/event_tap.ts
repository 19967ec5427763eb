/**
 * Feeds the record of a run from the event feed, as any outsider could.
 *
 * Owns: one connection and one reading of `OMS_EVT`.
 */
import { jetstreamManager } from "@nats-io/jetstream";
import { Result } from "effect";
import { connect } from "nats";
import type { NatsConnection } from "nats";
import { liveClock, pause } from "../../protocols/client/client_clock.ts";
import { readOrderEvent, readPositionEvent } from "../../protocols/client/event_message.ts";
import { openEventReader } from "../../protocols/client/event_reader.ts";
import { followLink } from "../../protocols/client/link_state.ts";
import { allOrders, commandSubject, patterns, streams } from "../../protocols/kernel/subjects.ts";
import type { RunRecord } from "./run_record.ts";

/** A feed being recorded. */
export interface EventTap {
  readonly connection: NatsConnection;
  /** Waits until all that the feed holds now is in the record; false when it took longer. */
  readonly catchUp: (wait_ms: number) => Promise<boolean>;
  /** Asks the OMS to cancel what the record has open, whoever sent it. */
  readonly cancelOpen: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const request_ms_max = 3_000;

/** Starts recording; the event stream must exist. */
export const openEventTap = async (
  url: string,
  record: RunRecord,
  startFrom: "all" | "new",
): Promise<EventTap> => {
  const connection = await connect({
    servers: url,
    name: "natoms-start",
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  const reader = await openEventReader(connection, followLink(connection, liveClock), liveClock, {
    filters: [...patterns.events],
    startFrom,
    onMessage: ({ subject, data }) => take(record, subject, data),
    onTrouble: () => undefined,
  });
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: request_ms_max });
  return {
    connection,
    catchUp: async (wait_ms) => {
      const deadline_ms = liveClock.now_ms() + wait_ms;
      const { state } = await manager.streams.info(streams.events);
      while (reader.lastSeq < state.last_seq && state.messages > 0) {
        if (liveClock.now_ms() > deadline_ms) return false;
        await pause(liveClock, 20);
      }
      return true;
    },
    cancelOpen: async () => {
      const owners = new Map(
        [...record.open.values()].map((o) => [`${o.account}.${o.strategy}`, o]),
      );
      for (const { account, strategy } of owners.values()) {
        const subject = commandSubject(account, strategy, allOrders, "cancel");
        await connection.request(subject, "{}", { timeout: request_ms_max }).catch(() => undefined);
      }
    },
    close: async () => {
      await reader.close();
      await connection.close();
    },
  };
};

/** The fourth token of an event's subject says what it is about. */
const take = (record: RunRecord, subject: string, data: Uint8Array): void => {
  const [, , , about] = subject.split(".");
  if (about === "order") {
    const read = readOrderEvent(data);
    if (Result.isSuccess(read)) record.takeOrderEvent(read.success, liveClock.now_ms());
    else record.counts.unreadable += 1;
  }
  if (about === "position") {
    const read = readPositionEvent(data);
    if (Result.isSuccess(read)) record.takePositionEvent(read.success);
    else record.counts.unreadable += 1;
  }
};
