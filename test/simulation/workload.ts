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
import type { Instrument } from "../../protocols/instrument.ts";
import { formatSteps, toSteps } from "../../protocols/kernel/grid.ts";
import type { Step } from "../../protocols/kernel/grid.ts";
import type { AccountId, VenueId } from "../../protocols/kernel/ids.ts";
import { allOrders, commandSubject } from "../../protocols/kernel/subjects.ts";
import type { CommandVerb } from "../../protocols/kernel/subjects.ts";
import type { Side } from "../../protocols/venue.ts";
import type { Market } from "./market.ts";
import type { Prng } from "./prng.ts";
import { instruments } from "./reference.ts";
import { groupBody } from "./workload_groups.ts";
import { anyPrice, anyQty_lots, orderBody } from "./workload_orders.ts";
import type { OrderIdea } from "./workload_orders.ts";

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
  /** It hears of a position of its account. */
  readonly hearPosition: (event: HeardPosition) => void;
}

/** What a strategy takes from an order event. */
export interface HeardEvent {
  readonly orderId: string;
  readonly ordStatus: string;
  readonly orderQty?: string;
  readonly cumQty?: string;
}

/** What a strategy takes from a position event. */
export interface HeardPosition {
  readonly account: string;
  readonly instrument: string;
  readonly netQty: string;
}

const openStatuses = new Set(["new", "partially_filled", "pending_cancel", "pending_replace"]);

interface Known {
  readonly account: AccountId;
  readonly strategy: string;
  readonly clOrdId: string;
  readonly submit: string;
  readonly instrument: Instrument;
  heard: HeardEvent | undefined;
  replaces: number;
  cancels: number;
}

const strategies = ["s1", "s2"] as const;

/** More replaces at once than an order may have on their way. */
const storm = 11;

/** How many of the new orders are bound to others, where strategies do that. */
const bound_share = 0.35;

/**
 * A workload of those accounts at those venues.
 *
 * @param groups where strategies bind orders to each other: the chances of that
 */
export const makeWorkload = (
  prng: Prng,
  accounts: readonly AccountId[],
  venues: readonly VenueId[],
  market: Market,
  now_ns: () => bigint,
  groups?: Prng,
): Workload => new EdgeFlow(prng, accounts, venues, market, now_ns, groups);

interface Action {
  readonly weight: number;
  /** A new order, or (mostly) one that is known. */
  readonly on: "new" | "known";
  readonly run: (flow: EdgeFlow, order: Known) => readonly Command[];
}

class EdgeFlow implements Workload {
  readonly #prng: Prng;
  readonly #accounts: readonly AccountId[];
  readonly #venues: readonly VenueId[];
  readonly #market: Market;
  readonly #known: Known[] = [];
  readonly #byId = new Map<string, Known>();
  readonly #positions = new Map<string, number>();
  readonly #now_ns: () => bigint;
  readonly #groups: Prng | undefined;
  #ids = 0;

  constructor(
    prng: Prng,
    accounts: readonly AccountId[],
    venues: readonly VenueId[],
    market: Market,
    now_ns: () => bigint,
    groups: Prng | undefined,
  ) {
    this.#groups = groups;
    this.#now_ns = now_ns;
    this.#prng = prng;
    this.#accounts = accounts;
    this.#venues = venues;
    this.#market = market;
  }

  hear(event: HeardEvent): void {
    const order = this.#byId.get(event.orderId);
    if (order !== undefined) order.heard = event;
  }

  hearPosition({ account, instrument, netQty }: HeardPosition): void {
    const grid = instruments.find(({ id }) => id === instrument)?.grid;
    const lots = grid === undefined ? undefined : toSteps(netQty, grid.lot);
    if (lots !== undefined) this.#positions.set(`${account}.${instrument}`, lots);
  }

