/**
 * Makes the venue's own ids of orders and executions.
 *
 * With the incarnation in them a restarted venue repeats none. A venue that reuses its ids leaves
 * it out and begins at 1 again after every restart: such venues exist, and a client must survive
 * them.
 *
 * Owns: the two counters.
 */

/** Numbers orders and executions. */
export class IdMaker {
  readonly #prefix: string;
  #orders = 0;
  #executions = 0;

  constructor(venue: string, incarnation: string, areReused: boolean) {
    this.#prefix = areReused ? venue : `${venue}-${incarnation}`;
  }

  /** The next order's id. */
  orderId(): string {
    this.#orders += 1;
    return `${this.#prefix}-O${this.#orders}`;
  }

  /** The next execution's id; every report has one. */
  execId(): string {
    this.#executions += 1;
    return `${this.#prefix}-E${this.#executions}`;
  }

  /** Goes on behind these numbers: the venue continues where it was. */
  continueFrom(orders: number, executions: number): void {
    this.#orders = orders;
    this.#executions = executions;
  }

  /** How many ids were made: of orders, of executions. */
  get made(): { readonly orders: number; readonly executions: number } {
    return { orders: this.#orders, executions: this.#executions };
  }
}
