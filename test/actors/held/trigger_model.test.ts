/** Stops, if-touched orders and trailing stops against sequences of prices. */
import { describe, expect, it } from "vitest";
import { createPrng } from "../../../deploy/simulator/prng.ts";
import { extendPath, points_max } from "../../../actors/held/price_path.ts";
import { observe, observeAll, openTrigger } from "../../../actors/held/trigger_model.ts";
import { matters, watchLevelsOf } from "../../../actors/held/watch_levels.ts";
import type { PricePoint, TriggerState, TriggerTerms } from "../../../protocols/trigger.ts";
import type { Side } from "../../../protocols/venue.ts";

const quote = (bid_ticks: number, ask_ticks: number): PricePoint => ({ bid_ticks, ask_ticks });
const last = (last_ticks: number): PricePoint => ({ last_ticks });

const stop = (stopPx_ticks: number, price: TriggerTerms["price"] = "bid_ask"): TriggerTerms => ({
  kind: "stop",
  price,
  stopPx_ticks,
});
const touch = (stopPx_ticks: number, price: TriggerTerms["price"] = "bid_ask"): TriggerTerms => ({
  kind: "touch",
  price,
  stopPx_ticks,
});
const trail = (amount: number, unit: "ticks" | "bps" = "ticks", from?: number): TriggerTerms => ({
  kind: "trail",
  price: "bid_ask",
  trail: { unit, amount },
  ...(from === undefined ? {} : { stopPx_ticks: from }),
});

const fires = (terms: TriggerTerms, side: Side, ...path: readonly PricePoint[]): boolean =>
  observeAll(terms, side, openTrigger(terms), path).fired;

describe("a trigger on bid and ask", () => {
  it.each<[string, TriggerTerms, Side, PricePoint, boolean]>([
    ["a buy stop below its price", stop(100), "buy", quote(98, 99), false],
    ["a buy stop at its price: the ask", stop(100), "buy", quote(98, 100), true],
    ["a buy stop that the price jumped over", stop(100), "buy", quote(120, 121), true],
    ["a sell stop above its price", stop(100), "sell", quote(101, 102), false],
    ["a sell stop at its price: the bid", stop(100), "sell", quote(100, 102), true],
    ["a sell stop that the price fell through", stop(100), "sell_short", quote(80, 81), true],
    ["a buy if-touched above its price", touch(100), "buy", quote(99, 101), false],
    ["a buy if-touched when the ask comes down", touch(100), "buy", quote(99, 100), true],
    ["a sell if-touched below its price", touch(100), "sell", quote(99, 101), false],
    ["a sell if-touched when the bid comes up", touch(100), "sell", quote(100, 101), true],
    ["a buy stop without an ask", stop(100), "buy", { bid_ticks: 200 }, false],
    ["a sell stop without a bid", stop(100), "sell", { ask_ticks: 1 }, false],
    ["a stop below zero", stop(-5), "sell", quote(-6, -4), true],
    ["one that looks at bid and ask, on a trade", stop(100), "buy", last(200), false],
  ])("%s", (_name, terms, side, point, expected) => {
    expect(fires(terms, side, point)).toBe(expected);
  });
});

describe("a trigger on other prices", () => {
  it("looks at the last trade alone", () => {
    expect(fires(stop(100, "last"), "buy", quote(200, 201))).toBe(false);
    expect(fires(stop(100, "last"), "buy", last(99), last(100))).toBe(true);
    expect(fires(touch(100, "last"), "buy", last(101))).toBe(false);
  });

  it("looks at a mid between two ticks exactly", () => {
    expect(fires(stop(100, "mid"), "buy", quote(99, 100))).toBe(false);
    expect(fires(stop(100, "mid"), "buy", quote(99, 101))).toBe(true);
    expect(fires(stop(100, "mid"), "sell", quote(100, 101))).toBe(false);
    expect(fires(stop(100, "mid"), "sell", quote(99, 101))).toBe(true);
    expect(fires(stop(100, "mid"), "sell", { bid_ticks: 1 })).toBe(false);
  });
});

describe("a trailing stop", () => {
  it("follows a rising bid, stays on a falling one, and fires the distance below the peak", () => {
    const terms = trail(3);
    let state = openTrigger(terms);
    const stops = [100, 104, 102, 106].map((bid) => {
      const step = observe(terms, "sell", state, quote(bid, bid + 1));
      expect(step.fired).toBe(false);
      state = step.state;
      return state.stopPx_ticks;
    });
    expect(stops).toEqual([97, 101, 101, 103]);
    expect(observe(terms, "sell", state, quote(103, 104)).fired).toBe(true);
  });

  it("follows a falling ask for a buy", () => {
    const path = [quote(99, 100), quote(89, 90), quote(91, 92)];
    expect(fires(trail(3), "buy", ...path)).toBe(false);
    expect(fires(trail(3), "buy", ...path, quote(92, 93))).toBe(true);
  });

  it("begins at its stop price and never goes back behind it", () => {
    expect(fires(trail(10, "ticks", 95), "sell", quote(100, 101), quote(95, 96))).toBe(true);
    expect(fires(trail(10, "ticks", 95), "sell", quote(100, 101), quote(96, 97))).toBe(false);
    expect(fires(trail(10, "ticks", 95), "sell", quote(110, 111), quote(100, 101))).toBe(true);
    expect(fires(trail(10, "ticks", 105), "buy", quote(99, 100), quote(104, 105))).toBe(true);
  });

  it("keeps a distance in basis points, rounded up to a tick and never none", () => {
    const seen = (bps: number, side: Side, price: number): TriggerState =>
      observe(trail(bps, "bps"), side, {}, quote(price, price)).state;
    expect(seen(100, "sell", 10_000).stopPx_ticks).toBe(9_900);
    expect(seen(100, "sell", 10_001).stopPx_ticks).toBe(9_900);
    expect(seen(100, "buy", 10_001).stopPx_ticks).toBe(10_102);
    expect(seen(1, "sell", 3).stopPx_ticks).toBe(2);
    expect(seen(50, "sell", -1_000).stopPx_ticks).toBe(-1_005);
  });

  it("on the mid rounds its stop away from the price", () => {
    const terms: TriggerTerms = { ...trail(2), price: "mid" };
    expect(observe(terms, "sell", {}, quote(100, 101)).state.stopPx_ticks).toBe(98);
    expect(observe(terms, "buy", {}, quote(100, 101)).state.stopPx_ticks).toBe(103);
  });
});

