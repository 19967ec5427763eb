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
import type { Post } from "./order_world.ts";

const steps = 60;
const seeds = 1_000;

/** One run: the order, its world, and the naive books about both. */
class Run {
  readonly bench = new OrderBench();
  readonly chance: Chance;
  readonly world: OrderWorld;
  /** Distinct executions delivered, by the stretch of the order that each covers. */
  readonly stretches = new Map<number, number>();
  /** Commands sent, by id. */
  readonly asked = new Map<string, number>();
  #version = 0;

  constructor(seed: number, post: Post) {
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
    for (let round = 0; round < 3; round += 1) {
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
    if (report.execType === "trade") {
      this.stretches.set(report.cumQty_lots, report.lastQty_lots ?? 0);
    }
    this.take(this.bench.deliver(report));
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
    const own = outcome.events.filter((event) => event.commandId === commandId);
    assert.equal(own.length, 1, `${commandId} has one answer`);
    this.asked.set(commandId, (this.asked.get(commandId) ?? 0) + 1);
    this.take(outcome);
  }

  take(outcome: Outcome): void {
    this.world.send(outcome.requests);
    for (const body of outcome.bodies) {
      this.#version += 1;
      assert.equal(body.version, this.#version);
    }
    const { state } = this.bench;
    if (state === undefined) return;
    let cum = 0;
    for (const qty of this.stretches.values()) cum += qty;
    assert.equal(state.cumQty_lots, cum);
    assert.ok(state.legs.length <= 1, "there is one leg at most");
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
    assert.equal(order.pendingReplace, undefined);
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
const check = (post: Post, also: (run: Run) => void): number => {
  let filled = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const life = run(seed, post);
    const { bench, world } = life;
    const { state } = bench;
    if (state === undefined) continue;
    try {
      assert.deepEqual(bench.replayed(), state);
      assert.ok(world.placed <= 1, "one order was placed");
      assert.equal(state.cumQty_lots, world.held?.cum ?? 0);
      if (world.held !== undefined) {
        assert.equal(hasEnded(state), !world.held.alive);
        const open = world.held.alive ? world.held.qty - world.held.cum : 0;
        assert.equal(worstOpen_lots(state), open);
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
  const { held } = world;
  const last = bench.bodies.at(-1);
  assert.deepEqual(bench.incidents, []);
  if (held === undefined || last === undefined) return;
  if (held.end !== "not_sent" && held.end !== "rejected") {
    assert.equal(bench.order.terms?.orderQty_lots, held.qty);
    assert.equal(bench.order.terms?.price_ticks, held.price);
  }
  const ended = held.cum === held.qty ? "filled" : held.end;
  const open = held.cum > 0 ? "partially_filled" : "new";
  assert.ok(statuses(ended, held.alive, open).includes(last.ordStatus), last.ordStatus);
};

describe(`an order in ${seeds} random lives`, () => {
  it("agrees with its venue in all terms when nothing is lost, repeated or reordered", () => {
    expect(check({ repeats: false, reorders: false }, agrees)).toBeGreaterThan(seeds / 10);
  });

  it("books each fill once and answers each command once when reports are repeated", () => {
    expect(check({ repeats: true, reorders: false }, agrees)).toBeGreaterThan(seeds / 10);
  });

  it("holds its invariants when reports are repeated and reordered", () => {
    const filled = check({ repeats: true, reorders: true }, () => undefined);
    expect(filled).toBeGreaterThan(seeds / 10);
  });
});

/** The statuses that agree with the venue's truth: an unsent order with a cancel is canceled. */
const statuses = (end: string | undefined, alive: boolean, open: string): string[] => {
  if (alive) return [open];
  return end === "not_sent" ? ["rejected", "canceled"] : [end ?? ""];
};
