/** What the example strategies decide: no process, no network, no clock. */
import { describe, expect, it, test } from "vitest";
import { ActionBudget } from "../../deploy/strategies/action_budget.ts";
import { ConsolidatedBbo } from "../../deploy/strategies/consolidated_bbo.ts";
import { decideQuotes } from "../../deploy/strategies/market_maker_model.ts";
import type { MakerView, Quote } from "../../deploy/strategies/market_maker_model.ts";
import { OptionError, readOptions, stepsOption } from "../../deploy/strategies/strategy_options.ts";
import { decideTwap, scheduled_lots, sliceAt } from "../../deploy/strategies/twap_model.ts";
import type { SliceOrder, TwapProgram, TwapView } from "../../deploy/strategies/twap_model.ts";
import { stepOf } from "../../protocols/kernel/grid.ts";

const tick = stepOf("0.01");
if (tick === undefined) throw new Error("0.01 is a step");

describe("consolidated prices", () => {
  const bbo = (venue: string, bidPx: string | undefined, askPx: string | undefined) => ({
    venue,
    instrument: "X",
    tsEvent: "1",
    ...(bidPx === undefined ? {} : { bidPx }),
    ...(askPx === undefined ? {} : { askPx }),
  });

  it("take the best of the venues that still count", () => {
    const prices = new ConsolidatedBbo(tick, 1_000);
    expect(prices.best(0)).toBeUndefined();
    prices.update(bbo("A", "1.00", "1.05"), 0);
    prices.update(bbo("B", "1.02", "1.06"), 500);
    expect(prices.best(600)).toEqual({ bid_ticks: 102, ask_ticks: 105 });
    expect(prices.best(1_200)).toEqual({ bid_ticks: 102, ask_ticks: 106 });
    expect(prices.best(2_000)).toBeUndefined();
  });

  it("count an empty side or a price off the grid as absent", () => {
    const prices = new ConsolidatedBbo(tick, 1_000);
    prices.update(bbo("A", undefined, "1.05"), 0);
    expect(prices.best(0)).toBeUndefined();
    prices.update(bbo("B", "1.001", "1.04"), 0);
    expect(prices.best(0)).toBeUndefined();
    prices.update(bbo("C", "1.01", undefined), 0);
    expect(prices.best(0)).toEqual({ bid_ticks: 101, ask_ticks: 104 });
  });
});

describe("market maker", () => {
  const settings = {
    qty_lots: 10,
    halfSpread_ticks: 50,
    requote_ticks: 20,
    maxPosition_lots: 30,
    skew_ticks: 30,
  };
  const none: Quote = { state: "none" };
  const view: MakerView = {
    best: { bid_ticks: 9_990, ask_ticks: 10_010 },
    position_lots: 0,
    buy: none,
    sell: none,
  };
  const working = (clOrdId: string, price_ticks: number, leaves_lots = 10): Quote => ({
    state: "working",
    clOrdId,
    price_ticks,
    leaves_lots,
  });

  it("quotes both sides around the middle", () => {
    expect(decideQuotes(settings, view)).toEqual([
      { type: "submit", side: "buy", price_ticks: 9_950, qty_lots: 10 },
      { type: "submit", side: "sell", price_ticks: 10_050, qty_lots: 10 },
    ]);
  });

  it("leaves quotes alone while the price moves less than the threshold, then moves them", () => {
    const quoted = { ...view, buy: working("b", 9_930), sell: working("s", 10_030) };
    expect(decideQuotes(settings, quoted)).toEqual([]);
    const moved = { ...quoted, best: { bid_ticks: 9_991, ask_ticks: 10_011 } };
    expect(decideQuotes(settings, moved)).toEqual([
      { type: "replace", clOrdId: "b", price_ticks: 9_951 },
      { type: "replace", clOrdId: "s", price_ticks: 10_051 },
    ]);
  });

  it("quotes a filled side again and leaves the other", () => {
    expect(decideQuotes(settings, { ...view, sell: working("s", 10_050) })).toEqual([
      { type: "submit", side: "buy", price_ticks: 9_950, qty_lots: 10 },
    ]);
  });

  it("leaves alone what is on its way", () => {
    const busy: Quote = { state: "busy", clOrdId: "b" };
    expect(decideQuotes(settings, { ...view, best: undefined, buy: busy, sell: busy })).toEqual([]);
  });

  it("leans against its position and stops at the cap", () => {
    expect(decideQuotes(settings, { ...view, position_lots: 25 })).toEqual([
      { type: "submit", side: "buy", price_ticks: 9_925, qty_lots: 5 },
      { type: "submit", side: "sell", price_ticks: 10_025, qty_lots: 10 },
    ]);
    const atCap = { ...view, position_lots: 30, buy: working("b", 9_920) };
    expect(decideQuotes(settings, atCap)).toEqual([
      { type: "cancel", clOrdId: "b" },
      { type: "submit", side: "sell", price_ticks: 10_020, qty_lots: 10 },
    ]);
  });

  it("cancels a quote that would break the cap", () => {
    const quoted = { ...view, position_lots: 25, buy: working("b", 9_925), sell: none };
    expect(decideQuotes(settings, quoted)[0]).toEqual({ type: "cancel", clOrdId: "b" });
  });

  it("never keeps a quote without a price, nor crosses the other side with one", () => {
    const blind = { ...view, best: undefined, buy: working("b", 9_950) };
    expect(decideQuotes(settings, blind)).toEqual([{ type: "cancel", clOrdId: "b" }]);
    const crossed = { ...view, best: { bid_ticks: 10_200, ask_ticks: 10_000 } };
    const [buy, sell] = decideQuotes(settings, crossed);
    expect(buy).toMatchObject({ price_ticks: 9_999 });
    expect(sell).toMatchObject({ price_ticks: 10_201 });
  });

  it("keeps every reachable position within the cap, whatever fills", () => {
    for (let position_lots = -30; position_lots <= 30; position_lots += 1) {
      for (const action of decideQuotes(settings, { ...view, position_lots })) {
        if (action.type !== "submit") continue;
        const after = position_lots + (action.side === "buy" ? 1 : -1) * action.qty_lots;
        expect(Math.abs(after)).toBeLessThanOrEqual(30);
      }
    }
  });
});

