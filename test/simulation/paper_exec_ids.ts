/**
 * The ids that a paper venue gives to executions and to other reports.
 *
 * Some venues number executions anew in each order, others in each incarnation of the session, so
 * that an id by itself names nothing.
 *
 * Owns: which id comes next.
 */
import type { Qty_lots } from "../../protocols/kernel/grid.ts";
import type { VenueId } from "../../protocols/kernel/ids.ts";
import type { PaperOrder } from "./paper_order.ts";

/** The ids of one venue. */
export class PaperExecIds {
  readonly #venue: VenueId;
  readonly #perOrder: boolean;
  #executions = 0;
  #reports = 0;

  /** `perOrder`: execution ids begin anew with each order, else with each incarnation. */
  constructor(venue: VenueId, perOrder: boolean) {
    this.#venue = venue;
    this.#perOrder = perOrder;
  }

  /** The session began anew. */
  restart(): void {
    if (!this.#perOrder) this.#executions = 0;
  }

  /**
   * An id for an execution. One may be used again, but not in one order for a stretch of its count
   * that it had stood for: that would be the same execution told differently.
   */
  ofExecution({ fills }: PaperOrder, from_lots: Qty_lots, to_lots: Qty_lots): string {
    if (this.#perOrder) return `F${fills.length + 1}`;
    for (;;) {
      this.#executions += 1;
      const execId = `X${this.#executions}`;
      const isTaken = fills.some(
        (fill) =>
          fill.execIds.includes(execId) && from_lots < fill.to_lots && fill.from_lots < to_lots,
      );
      if (!isTaken) return execId;
    }
  }

  /** An id for a report that is no execution. */
  ofReport(): string {
    this.#reports += 1;
    return `${this.#venue}-E${this.#reports}`;
  }
}
