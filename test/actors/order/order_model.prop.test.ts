/**
 * Random interleavings of commands, a venue's doings and reports, against what the venue knows.
 * A failure names its seed, and a seed gives the same life again.
 */
import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import { hasEnded } from "../../../protocols/ord_status.ts";
import { OrderBench, limit10 } from "./order_bench.ts";
import type { Outcome } from "./order_bench.ts";
import { Chance, OrderWorld } from "./order_world.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import type { Post } from "./order_world.ts";

const steps = 60;
const seeds = 1_000;
const icebergSeeds = 300;

/** One run: the order, its world, and the naive books about both. */
class Run {
  readonly bench: OrderBench;
  readonly chance: Chance;
  readonly world: OrderWorld;
  /** Distinct executions delivered, by their leg, id and count: what counts of each. */
  readonly ledger = new Map<string, { qty: number; px: number }>();
  /** Commands sent, by id. */
  readonly asked = new Map<string, number>();
  readonly #amends = new Set<string>();
  #version = 0;

  readonly #post: Post;

  constructor(seed: number, post: Post) {
    this.#post = post;
    this.bench = new OrderBench(post.how, post.shown_lots);
    this.chance = new Chance(seed);
    this.world = new OrderWorld(this.chance, post);
  }

  step(): void {
    const dice = this.chance.below(20);
    if (dice < 2) this.command("submit", this.submit());
    else if (dice < 4) this.replace();
    else if (dice < 6) this.cancel();
    else if (dice === 6) this.take(this.bench.timeout());
    else if (dice < 10) this.world.arrive();
    else if (dice < 13) this.world.stir();
    else this.deliver();
  }

  /** Everything that is under way comes in, and what stayed in doubt is asked about. */
  settle(): void {
    this.take(this.bench.timeout());
    const rounds = this.#post.shown_lots === undefined ? 3 : 30;
    for (let round = 0; round < rounds; round += 1) {
      while (!this.world.quiet) {
        this.world.arrive();
        this.deliver();
      }
      this.world.tellStatus();
    }
    while (!this.world.quiet) this.deliver();
  }

  deliver(): void {
    const report = this.world.deliver();
    if (report === undefined) return;
    this.#book(report);
    this.take(this.bench.deliver(report));
  }

  #book(report: LegReport): void {
    const { execType, execId, refExecId, cumQty_lots, lastQty_lots = 0, lastPx_ticks = 0 } = report;
    if (execType === "trade") {
      const leg = this.world.orders.findIndex(({ ids }) => ids.has(report.clOrdId));
      const key = `${leg}|${execId}|${cumQty_lots}`;
      if (!this.ledger.has(key)) this.ledger.set(key, { qty: lastQty_lots, px: lastPx_ticks });
    } else if (execType === "trade_cancel" || execType === "trade_correct") {
      for (const [key, entry] of this.ledger) {
        if (key.split("|")[1] !== refExecId) continue;
        if (execType === "trade_correct" && this.#amends.has(execId)) continue;
        entry.qty = lastQty_lots;
        entry.px = lastPx_ticks;
      }
      this.#amends.add(execId);
    }
  }

  submit(): Outcome {
    return this.bench.submit(this.chance.next() < 0.8 ? limit10 : { ...limit10, orderQty: "12" });
  }

  replace(): void {
    const replaceId = `r${this.chance.below(4)}`;
    const orderQty = String(2 + this.chance.below(20));
    const body = this.chance.next() < 0.5 ? { orderQty } : { orderQty, price: "101" };
    this.command(`replace:${replaceId}`, this.bench.replace({ replaceId, ...body }));
  }

  cancel(): void {
    if (this.chance.next() < 0.5) {
      const cancelId = `c${this.chance.below(3)}`;
      this.command(`cancel:${cancelId}`, this.bench.cancel({ cancelId }));
    } else {
      const outcome = this.bench.cancel();
      this.command(outcome.events[0]?.commandId ?? "none", outcome);
    }
  }

