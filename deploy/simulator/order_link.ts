/**
 * Speaks for an order session over one connection.
 *
 * Requests pass a delay line and are carried out in order; reports and answers pass another one
 * back. The logon is answered by `logon_ack` and then by every report after `lastSeqReceived`, as
 * possible duplicates; whatever happens meanwhile follows behind them.
 *
 * Requests that the venue has received are carried out even when the connection is lost while they
 * are delayed. A new logon of the session carries them out at once, before it is answered: after
 * that answer nothing said on the old connection can still have an effect.
 *
 * Owns: what is on its way in both directions.
 * Never: changes an order itself.
 */
import { encodeSimLine, simChunkMax } from "../../protocols/sim_wire.ts";
import type { SimClientMessage, SimLogon } from "../../protocols/sim_wire.ts";
import type { Connection, Outbound } from "./connection.ts";
import { DelayLine } from "./delay_line.ts";
import { executionsAnswer, openOrdersAnswer, repeatedReports } from "./session_answers.ts";
import type { Venue } from "./venue.ts";
import type { SessionLink, VenueSession } from "./venue_session.ts";

/** Requests on their way, above which a connection ends: more than a socket read at any latency. */
const inbound_max = 200_000;

type Inbound = SimClientMessage | "disconnected";

/** The connection of an order session. */
export class OrderLink implements SessionLink {
  readonly #venue: Venue;
  readonly #connection: Connection;
  readonly #inbound: DelayLine<Inbound>;
  readonly #outbound: DelayLine<Outbound>;
  #session: VenueSession | undefined;
  #hasEnded = false;
  #heldBytes = 0;

  constructor(venue: Venue, connection: Connection) {
    const { clock, conditions } = venue;
    this.#venue = venue;
    this.#connection = connection;
    this.#inbound = new DelayLine(
      clock,
      () => conditions.inboundDelay_ns(),
      (message) => this.#arrived(message),
    );
    this.#outbound = new DelayLine(
      clock,
      () => conditions.outboundDelay_ns(),
      (outbound) => {
        if (typeof outbound === "string") this.#heldBytes -= outbound.length;
        connection.send(outbound);
      },
    );
  }

  /** A message was read, the logon first. */
  onMessage(message: SimClientMessage): void {
    if (this.#inbound.size >= inbound_max) {
      this.#connection.end("too many requests", "too many requests on their way");
      return;
    }
    this.#inbound.push(message);
  }

  /** The connection is gone. Takes effect behind the requests that are on their way. */
  onClosed(): void {
    this.#outbound.clear();
    this.#inbound.push("disconnected");
  }

  onReport(line: string): void {
    this.#send(line);
  }

  onTakenOver(): void {
    this.#inbound.flush();
    this.#hasEnded = true;
    this.#outbound.clear();
    this.#connection.end("taken over", "session taken over by another logon");
  }

  #send(outbound: Outbound): void {
    if (!this.#connection.isOpen) return;
    if (typeof outbound === "string") this.#heldBytes += outbound.length;
    this.#outbound.push(outbound);
    if (this.#heldBytes > this.#venue.settings.outboundBytes_max) {
      this.#connection.abort("outbound latency holds too much");
    }
  }

  #arrived(message: Inbound): void {
    if (this.#hasEnded) return;
    if (message === "disconnected") {
      this.#hasEnded = true;
      if (this.#session !== undefined) this.#venue.disconnected(this.#session, this);
    } else if (this.#session !== undefined) {
      this.#handle(this.#session, message);
    } else if (message.type === "logon") {
      this.#logon(message);
    }
  }

  #logon({ session: name, lastSeqReceived, cancelOnDisconnect }: SimLogon): void {
    if (!this.#connection.isOpen) return;
    const session = this.#venue.logon(name, this, cancelOnDisconnect ?? false);
    if (session === undefined) {
      this.#connection.end("too many sessions", "too many sessions");
      return;
    }
    this.#session = session;
    const { log } = session;
    this.#send(
      encodeSimLine({
        type: "logon_ack",
        session: name,
        venue: this.#venue.settings.venue,
        incarnation: this.#venue.incarnation,
        lastSeqSent: log.lastSeq,
        firstSeqAvailable: log.firstSeq,
      }),
    );
    if (lastSeqReceived < log.lastSeq) this.#send(repeatedReports(log, lastSeqReceived));
  }

  #handle(session: VenueSession, message: SimClientMessage): void {
    const { desk } = this.#venue;
    switch (message.type) {
      case "new_order":
      case "cancel":
      case "replace":
        this.#venue.handle(session, message);
        return;
      case "heartbeat":
        this.#send(encodeSimLine({ type: "heartbeat" }));
        return;
      case "query_order": {
        const order = desk.find(session.name, message.clOrdId);
        this.#send(
          encodeSimLine({
            type: "order_status",
            requestId: message.requestId,
            found: order !== undefined,
            ...(order === undefined ? {} : { order }),
            asOfSeq: session.log.lastSeq,
          }),
        );
        return;
      }
      case "query_open_orders": {
        const orders = desk.openOrders(session.name);
        const { requestId } = message;
        this.#send(openOrdersAnswer(requestId, orders, session.log.lastSeq, simChunkMax));
        return;
      }
      case "query_executions":
        this.#send(executionsAnswer(message.requestId, session.log, message.afterSeq, simChunkMax));
        return;
      case "logout":
        this.#outbound.flush();
        this.#connection.end("logout");
        return;
      case "logon":
      case "subscribe":
      case "control":
      case "dump":
      case "set_latency":
      case "stats":
        this.#send(encodeSimLine({ type: "error", text: `${message.type} in an order session` }));
        return;
      default:
        return message satisfies never;
    }
  }
}
