/**
 * One TCP connection: lines in, lines out, everything bounded.
 *
 * Out: a line is written at once unless a long answer is under way; then it waits behind it. Long
 * answers are written piece by piece as the client takes them. What waits beyond
 * `outboundBytes_max` ends the connection: the client is too slow.
 * In: nothing is read while something waits to go out, so a client that asks and does not listen
 * stops itself.
 *
 * Owns: the socket, idle heartbeats, the watch for silence.
 * Never: knows what a message means.
 */
import type { Socket } from "node:net";
import { decodeSimClientLine, encodeSimLine, SimLineDecoder } from "../../protocols/sim_wire.ts";
import type { SimClientMessage } from "../../protocols/sim_wire.ts";
import type { VenueClock } from "./venue_clock.ts";

/** Bytes in the socket's own buffer up to which a long answer goes on. */
const longAnswerBytes_max = 131_072;

/** Faulty lines after which a connection ends. */
const faults_max = 100;

/** Time that a client has to close its side after ours ended. */
const endGrace_ns = 1_000_000_000;

/** The bounds of a connection; see `VenueSettings`. */
export interface ConnectionLimits {
  readonly outboundBytes_max: number;
  readonly heartbeat_ms: number;
  readonly silence_ms_max: number;
}

/** Told what happens on a connection. */
export interface ConnectionSink {
  onMessage(message: SimClientMessage): void;
  /** The connection is gone; nothing follows. */
  onClosed(reason: string): void;
}

/** What can be sent: a line, or the lines of a long answer made while they are sent. */
export type Outbound = string | Iterable<string>;

/** One client's connection. */
export class Connection {
  readonly #socket: Socket;
  readonly #clock: VenueClock;
  readonly #limits: ConnectionLimits;
  readonly #sink: ConnectionSink;
  readonly #decoder = new SimLineDecoder(decodeSimClientLine);
  #waiting: (string | Iterator<string>)[] = [];
  #waitingBytes = 0;
  #endReason: string | undefined;
  #mayBeSilent = false;
  #lastWrite_ns: number;
  #lastRead_ns: number;
  #faults = 0;
  #cancelTimer: () => void;

  constructor(socket: Socket, clock: VenueClock, limits: ConnectionLimits, sink: ConnectionSink) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#sink = sink;
    this.#lastWrite_ns = clock.now_ns();
    this.#lastRead_ns = clock.now_ns();
    this.#cancelTimer = this.#watch();
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("drain", () => this.#pump());
    socket.on("error", (error) => this.#note(`socket error: ${error.message}`));
    socket.on("end", () => this.#note("closed by the client"));
    socket.on("close", () => {
      this.#cancelTimer();
      this.#waiting = [];
      this.#sink.onClosed(this.#endReason ?? "closed by the client");
    });
  }

  /** False once the connection is ending: nothing is read or sent any more. */
  get isOpen(): boolean {
    return this.#endReason === undefined;
  }

  /** From now on the client need not say anything. */
  allowSilence(): void {
    this.#mayBeSilent = true;
  }

  /** Sends in order; ends the connection when too much waits. */
  send(outbound: Outbound): void {
    if (!this.isOpen) return;
    if (typeof outbound === "string" && this.#waiting.length === 0) this.#write(outbound);
    else if (typeof outbound === "string") {
      this.#waiting.push(outbound);
      this.#waitingBytes += outbound.length;
    } else {
      this.#waiting.push(outbound[Symbol.iterator]());
      this.#pump();
    }
    if (this.#waitingBytes + this.#socket.writableLength > this.#limits.outboundBytes_max) {
      this.abort("slow client: outbound buffer full");
    }
  }

  /** Ends the connection after what was written; `text` goes out as a last `error`. */
  end(reason: string, text?: string): void {
    if (!this.isOpen) return;
    if (text !== undefined) this.#write(encodeSimLine({ type: "error", text }));
    this.#note(reason);
    this.#socket.end();
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.schedule(endGrace_ns, () => this.#socket.destroy());
    this.#socket.resume();
  }

  /** Loses it on purpose, in one of three ways. */
  lose(how: "reset" | "finish" | "half_open"): void {
    if (how === "reset") this.reset("fault: reset");
    else if (how === "finish") this.end("fault: finished");
    else this.goHalfOpen("fault: half-open");
  }

  /** Ends it with a TCP reset: what waits in both directions is lost. */
  reset(reason: string): void {
    this.#note(reason);
    this.#socket.resetAndDestroy();
  }

  /** Stays, and neither reads nor says anything any more, until its silence would have ended it. */
  goHalfOpen(reason: string): void {
    if (!this.isOpen) return;
    this.#note(reason);
    this.#socket.pause();
    this.#waiting = [];
    this.#cancelTimer();
    const rest_ns = this.#limits.silence_ms_max * 1_000_000;
    this.#cancelTimer = this.#clock.schedule(rest_ns, () => this.#socket.destroy());
  }

  /** Ends the connection now, whatever waits. */
  abort(reason: string): void {
    this.#note(reason);
    this.#socket.destroy();
  }

  #note(reason: string): void {
    this.#endReason ??= reason;
  }

  #write(line: string): void {
    // One system call for all that is said in this turn of the loop.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#lastWrite_ns = this.#clock.now_ns();
    this.#socket.write(line);
  }

  #pump(): void {
    if (!this.isOpen) return;
    while (this.isOpen && this.#socket.writableLength < longAnswerBytes_max) {
      const first = this.#waiting[0];
      if (first === undefined) break;
      if (typeof first === "string") {
        this.#waiting.shift();
        this.#waitingBytes -= first.length;
        this.#write(first);
      } else {
        const next = first.next();
        if (next.done === true) this.#waiting.shift();
        else this.#write(next.value);
      }
    }
    if (this.#waiting.length > 0) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #read(chunk: Buffer): void {
    this.#lastRead_ns = this.#clock.now_ns();
    for (const line of this.#decoder.push(chunk)) {
      if (!this.isOpen) return;
      if (line.kind === "message") {
        this.#sink.onMessage(line.message);
        continue;
      }
      this.#faults += 1;
      if (line.fatal || this.#faults > faults_max) {
        this.end(`protocol error: ${line.text}`, line.text);
      } else {
        this.send(encodeSimLine({ type: "error", text: line.text }));
      }
    }
  }

  #watch(): () => void {
    const heartbeat_ns = this.#limits.heartbeat_ms * 1_000_000;
    const silence_ns_max = this.#limits.silence_ms_max * 1_000_000;
    return this.#clock.schedule(Math.min(heartbeat_ns, silence_ns_max) / 2, () => {
      if (!this.isOpen) return;
      const now_ns = this.#clock.now_ns();
      const mustSpeak = !this.#mayBeSilent && !this.#socket.isPaused();
      if (mustSpeak && now_ns - this.#lastRead_ns > silence_ns_max) {
        this.end("silence", `nothing received for ${this.#limits.silence_ms_max} ms`);
        return;
      }
      if (now_ns - this.#lastWrite_ns >= heartbeat_ns) {
        this.send(encodeSimLine({ type: "heartbeat" }));
      }
      this.#cancelTimer = this.#watch();
    });
  }
}
