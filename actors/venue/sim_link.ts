/**
 * The simulator's adapter: an order session over TCP, as the contract in `venue_link.ts` wants it.
 *
 * logon with the last durable report → logon_ack → the reports we missed → live. A connection that
 * was taken over by another logon, an `error` line or a line without sense ends the link; a report
 * that cannot be read is told as such under its number, and the link goes on.
 *
 * Owns: the dialogue. Bytes and bounds are `sim_socket.ts`, questions are `sim_questions.ts`,
 * words are `sim_adapter.ts` and `sim_publisher.ts`.
 */
import { Result } from "effect";
import { fromNanos } from "../../protocols/kernel/instant.ts";
import type { Instrument } from "../../protocols/instrument.ts";
import type { InstrumentId, LegClOrdId } from "../../protocols/kernel/ids.ts";
import { takenOverText } from "../../protocols/sim_wire.ts";
import type { SimRefused } from "../../protocols/sim_wire.ts";
import { boundedText } from "./bounded_text.ts";
import { readSimReport, simGridsOf } from "./sim_adapter.ts";
import type { SimGrids } from "./sim_adapter.ts";
import { simCapabilities, simMassCancelOf, simMessageOf } from "./sim_publisher.ts";
import { SimQuestions } from "./sim_questions.ts";
import { unreadableReport } from "./sim_reading.ts";
import type { SimReading } from "./sim_reading.ts";
import { SimSocket } from "./sim_socket.ts";
import type { SimSocketOptions } from "./sim_socket.ts";
import type {
  MassCancelRequest,
  LinkEnd,
  ResumePosition,
  SendOutcome,
  UnreadableReport,
  VenueConnector,
  VenueLink,
  VenueLinkSink,
  VenueQuery,
  VenueRequest,
} from "./venue_link.ts";
import type { SnapshotQuestion } from "./venue_snapshot.ts";

/** How to reach a simulator and who we are there. */
export interface SimConnectorOptions extends SimSocketOptions {
  /** The venue's own name, checked at logon: a wrong address must not get our orders. */
  readonly venue: string;
  /** Our order session's name there. */
  readonly session: string;
  readonly instruments: ReadonlyMap<InstrumentId, Instrument>;
  /** Longest wait for the logon's answer, and between two reports while catching up. */
  readonly logonTimeout_ms: number;
  /** Whether the venue is to cancel our orders when it loses us. */
  readonly cancelOnDisconnect: boolean;
}

/** The simulator's adapter. */
export const simConnector = (options: SimConnectorOptions): VenueConnector => {
  const grids = simGridsOf(options.instruments);
  return {
    capabilities: simCapabilities,
    connect: (resume, sink, mayAct) => new SimLink(options, grids, resume, sink, mayAct),
  };
};

class SimLink implements VenueLink {
  readonly #options: SimConnectorOptions;
  readonly #grids: SimGrids;
  readonly #sink: VenueLinkSink;
  readonly #socket: SimSocket;
  readonly #questions: SimQuestions;
  /** Orders of which the kernel has not taken all bytes. */
  readonly #unsentOrders = new Set<string>();
  /** Mass cancels without an answer; the model bounds them. */
  readonly #massCancels = new Set<string>();
  #stage: "connecting" | "logging_on" | "catching_up" | "live" | "over" = "connecting";
  #seq: number;
  #catchUpTo = 0;
  #owedSeq = 0;
  #isPaused = false;
  #cancelTimer = (): void => {};
  readonly #mayAct: () => boolean;
  /** What is known of the end, once it is certain. */
  #end: LinkEnd = {};