/** A trailing stop written down as its definition: the best price so far, and the loss from it. */
const naiveTrailFires = (side: Side, offset: number, prices: readonly number[]): number => {
  const sign = side === "buy" ? -1 : 1;
  return prices.findIndex((price, index) => {
    const best = Math.max(...prices.slice(0, index + 1).map((one) => sign * one));
    return sign * price <= best - offset;
  });
};

const randomTerms = (random: () => number): TriggerTerms => {
  const kind = (["stop", "touch", "trail"] as const)[Math.floor(random() * 3)] ?? "stop";
  const price = (["last", "bid_ask", "mid"] as const)[Math.floor(random() * 3)] ?? "mid";
  const stopPx = 90 + Math.floor(random() * 20);
  if (kind !== "trail") return { kind, price, stopPx_ticks: stopPx };
  const amount = 1 + Math.floor(random() * 6);
  return {
    kind,
    price,
    trail: random() < 0.5 ? { unit: "ticks", amount } : { unit: "bps", amount: amount * 50 },
    ...(random() < 0.5 ? { stopPx_ticks: stopPx } : {}),
  };
};

const randomWalk = (random: () => number, length: number): readonly PricePoint[] => {
  let bid = 100;
  let trade = 100;
  return Array.from({ length }, () => {
    bid += Math.floor(random() * 5) - 2;
    trade += Math.floor(random() * 5) - 2;
    const side = random();
    const point: PricePoint = quote(bid, bid + Math.floor(random() * 3));
    if (side < 0.1) return { ask_ticks: bid + 1 };
    return side < 0.6 ? { ...point, last_ticks: trade } : point;
  });
};

describe("whatever prices do", () => {
  it("a trailing stop fires where its definition says", () => {
    const random = createPrng(11);
    for (let run = 0; run < 500; run += 1) {
      const side: Side = random.nextUnit() < 0.5 ? "buy" : "sell";
      const offset = 1 + Math.floor(random.nextUnit() * 8);
      let price = 0;
      const prices = Array.from({ length: 30 }, () => {
        price += Math.floor(random.nextUnit() * 7) - 3;
        return price;
      });
      const terms = trail(offset);
      let state = openTrigger(terms);
      const at = prices.findIndex((one) => {
        const step = observe(terms, side, state, quote(one, one));
        ({ state } = step);
        return step.fired;
      });
      expect(at).toBe(naiveTrailFires(side, offset, prices));
    }
  });

  it("a price that passes no level changes no trigger", () => {
    const random = createPrng(12);
    const next = (): number => random.nextUnit();
    let passed = 0;
    for (let run = 0; run < 300; run += 1) {
      const orders = Array.from({ length: 1 + Math.floor(next() * 4) }, () => {
        const terms = randomTerms(next);
        const side: Side = next() < 0.5 ? "buy" : "sell";
        return { side, terms, state: openTrigger(terms) };
      });
      for (const point of randomWalk(next, 20)) {
        const levels = watchLevelsOf(orders);
        const steps = orders.map(({ terms, side, state }) => observe(terms, side, state, point));
        if (!matters(levels, point)) {
          passed += 1;
          steps.forEach((step, index) => {
            expect(step).toEqual({ state: orders[index]?.state, fired: false });
          });
        }
        steps.forEach((step, index) => {
          const order = orders[index];
          if (order !== undefined) order.state = step.state;
        });
        if (steps.some(({ fired }) => fired)) break;
      }
    }
    expect(passed).toBeGreaterThan(500);
  });

  it("a shortened path does to a trigger what the whole path does", () => {
    const random = createPrng(13);
    const next = (): number => random.nextUnit();
    let saved = 0;
    for (let run = 0; run < 600; run += 1) {
      const terms = randomTerms(next);
      const side: Side = next() < 0.5 ? "buy" : "sell";
      const walk = randomWalk(next, 40).map((point) => ({ ...point, last_ticks: 100 }));
      const path = walk.reduce<readonly PricePoint[]>(extendPath, []);
      saved += walk.length - path.length;
      const whole = observeAll(terms, side, openTrigger(terms), walk);
      const short = observeAll(terms, side, openTrigger(terms), path);
      expect(short.fired, JSON.stringify({ terms, side, walk })).toBe(whole.fired);
      if (!whole.fired) expect(short.state).toEqual(whole.state);
    }
    expect(saved).toBeGreaterThan(1_000);
  });

  it("a path stays bounded and ends with the last price", () => {
    const zigzag = Array.from({ length: 500 }, (_, index) => last(index % 2 === 0 ? 1 : 9));
    const path = zigzag.reduce<readonly PricePoint[]>(extendPath, []);
    expect(path.length).toBe(points_max);
    expect(path.at(-1)).toEqual(last(9));
  });
});
