/**
 * Whole account shards in random histories: the virtual positions add up to the account's, the
 * account's is Σ surviving fills + external, and a replay gives the same states.
 */
import { expect, test } from "vitest";
import { holdingFaults } from "../../../actors/account_holdings.ts";
import { externalBucket } from "../../../actors/account_positions.ts";
import { makeFillTally } from "../../../deploy/fill_tally.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { orderIdOf } from "../../../protocols/kernel/ids.ts";
import type { ClOrdId, OrderId, StrategyId } from "../../../protocols/kernel/ids.ts";
import type { Side } from "../../../protocols/venue.ts";
import { AccountBench, desk, legOf, totalAt, unit } from "./account_bench.ts";
import type { Numbers } from "./account_bench.ts";

const strategies = ["hand", "robot", "slow"] as const;

interface Standing extends Numbers {
  readonly orderId: OrderId;
  readonly side: Side;
  readonly execKey: string;
}

class Chaos {
  readonly bench = new AccountBench();
  readonly #next: () => number;
  readonly #orders: { readonly orderId: OrderId; readonly side: Side }[] = [];
  /** Executions that stand, of orders and of nobody. */
  readonly fills: Standing[] = [];
  readonly nobodys: Omit<Standing, "orderId">[] = [];
  #names = 0;

  constructor(next: () => number) {
    this.#next = next;
    this.#open();
  }

  pick(below: number): number {
    return this.#next() % below;
  }

  #of<A>(from: readonly A[]): A | undefined {
    return from.length === 0 ? undefined : from[this.pick(from.length)];
  }

  #numbers(): Numbers {
    const fee = this.pick(2) === 0 ? {} : { fee: { amount: `0.${this.pick(9)}`, currency: "BNB" } };
    return { qty_lots: 1 + this.pick(9), price_ticks: 950 + this.pick(99), ...fee };
  }

  #nextOrder(): { readonly strategy: string; readonly clOrdId: string; readonly side: Side } {
    this.#names += 1;
    const strategy = strategies[this.pick(3)] ?? "hand";
    const side = this.pick(2) === 0 ? "buy" : "sell";
    return { strategy, clOrdId: `c${this.#names}`, side };
  }

  #open(): void {
    const { strategy, clOrdId, side } = this.#nextOrder();
    this.#orders.push({ orderId: this.bench.order(strategy, clOrdId, side, 1_000), side });
  }

  step(): void {
    const order = this.#of(this.#orders);
    const fill = this.#of(this.fills);
    switch (this.pick(9)) {
      case 0:
        return this.#open();
      case 1:
        if (fill === undefined) return;
        this.bench.bust(fill.orderId, fill.execKey, fill);
        this.fills.splice(this.fills.indexOf(fill), 1);
        return;
      case 2: {
        if (fill === undefined) return;
        const now = this.#numbers();
        this.bench.correct(fill.orderId, fill.execKey, fill, now);
        const { orderId, side, execKey } = fill;
        this.fills[this.fills.indexOf(fill)] = { orderId, side, execKey, ...now };
        return;
      }
      case 3:
        return this.#external();
      case 4:
        return this.#late();
      default: {
        if (order === undefined) return;
        const numbers = this.#numbers();
        const { qty_lots, price_ticks, fee } = numbers;
        const execKey = this.bench.trade(order.orderId, qty_lots, price_ticks, fee);
        this.fills.push({ ...order, execKey, ...numbers });
      }
    }
  }

  #external(more: { readonly clOrdId?: string; readonly side?: Side } = {}): void {
    this.#names += 1;
    const { qty_lots, price_ticks, fee } = this.#numbers();
    const side = more.side ?? (this.pick(2) === 0 ? "buy" : "sell");
    const execKey = `SIMX|e${this.#names}|trade|0|${qty_lots}@${price_ticks}`;
    const numbers = { qty_lots, price_ticks, ...(fee === undefined ? {} : { fee }) };
    this.bench.external({
      ...more,
      ...(fee === undefined ? {} : { fee }),
      ...{ execKey, side, lastQty_lots: qty_lots, lastPx_ticks: price_ticks },
    });
    this.nobodys.push({ execKey, side, ...numbers });
  }

  /** Fills first, then the order that they were of. */
  #late(): void {
    const { strategy, clOrdId, side } = this.#nextOrder();
    const orderId = orderIdOf(desk, strategy as StrategyId, clOrdId as ClOrdId);
    const before = this.nobodys.length;
    for (let count = this.pick(3); count >= 0; count -= 1) {
      this.#external({ clOrdId: legOf(orderId), side });
    }
    this.#orders.push({ orderId: this.bench.order(strategy, clOrdId, side, 1_000), side });
    for (const fill of this.nobodys.splice(before)) this.fills.push({ ...fill, orderId });
  }
}