  /** A command has one answer in its own turn (an early cancel has it later, once). */
  command(commandId: string, outcome: Outcome): void {
    const own = outcome.events.filter(
      (event) => event.commandId === commandId && !event.execType.startsWith("leg_"),
    );
    const [first, second] = own;
    // A total that is executed already needs no venue: it is in force at once.
    const isAtOnce = first?.execType === "pending_replace" && second?.execType === "replaced";
    assert.equal(own.length, isAtOnce ? 2 : 1, `${commandId} has one answer`);
    this.asked.set(commandId, (this.asked.get(commandId) ?? 0) + 1);
    this.take(outcome);
  }

  take(outcome: Outcome): void {
    for (const event of outcome.events) {
      if (event.execType === "pending_new") this.world.asked(event.terms.orderQty_lots);
      if (event.execType === "pending_replace") this.world.asked(event.replace.orderQty_lots);
    }
    this.world.send(outcome.requests);
    for (const body of outcome.bodies) {
      this.#version += 1;
      assert.equal(body.version, this.#version);
    }
    const { state } = this.bench;
    if (state === undefined) return;
    let cum = 0;
    let value = 0n;
    for (const { qty, px } of this.ledger.values()) {
      cum += qty;
      value += BigInt(qty * px);
    }
    assert.equal(state.cumQty_lots, cum);
    assert.equal(state.cumValue, value);
    assert.equal(
      cum,
      state.legs.reduce((sum, leg) => sum + leg.cumQty_lots, 0),
    );
    // Nobody can reserve for what a venue declared dead and then fills.
    if (this.#post.late === true) return;
    const most = this.world.most(cum);
    assert.ok(worstOpen_lots(state) >= most, `${most} lots may still fill`);
  }

  /** Every request that was said to be on its way was answered, once. */
  checkAnswers(): void {
    const { bodies, order } = this.bench;
    const kinds = (commandId: string) =>
      bodies.filter((body) => body.commandId === commandId).map((body) => body.execType);
    const count = (all: readonly string[], ...of: readonly string[]): number =>
      all.filter((kind) => of.includes(kind)).length;
    for (const [commandId, asked] of this.asked) {
      const said = kinds(commandId);
      if (commandId === "submit") {
        assert.equal(count(said, "pending_new", "denied", "order_status"), asked);
        assert.ok(count(said, "pending_new") <= 1, "it opened once");
        continue;
      }
      const sent = count(said, "pending_cancel", "pending_replace");
      const ends = count(said, "canceled", "cancel_rejected", "replaced", "replace_rejected");
      assert.ok(sent <= 1, `${commandId} was sent once`);
      assert.equal(count(said, "order_status") + ends, asked, `${commandId} was answered`);
    }
    assert.equal(order.pendingCancel, undefined);
    assert.equal(order.pendingReplaces, undefined);
    assert.equal(order.earlyCancel, undefined);
  }
}

const run = (seed: number, post: Post): Run => {
  const it = new Run(seed, post);
  try {
    for (let step = 0; step < steps; step += 1) it.step();
    it.settle();
    if (it.bench.state !== undefined) it.checkAnswers();
  } catch (cause) {
    throw new Error(`seed ${seed}`, { cause });
  }
  return it;
};

/** Checks all seeds; gives how many orders were filled, which says what the runs are worth. */
const check = (post: Post, also: (run: Run) => void, count = seeds): number => {
  let filled = 0;
  const isNative = post.how !== "cancel_replace";
  for (let seed = 1; seed <= count; seed += 1) {
    const life = run(seed, post);
    const { bench, world } = life;
    const { state } = bench;
    if (state === undefined) continue;
    try {
      assert.deepEqual(bench.replayed(), state);
      assert.ok(!isNative || world.orders.length <= 1, "one order was placed");
      assert.equal(state.cumQty_lots, world.cum);
      assert.equal(state.cumValue, BigInt(world.value));
      if (world.held !== undefined) {
        const live = world.orders.filter(({ alive }) => alive);
        assert.equal(hasEnded(state), live.length === 0);
        const open = live.reduce((sum, { qty, cum }) => sum + qty - cum, 0);
        if (post.shown_lots === undefined) assert.equal(worstOpen_lots(state), open);
        else assert.ok(worstOpen_lots(state) >= open, "what is not shown is reserved too");
        assert.doesNotMatch(bench.bodies.at(-1)?.ordStatus ?? "", /pending|in_doubt/);
      }
      also(life);
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    }
    if (state.phase === "filled") filled += 1;
  }
  return filled;
};

/** In the right order and once each, nothing is an incident and all terms agree. */
const agrees = ({ bench, world }: Run): void => {
  const { held, orders } = world;
  const last = bench.bodies.at(-1);
  const told = bench.incidents.filter(({ what }) => what !== "leg_refused");
  assert.deepEqual(told, []);
  if (held === undefined || last === undefined) return;
  const others = world.cum - held.cum;
  if (held.alive) {
    assert.equal(bench.order.terms?.orderQty_lots, held.qty + others);
    assert.equal(bench.order.terms?.price_ticks, held.price);
  }
  const open = world.cum > 0 ? "partially_filled" : "new";
  const end = held.cum === held.qty ? "filled" : held.end;
  const first = orders.length === 1;
  assert.ok(
    statuses(end, held.alive, open, first, bench.how === "native").includes(last.ordStatus),
    last.ordStatus,
  );
};

/**
 * The statuses that agree with the venue's truth: an unsent order with a cancel is canceled, and so
 * is one whose later leg came to nothing; unless all that was asked for was executed before.
 */
const statuses = (
  end: string | undefined,
  alive: boolean,
  open: string,
  first: boolean,
  native: boolean,
): string[] => {
  if (alive) return [open];
  if (!first && (end === "not_sent" || end === "rejected")) return ["canceled", "filled"];
  // A leg that made room for a total at or below what was executed.
  if (!native && end === "canceled") return ["canceled", "filled"];
  // What was taken back of an earlier leg works no more.
  if (!first && end === "filled") return ["filled", "canceled"];
  return end === "not_sent" ? ["rejected", "canceled"] : [end ?? ""];
};

const nothingMore = (): void => undefined;

const orderly = { repeats: false, reorders: false } as const;
const repeated = { repeats: true, reorders: false } as const;
const reordered = { repeats: true, reorders: true } as const;

const lives: readonly (readonly [string, Post, (run: Run) => void])[] = [
  ["agrees with its venue in all terms when nothing is lost or reordered", orderly, agrees],
  ["books each fill and answers each command once when reports are repeated", repeated, agrees],
  ["holds its invariants when reports are repeated and reordered", reordered, nothingMore],
  ["follows busts and corrections exactly", { ...orderly, amends: true }, agrees],
  ["follows them once when they are repeated", { ...repeated, amends: true }, agrees],
];

describe.each(["native", "cancel_replace"] as const)("an order at a venue with %s", (how) => {
  it.each(lives)(`in ${seeds} random lives %s`, (_what, post, also) => {
    expect(check({ ...post, how }, also)).toBeGreaterThan(seeds / 20);
  });

  it(`in ${seeds} random lives ends right when fills come after the end of their order`, () => {
    expect(check({ ...repeated, how, late: true }, nothingMore)).toBeGreaterThan(seeds / 20);
  });
});

/** At a venue whose slices do not come back, since the next one would be beside them. */
describe("an iceberg that we show in slices", () => {
  it.each([
    ["when reports are repeated", repeated],
    ["when they are reordered", reordered],
    ["through busts and corrections", { ...repeated, amends: true }],
    ["when fills come after an end", { ...repeated, late: true }],
  ])(`in ${icebergSeeds} random lives ends with its venue %s`, (_what, post) => {
    const filled = check(
      { ...post, how: "cancel_replace", shown_lots: 5 },
      nothingMore,
      icebergSeeds,
    );
    expect(filled).toBeGreaterThan(0);
  });
});
