/**
 * A naive world around one order: a venue that keeps its own truth, and a post that repeats and
 * reorders its reports. Written from the venue's side, without a line of the order model.
 *
 * Owns: what is true at the venue, and what is still under way.
 */
import assert from "node:assert/strict";
import type { VenueRequest } from "../../../actors/order/order_decision.ts";
import type { LegClOrdId } from "../../../protocols/kernel/ids.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { LegExecType, LegReport, VenueCommand } from "../../../protocols/venue.ts";
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
  /** The venue takes executions back and corrects them; then no execution id comes twice. */
  readonly amends?: boolean;
  /** How the venue changes an order. */
  readonly how?: "native" | "cancel_replace";
  /** The order is an iceberg that shows so much. */
  readonly shown_lots?: number;
  /** An end may leave out of its count a fill that is reported only after it. */
  readonly late?: boolean;
}

/** One execution as it counts at the venue. */
interface Execution {
  execId: string;
  qty: number;
  px: number;
}

/** One order at the venue. */
export interface Held {
  readonly ids: Set<LegClOrdId>;
  clOrdId: LegClOrdId;
  qty: number;
  price: number | undefined;
  cum: number;
  alive: boolean;
  end: LegExecType | undefined;
  readonly executions: Execution[];
}

type Fields = Partial<LegReport> & { readonly clOrdId: LegClOrdId };

/** The venue and the post. */
export class OrderWorld {
  readonly #chance: Chance;
  readonly #post: Post;
  #requests: VenueRequest[] = [];
  #reports: LegReport[] = [];
  #seq = 0;
  /** Largest total that was ever asked for. */
  #asked = 0;
  /** What this venue holds, oldest first: one order, or one after the other. */
  readonly orders: Held[] = [];

  constructor(chance: Chance, post: Post) {
    this.#chance = chance;
    this.#post = post;
  }

  get quiet(): boolean {
    return this.#requests.length === 0 && this.#reports.length === 0;
  }

  /** The last order. */
  get held(): Held | undefined {
    return this.orders.at(-1);
  }

  /** All that was executed. */
  get cum(): number {
    return this.orders.reduce((sum, { cum }) => sum + cum, 0);
  }

  /** All that was paid, in ticks × lots. */
  get value(): number {
    const executions = this.orders.flatMap((order) => order.executions);
    return executions.reduce((sum, { qty, px }) => sum + qty * px, 0);
  }

  /** The most that may still be executed beyond what was booked. */
  most(booked: number): number {
    let open = 0;
    for (const order of this.orders) {
      let most = order.alive ? order.qty : order.cum;
      for (const { command } of this.#requests) {
        if (command.kind !== "replace" || !order.alive) continue;
        if (order.ids.has(command.origClOrdId)) most = Math.max(most, command.orderQty_lots);
      }
      open += most;
    }
    for (const { command } of this.#requests) {
      if (command.kind === "place") open += command.orderQty_lots;
    }
    return Math.max(0, open - booked);
  }

  /** What was asked for in all is the most that may ever be executed. */
  asked(total: number): void {
    this.#asked = Math.max(this.#asked, total);
  }

