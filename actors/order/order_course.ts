/**
 * A decision of several steps, each of which builds on the state after the one before.
 *
 * Owns: the draft of such a decision. A decision of one step needs none.
 */
import type { OrderEvent, OrderState } from "../../protocols/order.ts";
import type { Incident, OrderDecision, VenueRequest } from "./order_decision.ts";
import { evolve } from "./order_evolve.ts";

/** A decision in the making. */
export class Course {
  /** After all events so far. */
  state: OrderState;
  readonly #events: OrderEvent[] = [];
  readonly #requests: VenueRequest[] = [];
  readonly #incidents: Incident[] = [];

  constructor(state: OrderState) {
    this.state = state;
  }

  /** States a fact. */
  emit(event: OrderEvent): void {
    this.#events.push(event);
    this.state = evolve(this.state, event);
  }

  /** Asks a venue. */
  send(request: VenueRequest): void {
    this.#requests.push(request);
  }

  /** Raises an alarm. */
  raise(...incidents: readonly Incident[]): void {
    this.#incidents.push(...incidents);
  }

  /** Takes the steps of another decision. */
  follow({ events, requests, incidents }: OrderDecision): void {
    for (const event of events) this.emit(event);
    this.#requests.push(...requests);
    this.#incidents.push(...incidents);
  }

  /** All of it. */
  get decision(): OrderDecision {
    return { events: this.#events, requests: this.#requests, incidents: this.#incidents };
  }
}