  next(): readonly Command[] {
    const isFirst = this.#known.length === 0;
    let roll = this.#prng.below(allWeights);
    const action = actions.find(({ weight }) => (roll -= weight) < 0);
    if (action === undefined) throw new Error("the weights add up");
    if (isFirst) return [this.submit(this.newOrder())];
    return action.run(this, action.on === "new" ? this.newOrder() : this.#pick());
  }

  /** Changes and cancels of one order that run into each other. */
  race(order: Known): readonly Command[] {
    const isNew = order.heard === undefined;
    const changes = [this.replace(order), this.cancel(order), this.replace(order)];
    const some = changes.slice(0, this.#prng.between(1, 3));
    return isNew ? [this.submit(order), ...some] : some;
  }

  /** Mostly an order that may be open, or one of the latest. */
  #pick(): Known {
    const prng = this.#prng;
    const open = this.#known.filter(({ heard }) => openStatuses.has(heard?.ordStatus ?? ""));
    if (open.length > 0 && prng.chance(0.75)) return prng.pick(open);
    const from = prng.chance(0.8) ? Math.max(0, this.#known.length - 8) : 0;
    return prng.pick(this.#known.slice(from));
  }

  newOrder(): Known {
    const groups = this.#groups;
    const isBound = groups?.chance(bound_share) === true;
    const prng = isBound ? groups : this.#prng;
    const instrument = prng.pick(instruments);
    const account = prng.pick(this.#accounts);
    const side = prng.pick(["buy", "buy", "sell", "sell", "sell_short"] as const);
    const strategy = prng.pick(strategies);
    const idea = this.#idea(account, instrument, side, prng);
    const of = { account, strategy, instrument };
    const clOrdId = this.#nextId();
    if (!isBound) return this.#know(of, clOrdId, orderBody(idea));
    const { submit, bound } = groupBody(idea, () => this.#nextId());
    const first = this.#know(of, clOrdId, submit);
    // Alone they would be other orders under the same ids.
    for (const one of bound)
      this.#know(of, one.clOrdId, { instrument: instrument.id, ...one.body });
    return first;
  }

  #nextId(): string {
    this.#ids += 1;
    return `c${this.#ids}`;
  }

  #know(
    of: Pick<Known, "account" | "strategy" | "instrument">,
    clOrdId: string,
    body: object,
  ): Known {
    const submit = JSON.stringify(body);
    const order = { ...of, clOrdId, submit, heard: undefined, replaces: 0, cancels: 0 };
    this.#known.push(order);
    this.#byId.set(`${of.account}.${of.strategy}.${clOrdId}`, order);
    return order;
  }

  #idea(
    account: AccountId,
    instrument: Instrument,
    side: Side,
    prng: Prng = this.#prng,
  ): OrderIdea {
    return {
      prng,
      market: this.#market,
      venues: this.#venues,
      instrument,
      side,
      netQty_lots: this.#positions.get(`${account}.${instrument.id}`) ?? 0,
      now_ns: this.#now_ns(),
    };
  }

  #command(order: Known, verb: CommandVerb, body: string, clOrdId = order.clOrdId): Command {
    return {
      subject: commandSubject(order.account, order.strategy, clOrdId, verb),
      data: Buffer.from(body),
      delay_us: this.#prng.pick([0, 0, 10, 1_000, 20_000]),
    };
  }

  submit(order: Known): Command {
    return this.#command(order, "submit", order.submit);
  }

  conflict(order: Known): Command {
    const body = { ...(JSON.parse(order.submit) as object), text: "another order" };
    return this.#command(order, "submit", JSON.stringify(body));
  }

  replace(order: Known): Command {
    const prng = this.#prng;
    if (prng.chance(0.9)) order.replaces += 1;
    const { account, instrument } = order;
    const { lot } = instrument.grid;
    const side = order.submit.includes('"side":"buy"') ? "buy" : "sell";
    const idea = this.#idea(account, instrument, side);
    const qty = { orderQty: formatSteps(this.#newQty_lots(order, lot), lot) };
    const price = { price: anyPrice(idea) };
    const stop = { stopPx: anyPrice(idea) };
    // Not that of an order that is bound to it.
    const hasStop = order.submit.split('"contingency"')[0]?.includes('"stopPx"') === true;
    const isWorked = order.submit.includes('"algo"');
    const pause = isWorked ? { suspended: prng.chance(0.5) } : {};
    const body = prng.pick([qty, price, { ...qty, ...price }, hasStop ? stop : pause]);
    return this.#command(
      order,
      "replace",
      JSON.stringify({ replaceId: `r${order.replaces}`, ...body }),
    );
  }

  /** A total around what the order has, or around what is filled of it. */
  #newQty_lots({ heard }: Known, lot: Step): number {
    const prng = this.#prng;
    const orderQty = heard?.orderQty === undefined ? undefined : toSteps(heard.orderQty, lot);
    const cumQty = heard?.cumQty === undefined ? 0 : (toSteps(heard.cumQty, lot) ?? 0);
    if (orderQty === undefined || prng.chance(0.2)) return anyQty_lots(this.#prng);
    const around = [orderQty - 1, orderQty + 1, orderQty * 2, cumQty - 1, cumQty, cumQty + 1];
    return Math.max(0, prng.pick(around));
  }

  cancel(order: Known): Command {
    const prng = this.#prng;
    if (prng.chance(0.4)) return this.#command(order, "cancel", "");
    if (prng.chance(0.8)) order.cancels += 1;
    const cancelId = `x${order.cancels}`;
    return this.#command(order, "cancel", JSON.stringify({ cancelId }));
  }

  /** A cancel that overtakes its submit, by a moment, by its whole patience, or by about that. */
  cancelFirst(order: Known): readonly Command[] {
    const late_us = this.#prng.pick([0, 100, 50_000, 1_400_000, 1_500_000, 1_600_000]);
    return [this.cancel(order), { ...this.submit(order), delay_us: late_us }];
  }

  cancelUnknown(order: Known): Command {
    this.#ids += 1;
    return this.#command(order, "cancel", "", `never${this.#ids}`);
  }

  massCancel(order: Known): Command {
    const prng = this.#prng;
    const instrument = order.instrument.id;
    const body = prng.pick([{}, { instrument }, { side: "buy" }, { cancelId: "m1" }, { side: 7 }]);
    return this.#command(order, "cancel", JSON.stringify(body), allOrders);
  }

  garbage(order: Known): Command {
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

  /** Replaces without waiting for an answer, beyond the limit. */
  storm(order: Known): readonly Command[] {
    return Array.from({ length: storm }, () => this.replace(order));
  }
}

/** What strategies do, one action a line. One that is new is another line. */
const actions: readonly Action[] = [
  { weight: 32, on: "new", run: (flow, order) => [flow.submit(order)] },
  { weight: 17, on: "known", run: (flow, order) => [flow.replace(order)] },
  { weight: 11, on: "known", run: (flow, order) => [flow.cancel(order)] },
  { weight: 10, on: "new", run: (flow, order) => flow.race(order) },
  { weight: 5, on: "known", run: (flow, order) => flow.race(order) },
  { weight: 1, on: "known", run: (flow, order) => flow.storm(order) },
  { weight: 5, on: "new", run: (flow, order) => flow.cancelFirst(order) },
  { weight: 5, on: "known", run: (flow, order) => [flow.submit(order)] },
  { weight: 2, on: "known", run: (flow, order) => [flow.conflict(order)] },
  { weight: 3, on: "known", run: (flow, order) => [flow.massCancel(order)] },
  { weight: 4, on: "known", run: (flow, order) => [flow.garbage(order)] },
  { weight: 5, on: "known", run: (flow, order) => [flow.cancelUnknown(order)] },
];

const allWeights = actions.reduce((sum, { weight }) => sum + weight, 0);
