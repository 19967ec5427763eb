/**
 * Whole histories of a position against what survives of them: fills, busts, corrections, splits,
 * cash, entries and day ends in random order. The reference knows cash flows and quantities only.
 */
import { expect, test } from "vitest";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import { addDecimals, compareDecimals, zero } from "../../../protocols/kernel/decimal.ts";
import { amountOf } from "../../../protocols/currency.ts";
import { adjustPosition } from "../../../actors/position/position_adjustment.ts";
import { dayProfit, markPosition } from "../../../actors/position/position_mark.ts";
import { applyFill, unrealized } from "../../../actors/position/position_model.ts";
import type { Fill, PositionState } from "../../../actors/position/position_model.ts";
import { correctFill, reverseFill } from "../../../actors/position/position_reversal.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { account, btc, gridOf } from "../market_data/market_fixture.ts";

const grid = gridOf("0.25", "0.003");
const unitsPerTickLot = 25n * 3n;
const ts = "1" as Nanos;

/** What is left of a history: the fills that stand, and what entries moved. */
interface Left {
  readonly fills: Fill[];
  net: bigint;
  flows: bigint;
}

const signed = ({ side, qty_lots }: Fill): bigint => BigInt(side === "buy" ? qty_lots : -qty_lots);

const fillsWorth = (fills: readonly Fill[], mark: bigint): bigint =>
  fills.reduce((sum, fill) => sum + signed(fill) * (mark - BigInt(fill.price_ticks)), 0n);

const feesOf = (fills: readonly Fill[]) =>
  fills.reduce(
    (sum, { fee }) => (fee ? addDecimals(sum, { units: BigInt(fee.amount), scale: 0 }) : sum),
    zero,
  );

class History {
  readonly #next: () => number;
  state: PositionState;
  readonly left: Left = { fills: [], net: 0n, flows: 0n };

  constructor(next: () => number) {
    this.#next = next;
    const first = this.#random();
    this.state = applyFill(undefined, first);
    this.left.fills.push(first);
  }

  pick(below: number): number {
    return this.#next() % below;
  }

  #random(): Fill {
    const fee = this.pick(3) === 0 ? {} : { fee: { amount: `${this.pick(9)}`, currency: "BNB" } };
    return {
      ...{ account, instrument: btc, grid, currency: "USDT", tsEvent: ts },
      side: this.pick(2) === 0 ? "buy" : "sell",
      qty_lots: 1 + this.pick(20),
      price_ticks: 1_000 + this.pick(97),
      ...fee,
    };
  }

  step(): void {
    const { fills } = this.left;
    const at = this.pick(fills.length + 1);
    const chosen = fills[at];
    switch (chosen === undefined ? 0 : this.pick(6)) {
      case 1:
        if (chosen === undefined) return;
        this.state = reverseFill(this.state, chosen);
        fills.splice(at, 1);
        return;
      case 2: {
        if (chosen === undefined) return;
        const now = { ...this.#random(), side: chosen.side };
        this.state = correctFill(this.state, chosen, now);
        fills[at] = now;
        return;
      }
      case 3: {
        const value = BigInt(this.pick(2_000) - 1_000);
        const entry = { kind: "cost", value: `${value}` } as const;
        this.state = adjustPosition(this.state, entry, ts);
        this.left.flows -= value;
        return;
      }
      case 4: {
        const qty_lots = this.pick(2) === 0 ? 1 + this.pick(9) : -1 - this.pick(9);
        const price_ticks = this.pick(3_000);
        const entry = { kind: "quantity", qty_lots, price_ticks } as const;
        this.state = adjustPosition(this.state, entry, ts);
        this.left.net += BigInt(qty_lots);
        this.left.flows -= BigInt(qty_lots) * BigInt(price_ticks);
        return;
      }
      default: {
        const fill = this.#random();
        this.state = applyFill(this.state, fill);
        fills.push(fill);
      }
    }
  }

  /** Total profit at a mark, by the fills that stand and the entries. */
  worth(mark_ticks: number): bigint {
    const { fills, net, flows } = this.left;
    const mark = BigInt(mark_ticks);
    return (fillsWorth(fills, mark) + flows + net * mark) * unitsPerTickLot;
  }
}

const seeds = Array.from({ length: 80 }, (_, index) => 5_000 + index);

test.each(seeds)("11. total profit is what the surviving fills are worth (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const history = new History(() => prng.nextUint32());
  for (let step = 0; step < 80; step += 1) {
    const before = history.state;
    history.step();
    const { state, left } = history;
    const mark = history.pick(3_000);
    expect(state.realized + unrealized(state, mark)).toBe(history.worth(mark));
    const net = left.fills.reduce((sum, fill) => sum + signed(fill), left.net);
    expect(BigInt(state.netQty_lots)).toBe(net);
    expect(compareDecimals(amountOf(state.fees, "BNB"), feesOf(left.fills))).toBe(0);
    expect(state.version).toBe(before.version + 1);
    const { numerator, denominator } = state.costRest;
    expect(-denominator <= 2n * numerator && 2n * numerator < denominator).toBe(true);
  }
});

test.each(seeds.slice(0, 30))("day profits add up to the total profit (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const history = new History(() => prng.nextUint32());
  let days = 0n;
  for (let day = 1; day <= 12; day += 1) {
    for (let step = 0; step < 8; step += 1) history.step();
    const mark = 900 + history.pick(300);
    const { realized, unrealized: change } = dayProfit(history.state, mark);
    days += realized + change;
    const { version } = history.state;
    history.state = markPosition(history.state, `2026-03-${String(day).padStart(2, "0")}`, mark);
    expect(days).toBe(history.worth(mark));
    expect(history.state.version).toBe(version);
    expect(dayProfit(history.state, mark)).toMatchObject({ realized: 0n, unrealized: 0n });
  }
});

test.each(seeds.slice(0, 30))(
  "a split leaves total profit at the divided mark (seed %i)",
  (seed) => {
    const prng = createPrng(seed);
    const history = new History(() => prng.nextUint32());
    for (let step = 0; step < 30; step += 1) history.step();
    const ratio = 2 + history.pick(4);
    const mark = ratio * history.pick(900);
    const { state } = history;
    const entry = { kind: "split", numerator: ratio, denominator: 1 } as const;
    const after = adjustPosition(state, entry, ts);
    expect(after.netQty_lots).toBe(state.netQty_lots * ratio);
    expect(after.realized + unrealized(after, mark / ratio)).toBe(history.worth(mark));
    const back = { kind: "split", numerator: 1, denominator: ratio } as const;
    expect(adjustPosition(after, back, ts)).toEqual({ ...state, version: state.version + 2 });
  },
);
