/**
 * Serves the operator, or a test, over one connection: the venue's own record, its counters, and
 * its conditions.
 *
 * Owns: nothing; each request is answered from the venue as it is.
 */
import { encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import type { Connection } from "./connection.ts";
import type { FaultOperator } from "./fault_operator.ts";
import { dumpLines } from "./venue_dump.ts";
import { tradeManually } from "./manual_trade.ts";
import type { Venue } from "./venue.ts";

const sessionsShown_max = 200;

/** What the server knows and the venue does not. */
export interface ServerCounters {
  readonly feeds: number;
  readonly disconnects: Readonly<Record<string, number>>;
}

/** The connection of an operator. */
export class ControlLink {
  readonly #venue: Venue;
  readonly #connection: Connection;
  readonly #operator: FaultOperator;
  readonly #counters: () => ServerCounters;

  constructor(
    venue: Venue,
    connection: Connection,
    operator: FaultOperator,
    counters: () => ServerCounters,
  ) {
    this.#venue = venue;
    this.#operator = operator;
    this.#connection = connection;
    this.#counters = counters;
    connection.allowSilence();
  }

  /** `control` first, then any of the requests. */
  onMessage(message: SimClientMessage): void {
    const { settings, incarnation } = this.#venue;
    switch (message.type) {
      case "control": {
        const { venue } = settings;
        this.#connection.send(encodeSimLine({ type: "control_ack", venue, incarnation }));
        return;
      }
      case "dump":
        this.#connection.send(dumpLines(this.#venue, message.requestId));
        return;
      case "set_latency":
        this.#answer(message.requestId, this.#operator.set({ faults: { latency: message } }));
        return;
      case "stats":
        this.#stats(message.requestId);
        return;
      case "set_faults":
        this.#answer(message.requestId, this.#operator.set(message));
        return;
      case "disconnect":
        this.#operator.disconnect(message);
        this.#answer(message.requestId, undefined);
        return;
      case "amend_execution":
        this.#answer(message.requestId, this.#operator.amend(message));
        return;
      case "trade_manually":
        this.#answer(message.requestId, tradeManually(this.#venue, message));
        return;
      case "heartbeat":
        return;
      case "mass_cancel":
      case "query_positions":
      case "logon":
      case "new_order":
      case "cancel":
      case "replace":
      case "query_order":
      case "query_open_orders":
      case "query_executions":
      case "logout":
      case "subscribe":
        this.#refuse(`${message.type} on a control connection`);
        return;
      default:
        return message satisfies never;
    }
  }

  /** The connection is gone. */
  onClosed(): void {
    // Nothing of the venue hangs on an operator's connection.
  }

  #refuse(text: string): void {
    this.#connection.send(encodeSimLine({ type: "error", text }));
  }

  #answer(requestId: string, refusal: string | undefined): void {
    if (refusal === undefined)
      this.#connection.send(encodeSimLine({ type: "control_ok", requestId }));
    else this.#refuse(`${requestId}: ${refusal}`);
  }

  #stats(requestId: string): void {
    const { settings, incarnation, clock, desk, sessions, markets, requests } = this.#venue;
    const { user, system } = process.cpuUsage();
    const sessionList = [...sessions.values()].map((session) => ({
      session: session.name,
      connected: session.isConnected,
      lastSeq: session.log.lastSeq,
      firstSeqAvailable: session.log.firstSeq,
    }));
    this.#connection.send(
      encodeSimLine({
        type: "stats",
        requestId,
        venue: settings.venue,
        incarnation,
        uptime_ns: clock.now_ns().toString(),
        rss_bytes: process.memoryUsage.rss(),
        cpu_us: user + system,
        orders: desk.registry.orders.length,
        openOrders: desk.registry.openCount,
        executions: desk.executions,
        requests,
        // The counters go by session; the list is a sample when there are very many.
        sessions: sessionList.slice(0, sessionsShown_max),
        feeds: this.#counters().feeds,
        faults: this.#venue.conditions.counts,
        disconnects: this.#counters().disconnects,
        markets: [...markets].map(([instrument, { replay }]) => ({
          instrument,
          eventsPlayed: replay.eventsPlayed,
          loops: replay.loops,
        })),
      }),
    );
  }
}
