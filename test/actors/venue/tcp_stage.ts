/**
 * The other ends of a connection for adapter tests: a proxy that can be cut, a venue by hand.
 *
 * Owns: the sockets that it opened.
 */
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { decodeSimClientLine, encodeSimLine, SimLineDecoder } from "../../../protocols/sim_wire.ts";
import type { SimClientMessage, SimVenueMessage } from "../../../protocols/sim_wire.ts";

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
};

const closeServer = async (server: Server, sockets: Iterable<Socket>): Promise<void> => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => {
    server.close(resolve);
  });
};

/** Stands between a client and a venue. */
export class TcpProxy {
  port = 0;
  /** Where connections are led; changes for later ones. */
  target: number;
  /** Bytes of the client after which its connection is cut, the last piece not passed whole. */
  cutAfter_bytes = Number.POSITIVE_INFINITY;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  async start(): Promise<this> {
    this.port = await listen(this.#server);
    return this;
  }

  #join(client: Socket): void {
    this.connections += 1;
    const venue = connect({ port: this.target, host: "127.0.0.1", noDelay: true });
    const both = [client, venue];
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      this.cutAfter_bytes -= chunk.length;
      if (this.cutAfter_bytes >= 0) {
        venue.write(chunk);
        return;
      }
      const passed = chunk.subarray(0, Math.max(0, chunk.length + this.cutAfter_bytes));
      venue.write(passed, () => this.cut());
      client.pause();
      this.cutAfter_bytes = Number.POSITIVE_INFINITY;
    });
    venue.on("data", (chunk: Buffer) => client.write(chunk));
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  stop(): Promise<void> {
    return closeServer(this.#server, this.#sockets);
  }
}

/** A venue whose words a test chooses. */
export class HandVenue {
  port = 0;
  readonly heard: SimClientMessage[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  /** `answer` is called for every message of a client; undefined: a venue that never reads. */
  constructor(answer: ((message: SimClientMessage, socket: Socket) => void) | undefined) {
    this.#server = createServer({ pauseOnConnect: answer === undefined }, (socket) => {
      this.sockets.push(socket);
      socket.on("error", () => undefined);
      if (answer === undefined) return;
      const decoder = new SimLineDecoder(decodeSimClientLine);
      socket.on("data", (chunk: Buffer) => {
        for (const line of decoder.push(chunk)) {
          if (line.kind === "fault") throw new Error(`the client said: ${line.text}`);
          this.heard.push(line.message);
          answer(line.message, socket);
        }
      });
    });
  }

  async start(): Promise<this> {
    this.port = await listen(this.#server);
    return this;
  }

  stop(): Promise<void> {
    return closeServer(this.#server, this.sockets);
  }
}

/** Says messages on a socket. */
export const say = (socket: Socket, ...messages: readonly SimVenueMessage[]): void => {
  socket.write(messages.map((message) => encodeSimLine(message)).join(""));
};

/** The answer to a logon of session `s` at SIMX. */
export const logonAck = (lastSeqSent: number): SimVenueMessage => ({
  type: "logon_ack",
  session: "s",
  venue: "SIMX",
  incarnation: "i",
  lastSeqSent,
  firstSeqAvailable: 1,
});

/** Waits until something holds, a bounded time. */
export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> => {
  const until_ms = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > until_ms) throw new Error(`never: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
};
