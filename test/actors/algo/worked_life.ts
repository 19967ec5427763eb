/**
 * A life of one worked order at a venue that fills, refuses and is slow, checked at every slice.
 *
 * Owns: the naive reading of what a schedule and a share allow.
 */
import assert from "node:assert/strict";
import { stepOfSlices } from "../../../actors/algo/slice_plan.ts";
import type { SliceSituation } from "../../../actors/algo/slice_plan.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import type { AlgoTerms } from "../../../protocols/algo.ts";
import { toNanos } from "../../../protocols/kernel/instant.ts";

/** The moment that all windows are near. */
export const origin_ns = 1_767_000_000_123_456_789n;

/** A whole number from 0 to below the argument. */
export type Below = (n: number) => number;

/** A seeded source of numbers. */
export const belowOf = (seed: number): Below => {
  const random = createPrng(seed);
  return (n) => Math.floor(random.nextUnit() * n);
};

/** A TWAP or a VWAP, with or without a cap. */
export const timedTerms = (below: Below, minQty_lots: number): AlgoTerms & { end: string } => {
  const start = toNanos(origin_ns + BigInt(below(1_000_000_000)));
  const end = toNanos(BigInt(start) + 250_000_000n * BigInt(1 + below(4_000)));
  const isRate = below(3) === 0;
  const common = {
    ...({ minQty_lots, childStyle: below(2) === 0 ? "taker" : "passive", start } as const),
    ...(isRate ? { participationMax_bps: 1 + below(9_999) } : {}),
  };
  if (below(2) === 0) return { ...common, type: "twap", end, slices: 1 + below(20) };
  const weights = Array.from({ length: 1 + below(20) }, () => below(5));
  return { ...common, type: "vwap", end, weights: [...weights, 1 + below(5)] };
};

/** The order and its venue. */
export class Life {
  readonly #below: Below;
  readonly #terms: AlgoTerms & { end: string };
  readonly #orderQty: number;
  readonly #min: number;
  executed = 0;
  volume = 0;
  sent = 0;
  #live: { qty: number; filled: number; price: number } | undefined;
  #sentAt: bigint | undefined;
  #wasFilled = false;
  #leaving = false;

  constructor(seed: number) {
    this.#below = belowOf(seed);
    this.#min = 1 + this.#below(5);
    this.#terms = timedTerms(this.#below, this.#min);
    this.#orderQty = this.#min * (1 + this.#below(60)) + this.#below(this.#min);
  }

  /** Runs to the end of the window, at random moments. */
  run(): void {
    const end_ns = BigInt(this.#terms.end);
    let now_ns = BigInt(this.#terms.start) - 5n;
    while (now_ns < end_ns && this.executed < this.#orderQty) {
      this.#look(now_ns);
      this.#happen();
      now_ns += BigInt(1 + this.#below(3_000_000_000));
    }
  }

  #look(now_ns: bigint): void {
    const live = this.#live;
    const open_lots = live === undefined ? 0 : live.qty - live.filled;
    const situation = {
      algo: this.#terms,
      ...{ orderQty_lots: this.#orderQty, executed_lots: this.executed, open_lots, now_ns },
      ...{ volume_lots: this.volume, slices: this.sent, isFilled: this.#wasFilled },
      price_ticks: 100 + this.#below(2),
      ...(this.#sentAt === undefined ? {} : { sentAt_ns: this.#sentAt }),
      ...(live === undefined
        ? {}
        : {
            live: {
              ...{ leaves_lots: open_lots, price_ticks: live.price },
              isUntouchable: this.#leaving,
            },
          }),
    } as SliceSituation;
    const step = stepOfSlices(situation);
    if (step.kind === "take_back") this.#leaving = true;
    if (step.kind === "wait" && step.until_ns !== undefined) {
      assert.ok(step.until_ns > now_ns);
    }
    if (step.kind !== "send") return;
    assert.equal(live, undefined);
    this.#check(step.qty_lots, now_ns);
    this.#live = { qty: step.qty_lots, filled: 0, price: step.price_ticks };
    this.#sentAt = now_ns;
    this.sent += 1;
  }

  #check(qty_lots: number, now_ns: bigint): void {
    const out = this.executed + qty_lots;
    const { start, end, participationMax_bps } = this.#terms;
    const slots = "slices" in this.#terms ? this.#terms.slices : 0;
    if (slots > 0) {
      const passed = (now_ns - BigInt(start)) * BigInt(slots);
      const slot = passed / (BigInt(end) - BigInt(start)) + 1n;
      assert.ok(BigInt(out) * BigInt(slots) <= BigInt(this.#orderQty) * slot);
    }
    if (participationMax_bps !== undefined) {
      assert.ok(out * 10_000 <= this.volume * participationMax_bps);
    }
    const rest = this.#orderQty - out;
    assert.ok(rest >= 0);
    if (rest > 0) {
      assert.ok(qty_lots >= this.#min);
      assert.ok(rest >= this.#min);
    }
  }

  #happen(): void {
    this.volume += this.#below(30);
    const live = this.#live;
    if (live === undefined) return;
    const fill = Math.min(live.qty - live.filled, this.#below(live.qty + 2));
    this.executed += fill;
    live.filled += fill;
    this.#wasFilled = live.filled === live.qty;
    const isOver = this.#wasFilled || this.#leaving || this.#terms.childStyle === "taker";
    if (!isOver || this.#below(4) === 0) return;
    this.#live = undefined;
    this.#leaving = false;
  }
}
