/**
 * Random lives of worked orders: replaced, suspended, canceled, restarted at any moment, at a venue
 * that fills, refuses, loses and ends slices. Whatever happens, no more is out than the total in
 * force: what is executed, what the live slice can still fill, and what is on its way.
 */
import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { hasEnded } from "../../../protocols/ord_status.ts";
import type { OrderState } from "../../../protocols/order.ts";
import type { OrderId } from "../../../protocols/kernel/ids.ts";
import { Chance, OrderWorld } from "../order/order_world.ts";
import type { Post } from "../order/order_world.ts";
import { account, btc, simx } from "./desk_reference.ts";
import { DeskShard } from "./desk_shard.ts";

const orderId = `${account}.s.a` as OrderId;
const seeds = 120;
const steps = 150;
const rounds_max = 300;

class AlgoLife {
  readonly desk = new DeskShard();
  readonly #chance: Chance;
  readonly #world: OrderWorld;
  #commands = 0;
  #taken = 0;

  constructor(seed: number, post: Post, algo: object) {
    this.#chance = new Chance(seed);
    this.#world = new OrderWorld(this.#chance, post);
    this.desk.submit("a", {
      ...{ instrument: btc, side: "buy", ordType: "limit", orderQty: "20", price: "105" },
      ...{ timeInForce: "gtc", algo, ...("slices" in algo ? {} : { maxFloor: "6" }) },
    });
  }

  get order(): OrderState {
    const order = this.desk.space.get("order", orderId);
    if (order === undefined) throw new Error("it was submitted");
    return order;
  }

  step(): void {
    const dice = this.#chance.below(40);
    if (dice < 2) this.#replace();
    else if (dice === 2 && this.#chance.next() < 0.2) this.desk.cancel("a");
    else if (dice === 3) this.desk.restart();
    else if (dice < 7) this.desk.advance(700);
    else if (dice < 14) this.#world.arrive();
    else if (dice < 25) this.#world.stir();
    else this.#deliver();
    this.#check();
  }

  /** All that is under way comes in, until the order is over. */
  settle(): void {
    for (let round = 0; round < rounds_max; round += 1) {
      if (hasEnded(this.order) && this.#world.quiet) break;
      if (round > rounds_max / 2) this.desk.cancel("a");
      if (this.#world.quiet) this.#world.tellStatus();
      while (!this.#world.quiet) {
        this.#world.arrive();
        this.#deliver();
        this.#check();
      }
      if (!hasEnded(this.order)) this.#world.stir();
      this.desk.advance(1_100);
      this.#check();
    }
    assert.equal(this.order.cumQty_lots, this.#world.cum);
  }

  #replace(): void {
    const replaceId = `r${(this.#commands += 1)}`;
    const fate = this.#chance.below(6);
    if (fate === 0) this.desk.replace("a", { replaceId, suspended: true });
    else if (fate === 1) this.desk.replace("a", { replaceId, suspended: false });
    else if (fate === 2) this.desk.replace("a", { replaceId, price: "103" });
    else this.desk.replace("a", { replaceId, orderQty: String(2 + this.#chance.below(30)) });
  }

  #deliver(): void {
    const report = this.#world.deliver();
    if (report !== undefined) this.desk.message({ ...report, orderId, venue: simx });
  }

  #check(): void {
    const { order } = this;
    for (const sent of this.desk.sent.slice(this.#taken)) {
      this.#world.asked(order.terms?.orderQty_lots ?? 0);
      this.#world.send([{ venue: simx, command: sent.command }]);
    }
    this.#taken = this.desk.sent.length;
    const out = this.#world.most(0);
    const total = order.terms?.orderQty_lots ?? 0;
    assert.ok(out <= total, `${out} lots are out of ${total}`);
  }
}

const end = { endTime: "1767614440000000000" };
const algos: readonly (readonly [string, object])[] = [
  ["twap", { type: "twap", slices: 4, ...end }],
  ["iceberg", { type: "iceberg" }],
  ["twap, passive", { type: "twap", slices: 4, childStyle: "passive", ...end }],
];
const posts: readonly (readonly [string, Post])[] = [
  ["in order", { repeats: false, reorders: false }],
  ["repeated and reordered", { repeats: true, reorders: true }],
];

describe.each(algos)("%s", (_algo, algo) => {
  it.each(posts)("never has more out than its total: %s", (_post, post) => {
    let replaced = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const life = new AlgoLife(seed, post, algo);
      try {
        for (let step = 0; step < steps; step += 1) life.step();
        life.settle();
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause });
      }
      if (life.desk.said.some((line) => line.startsWith("a replaced"))) replaced += 1;
    }
    expect(replaced).toBeGreaterThan(seeds / 4);
  });
});
