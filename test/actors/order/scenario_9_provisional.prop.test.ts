/**
 * Scenario 9 in random lives: any fills are lost and told later from the record, in any order and
 * more than once, grace ends at any moment, and the venue busts and corrects what it likes. All the
 * time the books are at most what the venue counts; in the end they are those of a life in which
 * nothing was lost.
 */
import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { worstOpen_lots } from "../../../actors/order/order_reservation.ts";
import type { Nanos } from "../../../protocols/kernel/instant.ts";
import type { LegReport } from "../../../protocols/venue.ts";
import { limit10, working } from "./order_bench.ts";
import type { OrderBench } from "./order_bench.ts";
import { Chance } from "./order_world.ts";

const seeds = 600;
const steps = 40;
const total = 60;

interface Execution {
  readonly execId: string;
  readonly told: LegReport;
  qty: number;
  px: number;
}

/** A venue with one order, and two listeners: one hears everything, the other loses fills. */
class Life {
  readonly chance: Chance;
  readonly lossless = working({ ...limit10, orderQty: String(total) });
  readonly lossy = working({ ...limit10, orderQty: String(total) });
  readonly #executions: Execution[] = [];
  #lost: LegReport[] = [];
  #cum = 0;
  #alive = true;
  #seq = 0;
  losses = 0;
  provisional = 0;

  constructor(seed: number) {
    this.chance = new Chance(seed);
  }

  step(): void {
    const dice = this.chance.next();
    if (dice < 0.4) this.#fill();
    else if (dice < 0.5) this.#status();
    else if (dice < 0.65) this.#tellLost();
    else if (dice < 0.8) this.#graceEnds();
    else if (dice < 0.9) this.#amend();
    else if (dice < 0.92) this.#cancel();
  }

  settle(): void {
    while (this.#lost.length > 0) this.#tellLost();
    this.#status();
    this.#graceEnds();
  }

  #report(execType: LegReport["execType"], fields: Partial<LegReport>): LegReport {
    this.#seq += 1;
    const { venue, orderId, clOrdId } = legOfBench(this.lossy);
    return {
      ...{ kind: "report", venue, orderId, clOrdId, execType },
      execId: `e${this.#seq}`,
      cumQty_lots: this.#cum,
      tsEvent: String(10_000 + this.#seq) as Nanos,
      ...fields,
    };
  }

  #tell(report: LegReport, isLost = false): void {
    this.lossless.deliver(report);
    if (isLost) this.#lost.push(report);
    else this.lossy.deliver(report);
    this.check();
  }

  #fill(): void {
    const open = total - this.#cum;
    if (!this.#alive || open === 0) return;
    const qty = 1 + this.chance.below(Math.min(open, 6));
    this.#cum += qty;
    const px = 195 + this.chance.below(5);
    const told = this.#report("trade", { lastQty_lots: qty, lastPx_ticks: px });
    this.#executions.push({ execId: told.execId, told, qty, px });
    const isLost = this.chance.next() < 0.5;
    if (isLost) this.losses += 1;
    this.#tell(told, isLost);
  }

  /** Something that is no execution and counts. */
  #status(): void {
    if (!this.#alive) return;
    const isPriced = this.chance.next() < 0.5 && this.#cum > 0;
    this.#tell(this.#report("new", isPriced ? { avgPx: this.#average() } : {}));
  }

  #average(): { ticks: number; millionths: number } {
    const value = this.#executions.reduce((sum, { qty, px }) => sum + qty * px, 0);
    const average = Math.round((value * 1_000_000) / this.#cum);
    return { ticks: Math.floor(average / 1_000_000), millionths: average % 1_000_000 };
  }

  /** The record tells a lost fill, as it was when it happened; or one that was told before. */
  #tellLost(): void {
    const index = this.chance.below(this.#lost.length);
    const [report] = this.#lost.splice(index, 1);
    const again = this.chance.next() < 0.2 ? this.#executions.map(({ told }) => told) : [];
    for (const one of report === undefined ? again : [report, ...again]) {
      if (this.#lost.includes(one)) continue;
      this.lossy.deliver({ ...one, fromRecord: true });
      this.check();
    }
  }

  #graceEnds(): void {
    const { events } = this.lossy.provisional();
    this.provisional += events.length;
    this.check();
  }

  /** Takes an execution back or corrects it down, whether it was told or not. */
  #amend(): void {
    const standing = this.#executions.filter(({ qty }) => qty > 0);
    if (standing.length === 0) return;
    const execution = this.chance.pick(standing);
    const left = this.chance.next() < 0.5 ? 0 : this.chance.below(execution.qty);
    const was = execution.qty;
    this.#cum -= was - left;
    execution.qty = left;
    if (left > 0) execution.px -= 1;
    this.#tell(
      this.#report(left === 0 ? "trade_cancel" : "trade_correct", {
        refExecId: execution.execId,
        lastQty_lots: left === 0 ? was : left,
        lastPx_ticks: execution.px,
        leavesQty_lots: this.#alive ? total - this.#cum : 0,
      }),
    );
  }

  #cancel(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#tell(this.#report("canceled", {}));
  }

  /** What holds all the time. */
  check(): void {
    const { order } = this.lossy;
    const [leg] = order.legs;
    assert.ok(order.cumQty_lots <= this.#cum, `${order.cumQty_lots} booked of ${this.#cum}`);
    assert.equal(leg?.cumQty_lots, order.cumQty_lots);
    const open = this.#alive ? total - this.#cum : 0;
    const worst = order.cumQty_lots + worstOpen_lots(order);
    assert.ok(worst >= open + order.cumQty_lots, `${worst} covers ${open} open`);
    assert.ok((leg?.provisionalQty_lots ?? 0) >= 0);
  }

  /** What holds in the end. */
  checkEnd(): void {
    const [here, there] = [this.lossy.order, this.lossless.order];
    assert.equal(here.cumQty_lots, this.#cum);
    assert.equal(there.cumQty_lots, this.#cum);
    assert.equal(here.cumValue, there.cumValue);
    assert.equal(here.phase, there.phase);
    assert.equal(worstOpen_lots(here), worstOpen_lots(there));
    assert.deepEqual(here.legs, there.legs);
    assert.deepEqual(this.lossy.replayed(), here);
    assert.equal(here.owedQty_lots, undefined);
    // Falls are busts and corrections; each says which execution it takes back.
    for (const { execType, execRefId } of this.lossy.bodies) {
      if (execType === "trade_cancel") assert.notEqual(execRefId, undefined);
    }
  }
}

const legOfBench = (bench: OrderBench) => {
  const [leg] = bench.order.legs;
  if (leg === undefined) throw new Error("an order that works has a leg");
  return { venue: leg.venue, clOrdId: leg.clOrdId, orderId: bench.order.orderId };
};

describe("9: provisional fills", () => {
  it(`in ${seeds} random lives end as if nothing had been lost`, () => {
    let [losses, provisional] = [0, 0];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const life = new Life(seed);
      try {
        for (let step = 0; step < steps; step += 1) life.step();
        life.settle();
        life.checkEnd();
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause });
      }
      losses += life.losses;
      provisional += life.provisional;
    }
    expect(losses).toBeGreaterThan(seeds);
    expect(provisional).toBeGreaterThan(seeds);
  });
});