describe("twap", () => {
  const settings = {
    total_lots: 100,
    duration_ms: 10_000,
    slices: 4,
    style: "ioc",
    through_ticks: 5,
  } as const;
  const program: TwapProgram = { side: "buy", startedAt_ms: 1_000, filled_lots: 0 };
  const order: SliceOrder = { state: "none" };
  const best = { bid_ticks: 990, ask_ticks: 1_000 };
  const view: TwapView = { now_ms: 1_000, best, program, order };

  it("has a schedule of whole lots that ends with the total", () => {
    const uneven = { ...settings, total_lots: 10, slices: 3 };
    expect([1, 2, 3].map((slice) => scheduled_lots(uneven, slice))).toEqual([3, 6, 10]);
    expect([0, 2_499, 2_500, 9_999, 10_000, 99_999].map((ms) => sliceAt(settings, ms))).toEqual([
      1, 1, 2, 4, 4, 4,
    ]);
  });

  it("sends what is behind schedule, through the touch", () => {
    expect(decideTwap(settings, view)).toEqual({
      type: "submit",
      side: "buy",
      qty_lots: 25,
      price_ticks: 1_005,
      timeInForce: "ioc",
      slice: 1,
    });
    const late = { ...view, now_ms: 6_500, program: { ...program, filled_lots: 30 } };
    expect(decideTwap(settings, late)).toMatchObject({ qty_lots: 45, slice: 3 });
    const selling = { ...view, program: { ...program, side: "sell" as const } };
    expect(decideTwap(settings, selling)).toMatchObject({ side: "sell", price_ticks: 985 });
  });

  it("waits when on schedule, without a price, or with an order on its way", () => {
    const wait = { type: "wait" };
    expect(decideTwap(settings, { ...view, program: { ...program, filled_lots: 25 } })).toEqual(
      wait,
    );
    expect(decideTwap(settings, { ...view, best: undefined })).toEqual(wait);
    expect(decideTwap(settings, { ...view, order: { state: "busy", clOrdId: "x" } })).toEqual(wait);
  });

  it("rests limit orders at its own side and cancels them when the next slice is due", () => {
    const limit = { ...settings, style: "limit" } as const;
    expect(decideTwap(limit, view)).toMatchObject({ price_ticks: 990, timeInForce: "day" });
    const working: SliceOrder = { state: "working", clOrdId: "x", slice: 1 };
    expect(decideTwap(limit, { ...view, order: working })).toEqual({ type: "wait" });
    const next = { ...view, now_ms: 3_500, order: working };
    expect(decideTwap(limit, next)).toEqual({ type: "cancel", clOrdId: "x" });
  });

  it("turns to the other side when the total is done", () => {
    const done = { ...view, now_ms: 9_000, program: { ...program, filled_lots: 100 } };
    expect(decideTwap(settings, done)).toEqual({
      type: "turn",
      next: { side: "sell", startedAt_ms: 9_000, filled_lots: 0 },
    });
  });
});

describe("action budget", () => {
  it("allows a burst, then the rate", () => {
    const budget = new ActionBudget(10, 3, 0);
    expect([0, 0, 0, 0].map((now) => budget.take(now))).toEqual([true, true, true, false]);
    expect([50, 100, 100].map((now) => budget.take(now))).toEqual([false, true, false]);
    expect([9_000, 9_000, 9_000, 9_000].filter((now) => budget.take(now))).toHaveLength(3);
  });
});

describe("strategy options", () => {
  const must = "--account A1 --strategy s1";

  it("combine common and own options", () => {
    const { common, own } = readOptions(`${must} --qty 0.5 --exit-with-parent`.split(" "), {
      qty: "1",
      rate: "9",
    });
    expect(common).toMatchObject({ account: "A1", strategy: "s1", exitWithParent: true });
    expect(own).toEqual({ qty: "0.5", rate: "9" });
    expect(stepsOption("qty", own.qty, common.lot)).toBe(50_000);
  });

  test.each(["--account a.b --strategy s", "--strategy s", `${must} --tick 0`, `${must} --what x`])(
    "%s is refused",
    (line) => {
      expect(() => readOptions(line.split(" "), {})).toThrow(OptionError);
    },
  );
});
