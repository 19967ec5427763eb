/**
 * One trading session of the venue: it outlives its connections.
 *
 * Owns: the report log, and which connection (at most one) speaks for the session now.
 * Never: knows a socket.
 */
import { SessionLimits } from "./rate_limits.ts";
import { ReportLog } from "./report_log.ts";
import type { SimExecType, SimReport } from "../../protocols/sim_wire.ts";
import type { UnnumberedReport } from "./venue_order.ts";

/** The connection that speaks for a session. */
export interface SessionLink {
  /** A report of that kind was appended to the log; `line` is its encoding. */
  onReport(line: string, execType: SimExecType): void;
  /** Another connection took the session over. */
  onTakenOver(): void;
}

/** A named session. */
export class VenueSession {
  readonly name: string;
  readonly log: ReportLog;
  readonly limits = new SessionLimits();
  /** While true, reports are kept and not handed to the connection. */
  isMuted = false;
  #link: SessionLink | undefined;
  #cancelOnDisconnect = false;

  constructor(name: string, reports_max: number) {
    this.name = name;
    this.log = new ReportLog(reports_max);
  }

  /** True while a connection speaks for the session. */
  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  /** What the present connection asked for at logon. */
  get cancelOnDisconnect(): boolean {
    return this.#cancelOnDisconnect;
  }

  /** Numbers a report, keeps it, has it written down, and hands it to the connection. */
  report(report: UnnumberedReport, write: (report: SimReport) => void): void {
    const { line, report: numbered } = this.log.append(report);
    write(numbered);
    if (!this.isMuted) this.#link?.onReport(line, report.execType);
  }

  /** A connection logged on. The one before it must have been detached. */
  attach(link: SessionLink, cancelOnDisconnect: boolean): void {
    if (this.#link !== undefined) throw new Error("a session has one connection");
    this.#link = link;
    this.#cancelOnDisconnect = cancelOnDisconnect;
  }

  /** The connection that speaks for the session now. */
  get link(): SessionLink | undefined {
    return this.#link;
  }

  /** That connection is gone. False when it did not speak for the session any more. */
  detach(link: SessionLink): boolean {
    if (this.#link !== link) return false;
    this.#link = undefined;
    return true;
  }
}
