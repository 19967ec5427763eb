/**
 * Every report of one session, numbered from 1, encoded once, in memory.
 *
 * Owns: the session's sequence numbers.
 * Never: forgets silently. Beyond its capacity the oldest reports go, and `firstSeq` tells.
 */
import { encodeSimLine } from "../../protocols/sim_wire.ts";
import type { SimReport } from "../../protocols/sim_wire.ts";
import type { UnnumberedReport } from "./venue_order.ts";

/** A bounded, append-only log of encoded reports. */
export class ReportLog {
  readonly #capacity: number;
  readonly #past: SimReport[] = [];
  #lines: string[] = [];
  #head = 0;
  #lastSeq = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Number of the newest report; 0 when there is none. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Number of the oldest report still kept; `lastSeq + 1` when there is none. */
  get firstSeq(): number {
    return this.#lastSeq - (this.#lines.length - this.#head) + 1;
  }

  /** Numbers and keeps a report; gives it and its line. */
  append(report: UnnumberedReport): { readonly report: SimReport; readonly line: string } {
    this.#lastSeq += 1;
    const numbered = { type: "report", seq: this.#lastSeq, ...report } as const;
    const line = encodeSimLine(numbered);
    this.#lines.push(line);
    if (this.#lines.length - this.#head > this.#capacity) {
      this.#lines[this.#head] = "";
      this.#head += 1;
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    return { report: numbered, line };
  }

  /** Keeps a report of an earlier numbering: it has no number any more, and stands for itself. */
  keepPast(report: SimReport): void {
    this.#past.push({ ...report, seq: 0, possDup: true });
  }

  /** Reports of earlier numberings, oldest first. */
  get past(): readonly SimReport[] {
    return this.#past;
  }

  /** The line of a report, marked as a possible duplicate. Undefined when it is not kept. */
  repeat(seq: number): string | undefined {
    if (seq < this.firstSeq || seq > this.#lastSeq) return undefined;
    const line = this.#lines[this.#head + seq - this.firstSeq];
    return line && `${line.slice(0, -2)},"possDup":true}\n`;
  }

  /** The line of a report as it was first sent. Undefined when it is not kept. */
  line(seq: number): string | undefined {
    if (seq < this.firstSeq || seq > this.#lastSeq) return undefined;
    return this.#lines[this.#head + seq - this.firstSeq];
  }
}
