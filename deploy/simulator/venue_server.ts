/**
 * Listens on one TCP port of 127.0.0.1 and gives each connection its role by its first message:
 * `logon` order session, `subscribe` feed, `control` operator.
 *
 * Owns: the listening socket, the open connections, the count of why they ended.
 * Never: carries out a request; the three links do.
 */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import { Connection } from "./connection.ts";
import { ControlLink } from "./control_link.ts";
import type { ServerCounters } from "./control_link.ts";
import { FaultOperator } from "./fault_operator.ts";
import type { DisconnectHow } from "./fault_operator.ts";
import { FeedLink } from "./feed_link.ts";
import { OrderLink } from "./order_link.ts";
import type { Venue } from "./venue.ts";

/** What a connection turned out to be. */
interface Role {
  onMessage(message: SimClientMessage): void;
  onClosed(): void;
}

/** Only this machine is served. */
const host = "127.0.0.1";

/** Different reasons that are counted apart; the rest is counted as `other`. */
const reasons_max = 50;

/** The TCP side of a venue. */
export class VenueServer {
  readonly #venue: Venue;
  readonly #server: Server;
  readonly #onDisconnect: (reason: string) => void;
  readonly #connections = new Map<Connection, Role | undefined>();
  /** Sets faults, for control connections and scenarios. */
  readonly operator: FaultOperator;
  readonly #disconnects: Record<string, number> = {};
  #feeds = 0;

  /** `onDisconnect` is told why each connection ended. */
  constructor(venue: Venue, onDisconnect: (reason: string) => void) {
    this.#venue = venue;
    this.operator = new FaultOperator(venue, {
      disconnect: (how, session, feeds) => this.#disconnect(how, session, feeds),
    });
    this.#onDisconnect = onDisconnect;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = venue.settings.connections_max;
  }

  /** Starts to listen; resolves to the port. Rejects when the port cannot be had. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#venue.settings.port, host, () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        if (address === null || typeof address === "string") {
          reject(new Error("a TCP server has a port"));
        } else resolve(address.port);
      });
    });
  }

  /** Ends every connection and stops listening. Resolves when all are gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const connection of this.#connections.keys())
        connection.end("venue stops", "venue stops");
    });
  }

  #accept(socket: Socket): void {
    let role: Role | undefined;
    const connection = new Connection(socket, this.#venue.clock, this.#venue.settings, {
      onMessage: (message) => {
        if (role === undefined) {
          role = this.#roleOf(message, connection);
          this.#connections.set(connection, role);
        }
        role?.onMessage(message);
      },
      onClosed: (reason) => {
        this.#connections.delete(connection);
        if (role instanceof FeedLink) this.#feeds -= 1;
        role?.onClosed();
        this.#count(reason);
        this.#onDisconnect(reason);
      },
    });
    this.#connections.set(connection, undefined);
  }

  #roleOf(first: SimClientMessage, connection: Connection): Role | undefined {
    const { conditions } = this.#venue;
    if (first.type !== "control" && conditions.faults.outage?.refuses === "connections") {
      conditions.count("refused_connection");
      connection.reset("outage");
      return undefined;
    }
    if (first.type === "logon") return new OrderLink(this.#venue, connection);
    if (first.type === "subscribe") {
      this.#feeds += 1;
      return new FeedLink(this.#venue, connection);
    }
    if (first.type === "control") {
      return new ControlLink(this.#venue, connection, this.operator, () => this.#counters());
    }
    const text = `a connection begins with logon, subscribe or control, not ${first.type}`;
    connection.end("protocol error: no role", text);
    return undefined;
  }

  #disconnect(how: DisconnectHow, session: string | undefined, feeds: boolean): void {
    for (const [connection, role] of Array.from(this.#connections)) {
      const isMeant =
        role instanceof OrderLink && (session === undefined || role.session === session);
      if (isMeant || (feeds && role instanceof FeedLink)) connection.lose(how);
    }
  }

  #counters(): ServerCounters {
    return { feeds: this.#feeds, disconnects: this.#disconnects };
  }

  #count(reason: string): void {
    const isNew = this.#disconnects[reason] === undefined;
    const key = isNew && Object.keys(this.#disconnects).length >= reasons_max ? "other" : reason;
    this.#disconnects[key] = (this.#disconnects[key] ?? 0) + 1;
  }
}
