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
 * Never: changes an order itself. What goes wrong by chance is decided by `request_gate.ts` for
 * requests and by `report_lane.ts` for reports.
 */
import { encodeSimLine, takenOverText } from "../../protocols/sim_wire.ts";
import type {
  SimClientMessage,
  SimExecType,
  SimLogon,
  SimVenueMessage,
} from "../../protocols/sim_wire.ts";
import type { Connection, Outbound } from "./connection.ts";
import { lossAt } from "./connection_fault.ts";
import { DelayLine } from "./delay_line.ts";
import { refuseLogon } from "./logon_gate.ts";
import { ReportLane } from "./report_lane.ts";
import { isSessionRequest, judge, refusalOf } from "./request_gate.ts";
import type { SessionRequest } from "./request_gate.ts";
import { answerQuestion, firstResent, repeatedReports } from "./session_answers.ts";
import { nowOf_ms } from "./venue.ts";
import type { OrderRequest, Venue } from "./venue.ts";
import type { SessionLink, VenueSession } from "./venue_session.ts";

/** Requests on their way, above which a connection ends: more than a socket read at any latency. */
const inbound_max = 200_000;

/** How often it is looked whether the venue tells its limits by now. */
const idle_ms = 1_000;

type Inbound = SimClientMessage | "disconnected";

