/**
 * The operator's side of a control connection: sets a venue's faults, asks for its record.
 *
 * Owns: one connection, and the requests on it that wait for their answers, for a bounded time.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { decodeSimVenueLine, encodeSimLine, SimLineDecoder } from "../../protocols/sim_wire.ts";
import type {
  SimClientMessage,
  SimDumpExecution,
  SimFaultSettings,
  SimOrderView,
  SimSetFaults,
  SimStats,
  SimTradeManually,
  SimVenueMessage,
} from "../../protocols/sim_wire.ts";

/** An order of a dump, and whose it is. */
export interface DumpedOrder {
  readonly session: string;
  readonly order: SimOrderView;
}

/** The venue's own record. */
export interface VenueDump {
  readonly orders: readonly DumpedOrder[];
  /** As first reported; `amendments` say what counts now. */
  readonly executions: readonly SimDumpExecution[];
}

/** What else `set_faults` can say. */
export type SetFaultsMore = Pick<SimSetFaults, "seed" | "clear" | "off">;

interface Waiting {
  readonly take: (message: SimVenueMessage) => boolean;
  readonly fail: (reason: string) => void;
}

const answer_ms_max = 30_000;

/** A control connection to a venue on this machine. */
export class VenueControl {
  readonly #port: number;
  readonly #socket: Socket;
  readonly #waiting = new Map<string, Waiting>();
  #asked = 0;

  private constructor(port: number) {
    this.#port = port;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const decoder = new SimLineDecoder(decodeSimVenueLine);
    this.#socket.on("error", (error) => this.#failAll(error.message));
    this.#socket.on("close", () => this.#failAll("it broke off"));
    this.#socket.on("data", (chunk: Buffer) => {
      for (const line of decoder.push(chunk)) {
        if (line.kind === "fault") this.#failAll(line.text);
        else this.#take(line.message);
      }
    });
  }

  /** Connects; rejects when the venue does not answer in 30 s. */
  static async open(port: number): Promise<VenueControl> {
    const control = new VenueControl(port);
    await control.#ask("control", { type: "control" }, ({ type }) => type === "control_ack");
    return control;
  }

  /** Sets families of faults; the others stay. Rejects where the venue refuses them. */
  async setFaults(faults: SimFaultSettings, more: SetFaultsMore = {}): Promise<void> {
    await this.#command((requestId) => ({ type: "set_faults", requestId, ...more, faults }));
  }

  /** Ends every fault. */
  async clearFaults(): Promise<void> {
    await this.setFaults({}, { clear: true });
  }

  /** Ends the connection of a session, or of all of them. */
  async disconnect(how: "reset" | "finish" | "half_open", session?: string): Promise<void> {
    const whose = session === undefined ? {} : { session };
    await this.#command((requestId) => ({ type: "disconnect", requestId, how, ...whose }));
  }

  /** Takes an execution back, or gives it other numbers. */
  async amend(
    execId: string,
    to: { readonly lastQty?: string; readonly lastPx?: string; readonly reopen?: boolean } = {},
  ): Promise<void> {
    await this.#command((requestId) => ({ type: "amend_execution", requestId, execId, ...to }));
  }

  /** Trades in a session's name, outside of any request of it; it is told later, or never. */
  async tradeManually(
    session: string,
    trade: Pick<SimTradeManually, "instrument" | "side" | "qty" | "px" | "reportAfter_ms">,
  ): Promise<void> {
    await this.#command((requestId) => ({ type: "trade_manually", requestId, session, ...trade }));
  }

  /** The venue's counters, those of faults among them. */
  async stats(): Promise<SimStats> {
    let found: SimStats | undefined;
    const requestId = this.#nextId();
    await this.#ask(requestId, { type: "stats", requestId }, (message) => {
      if (message.type !== "stats" || message.requestId !== requestId) return false;
      found = message;
      return true;
    });
    if (found === undefined) throw new Error("answered without an answer");
    return found;
  }

  /** Everything that the venue knows of. */
  async dump(): Promise<VenueDump> {
    const orders: DumpedOrder[] = [];
    const executions: SimDumpExecution[] = [];
    let isWhole = false;
    const requestId = this.#nextId();
    await this.#ask(requestId, { type: "dump", requestId }, (message) => {
      if (!("requestId" in message) || message.requestId !== requestId) return false;
      if (message.type === "dump_order") {
        orders.push({ session: message.session, order: message.order });
      }
      if (message.type === "dump_execution") executions.push(message);
      if (message.type !== "dump_done") return false;
      isWhole = message.orders === orders.length && message.executions === executions.length;
      return true;
    });
    if (!isWhole) throw new Error("the dump is incomplete");
    return { orders, executions };
  }

  /** Ends the connection. */
  close(): void {
    this.#socket.destroy();
  }

  async #command(of: (requestId: string) => SimClientMessage): Promise<void> {
    const requestId = this.#nextId();
    await this.#ask(requestId, of(requestId), (message) => {
      return message.type === "control_ok" && message.requestId === requestId;
    });
  }

  #ask(key: string, message: SimClientMessage, take: Waiting["take"]): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(key);
      };
      const fail = (reason: string): void => {
        finish();
        reject(new Error(`the venue on port ${this.#port}, ${message.type}: ${reason}`));
      };
      const timer = setTimeout(() => fail("no answer in time"), answer_ms_max);
      this.#waiting.set(key, {
        fail,
        take: (answer) => {
          const isDone = take(answer);
          if (isDone) {
            finish();
            resolve();
          }
          return isDone;
        },
      });
      this.#socket.write(encodeSimLine(message));
    });
  }

  #take(message: SimVenueMessage): void {
    if (message.type === "error") {
      // An error names its request first, where it is about one.
      const [key = ""] = message.text.split(":");
      this.#waiting.get(key)?.fail(message.text);
      return;
    }
    for (const waiting of this.#waiting.values()) if (waiting.take(message)) return;
  }

  #failAll(reason: string): void {
    for (const waiting of Array.from(this.#waiting.values())) waiting.fail(reason);
  }

  #nextId(): string {
    this.#asked += 1;
    return `c${this.#asked}`;
  }
}
