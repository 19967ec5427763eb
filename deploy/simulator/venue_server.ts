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
  readonly #connections = new Set<Connection>();
  readonly #disconnects: Record<string, number> = {};
  #feeds = 0;

  /** `onDisconnect` is told why each connection ended. */
  constructor(venue: Venue, onDisconnect: (reason: string) => void) {
    this.#venue = venue;
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
      for (const connection of this.#connections) connection.end("venue stops", "venue stops");
    });
  }

  #accept(socket: Socket): void {
    let role: Role | undefined;
    const connection = new Connection(socket, this.#venue.clock, this.#venue.settings, {
      onMessage: (message) => {
        role ??= this.#roleOf(message, connection);
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
    this.#connections.add(connection);
  }

  #roleOf(first: SimClientMessage, connection: Connection): Role | undefined {
    if (first.type === "logon") return new OrderLink(this.#venue, connection);
    if (first.type === "subscribe") {
      this.#feeds += 1;
      return new FeedLink(this.#venue, connection);
    }
    if (first.type === "control") {
      return new ControlLink(this.#venue, connection, () => this.#counters());
    }
    const text = `a connection begins with logon, subscribe or control, not ${first.type}`;
    connection.end("protocol error: no role", text);
    return undefined;
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
