/**
 * Serves market data over one connection.
 *
 * Owns: which feeds the connection listens to.
 */
import { encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import type { Connection } from "./connection.ts";
import type { Venue } from "./venue.ts";

/** The connection of a market-data client. It may subscribe more than once, and stay silent. */
export class FeedLink {
  readonly #venue: Venue;
  readonly #connection: Connection;
  readonly #instruments = new Set<string>();

  constructor(venue: Venue, connection: Connection) {
    this.#venue = venue;
    this.#connection = connection;
    connection.allowSilence();
  }

  /** `subscribe`; a heartbeat is taken and anything else refused. */
  onMessage(message: SimClientMessage): void {
    if (message.type === "heartbeat") return;
    if (message.type !== "subscribe") {
      this.#connection.send(encodeSimLine({ type: "error", text: `${message.type} on a feed` }));
      return;
    }
    for (const instrument of message.instruments) {
      const market = this.#venue.markets.get(instrument);
      if (market === undefined) {
        this.#connection.send(encodeSimLine({ type: "status", instrument, state: "unknown" }));
      } else if (!this.#instruments.has(instrument)) {
        this.#instruments.add(instrument);
        market.feed.subscribe(this.#connection);
      }
    }
  }

  /** The connection is gone. */
  onClosed(): void {
    for (const instrument of this.#instruments) {
      this.#venue.markets.get(instrument)?.feed.unsubscribe(this.#connection);
    }
  }
}
