/**
 * One TCP connection to a simulator: messages in, messages out, everything bounded.
 *
 * In time: connecting, the venue's silence (half-open connections show no other sign), a write that
 * makes no progress. In space: an unfinished line, the bytes that the kernel did not take yet.
 * While paused nothing is read, and silence is not the venue's.
 *
 * Owns: the socket, heartbeats, the watchdog.
 * Never: knows what a message means.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { encodeSimLine, SimLineDecoder } from "../../protocols/sim_wire.ts";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import { boundedText } from "./bounded_text.ts";
import type { LinkTimers } from "./link_timers.ts";
import { readSimLine } from "./sim_reading.ts";
import type { SimReading } from "./sim_reading.ts";

/** Where a simulator listens, and the bounds of a connection to it. */
export interface SimSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly timers: LinkTimers;
  readonly connectTimeout_ms: number;
  /** How often we speak when there is nothing to say; also the watchdog's pace. */
  readonly heartbeat_ms: number;
  /** A venue that says nothing for this long is gone; at least two heartbeats. */
  readonly silence_ms_max: number;
  /** Bytes that the kernel has not taken, above which nothing more is written. */
  readonly unsent_bytes_max: number;
}

/** Told what happens on a connection. After `down` nothing follows. */
export interface SimSocketSink {
  readonly up: () => void;
  readonly message: (message: SimReading) => void;
  readonly down: (reason: string, fault: boolean) => void;
}

/** A connection to a simulator. */
export class SimSocket {
  readonly #options: SimSocketOptions;
  readonly #sink: SimSocketSink;
  readonly #socket: Socket;
  readonly #decoder = new SimLineDecoder(readSimLine);
  #cancelTimer: () => void;
  #isOver = false;
  #quietTicks = 0;
  #stalledTicks = 0;
  #leftBytes = 0;

  constructor(options: SimSocketOptions, sink: SimSocketSink) {
    const { host, port, timers, connectTimeout_ms } = options;
    this.#options = options;
    this.#sink = sink;
    this.#socket = connect({ host, port, noDelay: true });
    this.#cancelTimer = timers.after(connectTimeout_ms, () =>
      this.end(`no connection within ${connectTimeout_ms} ms`, false),
    );
    this.#socket.on("connect", () => {
      if (this.#isOver) return;
      this.#tickLater();
      sink.up();
    });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", (error) => this.end(error.message, false));
    this.#socket.on("close", () => this.end("closed by the venue", false));
  }

  /** Bytes written that the kernel has not taken yet. */
  get unsent_bytes(): number {
    return this.#socket.writableLength;
  }

  /**
   * Writes a message now; false: over, not yet connected, or too much unsent, and nothing of it is
   * kept. `onLeft` is called when the kernel has taken it all.
   */
  write(message: SimClientMessage, onLeft?: () => void): boolean {
    if (this.#isOver || this.#socket.connecting) return false;
    if (this.unsent_bytes > this.#options.unsent_bytes_max) return false;
    this.#socket.write(encodeSimLine(message), (error) => {
      if (error === null || error === undefined) onLeft?.();
    });
    return true;
  }

  /** Stops reading. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#quietTicks = 0;
    this.#socket.resume();
  }

  /** Ends the connection on our side; unsent bytes never leave. The reason is told bounded. */
  end(reason: string, fault: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#socket.destroy();
    this.#sink.down(boundedText(reason), fault);
  }

  /**
   * Says a last word and ends without telling the sink. Unsent bytes have a bounded time to go;
   * without a last word they never leave.
   */
  close(last: SimClientMessage | undefined): void {
    if (this.#isOver) return;
    const canSpeak = last !== undefined && !this.#socket.connecting && this.write(last);
    this.#isOver = true;
    this.#cancelTimer();
    if (!canSpeak) {
      this.#socket.destroy();
      return;
    }
    const cancel = this.#options.timers.after(this.#options.heartbeat_ms, () =>
      this.#socket.destroy(),
    );
    this.#socket.on("close", cancel);
    this.#socket.resume();
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    this.#quietTicks = 0;
    if (this.#isOver) return;
    for (const line of this.#decoder.push(chunk)) {
      if (line.kind === "fault") this.end(`unreadable: ${line.text}`, true);
      else this.#sink.message(line.message);
      // A message may end the connection: what follows it is not read.
      if (this.#hasEnded()) return;
    }
  }

  #hasEnded(): boolean {
    return this.#isOver;
  }

  #tickLater(): void {
    const { timers, heartbeat_ms } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = timers.after(heartbeat_ms, () => this.#tick());
  }

  /** Counts quiet heartbeats instead of comparing times: a paused process is not a silent venue. */
  #tick(): void {
    const { heartbeat_ms, silence_ms_max } = this.#options;
    if (!this.#socket.isPaused()) this.#quietTicks += 1;
    const left_bytes = this.#socket.bytesWritten - this.unsent_bytes;
    const hasStalled = this.unsent_bytes > 0 && left_bytes === this.#leftBytes;
    this.#stalledTicks = hasStalled ? this.#stalledTicks + 1 : 0;
    this.#leftBytes = left_bytes;
    if (this.#quietTicks * heartbeat_ms > silence_ms_max) {
      this.end(`silent for ${silence_ms_max} ms`, false);
    } else if (this.#stalledTicks * heartbeat_ms > silence_ms_max) {
      this.end(`takes no bytes for ${silence_ms_max} ms`, false);
    } else {
      if (this.unsent_bytes === 0) this.write({ type: "heartbeat" });
      this.#tickLater();
    }
  }
}
