/**
 * What strategies ask in a simulated world: an order flow biased to edges.
 *
 * Quantities sit on the limits and one beside them, prices at the touch, through it, at the collar
 * and off the tick; ids are repeated with the same body and with another; cancels come before their
 * submits, twice, and for orders that never were; replaces race each other; some bodies are
 * garbage.
 *
 * Owns: the bytes of commands. Never: knows what becomes of them.
 */
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { Step } from "../../protocols/kernel/grid.ts";
import type { AccountId, InstrumentId, VenueId } from "../../protocols/kernel/ids.ts";
import { allOrders, commandSubject } from "../../protocols/kernel/subjects.ts";
import type { CommandVerb } from "../../protocols/kernel/subjects.ts";
import type { Market } from "./market.ts";
import type { Prng } from "./prng.ts";
import { instruments, orderQty_lots_max, position_lots_max } from "./reference.ts";

/** A command to be published. */
export interface Command {
  readonly subject: string;
  readonly data: Uint8Array;
  /** How long after the others of its burst. */
  readonly delay_us: number;
}

/** A source of commands. */
export interface Workload {
  /** What strategies do next: one command, or several that belong together. */
  readonly next: () => readonly Command[];
  /** A strategy hears of an order of its own. */
  readonly hear: (event: HeardEvent) => void;
}

/** What a strategy takes from an order event. */
export interface HeardEvent {
  readonly orderId: string;
  readonly ordStatus: string;
  readonly orderQty?: string;
  readonly cumQty?: string;
}

const openStatuses = new Set(["new", "partially_filled", "pending_cancel", "pending_replace"]);

interface Known {
  readonly account: AccountId;
  readonly strategy: string;
  readonly clOrdId: string;
  readonly submit: string;
  readonly instrument: InstrumentId;
  heard: HeardEvent | undefined;
  replaces: number;
  cancels: number;
}

const strategies = ["s1", "s2"] as const;

/** A workload of those accounts at those venues. */
export const makeWorkload = (
  prng: Prng,
  accounts: readonly AccountId[],
  venues: readonly VenueId[],
  market: Market,
): Workload => new EdgeFlow(prng, accounts, venues, market);

class EdgeFlow implements Workload {
  readonly #prng: Prng;
  readonly #accounts: readonly AccountId[];
  readonly #venues: readonly VenueId[];
  readonly #market: Market;
  readonly #known: Known[] = [];
  readonly #byId = new Map<string, Known>();
  #ids = 0;

  constructor(
    prng: Prng,
    accounts: readonly AccountId[],
    venues: readonly VenueId[],
    market: Market,
  ) {
    this.#prng = prng;
    this.#accounts = accounts;
    this.#venues = venues;
    this.#market = market;
  }

  hear(event: HeardEvent): void {
    const order = this.#byId.get(event.orderId);
    if (order !== undefined) order.heard = event;
  }