  send(requests: readonly VenueRequest[]): void {
    this.#requests.push(...requests);
    if (this.#post.late === true) return;
    assert.ok(this.most(0) <= this.#asked, `${this.most(0)} lots may fill of ${this.#asked}`);
  }

  /** The venue takes the oldest request. */
  arrive(): void {
    const command = this.#requests.shift()?.command;
    if (command === undefined) return;
    const { clOrdId } = command;
    if (command.kind !== "query" && this.#chance.next() < 0.1) {
      this.#say(undefined, "in_doubt", { clOrdId });
    }
    if (command.kind === "place") this.#place(command);
    else if (command.kind === "replace") this.#replace(command);
    else if (command.kind === "cancel") this.#cancel(command);
    else this.tellStatus();
  }

  /** Something of its own: a fill, or rarely an end or an amendment. */
  stir(): void {
    const fate = this.#chance.next();
    if (this.#post.amends === true && fate < 0.15) return this.#amend();
    const { held } = this;
    if (held === undefined || !held.alive) return;
    if (fate > 0.96) return this.#end(held, "canceled", held.clOrdId);
    if (fate > 0.92) return this.#end(held, "expired", held.clOrdId);
    this.#fill(held);
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
    const { clOrdId, alive, end } = held;
    if (alive) this.#say(held, "new", { clOrdId, venueOrderId: `v${this.orders.length}` });
    else if (end !== undefined) this.#say(held, end, { clOrdId });
  }

  #place({ clOrdId, orderQty_lots, price_ticks }: Extract<VenueCommand, { kind: "place" }>): void {
    assert.ok(!this.orders.some(({ alive }) => alive), "one leg is live at a time");
    const order: Held = {
      ids: new Set([clOrdId]),
      clOrdId,
      qty: orderQty_lots,
      price: price_ticks,
      cum: 0,
      alive: true,
      end: undefined,
      executions: [],
    };
    this.orders.push(order);
    const fate = this.#chance.next();
    if (fate < 0.1) return this.#end(order, "not_sent", clOrdId);
    if (fate < 0.2) return this.#end(order, "rejected", clOrdId);
    this.#say(order, "new", { clOrdId, venueOrderId: `v${this.orders.length}` });
  }

  #fill(held: Held): void {
    const lastQty_lots = 1 + this.#chance.below(held.qty - held.cum);
    held.cum += lastQty_lots;
    if (held.cum === held.qty) held.alive = false;
    // Ids come again after a while, as at real venues.
    const execId = this.#post.amends === true ? `t${this.#seq}` : `x${this.#seq % 3}`;
    const lastPx_ticks = 200 - this.#chance.below(3);
    held.executions.push({ execId, qty: lastQty_lots, px: lastPx_ticks });
    this.#say(held, "trade", { clOrdId: held.clOrdId, lastQty_lots, lastPx_ticks, execId });
  }

  /** Takes an execution back, or corrects it down; what that frees works again, or does not. */
  #amend(): void {
    const held = this.orders[this.#chance.below(this.orders.length)];
    const standing = held?.executions.filter(({ qty }) => qty > 0) ?? [];
    if (held === undefined || standing.length === 0) return;
    const execution = this.#chance.pick(standing);
    const left = this.#chance.next() < 0.6 ? 0 : this.#chance.below(execution.qty);
    const freed = execution.qty - left;
    const wasFilled = !held.alive && held.end === undefined;
    execution.qty = left;
    if (left > 0) execution.px -= 1;
    held.cum -= freed;
    const isBack = this.#chance.next() < 0.6 && held === this.held;
    // A leg that filled may be followed by another one already: then it must not come back.
    if (wasFilled && isBack && this.#post.how !== "cancel_replace") held.alive = true;
    else if (wasFilled && held === this.held) held.end = "canceled";
    else if (held.alive && !isBack) held.qty -= freed;
    if (held.alive && held.qty === held.cum) held.alive = false;
    this.#say(held, left === 0 ? "trade_cancel" : "trade_correct", {
      clOrdId: held.clOrdId,
      refExecId: execution.execId,
      leavesQty_lots: held.alive ? held.qty - held.cum : 0,
      ...(left === 0 ? {} : { lastQty_lots: left, lastPx_ticks: execution.px }),
    });
  }

  #of(origClOrdId: LegClOrdId): Held | undefined {
    return this.orders.find(({ ids }) => ids.has(origClOrdId));
  }

  #replace(command: Extract<VenueCommand, { kind: "replace" }>): void {
    const { clOrdId, orderQty_lots, price_ticks } = command;
    const held = this.#of(command.origClOrdId);
    const fate = this.#chance.next();
    if (fate < 0.1) return this.#say(held, "not_sent", { clOrdId });
    if (held === undefined || !held.alive || fate < 0.3) {
      return this.#say(held, "replace_rejected", { clOrdId });
    }
    held.ids.add(clOrdId);
    held.clOrdId = clOrdId;
    held.qty = Math.max(orderQty_lots, held.cum);
    held.price = price_ticks;
    if (held.cum === held.qty) held.alive = false;
    const terms = price_ticks === undefined ? {} : { price_ticks };
    this.#say(held, "replaced", { clOrdId, orderQty_lots: held.qty, ...terms });
  }

  #cancel({ clOrdId, origClOrdId }: Extract<VenueCommand, { kind: "cancel" }>): void {
    const held = this.#of(origClOrdId);
    const fate = this.#chance.next();
    if (fate < 0.1) return this.#say(held, "not_sent", { clOrdId });
    if (held?.alive === true && fate < 0.7) return this.#end(held, "canceled", clOrdId);
    const code = this.#chance.next() < 0.3 ? ({ code: "ORDER_UNKNOWN" } as const) : {};
    this.#say(held, "cancel_rejected", { clOrdId, ...code });
  }

  #end(held: Held, end: LegExecType, clOrdId: LegClOrdId): void {
    held.alive = false;
    held.end = end;
    const isLate = this.#post.late === true && held.qty > held.cum && this.#chance.next() < 0.3;
    this.#say(held, end, { clOrdId });
    if (isLate && (end === "canceled" || end === "expired")) {
      this.#fill(held);
      held.end = held.cum === held.qty ? undefined : end;
    }
  }

  #say(held: Held | undefined, execType: LegExecType, fields: Fields): void {
    this.#seq += 1;
    const report: LegReport = {
      kind: "report",
      venue,
      orderId,
      execType,
      execId: `x${this.#seq}`,
      cumQty_lots: held?.cum ?? 0,
      tsEvent: String(this.#seq) as Nanos,
      ...fields,
    };
    const copies = this.#post.repeats && this.#chance.next() < 0.2 ? 3 : 1;
    for (let copy = 0; copy < copies; copy += 1) this.#reports.push(report);
  }
}
