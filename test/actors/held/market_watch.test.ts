/** What of a market's prices reaches the shard: only what matters, and no turn of them lost. */
import { describe, expect, it } from "vitest";
import { MarketWatch } from "../../../actors/held/market_watch.ts";
import type { MarketObserved } from "../../../actors/held/market_watch.ts";
import { observe, observeAll, openTrigger } from "../../../actors/held/trigger_model.ts";
import { watchLevelsOf } from "../../../actors/held/watch_levels.ts";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import type { PricePoint, TriggerState, TriggerTerms } from "../../../protocols/trigger.ts";
import { btc, eth, venueId } from "../market_data/market_fixture.ts";

const simx = venueId("SIMX");
const simy = venueId("SIMY");
const terms: TriggerTerms = { kind: "stop", price: "last", stopPx_ticks: 100 };
const levelsOf = (state: TriggerState = openTrigger(terms), of = terms) =>
  watchLevelsOf([{ side: "sell", terms: of, state }]);

class Bench {
  readonly posted: MarketObserved[] = [];
  readonly waiting: (() => void)[] = [];
  hasRoom = true;
  point: PricePoint = {};
  readonly watch = new MarketWatch({
    pointOf: () => this.point,
    post: (observed) => {
      if (this.hasRoom) this.posted.push(observed);
      return this.hasRoom;
    },
    room: (callback) => this.waiting.push(callback),
  });

  trade(last_ticks: number, venue = simx, instrument = btc): void {
    this.point = { last_ticks };
    this.watch.changed(venue, instrument);
  }
}

describe("a watched market", () => {
  it("is told of only when a level is passed", () => {
    const bench = new Bench();
    bench.trade(50);
    expect(bench.posted).toEqual([]);
    bench.point = { last_ticks: 110 };
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    for (const price of [120, 101, 105]) bench.trade(price);
    bench.trade(99, simx, eth);
    expect(bench.posted).toEqual([]);
    bench.trade(100);
    expect(bench.posted).toEqual([
      { local: "observed", instrument: btc, path: [{ last_ticks: 100 }] },
    ]);
  });

  it("is looked at once when the watch begins", () => {
    const bench = new Bench();
    bench.point = { last_ticks: 90 };
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    expect(bench.posted).toHaveLength(1);
  });

  it("is told of again only after the look is over, with every turn in between", () => {
    const bench = new Bench();
    bench.point = { last_ticks: 110 };
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    for (const price of [100, 104, 107, 98, 103, 105]) bench.trade(price);
    expect(bench.posted).toHaveLength(1);
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    expect(bench.posted[1]?.path.map(({ last_ticks }) => last_ticks)).toEqual([104, 107, 98, 105]);
  });

  it("forgets what came in between where it does not matter", () => {
    const bench = new Bench();
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    for (const price of [100, 104, 107, 105]) bench.trade(price);
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    expect(bench.posted).toHaveLength(1);
    bench.trade(99);
    expect(bench.posted[1]?.path).toEqual([{ last_ticks: 99 }]);
  });

  it("of one venue is not touched by another", () => {
    const bench = new Bench();
    bench.watch.watch({ effect: "watch", instrument: btc, venue: simx, levels: levelsOf() });
    bench.trade(90, simy);
    expect(bench.posted).toEqual([]);
    bench.trade(90, simx);
    expect(bench.posted).toMatchObject([{ instrument: btc, venue: simx }]);
  });

  it("is not looked at any more when nobody waits", () => {
    const bench = new Bench();
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    bench.watch.watch({ effect: "watch", instrument: btc });
    bench.trade(90);
    expect(bench.posted).toEqual([]);
  });

  it("keeps its path while the shard has no room, and tells it then", () => {
    const bench = new Bench();
    bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf() });
    bench.hasRoom = false;
    for (const price of [99, 110, 97]) bench.trade(price);
    expect(bench.waiting).toHaveLength(1);
    bench.hasRoom = true;
    for (const callback of bench.waiting.splice(0)) callback();
    expect(bench.posted).toHaveLength(1);
    expect(bench.posted[0]?.path.map(({ last_ticks }) => last_ticks)).toEqual([99, 110, 97]);
  });

  it("brings a trailing stop to the same end as if every price had been looked at", () => {
    const random = createPrng(41);
    const trailing: TriggerTerms = {
      kind: "trail",
      price: "last",
      trail: { unit: "ticks", amount: 4 },
    };
    let looks = 0;
    for (let run = 0; run < 200; run += 1) {
      const bench = new Bench();
      let state: TriggerState = {};
      let fired = false;
      const finishLook = (): void => {
        for (const { path } of bench.posted.splice(0)) {
          looks += 1;
          const step = observeAll(trailing, "sell", state, path);
          ({ state } = step);
          fired ||= step.fired;
          if (!fired) {
            const levels = levelsOf(state, trailing);
            bench.watch.watch({ effect: "watch", instrument: btc, levels });
          }
        }
      };
      let whole: TriggerState = {};
      let wholeFired = false;
      bench.watch.watch({ effect: "watch", instrument: btc, levels: levelsOf({}, trailing) });
      let price = 100;
      for (let step = 0; step < 60 && !wholeFired; step += 1) {
        price += Math.floor(random.nextUnit() * 5) - 2;
        bench.trade(price);
        const one = observe(trailing, "sell", whole, { last_ticks: price });
        whole = one.state;
        wholeFired = one.fired;
        if (random.nextUnit() < 0.3) finishLook();
      }
      while (bench.posted.length > 0) finishLook();
      expect(fired).toBe(wholeFired);
    }
    expect(looks).toBeGreaterThan(500);
  });
});
