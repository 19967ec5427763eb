/**
 * What happens to live reports between the session's log and the wire: some come twice, some never,
 * some in another order, some late. The log keeps them all; a logon sends them again.
 *
 * Owns: the reports that wait here for one connection.
 * Never: changes a report, touches an answer to a query.
 */
import type { SimExecType } from "../../protocols/sim_wire.ts";
import type { VenueConditions } from "./conditions.ts";
import type { VenueClock } from "./venue_clock.ts";

/** A report that changes places with the next one goes alone when none comes for this long. */
const swapWait_ns = 50_000_000;

/** The way of one connection's live reports. */
export class ReportLane {
  readonly #clock: VenueClock;
  readonly #conditions: VenueConditions;
  readonly #deliver: (line: string) => void;
  #late: string[] = [];
  #cancelLate: (() => void) | undefined;
  #swapped: string | undefined;
  #cancelSwap = (): void => {};

  constructor(clock: VenueClock, conditions: VenueConditions, deliver: (line: string) => void) {
    this.#clock = clock;
    this.#conditions = conditions;
    this.#deliver = deliver;
  }

  /** Takes a report, delivers it now, later, twice or never. */
  push(line: string, execType: SimExecType): void {
    const { reports, late } = this.#conditions.faults;
    if (this.#cancelLate === undefined) {
      if (late !== undefined && this.#conditions.happens("late_report", late.report)) {
        this.#cancelLate = this.#clock.schedule(late.delay_ms * 1_000_000, () => this.#letGo());
      }
    }
    if (this.#cancelLate !== undefined) {
      this.#late.push(line);
      return;
    }
    if (this.#conditions.losesReport(execType)) return;
    const before = this.#takeSwapped();
    if (before === undefined && this.#conditions.happens("reordered", reports?.reorder)) {
      this.#swapped = line;
      this.#cancelSwap = this.#clock.schedule(swapWait_ns, () => {
        const alone = this.#takeSwapped();
        if (alone !== undefined) this.#deliver(alone);
      });
      return;
    }
    this.#deliver(line);
    if (this.#conditions.happens("duplicated", reports?.duplicate)) this.#deliver(line);
    if (before !== undefined) this.#deliver(before);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#cancelLate?.();
    this.#cancelLate = undefined;
    this.#late = [];
    this.#takeSwapped();
  }

  #letGo(): void {
    this.#cancelLate = undefined;
    const lines = this.#late;
    this.#late = [];
    for (const line of lines) this.#deliver(line);
  }

  #takeSwapped(): string | undefined {
    const line = this.#swapped;
    this.#swapped = undefined;
    this.#cancelSwap();
    return line;
  }
}