/** The connection of an order session. */
export class OrderLink implements SessionLink {
  readonly #venue: Venue;
  readonly #connection: Connection;
  readonly #inbound: DelayLine<Inbound>;
  readonly #outbound: DelayLine<Outbound>;
  readonly #lane: ReportLane;
  /** Requests that lie about: what carries each of them out, and what cancels its timer. */
  readonly #late = new Map<() => void, () => void>();
  #session: VenueSession | undefined;
  #cancelLimits = (): void => {};
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
    this.#lane = new ReportLane(clock, conditions, (line) => this.#send(line));
  }

  /** The session's name, once it is logged on. */
  get session(): string | undefined {
    return this.#session?.name;
  }

  /** A message was read, the logon first. */
  onMessage(message: SimClientMessage): void {
    if (this.#inbound.size + this.#late.size >= inbound_max) {
      this.#connection.end("too many requests", "too many requests on their way");
      return;
    }
    if (this.#session === undefined || !isSessionRequest(message)) {
      this.#inbound.push(message);
      return;
    }
    const loss = lossAt(this.#venue.conditions);
    if (loss !== undefined) {
      if (loss.isAfter) this.#inbound.push(message);
      this.#connection.lose(loss.how);
    } else if (!this.#layAside(this.#session, message)) this.#inbound.push(message);
  }

  /** The connection is gone. Takes effect behind the requests that are on their way. */
  onClosed(): void {
    this.#cancelLimits();
    this.#lane.clear();
    this.#outbound.clear();
    this.#inbound.push("disconnected");
  }

  onReport(line: string, execType: SimExecType): void {
    this.#lane.push(line, execType);
  }

  onTakenOver(): void {
    this.#inbound.flush();
    this.#carryOutLate();
    this.#hasEnded = true;
    this.#cancelLimits();
    this.#lane.clear();
    this.#outbound.clear();
    this.#connection.end("taken over", takenOverText);
  }

  /** The request lies about inside the venue while later ones overtake it, if chance wills so. */
  #layAside(session: VenueSession, request: SessionRequest): boolean {
    const { conditions, clock } = this.#venue;
    const { late } = conditions.faults;
    if (late === undefined || !conditions.happens("late_request", late.request)) return false;
    const carryOut = (): void => {
      this.#late.delete(carryOut);
      this.#request(session, request);
    };
    this.#late.set(carryOut, clock.schedule(late.delay_ms * 1_000_000, carryOut));
    return true;
  }

  #carryOutLate(): void {
    for (const [carryOut, cancel] of Array.from(this.#late)) {
      cancel();
      carryOut();
    }
  }

  #say(message: SimVenueMessage): void {
    this.#send(encodeSimLine(message));
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
      this.#carryOutLate();
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
    const refusal = refuseLogon(this.#venue, name);
    if (refusal !== undefined) {
      this.#connection.send(encodeSimLine(refusal));
      this.#connection.end(`logon refused: ${refusal.code}`);
      return;
    }
    const session = this.#venue.logon(name, this, cancelOnDisconnect ?? false);
    if (session === undefined) {
      this.#connection.end("too many sessions", "too many sessions");
      return;
    }
    this.#session = session;
    const { log } = session;
    const firstSeqAvailable = firstResent(log, this.#venue.conditions.faults.history?.resend);
    this.#say({
      type: "logon_ack",
      session: name,
      venue: this.#venue.settings.venue,
      incarnation: this.#venue.incarnation,
      lastSeqSent: log.lastSeq,
      firstSeqAvailable,
    });
    const afterSeq = Math.max(lastSeqReceived, firstSeqAvailable - 1);
    if (afterSeq < log.lastSeq) this.#send(repeatedReports(log, afterSeq));
    this.#tellLimits(session);
  }

  /** Says what is counted, now and again after the interval of then. */
  #tellLimits(session: VenueSession): void {
    const { conditions, clock } = this.#venue;
    const { rateLimits } = conditions.faults;
    if (rateLimits !== undefined) {
      this.#say({ type: "limits", limits: session.limits.lines(rateLimits, nowOf_ms(clock)) });
    }
    const pause_ms = rateLimits?.report_ms ?? 0;
    this.#cancelLimits = clock.schedule((pause_ms === 0 ? idle_ms : pause_ms) * 1_000_000, () =>
      this.#tellLimitsIfDue(session),
    );
  }

  #tellLimitsIfDue(session: VenueSession): void {
    if ((this.#venue.conditions.faults.rateLimits?.report_ms ?? 0) > 0) this.#tellLimits(session);
    else {
      this.#cancelLimits = this.#venue.clock.schedule(idle_ms * 1_000_000, () =>
        this.#tellLimitsIfDue(session),
      );
    }
  }

  #handle(session: VenueSession, message: SimClientMessage): void {
    if (isSessionRequest(message)) this.#request(session, message);
    else if (message.type === "heartbeat") {
      // Behind the reports that are on their way: the client can tell that one was lost.
      this.#say({ type: "heartbeat", lastSeq: session.log.lastSeq });
    } else if (message.type === "logout") {
      this.#outbound.flush();
      this.#connection.end("logout");
    } else this.#say({ type: "error", text: `${message.type} in an order session` });
  }

  #request(session: VenueSession, request: SessionRequest): void {
    const { conditions, clock } = this.#venue;
    const verdict = judge(request, conditions, session.limits, nowOf_ms(clock));
    switch (verdict.kind) {
      case "swallow":
        return;
      case "refuse":
        this.#say(verdict.refusal);
        if (verdict.closes) {
          this.#outbound.flush();
          this.#connection.end("banned");
        }
        return;
      case "reject":
        if (isOrderRequest(request)) this.#venue.reject(session, request, verdict.rejectCode);
        return;
      case "carry_out":
        if (verdict.saysError) this.#say(refusalOf(request, "internal_error"));
        session.isMuted = !verdict.isReported;
        this.#carryOut(session, request);
        session.isMuted = false;
        return;
      default:
        return verdict satisfies never;
    }
  }

  #carryOut(session: VenueSession, request: SessionRequest): void {
    if (isOrderRequest(request)) this.#venue.handle(session, request);
    else if (request.type === "mass_cancel") {
      const affected = this.#venue.massCancel(session, request);
      const { clOrdId } = request;
      const asOfSeq = session.log.lastSeq;
      this.#say({ type: "mass_cancel_report", clOrdId, affected, asOfSeq });
    } else this.#send(answerQuestion(this.#venue, session, request));
  }
}

const isOrderRequest = (request: SessionRequest): request is OrderRequest =>
  request.type === "new_order" || request.type === "cancel" || request.type === "replace";
