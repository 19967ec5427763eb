/**
 * A naive world around one order: a venue that keeps its own truth, and a post that repeats and
 * reorders its reports. Written from the venue's side, without a line of the order model.
 *
 * Owns: what is true at the venue, and what is still under way.
 */
import type { VenueRequest } from "../../../actors/order/order_decision.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { LegExecType, LegReport } from "../../../protocols/venue.ts";
import { orderId, venue } from "./order_bench.ts";

/** A seeded source of chance (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  pick<A>(choices: readonly A[]): A {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error("nothing to pick from");
    return choice;
  }
}

/** What may go wrong on the way. */
export interface Post {
  readonly repeats: boolean;
  readonly reorders: boolean;
}

interface Held {
  clOrdId: LegClOrdId;
  qty: number;
  price: number | undefined;
  cum: number;
  alive: boolean;
  end: LegExecType | undefined;
}

type Fields = Partial<LegReport> & { readonly clOrdId: LegClOrdId };

/** The venue and the post. */
export class OrderWorld {
  readonly #chance: Chance;
  readonly #post: Post;
  #requests: VenueRequest[] = [];
  #reports: LegReport[] = [];
  #seq = 0;
  placed = 0;
  /** The one order that this venue may ever hold. */
  held: Held | undefined;

  constructor(chance: Chance, post: Post) {
    this.#chance = chance;
    this.#post = post;
  }

  /** Requests that left and have not arrived. */
  get requested(): readonly VenueRequest[] {
    return this.#requests;
  }

  get quiet(): boolean {
    return this.#requests.length === 0 && this.#reports.length === 0;
  }

  /** The most that may still be executed beyond what was booked. */
  most(booked: number): number {
    let open = this.held?.alive === true ? this.held.qty : (this.held?.cum ?? 0);
    for (const { command } of this.#requests) {
      if (command.kind === "place") open = Math.max(open, command.orderQty_lots);
      if (command.kind === "replace" && this.held?.alive !== false) {
        open = Math.max(open, command.orderQty_lots);
      }
    }
    return Math.max(0, open - booked);
  }

  send(requests: readonly VenueRequest[]): void {
    this.#requests.push(...requests);
  }

  /** The venue takes the oldest request. */
  arrive(): void {
    const command = this.#requests.shift()?.command;
    if (command === undefined) return;
    const { clOrdId } = command;
    if (command.kind !== "query" && this.#chance.next() < 0.1) {
      this.#say("in_doubt", { clOrdId });
    }
    if (command.kind === "place") {
      this.placed += 1;
      const fate = this.#chance.next();
      if (fate < 0.1) return this.#refuse(clOrdId, command.orderQty_lots, "not_sent");
      if (fate < 0.2) return this.#refuse(clOrdId, command.orderQty_lots, "rejected");
      const price = command.price_ticks;
      const qty = command.orderQty_lots;
      this.held = { clOrdId, qty, price, cum: 0, alive: true, end: undefined };
      this.#say("new", { clOrdId, venueOrderId: "v1" });
    } else if (command.kind === "replace") {
      this.#replace(clOrdId, command.orderQty_lots, command.price_ticks);
    } else if (command.kind === "cancel") {
      this.#cancel(clOrdId);
    } else {
      this.tellStatus();
    }
  }

  /** Something of its own: a fill, or rarely an end. */
  stir(): void {
    const { held } = this;
    if (held === undefined || !held.alive) return;
    const fate = this.#chance.next();
    if (fate < 0.04) return this.#end("canceled", held.clOrdId);
    if (fate < 0.08) return this.#end("expired", held.clOrdId);
    const lastQty_lots = 1 + this.#chance.below(held.qty - held.cum);
    held.cum += lastQty_lots;
    if (held.cum === held.qty) held.alive = false;
    // Ids come again after a while, as at real venues.
    const execId = `x${this.#seq % 3}`;
    this.#say("trade", { clOrdId: held.clOrdId, lastQty_lots, lastPx_ticks: 200, execId });
  }

  /** The next report out of the post. */
  deliver(): LegReport | undefined {
    const last = this.#reports.length - 1;
    const index = this.#post.reorders ? this.#chance.below(Math.min(4, last + 1)) : 0;
    return this.#reports.splice(index, 1)[0];
  }

  /** What a query by id finds. */
  tellStatus(): void {
    const { held } = this;
    if (held === undefined) return;
    if (held.alive) this.#say("new", { clOrdId: held.clOrdId, venueOrderId: "v1" });
    else if (held.end !== undefined) this.#say(held.end, { clOrdId: held.clOrdId });
  }

  #refuse(clOrdId: LegClOrdId, qty: number, end: LegExecType): void {
    this.held = { clOrdId, qty, price: undefined, cum: 0, alive: false, end };
    this.#say(end, { clOrdId });
  }

  #replace(clOrdId: LegClOrdId, qty: number, price: number | undefined): void {
    const { held } = this;
    const fate = this.#chance.next();
    if (fate < 0.1) return this.#say("not_sent", { clOrdId });
    if (held === undefined || !held.alive || fate < 0.3) {
      return this.#say("replace_rejected", { clOrdId });
    }
    held.clOrdId = clOrdId;
    held.qty = Math.max(qty, held.cum);
    held.price = price;
    if (held.cum === held.qty) held.alive = false;
    const terms = price === undefined ? {} : { price_ticks: price };
    this.#say("replaced", { clOrdId, orderQty_lots: held.qty, ...terms });
  }

  #cancel(clOrdId: LegClOrdId): void {
    const fate = this.#chance.next();
    if (fate < 0.1) return this.#say("not_sent", { clOrdId });
    if (this.held?.alive === true && fate < 0.7) return this.#end("canceled", clOrdId);
    const code = this.#chance.next() < 0.3 ? ({ code: "ORDER_UNKNOWN" } as const) : {};
    this.#say("cancel_rejected", { clOrdId, ...code });
  }

  #end(end: LegExecType, clOrdId: LegClOrdId): void {
    if (this.held === undefined) return;
    this.held.alive = false;
    this.held.end = end;
    this.#say(end, { clOrdId });
  }

  #say(execType: LegExecType, fields: Fields): void {
    this.#seq += 1;
    const report: LegReport = {
      kind: "report",
      venue,
      orderId,
      execType,
      execId: `x${this.#seq}`,
      cumQty_lots: this.held?.cum ?? 0,
      tsEvent: String(this.#seq) as Nanos,
      ...fields,
    };
    const copies = this.#post.repeats && this.#chance.next() < 0.2 ? 3 : 1;
    for (let copy = 0; copy < copies; copy += 1) this.#reports.push(report);
  }
}