const signed = ({ side, qty_lots }: Omit<Standing, "orderId">): number =>
  side === "buy" ? qty_lots : -qty_lots;

const net = (fills: readonly Omit<Standing, "orderId">[]): number =>
  fills.reduce((sum, fill) => sum + signed(fill), 0);

const worth = (fills: readonly Omit<Standing, "orderId">[], mark: number): bigint =>
  fills.reduce((sum, fill) => sum + BigInt(signed(fill)) * BigInt(mark - fill.price_ticks), 0n) *
  unit;

const ownedBy = (fills: readonly Standing[], strategy: string): readonly Standing[] =>
  fills.filter(({ orderId }) => orderId.split(".")[1] === strategy);

const seeds = Array.from({ length: 60 }, (_, index) => 7_000 + index);

test.each(seeds)("Σ virtual positions + external = account position (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const chaos = new Chaos(() => prng.nextUint32());
  const { bench, fills, nobodys } = chaos;
  const tally = makeFillTally();
  let counted = 0;
  for (let step = 0; step < 60; step += 1) {
    chaos.step();
    for (const event of bench.events.slice(counted)) tally.count(event);
    counted = bench.events.length;
    const position = bench.space.get("position", `${desk}.BTC-USDT`);
    if (position === undefined) continue;
    const mark = chaos.pick(2_000);
    expect(holdingFaults(bench.space)).toEqual([]);
    expect(tally.sums.get(`${desk}.BTC-USDT`)).toEqual({
      fills_lots: net(fills),
      external_lots: net(nobodys),
    });
    expect(position.netQty_lots).toBe(net(fills) + net(nobodys));
    expect(position.externalQty_lots).toBe(net(nobodys));
    expect(totalAt(position, mark)).toBe(worth([...fills, ...nobodys], mark));
    for (const strategy of strategies) {
      const own = bench.virtual(strategy);
      const expected = worth(ownedBy(fills, strategy), mark);
      expect(own === undefined ? 0n : totalAt(own, mark)).toBe(expected);
    }
    const bucket = bench.virtual(externalBucket);
    expect(bucket === undefined ? 0n : totalAt(bucket, mark)).toBe(worth(nobodys, mark));
  }
  expect(bench.replayed().text()).toBe(bench.text());
});

test("a virtual position that differs is found", () => {
  const bench = new AccountBench();
  bench.trade(bench.order("hand", "h1", "buy", 9), 4, 100);
  const own = bench.virtual("hand");
  if (own === undefined) throw new Error("a strategy that traded has a position");
  const key = `${desk}.hand.BTC-USDT`;
  bench.space.set("strategyPosition", key, { ...own, netQty_lots: 3 });
  expect(holdingFaults(bench.space)).toEqual([`${desk}.BTC-USDT 4 ≠ 3 lots`]);
  bench.space.set("strategyPosition", key, { ...own, realized: 1n });
  expect(holdingFaults(bench.space)).toEqual([`${desk}.BTC-USDT profit -2000 ≠ -1999`]);
  const fees = { USDT: { units: 1n, scale: 0 } };
  bench.space.set("strategyPosition", key, { ...own, fees, cash: fees });
  expect(holdingFaults(bench.space)).toHaveLength(2);
  bench.space.remove("strategyPosition", key);
  expect(holdingFaults(bench.space)).toHaveLength(2);
});
