/**
 * A client of the simulator for tests: says messages, keeps what it hears, waits for what it wants.
 *
 * Owns: one TCP connection.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { decodeSimVenueLine, encodeSimLine, SimLineDecoder } from "../../protocols/sim_wire.ts";
import type { SimClientMessage, SimReport, SimVenueMessage } from "../../protocols/sim_wire.ts";

type OfType<Type extends SimVenueMessage["type"]> = Extract<SimVenueMessage, { type: Type }>;

const wait_ms_max = 10_000;

/** One connection to a venue. Heartbeats are not kept. */
export class SimClient {
  readonly heard: SimVenueMessage[] = [];
  readonly socket: Socket;
  readonly closed: Promise<void>;
  heartbeats = 0;
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(port: number) {
    const decoder = new SimLineDecoder(decodeSimVenueLine);
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk: Buffer) => {
      for (const line of decoder.push(chunk)) {
        if (line.kind === "fault") throw new Error(`the venue said: ${line.text}`);
        if (line.message.type === "heartbeat") this.heartbeats += 1;
        else this.heard.push(line.message);
      }
      for (const check of this.#waiting) check();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once("close", () => {
        this.#isClosed = true;
        for (const check of this.#waiting) check();
        resolve();
      });
    });
  }

  say(...messages: SimClientMessage[]): void {
    this.socket.write(messages.map((message) => encodeSimLine(message)).join(""));
  }

  /** Says raw bytes. */
  sayRaw(text: string): void {
    this.socket.write(text);
  }

  /** Everything heard of one type. */
  all<Type extends SimVenueMessage["type"]>(type: Type): OfType<Type>[] {
    return this.heard.filter((message): message is OfType<Type> => message.type === type);
  }

  reports(): SimReport[] {
    return this.all("report");
  }

  /** The first message of that type that satisfies `test`, heard already or to come. */
  async until<Type extends SimVenueMessage["type"]>(
    type: Type,
    test: (message: OfType<Type>) => boolean = () => true,
  ): Promise<OfType<Type>> {
    const find = () => this.all(type).find(test);
    await this.#wait(() => find() !== undefined, `a ${type}`);
    const found = find();
    if (found === undefined) throw new Error(`no ${type}`);
    return found;
  }

  /** The report of that kind about that id. */
  untilReport(clOrdId: string, execType: SimReport["execType"]): Promise<SimReport> {
    return this.until("report", (r) => r.clOrdId === clOrdId && r.execType === execType);
  }

  async logon(
    session: string,
    lastSeqReceived = 0,
    cancelOnDisconnect = false,
  ): Promise<OfType<"logon_ack">> {
    this.say({ type: "logon", session, lastSeqReceived, cancelOnDisconnect });
    return this.until("logon_ack");
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #wait(isDone: () => boolean, what: string): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        if (error === undefined) resolve();
        else reject(error);
      };
      const check = (): void => {
        if (isDone()) finish();
        else if (this.#isClosed) finish(new Error(`closed before ${what}: ${this.#tail()}`));
      };
      const timer = setTimeout(
        () => finish(new Error(`waited too long for ${what}: ${this.#tail()}`)),
        wait_ms_max,
      );
      this.#waiting.add(check);
      check();
    });
  }

  #tail(): string {
    return this.heard
      .slice(-5)
      .map((message) => JSON.stringify(message))
      .join("\n");
  }
}
