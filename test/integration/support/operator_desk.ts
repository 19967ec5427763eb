/**
 * An operator's desk of an integration test: asks the admin service, and hears what comes of it.
 *
 * Owns: its subscriptions on the world's connection. Never: waits without a bound.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  accountEventSubject,
  adminSubject,
  orderEventFilter,
  querySubject,
  venueEventSubject,
} from "../../../protocols/kernel/subjects.ts";
import type { FaultWorld, Strategy } from "./fault_world.ts";
import { openOrdersOf } from "./venue_truth.ts";

/** A published event. */
export interface Heard {
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What an endpoint answers. */
export interface AdminReply {
  /** Empty where it is no error. */
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const patience_ms = 60_000;

/** Waits until something holds; fails where it does not in time. */
export const eventually = async (
  what: string,
  holds: () => Promise<boolean> | boolean,
): Promise<void> => {
  const deadline_ms = Date.now() + patience_ms;
  while (!(await holds())) {
    if (Date.now() > deadline_ms) throw new Error(`not in time: ${what}`);
    await sleep(50);
  }
};

/** The desk. */
export class OperatorDesk {
  readonly heard: Heard[] = [];
  readonly #world: FaultWorld;
  readonly #strategies: readonly Strategy[];

  constructor(world: FaultWorld, strategies: readonly Strategy[] = []) {
    this.#world = world;
    this.#strategies = strategies;
    this.#listen(venueEventSubject("*" as never, "trading_state"));
    this.#listen(accountEventSubject("*" as never, "kill"));
    for (const [account, strategy] of strategies) {
      this.#listen(orderEventFilter(account, strategy));
    }
  }

  #listen(subject: string): void {
    this.#world.sender.connection.subscribe(subject, {
      callback: (_, message) => {
        this.heard.push({ subject: message.subject, body: message.json<Heard["body"]>() });
      },
    });
  }

  /** Asks an endpoint; the body may be any text. */
  async ask(endpoint: string, body: object | string): Promise<AdminReply> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const { connection } = this.#world.sender;
    const reply = await connection.request(adminSubject(endpoint), text, { timeout: 20_000 });
    const code = reply.headers?.get("Nats-Service-Error-Code") ?? "";
    return { code, body: reply.json<AdminReply["body"]>() };
  }

  /** Events in which a request changed a venue's trading state. */
  venueStates(tradingState: string, requestId: string): readonly Heard[] {
    return this.heard.filter(
      ({ body }) => body["tradingState"] === tradingState && body["requestId"] === requestId,
    );
  }

  /** Account shards that have said that their kill is done. */
  shardsDone(): ReadonlySet<unknown> {
    const done = this.heard.filter(({ body }) => body["phase"] === "done");
    return new Set(done.map(({ body }) => body["shard"]));
  }

  /** Every order that venues have ever taken, under the id that it goes by. */
  async idsAtVenues(): Promise<readonly string[]> {
    const truths = await this.#world.truths();
    return truths
      .flatMap(({ venue, orders }) =>
        orders.map(({ venueOrderId, clOrdId }) => `${venue} ${venueOrderId} ${clOrdId}`),
      )
      .toSorted();
  }

  /** How many orders are open at venues. */
  async openAtVenues(): Promise<number> {
    return (await this.#world.truths()).flatMap((truth) => openOrdersOf(truth)).length;
  }

  /** What strategies have open by the OMS's own word. */
  async openHere(): Promise<readonly unknown[]> {
    const answers = await Promise.all(
      this.#strategies.map(([account, strategy]) =>
        this.#world.sender.ask(querySubject(account, strategy, "orders")),
      ),
    );
    return answers.flatMap((answer) => (answer as { readonly orders: readonly unknown[] }).orders);
  }
}