  next(): readonly Command[] {
    const roll = this.#prng.below(100);
    if (this.#known.length === 0 || roll < 30) return [this.#submit(this.#newOrder())];
    const order = this.#pick();
    if (roll < 48) return [this.#replace(order)];
    if (roll < 60) return [this.#cancel(order)];
    if (roll < 70) return this.#race(this.#newOrder());
    if (roll < 75) return this.#race(order);
    if (roll < 80) return this.#cancelFirst();
    if (roll < 85) return [this.#submit(order)];
    if (roll < 88) return [this.#conflict(order)];
    if (roll < 91) return [this.#massCancel(order)];
    if (roll < 95) return [this.#garbage(order)];
    return [this.#cancelUnknown()];
  }

  /** Changes and cancels of one order that run into each other. */
  #race(order: Known): readonly Command[] {
    const isNew = order.heard === undefined;
    const changes = [this.#replace(order), this.#cancel(order), this.#replace(order)];
    const some = changes.slice(0, this.#prng.between(1, 3));
    return isNew ? [this.#submit(order), ...some] : some;
  }

  /** Mostly an order that may be open, or one of the latest. */
  #pick(): Known {
    const prng = this.#prng;
    const open = this.#known.filter(({ heard }) => openStatuses.has(heard?.ordStatus ?? ""));
    if (open.length > 0 && prng.chance(0.75)) return prng.pick(open);
    const from = prng.chance(0.8) ? Math.max(0, this.#known.length - 8) : 0;
    return prng.pick(this.#known.slice(from));
  }

  #newOrder(): Known {
    const prng = this.#prng;
    this.#ids += 1;
    const { id, grid } = prng.pick(instruments);
    const side = prng.pick(["buy", "buy", "sell", "sell", "sell_short"] as const);
    const ordType = prng.chance(0.8) ? "limit" : "market";
    const price = this.#price(id, side === "buy");
    const body = {
      instrument: prng.chance(0.98) ? id : "NO-SUCH",
      side,
      ordType: prng.chance(0.98) ? ordType : "stop",
      orderQty: formatSteps(this.#qty_lots(), grid.lot),
      ...(ordType === "market" ? {} : { price }),
      ...(prng.chance(0.4) ? { timeInForce: prng.pick(["day", "gtc", "ioc", "fok"]) } : {}),
      ...(prng.chance(0.1) ? { execInst: ["post_only"] } : {}),
      ...(prng.chance(0.3) ? { route: this.#route() } : {}),
    };
    const order: Known = {
      account: prng.pick(this.#accounts),
      strategy: prng.pick(strategies),
      clOrdId: `c${this.#ids}`,
      submit: JSON.stringify(body),
      instrument: id,
      heard: undefined,
      replaces: 0,
      cancels: 0,
    };
    this.#known.push(order);
    this.#byId.set(`${order.account}.${order.strategy}.${order.clOrdId}`, order);
    return order;
  }

  #route(): object {
    const prng = this.#prng;
    if (prng.chance(0.2)) return { policy: "smart" };
    return { policy: "direct", venue: prng.chance(0.95) ? prng.pick(this.#venues) : "NOWHERE" };
  }

  #qty_lots(): number {
    const prng = this.#prng;
    if (prng.chance(0.6)) return prng.between(2, 20);
    return prng.pick([
      1,
      2,
      3,
      prng.between(2, 60),
      prng.between(2, 60),
      position_lots_max / 2,
      orderQty_lots_max - 1,
      orderQty_lots_max,
      orderQty_lots_max + 1,
    ]);
  }

  #price(instrument: InstrumentId, isBuy: boolean): string {
    const prng = this.#prng;
    const side = isBuy ? "buy" : "sell";
    const touch = this.#market.touch(prng.pick(this.#venues), instrument, side);
    const away = isBuy ? -1 : 1;
    const ticks = prng.pick([0, 0, 1, 2, 4, 4, 6, 6, 10, 10, 20, 48, 52, -3, -48]) * away + touch;
    const { grid } = instruments.find(({ id }) => id === instrument) ?? { grid: undefined };
    if (grid === undefined) throw new Error("the instrument is one of ours");
    const text = formatSteps(ticks, grid.tick);
    return prng.chance(0.98) ? text : `${text}1`;
  }

  #command(order: Known, verb: CommandVerb, body: string, clOrdId = order.clOrdId): Command {
    return {
      subject: commandSubject(order.account, order.strategy, clOrdId, verb),
      data: Buffer.from(body),
      delay_us: this.#prng.pick([0, 0, 10, 1_000, 20_000]),
    };
  }

  #submit(order: Known): Command {
    return this.#command(order, "submit", order.submit);
  }

  #conflict(order: Known): Command {
    const body = { ...(JSON.parse(order.submit) as object), text: "another order" };
    return this.#command(order, "submit", JSON.stringify(body));
  }

  #replace(order: Known): Command {
    const prng = this.#prng;
    if (prng.chance(0.9)) order.replaces += 1;
    const { grid } = instruments.find(({ id }) => id === order.instrument) ?? { grid: undefined };
    if (grid === undefined) throw new Error("the instrument is one of ours");
    const isBuy = order.submit.includes('"side":"buy"');
    const replaceId = `r${order.replaces}`;
    const qty = { orderQty: formatSteps(this.#newQty_lots(order, grid.lot), grid.lot) };
    const price = { price: this.#price(order.instrument, isBuy) };
    const body = prng.pick([qty, price, { ...qty, ...price }, {}]);
    return this.#command(order, "replace", JSON.stringify({ replaceId, ...body }));
  }

  /** A total around what the order has, or around what is filled of it. */
  #newQty_lots({ heard }: Known, lot: Step): number {
    const prng = this.#prng;
    const orderQty = heard?.orderQty === undefined ? undefined : toSteps(heard.orderQty, lot);
    const cumQty = heard?.cumQty === undefined ? 0 : (toSteps(heard.cumQty, lot) ?? 0);
    if (orderQty === undefined || prng.chance(0.2)) return this.#qty_lots();
    const around = [orderQty - 1, orderQty + 1, orderQty * 2, cumQty - 1, cumQty, cumQty + 1];
    return Math.max(0, prng.pick(around));
  }

  #cancel(order: Known): Command {
    const prng = this.#prng;
    if (prng.chance(0.4)) return this.#command(order, "cancel", "");
    if (prng.chance(0.8)) order.cancels += 1;
    const cancelId = `x${order.cancels}`;
    return this.#command(order, "cancel", JSON.stringify({ cancelId }));
  }

  /** A cancel that overtakes its submit, by a moment, by its whole patience, or by about that. */
  #cancelFirst(): readonly Command[] {
    const order = this.#newOrder();
    const late_us = this.#prng.pick([0, 100, 50_000, 1_400_000, 1_500_000, 1_600_000]);
    return [this.#cancel(order), { ...this.#submit(order), delay_us: late_us }];
  }

  #cancelUnknown(): Command {
    const order = this.#pick();
    this.#ids += 1;
    return this.#command(order, "cancel", "", `never${this.#ids}`);
  }

  #massCancel(order: Known): Command {
    const prng = this.#prng;
    const { instrument } = order;
    const body = prng.pick([{}, { instrument }, { side: "buy" }, { cancelId: "m1" }, { side: 7 }]);
    return this.#command(order, "cancel", JSON.stringify(body), allOrders);
  }

  #garbage(order: Known): Command {
    const prng = this.#prng;
    const verb = prng.pick(["submit", "replace", "cancel"] as const);
    const body = prng.pick([
      "not json",
      "[]",
      "null",
      '{"orderQty":1}',
      '{"replaceId":"r1","orderQty":"-1"}',
      '{"side":"buy","extra":true}',
      `{"text":"${"x".repeat(20_000)}"}`,
      "\u0000",
    ]);
    this.#ids += 1;
    const clOrdId = prng.chance(0.5) ? order.clOrdId : `g${this.#ids}`;
    return this.#command(order, verb, body, clOrdId);
  }
}
