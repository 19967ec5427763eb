/**
 * What a paper venue has said: the numbered reports of its session, and the executions among them,
 * which it keeps for longer.
 *
 * Numbering begins anew with each incarnation, and old reports can be dropped: they cannot be had
 * again under their numbers.
 *
 * Owns: numbers and what is kept of what was said. Never: makes a report.
 */
import type { VenueReport } from "../../actors/venue/venue_link.ts";
import type { SnapshotExecution } from "../../actors/venue/venue_snapshot.ts";
import type { LegClOrdId } from "../../protocols/kernel/ids.ts";

/** A report that was made. */
export interface LoggedReport {
  readonly report: VenueReport;
  /** The order that it is about, by the id that placed it. */
  readonly root: LegClOrdId | undefined;
  /** Nobody can read it, however often it is sent. */
  readonly isUnreadable: boolean;
}

interface LoggedExecution {
  readonly incarnation: number;
  readonly seq: number;
  readonly root: LegClOrdId | undefined;
  readonly report: VenueReport;
}

const executionTypes: ReadonlySet<string> = new Set(["trade", "trade_cancel", "trade_correct"]);

/** An execution that was never reported, and from when on the record tells it. */
interface SwallowedExecution {
  readonly root: LegClOrdId;
  readonly report: VenueReport;
  readonly from_ns: bigint;
}

/** The session's reports. */
export class PaperLog {
  #incarnation = 1;
  #reports: LoggedReport[] = [];
  #firstSeq = 1;
  #executions: LoggedExecution[] = [];
  #swallowed: SwallowedExecution[] = [];
  /** Orders of which an execution's report was lost or unreadable, and the record tells it. */
  readonly #recorded = new Set<LegClOrdId>();

  get incarnation(): string {
    return String(this.#incarnation);
  }

  /** Number of the oldest report that can be sent again. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  /** Number of the newest report. */
  get lastSeq(): number {
    return this.#reports.length;
  }

  /** Adds a report; gives its number. */
  add(logged: LoggedReport): number {
    this.#reports.push(logged);
    const { report, root } = logged;
    const { lastSeq: seq } = this;
    if (executionTypes.has(report.execType)) {
      this.#executions.push({ incarnation: this.#incarnation, seq, root, report });
      if (logged.isUnreadable && root !== undefined) this.#recorded.add(root);
    }
    return seq;
  }

  /** A report that can still be had. */
  get(seq: number): LoggedReport | undefined {
    return seq < this.#firstSeq ? undefined : this.#reports[seq - 1];
  }

  /** Keeps an execution that is never reported. */
  swallow(root: LegClOrdId, report: VenueReport, from_ns: bigint): void {
    this.#swallowed.push({ root, report, from_ns });
  }

  /** The executions of an order that were never reported and that the record tells by now. */
  swallowed(root: LegClOrdId, now_ns: bigint): readonly VenueReport[] {
    return this.#swallowed
      .filter((one) => one.root === root && one.from_ns <= now_ns)
      .map(({ report }) => report);
  }

  /** The executions that are kept of an order, but those of this numbering up to `afterSeq`. */
  executions(root: LegClOrdId, afterSeq: number): readonly VenueReport[] {
    return this.#executions
      .filter((one) => one.root === root)
      .filter(({ incarnation, seq }) => incarnation < this.#incarnation || seq > afterSeq)
      .map(({ report }) => report);
  }

  /** Every execution that is kept, behind a number; of an earlier numbering under 0. */
  executionsAfter(afterSeq: number): readonly SnapshotExecution[] {
    return this.#executions
      .map(({ incarnation, seq, report }) => ({
        seq: incarnation === this.#incarnation ? seq : 0,
        report,
      }))
      .filter(({ seq }) => seq > afterSeq || (seq === 0 && afterSeq === 0));
  }

  /** Reports cannot be had any more; gives those behind `durableSeq` that are lost by it. */
  drop(throughSeq: number, durableSeq: number): readonly LoggedReport[] {
    const from = Math.max(this.#firstSeq, durableSeq + 1);
    this.#firstSeq = Math.max(this.#firstSeq, throughSeq + 1);
    return this.#reports.slice(from - 1, this.#firstSeq - 1);
  }

  /** A new numbering begins; gives what is lost by it behind `durableSeq`. */
  restart(durableSeq: number): readonly LoggedReport[] {
    const lost = this.drop(this.lastSeq, durableSeq);
    this.#incarnation += 1;
    this.#reports = [];
    this.#firstSeq = 1;
    return lost;
  }

  /** Whether a lost report is of an execution, or a bust of one, that the record still tells. */
  isRecorded({ report, root }: LoggedReport): boolean {
    const isKept = this.#executions.some((one) => one.report === report);
    if (isKept && root !== undefined) this.#recorded.add(root);
    return isKept;
  }

  /** No execution can be had any more; gives the orders of which some were never heard. */
  forgetExecutions(): ReadonlySet<LegClOrdId> {
    const roots = new Set([...this.#recorded, ...this.#swallowed.map(({ root }) => root)]);
    this.#executions = [];
    this.#swallowed = [];
    return roots;
  }
}