  constructor(
    options: SimConnectorOptions,
    grids: SimGrids,
    resume: ResumePosition,
    sink: VenueLinkSink,
    mayAct: () => boolean,
  ) {
    this.#mayAct = mayAct;
    this.#options = options;
    this.#grids = grids;
    this.#sink = sink;
    this.#seq = resume.seq;
    this.#socket = new SimSocket(options, {
      up: () => this.#logon(),
      message: (message) => this.#take(message),
      down: (reason, fault) => {
        this.#stage = "over";
        this.#cancelTimer();
        sink.down(reason, fault, this.#end);
      },
    });
    this.#questions = new SimQuestions(grids, sink, (message) => this.#socket.write(message));
  }

  send(request: VenueRequest): SendOutcome {
    if (this.#stage !== "live") return { type: "refused", reason: "the link is not logged on" };
    const message = simMessageOf(request);
    if (Result.isFailure(message)) return { type: "refused", reason: message.failure };
    // Behind unsent bytes a request leaves nobody knows when: only a cancel may.
    if (request.kind !== "cancel" && this.#socket.unsent_bytes > 0) {
      return { type: "refused", reason: "the venue takes no bytes at the moment" };
    }
    let hasLeft = false;
    const wasWritten = this.#socket.write(message.success, () => {
      hasLeft = true;
      this.#unsentOrders.delete(request.clOrdId);
    });
    if (!wasWritten) return { type: "refused", reason: "too many bytes wait for the venue" };
    if (request.kind !== "cancel" && this.#socket.unsent_bytes > 0) {
      this.#unsentOrders.add(request.clOrdId);
      const rest_ns = fromNanos(request.deadline) - this.#options.timers.now_ns();
      this.#options.timers.after(Math.max(0, Number(rest_ns) / 1e6), () => {
        if (!hasLeft) this.#socket.end("an order could not leave before its deadline", false);
      });
    }
    return { type: "sent" };
  }

  massCancel(request: MassCancelRequest): SendOutcome {
    if (this.#stage !== "live") return { type: "refused", reason: "the link is not logged on" };
    const message = simMassCancelOf(request);
    if (Result.isFailure(message)) return { type: "refused", reason: message.failure };
    const wasWritten = this.#socket.write(message.success);
    if (!wasWritten) return { type: "refused", reason: "too many bytes wait for the venue" };
    this.#massCancels.add(request.clOrdId);
    return { type: "sent" };
  }

  fence(): void {
    if (this.#unsentOrders.size > 0) this.#socket.end("halted with orders unsent", false);
  }

  query(query: VenueQuery): boolean {
    return this.#stage === "live" && this.#questions.ask(query);
  }

  snapshot(question: SnapshotQuestion): boolean {
    return this.#stage === "live" && this.#questions.askPart(question);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  close(): void {
    this.#stage = "over";
    this.#cancelTimer();
    // A link that is given up sends no order late: what waits for the kernel goes with it.
    this.#socket.close(this.#unsentOrders.size > 0 ? undefined : { type: "logout" });
  }

  #logon(): void {
    if (!this.#mayAct()) {
      this.#socket.end("this process does not own the shard any more", false);
      return;
    }
    const { session, cancelOnDisconnect } = this.#options;
    this.#stage = "logging_on";
    this.#socket.write({
      type: "logon",
      session,
      lastSeqReceived: this.#seq,
      ...(cancelOnDisconnect ? { cancelOnDisconnect } : {}),
    });
    this.#expectProgress();
  }

  /** Ends the link unless the logon gets on within its time; our own pause does not count. */
  #expectProgress(): void {
    const { timers, logonTimeout_ms } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = timers.after(logonTimeout_ms, () => {
      if (this.#isPaused) {
        this.#expectProgress();
        return;
      }
      if (this.#stage === "catching_up") this.#end = { owedSeq: this.#catchUpTo };
      this.#socket.end(`${this.#stage} for more than ${logonTimeout_ms} ms`, false);
    });
  }

  #take(message: SimReading): void {
    if (this.#stage === "logging_on") {
      if (message.type === "logon_ack") this.#loggedOn(message);
      else if (message.type === "refused") this.#logonRefused(message);
      else if (!isIdle(message)) this.#refuse(message);
      return;
    }
    if (this.#questions.take(message)) return;
    if (message.type === "report") this.#report(message);
    else if (message.type === "unreadable_report") this.#unreadable(message.seq, message);
    else if (message.type === "refused") this.#refused(message);
    else if (message.type === "limits") this.#sink.limits?.(message.limits);
    else if (message.type === "mass_cancel_report") this.#massCanceled(message);
    else if (message.type === "heartbeat") this.#owed(message.lastSeq);
    else if (!isIdle(message)) this.#refuse(message);
  }

  /**
   * A report that the venue said it had sent before the heartbeat before this one, and that is not
   * here: without a later one its loss would show in no gap. The next link asks for it.
   */
  #owed(lastSeq = 0): void {
    if (this.#owedSeq > this.#seq) {
      this.#end = { owedSeq: this.#owedSeq };
      this.#socket.end(`report ${this.#owedSeq} is lost, heard ${this.#seq}`, false);
    }
    this.#owedSeq = lastSeq;
  }

  /** The venue is there and does not want us now: no fault of the wire. */
  #logonRefused({ code, retryAfter_ms, text }: SimRefused): void {
    if (code !== "session_in_use") {
      this.#sink.refused?.({ code, ...(retryAfter_ms === undefined ? {} : { retryAfter_ms }) });
    }
    const after = retryAfter_ms === undefined ? {} : { retryAfter_ms };
    this.#end = { cause: code === "session_in_use" ? code : "logon_refused", ...after };
    const wait = retryAfter_ms === undefined ? "" : ` retryAfter_ms=${retryAfter_ms}`;
    this.#socket.end(`logon refused: ${code}${wait} ${text ?? ""}`.trimEnd(), false);
  }

  #refused({ clOrdId, requestId, code, retryAfter_ms, limit, text }: SimRefused): void {
    // Says something of a logon alone.
    if (code === "session_in_use") return;
    const query = requestId === undefined ? undefined : this.#questions.refused(requestId, code);
    this.#sink.refused?.({
      ...(clOrdId === undefined ? {} : { clOrdId: clOrdId as LegClOrdId }),
      ...(query === undefined ? {} : { query }),
      code,
      ...(retryAfter_ms === undefined ? {} : { retryAfter_ms }),
      ...(limit === undefined ? {} : { limit }),
      ...(text === undefined ? {} : { text: boundedText(text) }),
    });
    if (clOrdId === undefined || !this.#massCancels.delete(clOrdId)) return;
    // Nobody says whether it was taken: then its time decides.
    if (code === "internal_error") return;
    const reason = boundedText(`${code} ${text ?? ""}`.trimEnd());
    const id = clOrdId as LegClOrdId;
    this.#sink.massCanceled?.({ clOrdId: id, outcome: "refused", reason });
  }

  #massCanceled(message: Extract<SimReading, { readonly type: "mass_cancel_report" }>): void {
    const { clOrdId, affected, asOfSeq } = message;
    if (!this.#massCancels.delete(clOrdId)) return;
    const id = clOrdId as LegClOrdId;
    this.#sink.massCanceled?.({ clOrdId: id, outcome: "reported", affected, asOfSeq });
  }

  #refuse(message: SimReading): void {
    const text = message.type === "error" ? message.text : "";
    if (text === takenOverText) {
      this.#end = { cause: "session_taken" };
      this.#socket.end(text, false);
      return;
    }
    const said = text === "" ? "" : `: ${text}`;
    this.#socket.end(`${message.type} while ${this.#stage}${said}`, true);
  }

  #loggedOn(answer: Extract<SimReading, { readonly type: "logon_ack" }>): void {
    const { venue, session } = this.#options;
    if (answer.venue !== venue || answer.session !== session) {
      this.#end = { cause: "wrong_party" };
      this.#socket.end(`logged on as ${answer.session} at ${answer.venue}`, true);
      return;
    }
    this.#stage = "catching_up";
    this.#catchUpTo = answer.lastSeqSent;
    const { incarnation, lastSeqSent, firstSeqAvailable } = answer;
    // What the venue does not keep does not come any more: the shard sees to it.
    this.#seq = Math.max(this.#seq, firstSeqAvailable - 1);
    this.#sink.loggedOn({ incarnation, lastSeqSent, firstSeqAvailable });
    this.#checkCaughtUp();
  }

  #checkCaughtUp(): void {
    if (this.#stage !== "catching_up") return;
    if (this.#seq < this.#catchUpTo) {
      this.#expectProgress();
      return;
    }
    this.#cancelTimer();
    this.#stage = "live";
    this.#sink.caughtUp();
  }

  #report(message: Extract<SimReading, { readonly type: "report" }>): void {
    const report = readSimReport(message, this.#grids);
    if (Result.isFailure(report)) {
      this.#unreadable(message.seq, unreadableReport(message, report.failure));
      return;
    }
    this.#seq = Math.max(this.#seq, message.seq);
    this.#questions.heard(message.seq, report.success);
    this.#sink.report(message.seq, report.success);
    this.#checkCaughtUp();
  }

  #unreadable(seq: number, report: UnreadableReport): void {
    const { reason, raw, clOrdId, instrument } = report;
    this.#seq = Math.max(this.#seq, seq);
    if (clOrdId !== undefined) this.#questions.heard(seq, { clOrdId });
    this.#sink.unreadable(seq, {
      reason,
      raw,
      ...(clOrdId === undefined ? {} : { clOrdId }),
      ...(instrument === undefined ? {} : { instrument }),
    });
    this.#checkCaughtUp();
  }
}

/** Says nothing, or nothing that we know of. */
const isIdle = ({ type }: SimReading): boolean =>
  type === "heartbeat" || type === "unknown_message";
